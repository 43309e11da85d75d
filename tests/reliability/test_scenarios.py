"""Nobody left out, nobody twice, whatever happens: every scenario of the fault suite, in small.

Each runs on SQLite; on PostgreSQL those in which the database has a part. `make reliability` runs all on both.
"""

from __future__ import annotations

import pytest

from tests.reliability.running import faults_of, try_out, why_not
from tests.reliability.scenarios import SCENARIOS, SMALL

ON_POSTGRES = {
    "kill", "term", "lost-reply", "two", "four-kill", "freeze", "pause", "disk-full", "locked", "crashed", "clock",
}  # fmt: skip
CASES = [
    pytest.param(scenario, kind, id=f"{scenario.name}-{kind}")
    for scenario in SCENARIOS
    for kind in scenario.databases
    if kind == "sqlite" or scenario.name in ON_POSTGRES
]


@pytest.mark.parametrize(("scenario", "kind"), CASES)
def test_what_was_promised_holds(scenario, kind, starter, postgres) -> None:
    """Never 0, twice 0, no more uncertain than were in flight, the balance exact, no marks left."""
    if reason := why_not(scenario, kind, postgres):
        pytest.skip(f"SKIPPED: {reason}")
    verdict = try_out(scenario, kind, SMALL, starter, postgres, seed=1)
    assert faults_of(scenario, verdict) == [], verdict
