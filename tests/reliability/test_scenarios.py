"""Nobody left out, nobody twice, whatever happens: every scenario of the fault suite, in small.

Variants, which differ from another scenario only in how the mail server is spoken to, run on SQLite alone.
"""

from __future__ import annotations

import pytest

from tests.reliability.running import faults_of, try_out, why_not
from tests.reliability.scenarios import SCENARIOS, SMALL

CASES = [
    pytest.param(scenario, kind, id=f"{scenario.name}-{kind}")
    for scenario in SCENARIOS
    for kind in scenario.databases
    if kind == "sqlite" or not scenario.is_variant
]


@pytest.mark.parametrize(("scenario", "kind"), CASES)
def test_what_was_promised_holds(scenario, kind, starter, postgres) -> None:
    """Never 0, twice 0, no more uncertain than were in flight, the balance exact, no marks left."""
    if reason := why_not(scenario, kind, postgres):
        pytest.skip(f"SKIPPED: {reason}")
    verdict = try_out(scenario, kind, SMALL, starter, postgres, seed=1)
    assert faults_of(scenario, verdict) == [], verdict
