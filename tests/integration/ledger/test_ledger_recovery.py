"""What a dead process, lost marks or a wrong clock leave behind is settled once and delays nothing."""

from datetime import timedelta

import pytest

from publisher import schedule
from storage import outbox
from storage.enums import (
    BatchStatus,
    EventKind,
    Medium,
    SendStatus,
    UncertainPolicy,
)
from storage.outbox import Leavings
from storage.tables import Batch, Send
from tests.integration.ledger.rig import LATER, NOW


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


def test_who_was_taken_for_dead_gives_back_nothing_that_another_has_by_now(ledger) -> None:
    ledger.subscribe("en")
    ledger.start()
    lost = ledger.lease("slow")
    ledger.recover(Leavings(complete=True), "slow")
    again = ledger.lease("other", now=LATER)
    assert again.batch_id == lost.batch_id
    assert ledger.close(lost, "slow", now=LATER) is None
    assert ledger.get(Batch, again.batch_id).owner == "other"


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


@pytest.mark.parametrize("by", ["engine", "recovery"])
def test_a_copy_is_resent_twice_by_itself_and_then_waits_for_a_word(ledger, by) -> None:
    """A server that takes each copy and never says so would else get it for ever."""
    ledger.subscribe("en")
    send_id = ledger.start(on_uncertain=UncertainPolicy.RESEND)
    hand_offs = 0
    for day in range(5):
        now = NOW + timedelta(days=day)
        lease = ledger.lease(now=now)
        if lease is None:
            break
        hand_offs += 1
        if by == "engine":
            ledger.answer(lease, "unknown", now=now, text="connection lost")
            ledger.close(lease, now=now)
        else:
            in_flight = {it.delivery_id for it in ledger.due(lease, now)}
            ledger.recover(Leavings(complete=True, in_flight=in_flight), now=now)
    assert hand_offs == 3
    assert ledger.balance(send_id).uncertain == 1
    assert ledger.get(Send, send_id).status is SendStatus.SENT
    assert [len(ledger.events(it)) for it in (EventKind.RESENT, EventKind.UNCERTAIN)] == [2, 1]


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


@pytest.mark.parametrize("policy", list(UncertainPolicy))
def test_a_process_that_died_in_a_cancelled_send(ledger, policy) -> None:
    """Nothing is sent again, so what may have arrived is uncertain under either policy."""
    ledger.subscribe("en", "en")
    send_id = ledger.start(on_uncertain=policy)
    lease = ledger.lease("dead")
    left = Leavings(complete=True, in_flight={ledger.due(lease)[0].delivery_id})
    with ledger.database.write() as session:
        schedule.cancel(session, send_id, LATER)
    ledger.recover(left, "dead")
    balance = ledger.balance(send_id)
    assert (balance.uncertain, balance.cancelled) == (1, 1)
    assert ledger.events(EventKind.RESENT) == []
    assert "nobody can say whether it arrived" in ledger.why("r0@example.org")
    assert "before it left" in ledger.why("r1@example.org")


def test_what_was_ready_stays_ready_when_the_clock_is_set_back(ledger) -> None:
    """A send started by a clock that was an hour ahead does not wait for that hour."""
    ledger.subscribe("en", "en")
    ledger.start()
    earlier = NOW - timedelta(hours=1)
    lease = ledger.lease(now=earlier)
    ledger.answer(lease, "accepted", now=earlier)
    assert ledger.close(lease, now=earlier) is BatchStatus.PENDING
    assert ledger.lease(now=earlier - timedelta(hours=1)) is not None


def test_what_was_given_back_stays_ready_when_the_clock_is_set_back(ledger) -> None:
    ledger.subscribe("en", "en")
    ledger.start()
    wrong = NOW + timedelta(days=10)
    lease = ledger.lease(now=wrong)
    ledger.answer(lease, "accepted", now=wrong)
    assert ledger.close(lease, now=wrong) is BatchStatus.PENDING
    assert ledger.lease(now=LATER) is not None


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
