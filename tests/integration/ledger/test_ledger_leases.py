"""A process sends only what is its own: not without a lease, nor with one that may have run out."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from publisher import control as control_module
from publisher.control import Control
from publisher.pace import Pace
from storage import outbox
from storage.enums import BatchStatus
from storage.outbox import Leavings
from tests.integration.ledger.rig import LATER, NOW


@pytest.fixture
def uptime(monkeypatch) -> list[float]:
    """Give the time, in a list of one, to be set."""
    now = [100.0]
    monkeypatch.setattr(control_module, "uptime", lambda: now[0])
    return now


@pytest.fixture
def control(ledger, uptime) -> Control:
    ledger.subscribe("en")
    ledger.start()
    clock = SimpleNamespace(now=lambda: NOW)
    return Control(ledger.database, "me", asyncio.Event(), clock=clock, pace=Pace(lease_seconds=60))


async def test_nothing_leaves_of_a_batch_that_was_given_to_another(ledger, control) -> None:
    lease = ledger.lease("me")
    control.hold(lease)
    await control.renew()
    assert control.may_go(lease)
    ledger.recover(Leavings(complete=True), "me")
    assert ledger.lease("other", now=LATER) is not None
    await control.renew()
    assert not control.may_go(lease)


async def test_nothing_leaves_when_a_lease_was_not_renewed_in_time(
    ledger, control, uptime, monkeypatch
) -> None:
    """It runs from when its renewal was asked for; the answer may have taken long."""
    lease, writing = ledger.lease("me"), ledger.database.writing
    control.hold(lease)
    uptime[0] += 59
    assert control.may_go(lease)
    uptime[0] += 1
    assert not control.may_go(lease)

    async def slowly(*of):
        uptime[0] += 30
        return await writing(*of)

    monkeypatch.setattr(ledger.database, "writing", slowly)
    await control.renew()
    assert control.may_go(lease)
    uptime[0] += 30
    assert not control.may_go(lease)


async def test_a_lease_whose_commit_was_never_heard_of_is_given_back(ledger, control) -> None:
    """At the second look: at the first, its answer may be on its way."""
    lost = ledger.lease("me")
    await control.renew()
    assert ledger.lease("other", now=LATER) is None
    await control.renew()
    assert ledger.lease("other", now=LATER).batch_id == lost.batch_id


async def test_a_halt_holds_until_the_ledger_was_told_of_it_and_asked(ledger, control) -> None:
    """Nor does another batch of the send lift it, ending meanwhile."""
    lease = ledger.lease("me")
    control.hold(lease)
    control.halt(lease)
    control.halted(replace(lease, batch_id=lease.batch_id + 1))
    await control.look()
    assert not control.may_go(lease)
    control.halted(lease)
    assert not control.may_go(lease)
    await control.look()
    assert control.may_go(lease), "the ledger knows of no pause"


def test_a_resend_leaves_a_batch_to_the_process_that_has_it(ledger) -> None:
    ledger.subscribe("en", "en")
    ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "unknown")
    with ledger.database.write() as session:
        assert outbox.resend(session, "2022-04", LATER) == 1
    assert ledger.lease("other", now=LATER) is None
    assert ledger.close(lease, now=LATER) is BatchStatus.PENDING
    assert len(ledger.due(ledger.lease("other", now=LATER), LATER)) == 2
