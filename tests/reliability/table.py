"""Writes `docs/reliability.md` from the verdicts of a run."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.reliability.scenarios import Scenario
    from tests.reliability.stores import Kind
    from tests.reliability.verdict import Verdict

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
_BEGIN, _END = "<!-- begin of the table -->", "<!-- end of the table -->"
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario on a database, and what came of it."""

    scenario: Scenario
    kind: Kind
    verdict: Verdict | None
    remark: str  # why there is no verdict, or what did not hold

    def line(self) -> str:
        """Write it."""
        first = f"| {self.scenario.says} | {_NAMES[self.kind]} |"
        it = self.verdict
        if it is None:
            return f"{first} {self.remark} | | | | | | | |"
        cells = [
            f"{it.planned:,}", f"{it.once:,}", f"{it.never:,}", f"{it.twice:,}",
            f"{it.uncertain:,}", f"{self.scenario.bound(it):,}", "exact" if it.balance_holds else "**WRONG**",
            f"{it.seconds:.0f} s",
        ]  # fmt: skip
        return f"{first} " + " | ".join(cells) + " |"


def write(rows: Sequence[Row], command: str) -> None:
    """Put the table of a run in the place of the one before."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{table(rows, command)}{_END}{after}", encoding="utf-8")


def table(rows: Sequence[Row], command: str) -> str:
    """Write the table and what it was made on."""
    lines = [
        f"`{command}`, {datetime.now(UTC):%d %B %Y}. {machine()}",
        "",
        "| what happens | database | readers | arrived once | never | twice | uncertain | at most | balance | time |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(row.line() for row in rows),
    ]
    wrong = [f"- {it.scenario.says}, {_NAMES[it.kind]}: {it.remark}" for it in rows
             if it.verdict is not None and it.remark]  # fmt: skip
    if wrong:
        lines += ["", "**Did not hold:**", "", *wrong]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Say what it ran on."""
    return (
        f"{os.cpu_count()} shared cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; processes, mail server and database on one machine."
    )
