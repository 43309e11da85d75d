"""Gathers what the checks of an issue found, free of addresses and tokens."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, get_args

from mailer.preflight import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

_ADDRESS: Final = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(slots=True)
class Report:
    """What was found about one issue.

    Attributes:
        issue: Its slug.
        found: Each finding, with the language of the edition it is about; None where it is about all.
        secrets: What may not be shown: the tokens in the links of the copies that were looked at.
    """

    issue: str
    found: list[tuple[str | None, Finding]] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def add(self, findings: Iterable[Finding], language: str | None = None) -> None:
        """Take findings in, without what may not be shown."""
        self.found += [(language, self._clean(it)) for it in findings]

    def of(self, level: Level) -> list[tuple[str | None, Finding]]:
        """Give the findings of one level."""
        return [(language, it) for language, it in self.found if it.level == level]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.of("fail")

    @property
    def counts(self) -> dict[str, int]:
        """Give the number of findings of each level."""
        counted = Counter(it.level for _, it in self.found)
        return {level: counted[level] for level in get_args(Level)}

    @property
    def summary(self) -> str:
        """Say the numbers in words."""
        words = {"pass": "passed", "warn": "to look at", "fail": "failed", "skip": "skipped"}
        return ", ".join(f"{count} {words[level]}" for level, count in self.counts.items() if count)

    def as_json(self) -> dict[str, Any]:
        """Give it in the form of `--json`."""
        return {
            "issue": self.issue,
            "ok": self.ok,
            "counts": self.counts,
            "findings": [asdict(it) | {"language": language} for language, it in self.found],
        }

    def _clean(self, finding: Finding) -> Finding:
        return replace(
            finding,
            what=self._shown(finding.what),
            remedy=self._shown(finding.remedy),
            place=self._shown(finding.place),
        )

    def _shown(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return _ADDRESS.sub("<address>", text)
