"""The ledger, on both databases: planning, leases, outcomes, balance, recovery, stories."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from publisher import deliver, plan, schedule
from publisher.errors import ScheduleError
from publisher.pace import Pace
from publisher.record import Answer, commit
from storage import outbox
from storage.enums import (
    Audience,
    BatchStatus,
    ChannelStatus,
    DeliveryStatus,
    EventKind,
    Medium,
    SendStatus,
    SubscriberStatus,
    UncertainPolicy,
)
from storage.outbox import Leavings
from storage.tables import Batch, Channel, Delivery, Event, Issue, Newsletter, Send, Subscriber

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
SLACK = timedelta(0)


class Ledger:
    """A ledger with one issue in two languages, and short ways to speak of it."""

    def __init__(self, database) -> None:
        self.database = database
        with database.write() as session:
            letter = Newsletter(slug="n", name="N", languages=["en", "zh"])
            session.add(letter)
            session.flush()
            more = {"newsletter_id": letter.id, "slug": "2022-04", "month_source": "given",
                    "month": NOW.date().replace(day=1)}  # fmt: skip
            original = Issue(language="en", title="April", **more)
            session.add(original)
            session.flush()
            session.add(Issue(language="zh", title="四月", translation_of_id=original.id, **more))
            self.issue = original

    def subscribe(self, *languages: str, status=SubscriberStatus.ACTIVE) -> list[int]:
        with self.database.write() as session:
            start = len(session.exec(select(Subscriber.id)).all())
            added = [
                Subscriber(address=f"r{n}@example.org", address_key=f"r{n}@example.org",
                           language=language, status=status, created_at=NOW)
                for n, language in enumerate(languages, start)
            ]  # fmt: skip
            session.add_all(added)
            session.flush()
            return [it.id for it in added]

    def follow(self, *languages: str) -> list[int]:
        with self.database.write() as session:
            added = [
                Channel(guild_id=1, channel_id=100 + n, channel_name=f"c{n}", language=language)
                for n, language in enumerate(languages)
            ]
            session.add_all(added)
            session.flush()
            return [it.id for it in added]

    def start(self, audience=Audience.EVERYONE, on_uncertain=UncertainPolicy.HOLD) -> int:
        with self.database.write() as session:
            send_id = schedule.schedule(
                session, self.issue, due_at=NOW, now=NOW, audience=audience,
                on_uncertain=on_uncertain,
            ).id  # fmt: skip
        with self.database.write() as session:
            assert plan.start(session, send_id, NOW)
        return send_id

    def lease(self, owner="me", medium=Medium.EMAIL, now=NOW):
        with self.database.write() as session:
            return outbox.lease(
                session, owner=owner, medium=medium, now=now, until=now + timedelta(minutes=1)
            )

    def due(self, lease, now=NOW):
        with self.database.read() as session:
            return outbox.due_copies(session, lease, after=0, limit=1000, now=now)

    def answer(self, lease, *verdicts, now=NOW, pace=None, **more) -> None:
        due = self.due(lease, now)
        with self.database.write() as session:
            commit(
                session,
                [Answer(d, lease, v, **more) for d, v in zip(due, verdicts, strict=False)],
                now,
                pace or Pace(),
            )

    def close(self, lease, owner="me", now=NOW):
        with self.database.write() as session:
            return outbox.close_batch(session, lease.batch_id, owner, now, SLACK)

    def recover(self, left, owner="me", now=LATER):
        with self.database.write() as session:
            return outbox.recover(session, owner, left, now, SLACK)

    def balance(self, send_id):
        with self.database.read() as session:
            balance = outbox.balance(session, send_id)
        assert balance.holds
        return balance

    def get(self, model, key):
        with self.database.read() as session:
            found = session.get_one(model, key)
            session.expunge_all()
            return found

    def deliveries(self) -> list[Delivery]:
        with self.database.read() as session:
            rows = list(session.exec(select(Delivery).order_by(Delivery.id)).all())
            session.expunge_all()
            return rows

    def events(self, kind=None) -> list[Event]:
        with self.database.read() as session:
            rows = session.exec(select(Event).order_by(Event.id)).all()
            session.expunge_all()
        return [it for it in rows if kind in {None, it.kind}]

    def why(self, address: str) -> str:
        with self.database.read() as session:
            return " ".join(outbox.story(session, address, "2022-04").sentences)


@pytest.fixture
def ledger(database) -> Ledger:
    return Ledger(database)


def test_everyone_gets_their_language_and_the_rest_the_original(ledger) -> None:
    ledger.subscribe("en", "zh", "zh-TW", "nl")
    ledger.follow("zh", "en")
    send_id = ledger.start()
    with ledger.database.read() as session:
        rows = session.exec(
            select(Batch.medium, Issue.language, Subscriber.language, Channel.language)
            .select_from(Delivery)
            .join(Batch, Batch.id == Delivery.batch_id)
            .join(Issue, Issue.id == Batch.issue_id)
            .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
            .outerjoin(Channel, Channel.id == Delivery.channel_id)
        ).all()
    assert Counter(rows) == Counter([
        (Medium.EMAIL, "en", "en", None), (Medium.EMAIL, "zh", "zh", None),
        (Medium.EMAIL, "zh", "zh-TW", None), (Medium.EMAIL, "en", "nl", None),
        (Medium.DISCORD, "zh", None, "zh"), (Medium.DISCORD, "en", None, "en"),
    ])  # fmt: skip
    assert ledger.balance(send_id).planned == 6


def test_batches_are_full_and_of_one_kind(ledger) -> None:
    ledger.subscribe(*["en"] * 1_201, *["zh"] * 10)
    ledger.start()
    with ledger.database.read() as session:
        counted = Counter(session.exec(select(Delivery.batch_id)).all())
        sizes = {it.id: it.size for it in session.exec(select(Batch)).all()}
    assert counted == sizes
    assert sorted(sizes.values()) == [10, 201, 500, 500]


@pytest.mark.parametrize(("size", "slices"), [(2, [2, 2]), (3, [3, 1]), (4, [4]), (5, [4])])
def test_a_batch_is_read_slice_by_slice_and_never_in_vain(ledger, size, slices) -> None:
    ledger.subscribe(*["en"] * 4)
    ledger.start()
    lease, after, more, read = ledger.lease(), 0, True, []
    with ledger.database.read() as session:
        while more:
            due, more = deliver._slice(session, lease, after, size, NOW, str)
            read.append(len(due))
            after = due[-1].delivery_id

    assert read == slices


def test_only_the_active_are_planned(ledger) -> None:
    ledger.subscribe("en")
    for status in SubscriberStatus:
        if status is not SubscriberStatus.ACTIVE:
            ledger.subscribe("en", status=status)
    (channel,) = ledger.follow("en")
    with ledger.database.write() as session:
        session.get_one(Channel, channel).status = ChannelStatus.BROKEN
    assert ledger.balance(ledger.start()).planned == 1


@pytest.mark.parametrize(
    ("audience", "planned"), [(Audience.EVERYONE, 3), (Audience.EMAIL, 2), (Audience.DISCORD, 1)]
)
def test_an_audience_is_what_it_says(ledger, audience, planned) -> None:
    ledger.subscribe("en", "en")
    ledger.follow("en")
    assert ledger.balance(ledger.start(audience)).planned == planned


def test_starting_publishes_every_language_and_keeps_an_earlier_date(ledger) -> None:
    early = NOW - timedelta(days=9)
    with ledger.database.write() as session:
        session.get_one(Issue, ledger.issue.id).published_at = early
    ledger.start()
    with ledger.database.read() as session:
        dates = dict(session.exec(select(Issue.language, Issue.published_at)).all())
    assert dates == {"en": early, "zh": NOW}


def test_a_send_without_recipients_is_sent_at_once(ledger) -> None:
    send_id = ledger.start()
    assert ledger.get(Send, send_id).status is SendStatus.SENT


def test_a_send_is_started_once_however_many_try(ledger) -> None:
    """Eight threads see the same due send; one of them plans it."""
    ledger.subscribe(*["en"] * 50)
    with ledger.database.write() as session:
        schedule.schedule(session, ledger.issue, due_at=NOW, now=NOW)
    started = []

    def tick() -> None:
        import asyncio  # noqa: PLC0415

        started.extend(asyncio.run(plan.start_due(ledger.database, NOW)))

    threads = [threading.Thread(target=tick) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1
    assert len(ledger.deliveries()) == 50


def test_a_future_send_is_not_due(ledger) -> None:
    with ledger.database.write() as session:
        send = schedule.schedule(session, ledger.issue, due_at=LATER, now=NOW)
    with ledger.database.write() as session:
        assert not plan.start(session, send.id, NOW)
    with ledger.database.read() as session:
        assert outbox.due_sends(session, NOW) == []
        assert outbox.due_sends(session, LATER) == [send.id]


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


def test_a_dead_owner_leaves_what_its_marks_say(ledger) -> None:
    """Accepted is submitted, in flight is uncertain, and the rest goes to the next worker."""
    ledger.subscribe(*["en"] * 5)
    send_id = ledger.start()
    lease = ledger.lease("dead")
    ids = [it.delivery_id for it in ledger.due(lease)]
    left = Leavings(complete=True, accepted={ids[0]}, in_flight={ids[1]})
    assert ledger.recover(left, "dead") == {
        "batches": 1, "accepted": 1, "uncertain": 1, "again": 0
    }  # fmt: skip
    balance = ledger.balance(send_id)
    assert (balance.submitted, balance.uncertain, balance.pending) == (1, 1, 3)
    assert len(ledger.due(ledger.lease(now=LATER))) == 3


def test_recovery_twice_changes_nothing(ledger) -> None:
    ledger.subscribe("en", "en")
    send_id = ledger.start()
    lease = ledger.lease("dead")
    left = Leavings(complete=True, in_flight={ledger.due(lease)[0].delivery_id})
    ledger.recover(left, "dead")
    ledger.lease("alive", now=LATER)
    before = ledger.balance(send_id), len(ledger.events())
    assert ledger.recover(left, "dead")["batches"] == 0
    assert (ledger.balance(send_id), len(ledger.events())) == before


def test_a_committed_outcome_is_not_undone_by_a_mark(ledger) -> None:
    """The process died between the commit of an outcome and the freeing of its mark."""
    ledger.subscribe("en", "en")
    send_id = ledger.start()
    lease = ledger.lease("dead")
    first = ledger.due(lease)[0].delivery_id
    ledger.answer(lease, "unknown")
    ledger.recover(Leavings(complete=True, accepted=set(), in_flight={first}), "dead")
    assert ledger.balance(send_id).uncertain == 1
    assert len(ledger.events(EventKind.UNCERTAIN)) == 1


def test_when_the_marks_are_lost_every_open_mail_is_uncertain(ledger) -> None:
    ledger.subscribe(*["en"] * 3)
    send_id = ledger.start()
    lease = ledger.lease("dead")
    ledger.answer(lease, "accepted")
    ledger.recover(Leavings(complete=False), "dead")
    balance = ledger.balance(send_id)
    assert (balance.submitted, balance.uncertain) == (1, 2)
    assert ledger.get(Send, send_id).status is SendStatus.SENT


def test_the_policy_to_resend_leaves_nothing_uncertain(ledger) -> None:
    ledger.subscribe("en", "en")
    send_id = ledger.start(on_uncertain=UncertainPolicy.RESEND)
    lease = ledger.lease("dead")
    left = Leavings(complete=True, in_flight={ledger.due(lease)[0].delivery_id})
    assert ledger.recover(left, "dead")["again"] == 1
    assert ledger.balance(send_id).pending == 2
    assert len(ledger.events(EventKind.RESENT)) == 1


@pytest.mark.parametrize("complete", [True, False])
def test_a_post_under_way_is_looked_up_not_held(ledger, complete) -> None:
    """Discord keeps a history, so the next try can see whether the post stands there."""
    ledger.follow("en", "en")
    send_id = ledger.start()
    lease = ledger.lease("dead", Medium.DISCORD)
    first = ledger.due(lease)[0].delivery_id
    with ledger.database.write() as session:
        outbox.begin_submitting(session, first, "n" * 25, NOW)
    ledger.recover(Leavings(complete=complete, in_flight={first}), "dead")
    assert ledger.balance(send_id).uncertain == 0
    since = [it.submitting_since for it in ledger.due(ledger.lease("b", Medium.DISCORD, LATER))]
    assert since == [NOW, None]


def test_cancel_takes_back_what_has_not_left(ledger) -> None:
    ledger.subscribe(*["en"] * 501)
    send_id = ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "accepted", "transient")
    with ledger.database.write() as session:
        schedule.cancel(session, send_id, LATER)
    assert ledger.balance(send_id).cancelled == 1
    assert ledger.close(lease) is BatchStatus.DONE
    balance = ledger.balance(send_id)
    assert (balance.submitted, balance.cancelled) == (1, 500)
    assert ledger.lease(now=LATER) is None


def test_a_process_that_died_in_a_cancelled_send(ledger) -> None:
    ledger.subscribe("en", "en")
    send_id = ledger.start()
    lease = ledger.lease("dead")
    left = Leavings(complete=True, in_flight={ledger.due(lease)[0].delivery_id})
    with ledger.database.write() as session:
        schedule.cancel(session, send_id, LATER)
    ledger.recover(left, "dead")
    balance = ledger.balance(send_id)
    assert (balance.uncertain, balance.cancelled) == (1, 1)


def test_pause_resume_cancel_say_what_cannot_be_done(ledger) -> None:
    ledger.subscribe("en")
    send_id = ledger.start()
    steps = [
        (
            schedule.resume,
            r"is being sent since 2026-12-01 09:00 UTC \(send 1\).*cannot be resumed",
        ),
        (schedule.pause, None),
        (schedule.pause, r"is paused \(send 1\): paused by the operator; it cannot be paused"),
        (schedule.cancel, None),
        (schedule.cancel, r"was cancelled on 2026-12-01 09:01 UTC .*cannot be cancelled"),
    ]
    for step, refusal in steps:
        with ledger.database.write() as session:
            if refusal is None:
                step(session, send_id, LATER)
            else:
                with pytest.raises(ScheduleError, match=refusal):
                    step(session, send_id, LATER)
    with (
        pytest.raises(ScheduleError, match=r"no send 99\. `paperround sends`"),
        ledger.database.write() as session,
    ):
        schedule.pause(session, 99, LATER)


def test_a_scheduled_send_may_be_paused_and_goes_on_as_scheduled(ledger) -> None:
    with ledger.database.write() as session:
        send = schedule.schedule(session, ledger.issue, due_at=LATER, now=NOW)
        assert schedule.pause(session, send.id, NOW).status is SendStatus.PAUSED
        assert outbox.due_sends(session, LATER) == []
        assert schedule.resume(session, send.id, NOW).status is SendStatus.SCHEDULED
        assert outbox.due_sends(session, LATER) == [send.id]


def test_a_past_time_is_refused(ledger) -> None:
    with pytest.raises(ScheduleError, match="is past"), ledger.database.write() as session:
        schedule.schedule(session, ledger.issue, due_at=NOW, now=LATER)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Audience.EVERYONE, Audience.EVERYONE),
        (Audience.EVERYONE, Audience.EMAIL),
        (Audience.DISCORD, Audience.EVERYONE),
        (Audience.EMAIL, Audience.EMAIL),
    ],
)
def test_nobody_is_reached_by_two_sends_of_an_issue(ledger, first, second) -> None:
    ledger.start(first)
    with (
        pytest.raises(ScheduleError, match=r"2022-04 was sent on 2026-12-01 09:00 UTC"),
        ledger.database.write() as session,
    ):
        schedule.schedule(session, ledger.issue, due_at=LATER, now=LATER, audience=second)


def test_mail_and_discord_may_go_apart_and_a_cancelled_send_makes_room(ledger) -> None:
    ledger.start(Audience.EMAIL)
    with ledger.database.write() as session:
        later = schedule.schedule(
            session, ledger.issue, due_at=LATER, now=NOW, audience=Audience.DISCORD
        )
        schedule.cancel(session, later.id, NOW)
        schedule.schedule(session, ledger.issue, due_at=LATER, now=NOW, audience=Audience.DISCORD)


def test_a_translation_is_scheduled_as_its_original(ledger) -> None:
    with ledger.database.write() as session:
        chinese = session.exec(select(Issue).where(Issue.language == "zh")).one()
        send = schedule.schedule(session, chinese, due_at=LATER, now=NOW)
        assert send.issue_id == ledger.issue.id


def test_the_uncertain_are_listed_and_accepted(ledger) -> None:
    ledger.subscribe("en", "en")
    ledger.follow("en")
    send_id = ledger.start()
    for medium in (Medium.EMAIL, Medium.DISCORD):
        lease = ledger.lease(medium=medium)
        ledger.answer(lease, "unknown", "accepted", text="no reply to the last dot")
        ledger.close(lease)
    with ledger.database.write() as session:
        listed = outbox.uncertain(session, "2022-04")
        assert [it.recipient for it in listed] == ["#c0 on Discord", "r0@example.org"]
        assert outbox.accept(session, "2022-04", LATER) == 2
    assert ledger.balance(send_id).submitted == 3


def test_the_uncertain_are_resent_when_asked(ledger) -> None:
    """A sent send starts again for them; a post is first looked up in the history."""
    ledger.subscribe("en", "en")
    ledger.follow("en")
    send_id = ledger.start()
    for medium in (Medium.EMAIL, Medium.DISCORD):
        lease = ledger.lease(medium=medium)
        ledger.answer(lease, "unknown", "accepted")
        ledger.close(lease)
    assert ledger.get(Send, send_id).status is SendStatus.SENT
    with ledger.database.write() as session:
        assert outbox.resend(session, "2022-04", LATER) == 2
    mail = ledger.lease(now=LATER)
    assert [it.address for it in ledger.due(mail)] == ["r0@example.org"]
    post = ledger.lease(medium=Medium.DISCORD, now=LATER)
    assert [it.submitting_since for it in ledger.due(post)] == [NOW]
    for lease in (mail, post):
        ledger.answer(lease, "accepted")
        ledger.close(lease)
    assert ledger.get(Send, send_id).status is SendStatus.SENT
    assert ledger.balance(send_id).submitted == 3


def test_the_story_of_each_kind_of_recipient(ledger) -> None:
    ledger.subscribe("zh")
    ledger.subscribe("en", status=SubscriberStatus.PENDING)
    ledger.subscribe("en", status=SubscriberStatus.UNSUBSCRIBED)
    assert "never scheduled" in ledger.why("r0@example.org")
    ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "accepted", code="250 2.0.0", text="queued", remote_id="<1.1@x>")
    with ledger.database.write() as session:
        session.add(Subscriber(address="late@example.org", address_key="late@example.org",
                               status=SubscriberStatus.ACTIVE, created_at=LATER))  # fmt: skip
    got = ledger.why("r0@example.org")
    assert "is active since" in got
    assert "accepted it at 2026-12-01 09:00:00 UTC (250 2.0.0 queued)" in got
    assert "Message-ID: <1.1@x>" in got
    assert "Edition: zh" in got
    assert "has not confirmed yet" in ledger.why("r1@example.org")
    assert "was not active then" in ledger.why("r1@example.org")
    assert "unsubscribed" in ledger.why("r2@example.org")
    assert "before this subscriber joined (2026-12-01 09:01:00 UTC)" in ledger.why(
        "late@example.org"
    )
    assert "not known" in ledger.why("nobody@example.org")


def test_the_events_of_a_story_are_in_order_and_about_one_recipient(ledger) -> None:
    ledger.subscribe("en", "en")
    ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "transient", "accepted", code="451 4.3.0")
    with ledger.database.read() as session:
        told = outbox.story(session, "r0@example.org", "2022-04")
    assert [it["kind"] for it in told.events] == ["scheduled", "started", "deferred"]
    assert told.events[-1]["code"] == "451 4.3.0"


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


def test_what_was_ready_stays_ready_when_the_clock_is_set_back(ledger) -> None:
    """A send started by a clock that was an hour ahead does not wait for that hour."""
    ledger.subscribe("en", "en")
    ledger.start()
    earlier = NOW - timedelta(hours=1)
    lease = ledger.lease(now=earlier)
    ledger.answer(lease, "accepted", now=earlier)
    assert ledger.close(lease, now=earlier) is BatchStatus.PENDING
    assert ledger.lease(now=earlier - timedelta(hours=1)) is not None


def test_a_retry_reckoned_by_a_wrong_clock_comes_at_once(ledger) -> None:
    """Deferred by a clock that was ten days ahead: due as soon as the clock is right."""
    ledger.subscribe("en")
    ledger.start()
    wrong = NOW + timedelta(days=10)
    lease = ledger.lease(now=wrong)
    ledger.answer(lease, "transient", now=wrong)
    assert ledger.close(lease, now=wrong) is BatchStatus.PENDING
    assert ledger.lease(now=LATER) is None
    with ledger.database.write() as session:
        assert outbox.bring_forward(session, wrong) == 0
        assert outbox.bring_forward(session, LATER) == 1
    lease = ledger.lease(now=LATER)
    assert len(ledger.due(lease, now=LATER)) == 1


def test_a_clock_set_back_while_a_batch_is_at_work_delays_nothing(ledger) -> None:
    """The retry was written before the clock was set back, the batch is given back after it."""
    ledger.subscribe("en")
    ledger.start()
    wrong = NOW + timedelta(days=10)
    lease = ledger.lease(now=wrong)
    ledger.answer(lease, "transient", now=wrong)
    assert ledger.close(lease, now=LATER) is BatchStatus.PENDING
    assert ledger.lease(now=LATER) is not None


def test_a_retry_whose_time_has_not_come_is_not_brought_forward(ledger) -> None:
    ledger.subscribe("en")
    ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "transient")
    ledger.close(lease)
    with ledger.database.write() as session:
        assert outbox.bring_forward(session, NOW) == 0
    assert ledger.lease() is None
