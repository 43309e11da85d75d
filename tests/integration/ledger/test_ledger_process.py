"""What one process makes of the ledger: when its workers may go on, what it commits, whom it never robs."""

import asyncio
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from publisher.control import Control
from publisher.marks import Marks
from publisher.pace import Pace
from publisher.record import Answer, Recorder, commit
from publisher.recover import recover_dead
from publisher.schedule import SystemClock
from storage import outbox
from storage.enums import UncertainPolicy
from tests.integration.ledger.rig import LATER, NOW

LONG_AFTER = NOW + timedelta(days=1)


def control_of(ledger, **pace) -> Control:
    return Control(
        ledger.database, "me", asyncio.Event(), clock=SystemClock(), pace=Pace(**pace)
    )  # fmt: skip


def holders(ledger) -> list[str]:
    with ledger.database.read() as session:
        return [owner for owner, _ in outbox.leaseholders(session)]


async def test_a_living_process_is_never_robbed(ledger, tmp_path) -> None:
    """It was suspended, say, and its lease ran out long ago; its lock on its marks says that it lives."""
    ledger.subscribe("en")
    send_id = ledger.start()
    ledger.lease("suspended")
    marks = Marks.create(tmp_path, "suspended")
    for _ in range(2):
        assert await recover_dead(ledger.database, tmp_path, "me", LONG_AFTER, Pace(), set()) == 0
    assert holders(ledger) == ["suspended"]
    assert ledger.balance(send_id).pending == 1
    marks.close(keep=True)
    assert await recover_dead(ledger.database, tmp_path, "me", LONG_AFTER, Pace(), set()) == 1
    assert (ledger.balance(send_id).pending, ledger.balance(send_id).uncertain) == (1, 0)


async def test_nothing_leaves_once_the_lease_has_run_out(ledger) -> None:
    ledger.subscribe("en")
    ledger.start()
    lease, control = ledger.lease("me"), control_of(ledger, lease_seconds=0.2)
    control.hold(lease)
    assert control.may_go(lease)
    await asyncio.sleep(0.25)
    assert not control.may_go(lease)
    await control.renew()
    assert control.may_go(lease)


async def test_a_lease_whose_answer_was_lost_is_given_back(ledger) -> None:
    """At the second look: at the first its answer may still be on its way."""
    ledger.subscribe("en")
    ledger.start()
    ledger.lease("me")
    control = control_of(ledger)
    await control.renew()
    assert holders(ledger) == ["me"]
    await control.renew()
    assert holders(ledger) == []
    assert ledger.lease("other", now=LATER + timedelta(days=9999)) is not None


async def test_a_halt_lasts_until_the_database_knows_of_it(ledger) -> None:
    """Another batch of the send looks meanwhile, and finds that it is still sending."""
    ledger.subscribe(*["en"] * 501)
    ledger.start()
    control = control_of(ledger)
    faulty, other = ledger.lease("me"), ledger.lease("me")
    control.hold(faulty)
    control.hold(other)
    control.halt(faulty)
    control.halted(other)
    await control.look()
    assert not control.may_go(other)
    control.halted(faulty)
    await control.look()
    assert control.may_go(other), "the operator has resumed it"


async def test_answers_whose_commit_was_cancelled_are_committed_later(
    ledger, tmp_path, monkeypatch
) -> None:
    ledger.subscribe("en", "en")
    send_id = ledger.start()
    lease, control = ledger.lease("me"), control_of(ledger)
    marks = Marks.create(tmp_path, "me")
    recorder = Recorder(control, marks, SystemClock(), Pace())
    first, second = ledger.due(lease)
    recorder.add(Answer(first, lease, "accepted", slot=marks.begin(first.delivery_id)))
    asked = asyncio.Event()

    async def never(*_args) -> None:
        asked.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(ledger.database, "writing", never)
        flushing = asyncio.create_task(recorder.flush())
        await asked.wait()
        flushing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await flushing
    assert marks.in_use == 1, "the mark keeps what is known"
    recorder.add(Answer(second, lease, "accepted"))
    await recorder.flush()
    assert ledger.balance(send_id).submitted == 2
    assert marks.in_use == 0
    marks.close()


