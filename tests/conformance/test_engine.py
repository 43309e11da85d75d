"""What every engine must do, whatever it runs on: one suite, all engines, both databases.

The sender here is scripted: it stands for the other side, whose every kind of answer must be provoked.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlmodel import select
from structlog.testing import capture_logs

from publisher import schedule
from publisher.deliver import post_nonce
from storage import outbox
from storage.enums import EventKind, Medium, SendStatus, SubscriberStatus, SuppressionReason
from storage.tables import (
    Delivery,
    Event,
    Send,
    Subscriber,
    Suppression,
)
from tests.support.engines import PACE, Reply, ScriptedSender, hash_address, when


async def test_everybody_gets_one_copy_in_their_language(rig) -> None:
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert rig.mail.attempts == {f"r{n}@example.org": 1 for n in range(20)}
    assert rig.posts.attempts == {str(1000 + n): 1 for n in range(3)}
    assert sorted(rig.mail.prepared) == ["en", "zh"]
    assert rig.balance(send_id).submitted == 23
    assert not list((rig.data_dir / "inflight").iterdir()), "every mark was freed"


async def test_it_leaves_no_sender_open_and_no_marks(rig) -> None:
    async with rig.running(workers={Medium.EMAIL: 3}):
        await asyncio.sleep(0.1)
        assert rig.mail.open == 3
    assert rig.mail.open == rig.posts.open == 0
    assert not list((rig.data_dir / "inflight").iterdir())


async def test_a_refusal_for_now_is_tried_again_until_taken(rig) -> None:
    rig.mail.answer = lambda _copy, attempt: (
        Reply() if attempt > 2 else Reply("transient", "451 4.3.0", "not now")
    )
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {3}
    assert rig.balance(send_id).submitted == 23


async def test_a_refusal_for_good_fails_one_and_no_other(rig) -> None:
    rig.mail.answer = lambda copy, _attempt: (
        Reply("permanent", "550 5.1.1", "no such mailbox") if copy.name == "R 7" else Reply()
    )
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert (rig.balance(send_id).failed, rig.balance(send_id).submitted) == (1, 22)
    with rig.database.read() as session:
        bounced = select(Subscriber.name).where(Subscriber.status == SubscriberStatus.BOUNCED)
        assert session.exec(bounced).all() == ["R 7"]


async def test_no_reply_after_the_last_byte_is_uncertain_and_not_repeated(rig) -> None:
    rig.mail.answer = lambda copy, _attempt: (
        Reply("unknown", "", "connection lost") if copy.name == "R 7" else Reply()
    )
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert rig.mail.attempts["r7@example.org"] == 1
    assert rig.balance(send_id).uncertain == 1


async def test_a_fault_of_ours_pauses_and_resume_goes_on(rig) -> None:
    healed = []
    rig.mail.answer = lambda _copy, _attempt: (
        Reply() if healed else Reply("ours", "535 5.7.8", "wrong password")
    )
    send_id = rig.schedule()
    with capture_logs() as logs:
        async with rig.running():
            await rig.until(send_id, SendStatus.PAUSED)
    (told,) = [it for it in logs if it["event"] == "send_paused"]
    assert (told["send"], told["log_level"]) == (send_id, "error")
    assert "paperround resume 1" in told["remedy"]
    async with rig.running():
        await asyncio.sleep(0.2)
        assert len(rig.mail.copies) == 1
        healed.append(True)
        await rig.database.writing(schedule.resume, send_id, datetime.now(UTC))
        await rig.until(send_id, SendStatus.SENT)
    assert rig.balance(send_id).submitted == 23


async def test_an_edition_that_cannot_be_rendered_pauses_with_the_reason(rig, monkeypatch) -> None:
    async def prepare(_self, _issue) -> None:
        raise ValueError("the template asks for 'sponsr'")

    monkeypatch.setattr(ScriptedSender, "prepare", prepare)
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.PAUSED)
    with rig.database.read() as session:
        assert "the template asks for 'sponsr'" in session.get_one(Send, send_id).pause_reason
    assert rig.balance(send_id).pending == 23


async def test_a_sender_that_breaks_leaves_one_uncertain_and_names_no_address(rig) -> None:
    rig.mail.answer = lambda copy, _attempt: ValueError(copy.address)
    send_id = rig.schedule()
    with capture_logs() as logs:
        async with rig.running():
            await rig.until(send_id, SendStatus.PAUSED)
            await asyncio.sleep(0.1)
    assert rig.balance(send_id).uncertain == 1
    assert "example.org" not in str(logs)


async def test_when_nothing_answers_it_waits_and_says_so_once(rig) -> None:
    """One copy is tried at a time, not the whole list, and the outage stands once in the log and in the ledger."""
    healed = []
    rig.mail.answer = lambda _copy, _attempt: (
        Reply() if healed else Reply("transient", "", "connection refused")
    )
    send_id = rig.schedule()
    with capture_logs() as logs:
        async with rig.running():
            await when(lambda: rig.mail.copies)
            await asyncio.sleep(0.5)
            tried = len(rig.mail.copies)
            with rig.database.read() as session:
                assert outbox.wait_noted(session, send_id) == "connection refused"
            healed.append(True)
            await when(lambda: rig.balance(send_id).submitted > 3)  # the posts were not held up
            with rig.database.read() as session:
                assert outbox.wait_noted(session, send_id) is None
            await rig.until(send_id, SendStatus.SENT)
    with rig.database.read() as session:
        waits = session.exec(select(Event).where(Event.kind == EventKind.WAITING)).all()
    assert [event.content["medium"] for event in waits].count("email") == 1
    assert 1 <= tried <= 12
    assert [log["event"] for log in logs].count("not_reachable") == 1
    told = [it for it in logs if it["event"] == "send_waits"]
    assert [(it["send"], it["medium"], it["reason"]) for it in told] == [
        (send_id, "email", "connection refused")
    ]
    assert rig.balance(send_id).submitted == 23


async def test_the_suppressed_and_the_gone_are_left_out(rig) -> None:
    """One unsubscribed after planning, one stands in the suppression list under a keyed hash."""
    rig.mail.delay = 0.01
    send_id = rig.schedule(audience="email")
    with rig.database.write() as session:
        session.add(Suppression(address_hash=hash_address("r5@example.org"),
                                reason=SuppressionReason.COMPLAINED))  # fmt: skip
    await rig.engine().start_due()
    with rig.database.write() as session:
        gone = session.exec(select(Subscriber).where(Subscriber.name == "R 8")).one()
        gone.status = SubscriberStatus.UNSUBSCRIBED
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert rig.balance(send_id).suppressed == 2
    assert {"r5@example.org", "r8@example.org"}.isdisjoint(rig.mail.attempts)


async def test_who_unsubscribes_in_mid_send_gets_nothing_more(rig) -> None:
    """Recipients are read in small slices shortly before their copies leave."""
    rig.mail.delay = 0.05
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: rig.mail.copies)
        with rig.database.write() as session:
            for person in session.exec(select(Subscriber)).all():
                person.status = SubscriberStatus.UNSUBSCRIBED
        await rig.until(send_id, SendStatus.SENT)
    assert len(rig.mail.copies) <= 2 * PACE.slice_size
    assert rig.balance(send_id).suppressed >= 6


async def test_a_post_is_stored_with_its_nonce_before_the_call(rig) -> None:
    seen = {}

    def answer(copy, _attempt):
        with rig.database.read() as session:
            row = session.get_one(Delivery, copy.delivery_id)
            seen[copy.address] = (row.status.value, row.nonce, copy.nonce, copy.role_id)
        return Reply(code="discord 200", remote_id=f"m{copy.address}")

    rig.posts.answer = answer
    send_id = rig.schedule(audience="discord")
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    nonce = post_nonce(send_id, "1001")
    assert seen["1001"] == ("submitting", nonce, nonce, 1)
    assert len(nonce) == 25
    assert len({post_nonce(send_id, str(1000 + n)) for n in range(3)}) == 3
    with rig.database.read() as session:
        assert set(session.exec(select(Delivery.remote_id))) == {"m1000", "m1001", "m1002"}


async def test_a_post_found_submitting_carries_the_time_of_the_first_try(rig) -> None:
    send_id = rig.schedule(audience="discord")
    await rig.engine().start_due()
    before = datetime.now(UTC) - timedelta(minutes=9)
    with rig.database.write() as session:
        row = session.exec(select(Delivery)).first()
        outbox.begin_submitting(session, row.id, "n" * 25, before)
        first = row.id
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    given = {copy.delivery_id: copy for copy in rig.posts.copies}
    assert given[first].submitting_since == before
    assert given[first].nonce == "n" * 25
    assert sum(copy.submitting_since is not None for copy in rig.posts.copies) == 1


async def test_a_medium_without_a_sender_waits(rig) -> None:
    """Discord is not set up: the mails go, the posts wait for the day it is."""
    send_id = rig.schedule()
    async with rig.running(senders={Medium.EMAIL: rig.mail.sender}):
        await when(lambda: rig.balance(send_id).submitted == 20)
    assert rig.balance(send_id).pending == 3
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
