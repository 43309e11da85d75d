"""A batch is leased, read and answered: where each verdict leaves its delivery and its send."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from publisher import deliver, schedule
from publisher.pace import Pace
from publisher.record import Answer, commit
from storage import outbox
from storage.enums import (
    BatchStatus,
    ChannelStatus,
    DeliveryStatus,
    EventKind,
    Medium,
    SendStatus,
    SubscriberStatus,
)
from storage.tables import Channel, Delivery, Send, Subscriber
from tests.integration.ledger.rig import LATER, NOW


def test_a_batch_is_leased_once(ledger) -> None:
    ledger.subscribe(*["en"] * 501)
    ledger.start()
    first, second = ledger.lease("a"), ledger.lease("b")
    assert first.batch_id != second.batch_id
    assert ledger.lease("c") is None
    assert ledger.lease("c", Medium.DISCORD) is None


def test_a_send_is_sent_when_its_last_batch_is_done(ledger) -> None:
    ledger.subscribe(*["en"] * 501)
    send_id = ledger.start()
    for status in (SendStatus.SENDING, SendStatus.SENT):
        lease = ledger.lease()
        ledger.answer(lease, *["accepted"] * 500, code="250 2.0.0")
        assert ledger.close(lease) is BatchStatus.DONE
        assert ledger.get(Send, send_id).status is status
    assert ledger.balance(send_id).submitted == 501
    assert len(ledger.events(EventKind.SUBMITTED)) == 501
    assert ledger.events(EventKind.FINISHED)[0].content["submitted"] == 501


def test_every_verdict_has_its_place_in_the_balance(ledger) -> None:
    ledger.subscribe(*["en"] * 5)
    send_id = ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "accepted", "transient", "permanent", "unknown", None)
    balance = ledger.balance(send_id)
    assert (balance.submitted, balance.deferred, balance.failed) == (1, 1, 1)
    assert (balance.uncertain, balance.suppressed, balance.open) == (1, 1, 1)
    assert [it.attempts for it in ledger.deliveries()] == [1, 1, 1, 1, 0]


def test_a_deferred_copy_comes_up_again_when_its_time_has_come(ledger) -> None:
    ledger.subscribe("en", "en")
    ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "accepted", "transient", code="451 4.3.0", text="not now")
    assert ledger.close(lease) is BatchStatus.PENDING
    assert ledger.lease(now=NOW + timedelta(seconds=59)) is None
    again = ledger.lease(now=NOW + timedelta(seconds=73))
    assert len(ledger.due(again, NOW)) == 0
    assert [it.attempts for it in ledger.due(again, NOW + timedelta(seconds=73))] == [1]


def test_what_was_not_tried_yet_waits_for_no_retry_of_others(ledger) -> None:
    ledger.subscribe("en", "en")
    ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "transient")
    ledger.close(lease)
    assert len(ledger.due(ledger.lease())) == 1


def test_of_several_deferred_copies_the_first_to_come_up_decides_when_their_batch_does(
    ledger,
) -> None:
    ledger.subscribe("en", "en")
    ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "transient")
    ledger.answer(lease, "transient", pace=Pace(retry_first_seconds=3600))
    ledger.close(lease)
    soon = NOW + timedelta(seconds=73)
    assert len(ledger.due(ledger.lease(now=soon), soon)) == 1


def test_an_answer_that_comes_late_changes_nothing_that_is_final(ledger) -> None:
    """Such as that of a process whose batch was given to another, which has delivered it."""
    ledger.subscribe("en")
    send_id = ledger.start()
    lease = ledger.lease()
    (due,) = ledger.due(lease)
    for verdict in ("accepted", "transient", "unknown", "permanent"):
        with ledger.database.write() as session:
            commit(session, [Answer(due, lease, verdict)], LATER, Pace())
    assert ledger.balance(send_id).submitted == 1
    assert [it.attempts for it in ledger.deliveries()] == [1]


def test_five_days_of_refusals_are_the_end(ledger) -> None:
    ledger.subscribe("en")
    send_id = ledger.start()
    pace = Pace(retry_cap_seconds=60)
    for day in range(7):
        now = NOW + timedelta(days=day)
        lease = ledger.lease(now=now)
        if lease is None:
            break
        ledger.answer(lease, "transient", now=now, pace=pace, code="451 4.3.0")
        ledger.close(lease, now=now)
    assert day == 6
    assert ledger.balance(send_id).failed == 1
    assert ledger.get(Send, send_id).status is SendStatus.SENT


def test_few_tries_are_not_the_end_however_long_they_took(ledger) -> None:
    """A process that was away for a week gives nobody up for it."""
    ledger.subscribe("en")
    send_id = ledger.start()
    for day in (0, 6, 12, 18, 24):
        assert ledger.balance(send_id).failed == 0
        now = NOW + timedelta(days=day)
        lease = ledger.lease(now=now)
        ledger.answer(lease, "transient", now=now, code="451 4.3.0")
        ledger.close(lease, now=now)
    assert ledger.balance(send_id).failed == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("550 5.1.1", SubscriberStatus.BOUNCED),
        ("550 5.1.2", SubscriberStatus.BOUNCED),
        ("550 5.1.6", SubscriberStatus.BOUNCED),
        ("552 5.2.2", SubscriberStatus.ACTIVE),
        ("550 5.1.10", SubscriberStatus.ACTIVE),
        ("550", SubscriberStatus.ACTIVE),
    ],
)
def test_only_a_dead_address_is_never_written_to_again(ledger, code, status) -> None:
    """A full mailbox fails this copy and leaves the subscriber alone."""
    (subscriber,) = ledger.subscribe("en")
    send_id = ledger.start()
    ledger.answer(ledger.lease(), "permanent", code=code, text="no")
    assert ledger.get(Subscriber, subscriber).status is status
    assert ledger.balance(send_id).failed == 1
    assert len(ledger.events(EventKind.BOUNCED)) == (status is SubscriberStatus.BOUNCED)


def test_a_fault_of_ours_pauses_the_send_and_blames_nobody(ledger) -> None:
    (subscriber, _) = ledger.subscribe("en", "en")
    send_id = ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "ours", code="550 5.7.1", text="sender not allowed")
    ledger.close(lease)
    send = ledger.get(Send, send_id)
    assert send.status is SendStatus.PAUSED
    assert send.pause_reason == "the fault is ours: 550 5.7.1 sender not allowed"
    assert ledger.balance(send_id).pending == 2
    assert ledger.get(Subscriber, subscriber).status is SubscriberStatus.ACTIVE
    assert ledger.lease() is None
    assert "paused: the fault is ours" in ledger.why("r0@example.org")
    with ledger.database.write() as session:
        schedule.resume(session, send_id, LATER)
    assert ledger.lease() is not None


def test_a_channel_that_cannot_be_posted_to_is_marked_broken(ledger) -> None:
    (channel,) = ledger.follow("en")
    ledger.start()
    lease = ledger.lease(medium=Medium.DISCORD)
    ledger.answer(lease, "permanent", code="discord 50013", text="Missing Permissions")
    assert ledger.get(Channel, channel).status is ChannelStatus.BROKEN
    assert ledger.get(Channel, channel).broken_reason == "Missing Permissions"
    assert ledger.events(EventKind.BROKEN)[0].channel_id == channel


def test_a_copy_knows_what_its_sender_needs(ledger) -> None:
    ledger.subscribe("zh")
    (channel,) = ledger.follow("en")
    send_id = ledger.start()
    (mail,) = ledger.due(ledger.lease())
    assert (mail.address, mail.language, mail.refused) == ("r0@example.org", "zh", None)
    lease = ledger.lease(medium=Medium.DISCORD)
    (post,) = ledger.due(lease)
    assert (post.address, post.recipient_id, post.submitting_since) == ("100", channel, None)
    with ledger.database.write() as session:
        outbox.begin_submitting(session, post.delivery_id, "n" * 25, LATER)
    assert ledger.balance(send_id).submitting == 1
    (post,) = ledger.due(lease)
    assert (post.nonce, post.submitting_since) == ("n" * 25, LATER)


def test_who_left_after_planning_is_refused(ledger) -> None:
    ids = ledger.subscribe("en", "en", "en")
    ledger.start()
    with ledger.database.write() as session:
        session.get_one(Subscriber, ids[0]).status = SubscriberStatus.UNSUBSCRIBED
        gone = session.get_one(Subscriber, ids[1])
        gone.address = gone.address_key = gone.name = None
    refused = [it.refused for it in ledger.due(ledger.lease())]
    assert refused == [
        "unsubscribed since the send was planned",
        "deleted since the send was planned",
        None,
    ]


@pytest.mark.parametrize(("size", "slices"), [(2, [2, 2]), (3, [3, 1]), (4, [4]), (5, [4])])
def test_a_batch_is_read_slice_by_slice_and_never_in_vain(ledger, size, slices) -> None:
    ledger.subscribe(*["en"] * 4)
    ledger.start()
    route = SimpleNamespace(
        pace=Pace(slice_size=size), clock=SimpleNamespace(now=lambda: NOW), hash_address=str
    )
    lease, after, more, read = ledger.lease(), 0, True, []
    with ledger.database.read() as session:
        while more:
            due, more = deliver._slice(session, lease, route, after)
            read.append(len(due))
            after = due[-1].delivery_id

    assert read == slices


def test_a_post_whose_answer_was_lost_is_looked_for_after_a_restart() -> None:
    """A refusal in plain words is simply tried again; a server error may hide a post that stands."""
    from storage.outbox.copies import _submitting_since  # noqa: PLC0415

    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for code, is_doubtful in (("discord 500", True), ("discord connection", True),
                              ("discord 429", False), ("discord offline", False)):  # fmt: skip
        delivery = Delivery(id=1, send_id=1, batch_id=1, status=DeliveryStatus.DEFERRED, code=code)
        since = _submitting_since(delivery, {1: at})
        assert (since is not None) is is_doubtful
        assert since is None or since < at