async def test_a_group_whose_commit_lost_its_answer_is_written_once(
    ledger, tmp_path, monkeypatch
) -> None:
    """The database went between the commit and its answer, so the process asks again."""
    ledger.subscribe(*["en"] * 6)
    send_id = ledger.start(on_uncertain=UncertainPolicy.RESEND)
    lease, marks = ledger.lease("me"), Marks.create(tmp_path, "me")
    control = control_of(ledger, reconnect_first_seconds=0.01)
    recorder = Recorder(control, marks, SystemClock(), Pace())
    verdicts = ("accepted", "transient", "permanent", "unknown", None, "ours")
    for due, verdict in zip(ledger.due(lease), verdicts, strict=True):
        recorder.add(Answer(due, lease, verdict, code="550 5.1.1"))
    commit, answered = Session.commit, []

    def lose_the_answer(session) -> None:
        commit(session)
        answered.append(session)
        if len(answered) == 1:
            raise OperationalError("COMMIT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(Session, "commit", lose_the_answer)
    await recorder.flush()
    marks.close()
    assert len(answered) == 2
    assert [it.attempts for it in ledger.deliveries()] == [1, 1, 1, 1, 0, 1]
    once = ["submitted", "deferred", "failed", "resent", "suppressed", "bounced", "paused"]
    assert Counter(it.kind.value for it in ledger.events() if it.kind in once) == Counter(once)
    assert ledger.balance(send_id).deferred == 2


async def test_a_group_whose_commit_was_cancelled_and_went_through_is_written_once(
    ledger, tmp_path, monkeypatch
) -> None:
    """The commit goes on in its thread; the group is asked for again, at a later time."""
    ledger.subscribe(*["en"] * 3)
    ledger.start()
    lease, marks = ledger.lease("me"), Marks.create(tmp_path, "me")
    recorder = Recorder(control_of(ledger), marks, SystemClock(), Pace())
    for due, verdict in zip(ledger.due(lease), ("accepted", "transient", "permanent"), strict=True):
        slot = marks.begin(due.delivery_id)
        recorder.add(Answer(due, lease, verdict, code="550 5.1.1", slot=slot))
    commit, begun, go_on = Session.commit, threading.Event(), threading.Event()

    def slowly(session) -> None:
        begun.set()
        go_on.wait(10)
        commit(session)

    monkeypatch.setattr(Session, "commit", slowly)
    flushing = asyncio.create_task(recorder.flush())
    await asyncio.to_thread(begun.wait, 10)
    flushing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flushing
    go_on.set()
    await recorder.flush()
    assert marks.in_use == 0
    marks.close()
    assert [it.attempts for it in ledger.deliveries()] == [1, 1, 1]
    once = ["submitted", "deferred", "failed", "bounced"]
    assert Counter(it.kind.value for it in ledger.events() if it.kind in once) == Counter(once)


def test_a_group_that_is_asked_for_again_changes_nothing_that_came_after_it(ledger) -> None:
    """Its process was cut off for so long that another one has tried the copy since."""
    ledger.subscribe("en")
    send_id = ledger.start()
    lease = ledger.lease("me")
    (due,) = ledger.due(lease)
    for verdict, minutes, again in (
        ("transient", 0, False),
        ("unknown", 9, False),
        ("transient", 0, True),
    ):
        answer, now = Answer(due, lease, verdict, code="450"), NOW + timedelta(minutes=minutes)
        with ledger.database.write() as session:
            commit(session, [answer], now, Pace(), again=again)
    assert ledger.balance(send_id).uncertain == 1
    assert [it.attempts for it in ledger.deliveries()] == [2]
