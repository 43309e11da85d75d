"""The command `python -m tests.reliability`: runs the fault suite at full size and writes its table.

The table in `docs/reliability.md` is rewritten when everything was run; a part of it is only shown.
"""

from __future__ import annotations

import random
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from tests.reliability.running import Starter, TrialError, faults_of, try_out, why_not
from tests.reliability.scenarios import BOTH, FULL, SCENARIOS, Scale, Scenario
from tests.reliability.table import PAGE, Row, table, write
from tests.support.postgres import running_postgres

if TYPE_CHECKING:
    from tests.reliability.stores import Kind
    from tests.support.postgres import PostgresServer


def main(
    only: Annotated[list[str] | None, typer.Option(help="A scenario; may be given again.")] = None,
    database: Annotated[
        list[str] | None, typer.Option(help="sqlite or postgresql; may be given again.")
    ] = None,
    readers: Annotated[int, typer.Option(help="To how many.", min=1_000)] = FULL.readers,
    seed: Annotated[int | None, typer.Option(help="Repeats a run's chances.")] = None,
) -> None:
    """Do everything to a send that can be done to it, and count who got it."""
    known, kinds = {it.name: it for it in SCENARIOS}, tuple(database or BOTH)
    chosen = only or list(known)
    if unknown := ({*chosen} - {*known}) | ({*kinds} - {*BOTH}):
        raise typer.BadParameter(
            f"There is no {', '.join(sorted(unknown))}. Scenarios: {', '.join(known)}; "
            f"databases: {', '.join(BOTH)}."
        )
    scale = replace(FULL, readers=readers, crowd=readers)
    seed = random.randrange(10**6) if seed is None else seed
    typer.echo(f"{readers:,} readers each; --seed {seed}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leave no server and no disk behind
    with running_postgres() as postgres, Starter() as starter:
        rows = [
            _row(known[name], kind, scale, starter, postgres, seed)
            for name in chosen
            for kind in known[name].databases
            if kind in kinds
        ]
    command = f"make reliability ARGS='--readers {readers} --seed {seed}'"
    if only or database:
        typer.echo(table(rows, command))
    else:
        write(rows, command)
        typer.echo(f"Written to {PAGE}.")
    if any(row.remark and (row.verdict or row.remark.startswith("it broke")) for row in rows):
        raise typer.Exit(1)


def _row(
    scenario: Scenario,
    kind: Kind,
    scale: Scale,
    starter: Starter,
    postgres: PostgresServer | None,
    seed: int,
) -> Row:
    typer.echo(f"{scenario.name:<20} {kind:<11} ", nl=False)
    if reason := why_not(scenario, kind, postgres):
        typer.echo(f"SKIPPED: {reason}")
        return Row(scenario, kind, None, f"skipped: {reason}")
    try:
        verdict = try_out(scenario, kind, scale, starter, postgres, seed)
    except TrialError as error:
        typer.echo(f"BROKE: {error}")
        return Row(scenario, kind, None, f"it broke: {str(error).splitlines()[0]}")
    remark = "; ".join(faults_of(scenario, verdict))
    typer.echo(
        f"{verdict.once} once, {verdict.never} never, {verdict.twice} twice, {verdict.uncertain} uncertain "
        f"(at most {verdict.bound}; {verdict.killed} kills, {verdict.broken} broken connections), "
        f"{verdict.seconds:.1f} s  {remark or 'holds'}"
    )
    return Row(scenario, kind, verdict, remark)


if __name__ == "__main__":
    typer.run(main)
