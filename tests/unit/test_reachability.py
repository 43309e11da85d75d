"""When the other side of a medium is left alone, how it is tried again, and when only a human can help."""

from __future__ import annotations

import pytest

from publisher import reachability
from publisher.pace import Pace
from publisher.reachability import Reachability
from storage.enums import Medium

PACE = Pace(refusals_in_a_row=5, lost_probes=3, reconnect_first_seconds=1, reconnect_cap_seconds=8)


@pytest.fixture
def uptime(monkeypatch) -> list[float]:
    """Give the time, in a list of one, to be set."""
    now = [100.0]
    monkeypatch.setattr(reachability, "uptime", lambda: now[0])
    return now


@pytest.fixture
def relay(uptime) -> Reachability:
    return Reachability(Medium.EMAIL, PACE)


def answered(relay: Reachability, verdict: str, *, reply: bool = True) -> bool:
    relay.started()
    relay.ended()
    return relay.is_gone(verdict, "why", reply=reply)


def test_copies_leave_side_by_side_while_all_is_well(relay) -> None:
    for _ in range(3):
        assert relay.may_start
        relay.started()


def test_no_reply_is_an_outage_and_then_one_copy_at_a_time_is_the_probe(relay, uptime) -> None:
    assert answered(relay, "transient", reply=False)
    assert not relay.may_start
    uptime[0] += 1
    assert relay.may_start
    relay.started()
    assert not relay.may_start
    relay.ended()
    assert not relay.is_gone("accepted", None, reply=True)
    relay.started()
    assert relay.may_start


@pytest.mark.parametrize("verdict", ["ours", "permanent"])
def test_what_the_other_side_did_not_say_ends_no_outage(relay, uptime, verdict) -> None:
    """Such as a login that is refused: mail is no nearer to being taken."""
    answered(relay, "transient", reply=False)
    uptime[0] += 1
    assert not answered(relay, verdict, reply=False)
    assert relay.news(1) == "why"


def test_each_lost_probe_doubles_the_wait(relay, uptime) -> None:
    waits = []
    for _ in range(6):
        assert answered(relay, "transient", reply=False)
        began = uptime[0]
        while not relay.may_start:
            uptime[0] += 1
        waits.append(uptime[0] - began)
    assert waits == [1, 2, 4, 8, 8, 8]


@pytest.mark.parametrize("verdict", ["accepted", "permanent"])
def test_refusals_for_now_count_only_in_a_row(relay, verdict) -> None:
    for _ in range(3):
        assert not any(answered(relay, "transient") for _ in range(4))
        assert not answered(relay, verdict)
    assert not any(answered(relay, "transient") for _ in range(4))
    assert answered(relay, "transient")


def test_two_probes_refused_for_now_are_enough(relay, uptime) -> None:
    answered(relay, "transient", reply=False)
    uptime[0] += 1
    assert not answered(relay, "transient")
    assert answered(relay, "transient")
    assert not relay.may_start


def test_a_last_byte_without_an_answer_may_happen_but_not_three_times_in_a_row(relay) -> None:
    for _ in range(3):
        assert not answered(relay, "unknown", reply=False)
        assert not answered(relay, "unknown", reply=False)
        assert not answered(relay, "accepted")
    assert [answered(relay, "unknown", reply=False) for _ in range(3)] == [False, False, True]
    assert not relay.may_start


def test_what_was_under_way_when_it_went_counts_once(relay, uptime) -> None:
    for _ in range(80):
        answered(relay, "unknown", reply=False)
    assert not relay.is_hopeless
    uptime[0] += 1
    assert relay.may_start


def test_probe_after_probe_that_is_lost_is_hopeless(relay, uptime) -> None:
    for _ in range(3):
        answered(relay, "unknown", reply=False)
    for lost in range(3):
        assert not relay.is_hopeless, lost
        uptime[0] += 8
        assert answered(relay, "unknown", reply=False)
    assert relay.is_hopeless
    relay.start_anew()
    assert not relay.is_hopeless


def test_a_probe_that_is_taken_ends_it(relay, uptime) -> None:
    for _ in range(5):
        uptime[0] += 8
        answered(relay, "unknown", reply=False)
    uptime[0] += 8
    assert not answered(relay, "accepted")
    assert relay.may_start
    assert not relay.is_hopeless


def test_a_send_is_told_once_in_each_outage_why_it_waits(relay, uptime) -> None:
    assert relay.news(1) is None
    for _ in range(2):
        answered(relay, "transient", reply=False)
        assert [relay.news(send) for send in (1, 1, 2)] == ["why", None, "why"]
        uptime[0] += 8
        answered(relay, "accepted")
        assert relay.news(1) is None
