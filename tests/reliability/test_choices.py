"""What is not in the table of the fault suite: other choices of the operator, and helpers that do not come back."""

from __future__ import annotations

import random
from contextlib import contextmanager
from datetime import timedelta

import pytest

from storage.enums import SendStatus
from tests.reliability.stores import new_store
from tests.reliability.trial import Trial
from tests.support.scripted_smtp import ScriptedServer

READERS = 400
CROWD = 2_600  # six batches, so that two processes have something to share
DELAY_SECONDS = 0.01


@pytest.fixture(params=["sqlite", "postgresql"])
def tried(request, starter, postgres):
    """Give a maker of trials."""
    if request.param == "postgresql" and postgres is None:
        pytest.skip("PostgreSQL SKIPPED: no server programs here; install the package postgresql")

    @contextmanager
    def make(readers=READERS, **more):
        with (
            new_store(request.param, postgres) as store,
            ScriptedServer("pipelined", DELAY_SECONDS) as server,
        ):
            trial = Trial(store, server, starter, readers, random.Random(1), **more)
            try:
                yield trial
            finally:
                trial.abandon()

    return make


def test_one_of_two_is_killed_and_the_other_takes_over(tried) -> None:
    """The living process settles what the dead one left, without a restart."""
    with tried(CROWD) as trial:
        doomed, _ = trial.start(), trial.start()
        trial.wait(lambda: trial.leaseholders() == 2, "both were at work")
        trial.kill(doomed)
        assert trial.finish().faults == []


def test_due_while_nothing_ran(tried) -> None:
    """A send that came due while every process was down starts at the next start."""
    with tried(late=timedelta(hours=3)) as trial:
        verdict = trial.finish()
    assert verdict.faults == []
    assert verdict.uncertain == 0


def test_cancel_in_mid_send(tried) -> None:
    """What has left has left, the rest never leaves, and the balance says so."""
    with tried() as trial:
        pid = trial.start()
        trial.reach(0.2)
        trial.cancel()
        trial.wait(lambda: trial.leaseholders() == 0, "the batches were closed", sending=False)
        trial.terminate(pid)
        balance, taken = trial.balance(), trial.server.taken
        assert trial.status() is SendStatus.CANCELLED
    assert balance.holds
    assert balance.submitted == trial.server.count < READERS
    assert balance.cancelled == READERS - trial.server.count
    assert max(taken.values()) == 1
