"""A send is scheduled, paused, resumed and cancelled, and reaches nobody twice."""

import pytest
from sqlmodel import select

from publisher import plan, schedule
from publisher.errors import ScheduleError
from storage import outbox
from storage.enums import (
    Audience,
    BatchStatus,
    SendStatus,
    UncertainPolicy,
)
from storage.outbox import planning
from storage.tables import Issue
from tests.integration.ledger.rig import LATER, NOW


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


def test_a_batch_that_was_given_back_waits_behind_those_that_are_ready(ledger, monkeypatch) -> None:
    """Whatever keeps it from its end, such as a server that refuses, the others get their turn first."""
    monkeypatch.setattr(planning, "BATCH_SIZE", 1)
    ledger.subscribe(*["en"] * 3)
    ledger.start()
    first = ledger.lease(now=LATER)
    assert ledger.close(first, now=LATER) is BatchStatus.PENDING
    others = [ledger.lease(now=LATER) for _ in range(2)]
    assert first.batch_id not in {it.batch_id for it in others}
    assert ledger.lease(now=LATER).batch_id == first.batch_id


def test_others_wait_only_where_they_have_waited_as_long(ledger, monkeypatch) -> None:
    monkeypatch.setattr(planning, "BATCH_SIZE", 1)
    ledger.subscribe("en", "en")
    ledger.start()
    first = ledger.lease()
    with ledger.database.read() as session:
        assert outbox.others_wait(session, first, NOW)
    second = ledger.lease()
    ledger.close(second, now=LATER)
    with ledger.database.read() as session:
        assert not outbox.others_wait(session, first, LATER)


def test_an_answer_that_is_missing_in_a_cancelled_send_stays_uncertain(ledger) -> None:
    ledger.subscribe("en", "en")
    send_id = ledger.start(on_uncertain=UncertainPolicy.RESEND)
    lease = ledger.lease()
    with ledger.database.write() as session:
        schedule.cancel(session, send_id, LATER)
    ledger.answer(lease, "unknown", now=LATER)
    ledger.close(lease, now=LATER)
    assert (ledger.balance(send_id).uncertain, ledger.balance(send_id).cancelled) == (1, 1)


def test_cancel_does_not_say_of_what_was_to_be_resent_that_it_never_left(ledger) -> None:
    ledger.subscribe(*["en"] * 3)
    send_id = ledger.start(on_uncertain=UncertainPolicy.RESEND)
    lease = ledger.lease()
    ledger.answer(lease, "unknown", "transient", text="connection lost")
    ledger.close(lease)
    with ledger.database.write() as session:
        schedule.cancel(session, send_id, LATER)
    assert (ledger.balance(send_id).uncertain, ledger.balance(send_id).cancelled) == (1, 2)
    assert "whether it arrived (connection lost" in ledger.why("r0@example.org")


def test_a_send_that_was_paused_and_then_cancelled_is_not_called_paused(ledger) -> None:
    ledger.subscribe("en")
    send_id = ledger.start()
    with ledger.database.write() as session:
        assert schedule.pause(session, send_id, LATER).pause_reason == "by the operator"
        cancelled = schedule.cancel(session, send_id, LATER)
        assert (cancelled.status, cancelled.pause_reason) == (SendStatus.CANCELLED, None)


def test_pause_resume_cancel_say_what_cannot_be_done(ledger) -> None:
    ledger.subscribe("en")
    send_id = ledger.start()
    steps = [
        (schedule.resume, r"^Send 1 has been going out since 2026-12-01 09:00 UTC; it cannot be"),
        (schedule.pause, None),
        (schedule.pause, r"^Send 1 is paused: by the operator; it cannot be paused"),
        (schedule.cancel, None),
        (schedule.cancel, r"^Send 1 was cancelled on 2026-12-01 09:01 UTC; it cannot be"),
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


def test_a_send_whose_last_batch_ended_while_it_was_paused_is_sent_when_it_is_resumed(
    ledger,
) -> None:
    ledger.subscribe("en")
    send_id = ledger.start()
    lease = ledger.lease()
    with ledger.database.write() as session:
        schedule.pause(session, send_id, NOW)
    ledger.answer(lease, "accepted")
    assert ledger.close(lease) is BatchStatus.DONE
    with ledger.database.write() as session:
        assert schedule.resume(session, send_id, LATER).status is SendStatus.SENT


def test_a_scheduled_send_may_be_paused_and_goes_on_as_scheduled(ledger) -> None:
    with ledger.database.write() as session:
        send = schedule.schedule(session, ledger.issue, due_at=LATER, now=NOW)
        assert schedule.pause(session, send.id, NOW).status is SendStatus.PAUSED
        assert outbox.due_sends(session, LATER) == []
    with ledger.database.write() as session:
        assert not plan.start(session, send.id, LATER), "it was due a moment ago to who looked then"
    with ledger.database.write() as session:
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
        pytest.raises(ScheduleError, match=r"send 1 was sent on 2026-12-01 09:00 UTC"),
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


def test_the_next_issue_goes_to_those_who_got_the_last(ledger) -> None:
    ledger.start()
    with ledger.database.write() as session:
        of_april = session.get_one(Issue, ledger.issue.id)
        may = Issue(newsletter_id=of_april.newsletter_id, slug="2022-05", language="en", title="May",
                    month=of_april.month, month_source="given")  # fmt: skip
        session.add(may)
        session.flush()
        assert schedule.schedule(session, may, due_at=LATER, now=LATER).issue_id == may.id


def test_a_translation_is_scheduled_as_its_original(ledger) -> None:
    with ledger.database.write() as session:
        chinese = session.exec(select(Issue).where(Issue.language == "zh")).one()
        send = schedule.schedule(session, chinese, due_at=LATER, now=NOW)
        assert send.issue_id == ledger.issue.id
