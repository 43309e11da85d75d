"""Runs a scenario on a database and judges it."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storage.enums import UncertainPolicy
from tests.reliability.stores import can_mount, new_store
from tests.reliability.trial import Starter, Trial, TrialError
from tests.support.scripted_smtp import Fault, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reliability.scenarios import Scale, Scenario
    from tests.reliability.stores import Kind
    from tests.reliability.verdict import Verdict
    from tests.support.postgres import PostgresServer


def why_not(scenario: Scenario, kind: Kind, postgres: PostgresServer | None) -> str | None:
    """Say why a scenario cannot be tried here, or None."""
    if kind == "postgresql" and postgres is None:
        return "no PostgreSQL server programs here; install the package postgresql"
    if scenario.small_disk and not can_mount():
        return "a small disk takes root on Linux"
    return None


def try_out(
    scenario: Scenario,
    kind: Kind,
    scale: Scale,
    starter: Starter,
    postgres: PostgresServer | None,
    seed: int,
) -> Verdict:
    """Run a scenario.

    Raises:
        TrialError: It did not come to its end.
    """
    with (
        new_store(kind, postgres, on_small_disk=scenario.small_disk) as store,
        ScriptedServer(scenario.way, scenario.delay(scale)) as server,
        _beside(scenario) as beside,
    ):
        trial = Trial(
            store, server, starter, scenario.readers(scale), random.Random(seed),
            on_uncertain=scenario.on_uncertain, beside=beside,
        )  # fmt: skip
        try:
            for step in scenario.steps(scale):
                step.run(trial)
            return trial.finish()
        finally:
            trial.abandon()


@contextmanager
def _beside(scenario: Scenario) -> Iterator[ScriptedServer | None]:
    """Start the second mail server, where a scenario has one."""
    if scenario.beside is None:
        yield None
        return
    with ScriptedServer(scenario.way) as server:
        server.misbehave(Fault("dot", scenario.beside))
        yield server


def faults_of(scenario: Scenario, verdict: Verdict) -> list[str]:
    """Say what was promised and did not hold."""
    found = verdict.faults
    resends = scenario.on_uncertain is UncertainPolicy.RESEND
    most = 0 if resends else scenario.bound(verdict)
    if verdict.uncertain > most:
        found.append(f"{verdict.uncertain} uncertain, at most {most} promised")
    return found


__all__ = ["Starter", "TrialError", "faults_of", "try_out", "why_not"]
