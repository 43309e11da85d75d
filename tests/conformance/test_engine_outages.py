"""What every engine does when it is stopped, shares its work, or loses its database or its marks."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from publisher.errors import MarksError
from storage import outbox
from storage.enums import Medium, SendStatus
from storage.errors import DatabaseUnavailableError
from tests.support import engines
from tests.support.engines import PACE, Reply, when


async def test_two_engines_share_one_send(rig) -> None:
    rig.mail.delay = 0.01
    send_id = rig.schedule()
    async with rig.running(), rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}


async def test_stop_finishes_the_copy_in_hand_and_gives_the_rest_back(rig) -> None:
    rig.mail.delay = 0.2
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: rig.mail.copies)
    balance = rig.balance(send_id)
    assert (balance.submitted, balance.uncertain, balance.submitting) == (1, 0, 0)
    assert balance.pending == 19
    with rig.database.read() as session:
        assert outbox.leaseholders(session) == []


async def test_a_cancelled_task_leaves_its_marks_to_be_recovered(rig) -> None:
    """Torn down without a stop: what was in flight is uncertain, as after a kill."""
    rig.mail.delay = 0.3
    send_id = rig.schedule(audience="email")
    task = asyncio.create_task(rig.engine().run(asyncio.Event()))
    await when(lambda: rig.mail.copies)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rig.mail.delay = 0
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}
    assert (rig.balance(send_id).uncertain, rig.balance(send_id).submitted) == (1, 19)


async def test_an_owner_whose_marks_are_nowhere_counts_as_lost_only_long_after_its_lease(
    rig,
) -> None:
    """Another host may still be at it; only the end of its lease, and a good while more, tells."""
    send_id = rig.schedule(audience="email")
    await rig.engine().start_due()
    with rig.database.write() as session:
        now = datetime.now(UTC)
        outbox.lease(session, owner="elsewhere", medium=Medium.EMAIL, now=now, until=now)
    async with rig.running():
        await when(lambda: rig.balance(send_id).submitted)
        await asyncio.sleep(0.3)
    assert rig.balance(send_id).uncertain == 0
    with rig.database.write() as session:
        session.connection().execute(
            text("UPDATE batch SET leased_until = :long_ago WHERE owner IS NOT NULL"),
            {"long_ago": "2020-01-01 00:00:00+00:00"
             if not rig.database.is_sqlite else "2020-01-01 00:00:00.000000"},
        )  # fmt: skip
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert rig.balance(send_id).uncertain > 0
    assert set(rig.mail.attempts.values()) == {1}


def outage_of(database, monkeypatch) -> list[bool]:
    """Give a list; while something is in it, the database takes nothing."""
    real, broken = database.writing, []

    async def writing(command, *args, **kwargs):
        if broken:
            raise DatabaseUnavailableError("The database is away.")
        return await real(command, *args, **kwargs)

    monkeypatch.setattr(database, "writing", writing)
    return broken


async def test_a_database_that_does_not_answer_for_a_while(rig, monkeypatch) -> None:
    """Nothing leaves while outcomes cannot be committed for long, and nothing is repeated after."""
    broken = outage_of(rig.database, monkeypatch)
    rig.mail.delay = 0.01
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: len(rig.mail.copies) >= 5)
        broken.append(True)
        await asyncio.sleep(0.4)
        broken.clear()
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}
    assert rig.balance(send_id).submitted == 20


async def test_no_more_than_four_groups_leave_while_no_outcome_is_committed(
    rig, monkeypatch
) -> None:
    monkeypatch.setattr(engines, "PACE", replace(PACE, group_size=1))
    broken = outage_of(rig.database, monkeypatch)
    rig.mail.answer = lambda _copy, _attempt: broken.append(True) or Reply()
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: rig.mail.copies)
        await asyncio.sleep(0.3)
        assert len(rig.mail.copies) <= 8, "four being committed, four that wait"
        rig.mail.answer = lambda _copy, _attempt: Reply()
        broken.clear()
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}


async def test_it_refuses_to_send_without_marks(rig) -> None:
    rig.data_dir.write_text("a file stands where the folder should")
    send_id = rig.schedule()
    with pytest.raises(MarksError, match="Nothing is sent without them"):
        await rig.engine().run(asyncio.Event())
    assert rig.mail.copies == []
    assert rig.balance(send_id).planned == 0


async def test_marks_that_cannot_be_opened_keep_their_own_batch_alone(rig) -> None:
    """Their owner's copies wait: they are neither lost nor sent twice. One line says what to do."""
    send_id = rig.schedule(audience="email")
    await rig.engine().start_due()
    with rig.database.write() as session:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        outbox.lease(session, owner="elsewhere", medium=Medium.EMAIL,
                     now=datetime.now(UTC), until=long_ago)  # fmt: skip
    locked = rig.data_dir / "inflight" / "elsewhere.marks"
    locked.mkdir(parents=True)  # even root cannot write to a folder
    with capture_logs() as logs:
        async with rig.running():
            await when(lambda: rig.balance(send_id).submitted > 3)  # the posts were not held up
            await asyncio.sleep(0.3)
    said = [it for it in logs if it["event"] == "marks_not_readable"]
    assert [(it["owner"], str(locked) in it["reason"]) for it in said] == [("elsewhere", True)]
    waiting = rig.balance(send_id)
    assert (waiting.uncertain, waiting.submitted + waiting.pending) == (0, 20)
    assert waiting.pending > 0
    locked.rmdir()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}


async def test_a_store_that_vanishes_is_waited_for(rig) -> None:
    """What was on its way when the file of the store was moved is recorded when it is back; nobody gets it twice."""
    if not rig.database.is_sqlite:
        pytest.skip("PostgreSQL has no file of ours")
    file = rig.database.url.database
    rig.mail.delay = 0.02
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: len(rig.mail.copies) >= 3)
        shutil.move(file, f"{file}.away")
        await asyncio.sleep(2 * PACE.control_seconds)
        left = len(rig.mail.copies)
        await asyncio.sleep(0.3)
        assert len(rig.mail.copies) == left < 20
        shutil.move(f"{file}.away", file)
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}
    assert rig.balance(send_id).submitted == 20
