"""Two processes at one ledger, on PostgreSQL: who waits for whom, and who does not."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from publisher import plan, schedule
from publisher.errors import ScheduleError
from publisher.pace import Pace
from publisher.record import Answer, commit
from storage import outbox, subscribers
from storage.enums import Audience, Medium, SendStatus, SubscriberStatus
from storage.outbox import Leavings, planning
from storage.outbox.sends import lock_send
from storage.preferences import Preferences, prefer
from storage.tables import Issue, Send, Subscriber
from tests.integration.ledger.rig import LATER, NOW, SLACK
from tests.support.beside import beside


@pytest.fixture
def database_url(postgres_url) -> str:
    """SQLite lets one transaction write at a time, so nobody ever meets another there."""
    return postgres_url


@pytest.fixture
def batches(ledger, monkeypatch) -> int:
    """Give a send of two batches with one reader each."""
    monkeypatch.setattr(planning, "BATCH_SIZE", 1)
    ledger.subscribe("en", "en")
    return ledger.start()


def lease(session, owner="other"):
    until = NOW + timedelta(minutes=1)
    return outbox.lease(session, owner=owner, medium=Medium.EMAIL, now=NOW, until=until)


def scheduled(ledger, audience) -> int:
    with ledger.database.write() as session:
        return schedule.schedule(session, ledger.issue, due_at=NOW, now=NOW, audience=audience).id


def test_two_who_lease_at_once_get_a_batch_each_and_neither_waits(ledger, batches) -> None:
    with ledger.database.write() as session:
        mine = lease(session, "me")
        theirs = beside(ledger.database, lease)
        assert theirs.done()
    assert theirs.result().batch_id != mine.batch_id


def test_a_lease_does_not_wait_for_who_works_on_the_send(ledger, batches) -> None:
    """Nor does it find nothing, and leave a ready batch for another round."""
    with ledger.database.write() as session:
        lock_send(session, batches)
        theirs = beside(ledger.database, lease)
        assert theirs.done()
    assert theirs.result() is not None


def test_outcomes_are_written_while_another_batch_is_given_back(ledger, batches) -> None:
    """The ledger takes answers all the time; each event refers to its send, which is locked then."""
    done, busy = ledger.lease("me"), ledger.lease("other")
    (due,) = ledger.due(busy)
    with ledger.database.write() as session:
        outbox.close_batch(session, done.batch_id, "me", NOW, SLACK)
        answers = [Answer(due, busy, "accepted")]
        theirs = beside(ledger.database, lambda it: commit(it, answers, NOW, Pace()))
        assert theirs.done()
    assert ledger.balance(batches).submitted == 1


def test_outcomes_are_written_while_a_dead_process_is_settled(ledger, batches) -> None:
    ledger.lease("dead")
    busy = ledger.lease("other")
    (due,) = ledger.due(busy)
    with ledger.database.write() as session:
        outbox.recover(session, "dead", Leavings(complete=True), LATER, SLACK)
        answers = [Answer(due, busy, "accepted")]
        theirs = beside(ledger.database, lambda it: commit(it, answers, LATER, Pace()))
        assert theirs.done()
    assert ledger.balance(batches).submitted == 1


def test_of_two_last_batches_that_end_at_once_one_finishes_the_send(ledger, batches) -> None:
    first, second = ledger.lease("me"), ledger.lease("other")
    ledger.answer(first, "accepted")
    ledger.answer(second, "accepted")

    def close(session):
        return outbox.close_batch(session, second.batch_id, "other", NOW, SLACK)

    with ledger.database.write() as session:
        outbox.close_batch(session, first.batch_id, "me", NOW, SLACK)
        theirs = beside(ledger.database, close)
    theirs.result()
    assert ledger.get(Send, batches).status is SendStatus.SENT


def test_of_two_who_settle_a_dead_process_one_finds_its_batches(ledger, batches) -> None:
    in_flight = {ledger.due(ledger.lease("dead"))[0].delivery_id}

    def recover(session):
        left = Leavings(complete=True, in_flight=in_flight)
        return outbox.recover(session, "dead", left, LATER, SLACK)

    with ledger.database.write() as session:
        assert recover(session)["uncertain"] == 1
        theirs = beside(ledger.database, recover)
    assert theirs.result()["batches"] == 0


def test_who_is_settled_as_dead_may_still_give_its_batch_back(ledger, batches) -> None:
    """Each locks the send before the batch, or they would wait for each other."""
    lost = ledger.lease("slow")

    def recover(session):
        return outbox.recover(session, "slow", Leavings(complete=True), LATER, SLACK)

    with ledger.database.write() as session:
        lock_send(session, batches)
        theirs = beside(ledger.database, recover)
        assert outbox.close_batch(session, lost.batch_id, "slow", NOW, SLACK) is not None
    assert theirs.result()["batches"] == 0


def test_of_two_who_ask_for_a_resend_at_once_one_has_it(ledger, batches) -> None:
    lost = ledger.lease()
    ledger.answer(lost, "unknown")
    ledger.close(lost)

    def resend(session):
        return outbox.resend(session, "2022-04", LATER)

    with ledger.database.write() as session:
        assert resend(session) == 1
        theirs = beside(ledger.database, resend)
    assert theirs.result() == 0


def test_of_two_who_schedule_an_issue_at_once_one_is_refused(ledger) -> None:
    """Their audiences differ, so that no unique key keeps them apart."""
    with ledger.database.write() as session:
        schedule.schedule(session, ledger.issue, due_at=NOW, now=NOW)
        theirs = beside(ledger.database, lambda it: schedule.schedule(
            it, ledger.issue, due_at=NOW, now=NOW, audience=Audience.EMAIL
        ))  # fmt: skip
    with pytest.raises(ScheduleError, match="has a send already"):
        theirs.result()


def test_two_sends_are_planned_one_after_the_other(ledger) -> None:
    """Side by side, the numbers of their batches would mix, and each could refuse what it made."""
    with ledger.database.write() as session:
        for edition in session.exec(select(Issue)):
            edition.published_at = NOW  # each plan would do it, and the second be refused for that
    mail, posts = (scheduled(ledger, it) for it in (Audience.EMAIL, Audience.DISCORD))
    with ledger.database.write() as session:
        assert plan.start(session, mail, NOW)
        theirs = beside(ledger.database, lambda it: plan.start(it, posts, NOW))
        assert not theirs.done()
    assert theirs.result()


def test_who_confirms_while_a_send_is_planned_is_not_in_it_by_half(ledger) -> None:
    """They would stand in the ledger and in no batch of the right size, or keep the send from its start."""
    ledger.subscribe("en")
    (late,) = ledger.subscribe("en", status=SubscriberStatus.PENDING)
    send_id = scheduled(ledger, Audience.EMAIL)
    counted = []

    def confirm(_connection, _cursor, statement, *_rest) -> None:
        if statement.startswith("INSERT INTO batch") and not counted:
            counted.append(statement)
            with ledger.database.write() as other:
                other.get_one(Subscriber, late).status = SubscriberStatus.ACTIVE

    event.listen(ledger.database.engine, "before_cursor_execute", confirm)
    with ledger.database.write() as session:
        assert plan.start(session, send_id, NOW)
    assert counted
    assert ledger.balance(send_id).planned == len(ledger.deliveries()) == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda it, who: subscribers.unsubscribe(it, who, source="one-click", now=NOW),
        lambda it, who: prefer(it, who, Preferences("zh", None), source="web", now=NOW),
    ],
    ids=["leaves", "chooses"],
)
def test_who_leaves_or_chooses_while_a_send_is_planned_does_not_undo_the_plan(ledger, act) -> None:
    """With a million readers somebody always does; the send would never start."""
    (reader,) = ledger.subscribe("en")
    send_id = scheduled(ledger, Audience.EMAIL)
    acted = []

    def meanwhile(_connection, _cursor, statement, *_rest) -> None:
        if statement.startswith("INSERT INTO batch") and not acted:
            acted.append(statement)
            with ledger.database.write() as other:
                assert act(other, reader)

    event.listen(ledger.database.engine, "before_cursor_execute", meanwhile)
    with ledger.database.write() as session:
        assert plan.start(session, send_id, NOW)
    assert acted
    assert len(ledger.deliveries()) == 1
