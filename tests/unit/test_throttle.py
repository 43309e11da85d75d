"""What is held back, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import throttle as throttle_module
from publisher.held import Held, Read
from publisher.limits import (
    Limit,
    Limits,
    QuietHours,
    WarmUp,
    read_domain_limit,
    read_hours,
    read_limit,
)
from publisher.throttle import Throttle
from storage.outbox import Due


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Said:
    """An answer of the other side."""

    verdict: str
    code: str
    text: str = ""
    remote_id: None = None
    retry_after: float | None = None


def waited(throttle: Throttle, address: str) -> float:
    return throttle.wait() or throttle.wait_for(address)


def leave(throttle: Throttle, watch: Watch, address: str, seconds: float) -> list[float]:
    """Send as fast as allowed for so long; give when each left."""
    times, end = [], watch.at + seconds
    while watch.at < end:
        wait = waited(throttle, address)
        if wait:
            watch.at += wait + 1e-6
        else:
            times.append(watch.at)
    return times


def test_without_limits_nothing_waits() -> None:
    throttle = Throttle()
    assert [waited(throttle, "a@example.org") for _ in range(1000)] == [0.0] * 1000


@pytest.mark.parametrize(("limit", "span"), [(Limit(7, 1), 1), (Limit(600, 3600), 3600)])
def test_no_span_of_time_sees_more_than_the_limit_and_little_is_given_away(limit, span) -> None:
    watch = Watch()
    times = leave(Throttle(Limits([limit]), uptime=watch), watch, "a@example.org", 4 * span)
    most = max(sum(1 for t in times if start <= t < start + span) for start in times)
    assert most <= limit.messages + 1e-9
    assert len(times) >= 4 * limit.messages * 0.95


@given(st.integers(1, 50), st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_however_it_is_asked_a_second_holds_no_more_than_its_limit(rate, pauses) -> None:
    watch = Watch()
    throttle = Throttle(Limits([Limit(rate, 1)]), uptime=watch)
    times = []
    for pause in pauses:
        watch.at += pause
        while not waited(throttle, "a@example.org"):
            times.append(watch.at)
    for start in times:
        assert sum(1 for t in times if start <= t < start + 1) <= rate + 1


def test_each_domain_has_its_own_limit() -> None:
    watch = Watch()
    limits = Limits(domains={"slow.example": [Limit(1, 1)], "*": [Limit(100, 1)]})
    throttle = Throttle(limits, uptime=watch)
    assert waited(throttle, "a@Slow.example") == 0
    assert waited(throttle, "b@slow.example") == pytest.approx(1)
    assert waited(throttle, "a@quick.example") == 0
    assert waited(throttle, "b@quick.example") == pytest.approx(0.01)
    watch.at += 1
    assert waited(throttle, "b@slow.example") == 0


def test_those_that_are_put_off_come_back_one_token_apart() -> None:
    """Each of a hundred thousand gets a moment of its own, also behind a rest and another limit."""
    watch = Watch()
    limits = Limits(domains={"slow.example": [Limit(10, 1), Limit(3600, 3600)]})
    throttle = Throttle(limits, uptime=watch)
    apart = 3600 / (3600 - 60)  # of an hour's, a minute's leave at once
    while not waited(throttle, "a@slow.example"):
        watch.at += 0.1
    waits = [throttle.put_off("a@slow.example", 1) for _ in range(100_000)]
    assert waits[0] <= apart
    assert [waits[n] - waits[0] for n in (1, 2, 99_999)] == pytest.approx(
        [apart, 2 * apart, 99_999 * apart]
    )
    throttle.heard("a@slow.example", Said("transient", "421", retry_after=300.0))
    assert throttle.put_off("a@slow.example", 2) == pytest.approx(300)
    assert throttle.put_off("a@slow.example", 2) == pytest.approx(300 + apart)


def test_nobody_waits_behind_a_send_that_is_over() -> None:
    """It was cancelled, say, with a hundred hours of copies put off; the next send has the limit alone."""
    watch = Watch()
    throttle = Throttle(Limits(domains={"slow.example": [Limit(1, 1)]}), uptime=watch)
    assert not waited(throttle, "a@slow.example")
    for _ in range(1000):
        throttle.put_off("a@slow.example", 1)
    assert throttle.put_off("a@slow.example", 2) == pytest.approx(1)


def test_copies_that_are_held_keep_their_number_and_take_no_token_before_they_leave() -> None:
    watch = Watch()
    throttle = Throttle(Limits(domains={"slow.example": [Limit(2, 1)]}), uptime=watch)
    held = Held(throttle)
    for n in range(4):
        if wait := waited(throttle, f"r{n}@slow.example"):
            held.add(Read(_due(n), watch.at), watch.at + wait)
    assert throttle.queue_for("a@slow.example") == pytest.approx(1.5)
    assert held.first(watch.at) is None
    watch.at = held.next_turn
    assert held.first(watch.at).due.delivery_id == 1, "in their order"
    assert not waited(throttle, "r1@slow.example")
    held.release()
    held.postpone(watch.at + waited(throttle, "r2@slow.example"))
    assert held.next_turn == pytest.approx(watch.at + 0.5)
    assert [it.due.delivery_id for it in held.empty()] == [2, 3]
    assert not held
    assert throttle.queue_for("a@slow.example") == 0


def _due(n: int) -> Due:
    return Due(n, n, f"r{n}@slow.example", None, "en", 0, None)


@pytest.mark.parametrize(
    "said",
    [
        Said("transient", "421 4.7.0", "Try later"),
        Said("transient", "451 4.7.1", "greylisted"),
        Said("transient", "450", "Too many messages from your server"),
        Said("transient", "452 4.5.3", "rate limit exceeded"),
        Said("transient", "451 4.3.2", "System not accepting network messages"),
        Said("transient", "450", "Too many connections, slow down"),
    ],
)
def test_a_domain_that_asks_for_less_rests_and_the_others_go_on(said) -> None:
    watch = Watch()
    throttle = Throttle(uptime=watch)
    throttle.heard("a@busy.example", said)
    assert waited(throttle, "b@busy.example") == pytest.approx(60)
    assert waited(throttle, "b@other.example") == 0
    throttle.heard("c@busy.example", said)  # was under way; the rest does not grow by it
    assert waited(throttle, "b@busy.example") == pytest.approx(60)
    watch.at += 61
    assert waited(throttle, "b@busy.example") == 0
    throttle.heard("b@busy.example", said)
    assert waited(throttle, "d@busy.example") == pytest.approx(120)
    watch.at += 121
    throttle.heard("d@busy.example", Said("accepted", "250"))
    throttle.heard("d@busy.example", said)
    assert waited(throttle, "d@busy.example") == pytest.approx(60)


def test_what_was_under_way_and_is_taken_while_its_domain_rests_makes_no_later_rest_shorter() -> (
    None
):
    watch = Watch()
    throttle = Throttle(uptime=watch)
    rests = []
    for _ in range(3):
        throttle.heard("a@busy.example", Said("transient", "421"))
        throttle.heard("b@busy.example", Said("accepted", "250"))
        rests.append(waited(throttle, "c@busy.example"))
        watch.at += rests[-1]
    assert rests == pytest.approx([60, 120, 240])


def test_a_connection_that_ended_at_another_message_asks_for_nothing() -> None:
    throttle = Throttle(uptime=Watch())
    text = "the connection ended: Too many messages, try again in 10 minutes"
    throttle.heard("a@quiet.example", Said("transient", "421 4.4.2", text))
    assert waited(throttle, "b@quiet.example") == 0


def test_a_new_sender_warms_up_day_by_day() -> None:
    watch, days = Watch(), [datetime(2026, 12, 1, 5, tzinfo=UTC)]
    limits = Limits(warm_up=WarmUp(date(2026, 12, 1), 480, 2.0))
    throttle = Throttle(limits, uptime=watch, clock=lambda: days[0])
    first = leave(throttle, watch, "a@example.org", 86400)
    assert 450 <= len(first) <= 480
    days[0] = datetime(2026, 12, 3, tzinfo=UTC)
    third = leave(throttle, watch, "a@example.org", 86400)
    assert 1850 <= len(third) <= 1920


@pytest.mark.parametrize("growth", [1.0, 1.5, 10.0])
def test_a_sender_that_has_long_been_warm_is_limited_no_more(growth) -> None:
    """However many days went by: ten times as many on each is a number too large after 309 days."""
    limits = Limits(warm_up=WarmUp(date(2020, 1, 1), 24, growth))
    throttle = Throttle(limits, clock=lambda: datetime(2026, 12, 1, tzinfo=UTC))
    assert throttle.wait() == 0
    many = sum(not waited(throttle, "a@example.org") for _ in range(1000))
    assert many == (1 if growth == 1.0 else 1000)


@pytest.mark.parametrize("text", ["50/s", " 20000 / h "])
def test_limits_are_read(text) -> None:
    assert str(read_limit(text)) == text.replace(" ", "")


def test_limits_of_domains_and_hours_are_read() -> None:
    assert read_domain_limit(" Gmail.com = 20 / s") == ("gmail.com", Limit(20, 1))
    assert read_domain_limit("*=100/h") == ("*", Limit(100, 3600))
    assert read_hours("22:00 - 07:30") == (time(22), time(7, 30))


@pytest.mark.parametrize("text", ["", "22:00", "22:00-22:00", "22:00+01:00-07:00", "22-07-08"])
def test_what_is_no_part_of_a_day_is_named(text) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        read_hours(text)


@pytest.mark.parametrize("text", ["", "50", "0/s", "50/min", "-1/s", "x/s"])
def test_what_is_no_limit_is_named(text) -> None:
    with pytest.raises(ValueError, match="50/s or 20000/h"):
        read_limit(text)


def test_domains_with_nothing_to_wait_for_are_forgotten(monkeypatch) -> None:
    monkeypatch.setattr(throttle_module, "MOST_DOMAINS", 10)
    watch = Watch()
    throttle = Throttle(Limits(domains={"*": [Limit(1, 1)]}), uptime=watch)
    throttle.heard("a@busy.example", Said("transient", "421", retry_after=3000.0))
    for n in range(1000):
        assert waited(throttle, f"a@d{n}.example") == 0
        watch.at += 1
    assert len(throttle._domains) <= 11
    assert waited(throttle, "b@busy.example") == pytest.approx(2000)


def test_domains_that_rest_are_forgotten_afterwards_also_where_nothing_is_limited(
    monkeypatch,
) -> None:
    monkeypatch.setattr(throttle_module, "MOST_DOMAINS", 10)
    watch = Watch()
    throttle = Throttle(uptime=watch)
    for n in range(1000):
        throttle.heard(f"a@d{n}.example", Said("transient", "421"))
        watch.at += 30
    assert len(throttle._domains) <= 10


def test_domains_all_of_which_wait_are_not_looked_through_for_each_new_one(monkeypatch) -> None:
    """An audience of many small domains would else be slower with each of them."""
    monkeypatch.setattr(throttle_module, "MOST_DOMAINS", 10)
    watch = Watch()
    throttle, looked = Throttle(Limits(domains={"*": [Limit(10, 3600)]}), uptime=watch), []
    forget = throttle._forget_idle
    monkeypatch.setattr(throttle, "_forget_idle", lambda: looked.append(forget()))
    for n in range(1000):
        assert waited(throttle, f"a@d{n}.example") == 0
    assert len(looked) <= 7


def test_a_domain_is_not_forgotten_while_copies_are_held_for_it(monkeypatch) -> None:
    monkeypatch.setattr(throttle_module, "MOST_DOMAINS", 10)
    watch = Watch()
    throttle = Throttle(Limits(domains={"*": [Limit(1, 1)]}), uptime=watch)
    assert waited(throttle, "a@slow.example") == 0
    Held(throttle).add(Read(_due(1), watch.at), watch.at + 1)
    for n in range(20):
        watch.at += 1
        assert waited(throttle, f"a@d{n}.example") == 0
    assert throttle.queue_for("a@slow.example") == pytest.approx(1)


def test_no_rest_is_longer_than_an_hour_whatever_was_asked_for_and_however_often() -> None:
    watch = Watch()
    throttle = Throttle(uptime=watch)
    for _ in range(9):
        throttle.heard("a@busy.example", Said("transient", "421", retry_after=3000.0))
        watch.at += 3600
        assert waited(throttle, "a@busy.example") == 0
    throttle.heard("a@busy.example", Said("transient", "421", retry_after=86400.0))
    assert waited(throttle, "a@busy.example") == pytest.approx(3600)


def test_of_several_limits_the_narrowest_holds_also_while_a_sender_warms_up() -> None:
    watch = Watch()
    warm_up = WarmUp(date(2026, 12, 1), 24 * 3600 * 50, 2.0)
    limits = Limits([Limit(100, 1), Limit(10, 1)], warm_up=warm_up)
    throttle = Throttle(limits, uptime=watch, clock=lambda: datetime(2026, 12, 1, tzinfo=UTC))
    assert len(leave(throttle, watch, "a@example.org", 5)) <= 51


def test_before_its_first_day_a_sender_may_send_as_much_as_on_it() -> None:
    warm_up = WarmUp(date(2026, 12, 1), 240, 2.0)
    assert warm_up.on(date(2026, 11, 20)) == warm_up.on(date(2026, 12, 1)) == Limit(10, 3600)


def test_the_wait_that_was_asked_for_is_kept() -> None:
    throttle = Throttle(uptime=Watch())
    throttle.heard("a@busy.example", Said("transient", "421", retry_after=300.0))
    assert waited(throttle, "a@busy.example") == pytest.approx(300)


@pytest.mark.parametrize(
    "said",
    [
        Said("transient", "451 4.3.0", "local error in processing"),
        Said("transient", "450 4.2.1", "mailbox unavailable"),
        Said("transient", "452 4.2.2", "Mailbox quota exceeded: too much mail"),
        Said("transient", "450 4.1.1", "too many unknown recipients, rate"),
        Said("transient", "452 4.2.2", "size limit exceeded"),
        Said("transient", "452 4.3.1", "message size exceeds available space"),
        Said("transient", "451 4.3.0", "Too many open files"),
        Said("transient", "452 4.5.3", "Too many recipients"),
        Said("transient", "452", "Mailbox size limit exceeded"),
        Said("transient", "no connection", "too many things went wrong"),
        Said("permanent", "550 5.7.1", "rate"),
    ],
)
def test_other_answers_slow_nobody_down(said) -> None:
    throttle = Throttle(uptime=Watch())
    throttle.heard("a@busy.example", said)
    assert waited(throttle, "a@busy.example") == 0


NIGHT = QuietHours(time(22), time(7), ZoneInfo("Europe/Amsterdam"))
# Clocks go from 03:00 back to 02:00 in the last night of October, and over 02:00 to 03:00 in that of March.
EARLY = QuietHours(time(22), time(2, 30), ZoneInfo("Europe/Amsterdam"))
LATE = QuietHours(time(2, 30), time(5), ZoneInfo("Europe/Amsterdam"))
NOON = QuietHours(time(12), time(13, 30), ZoneInfo("Europe/Amsterdam"))


@pytest.mark.parametrize(
    ("quiet", "now", "hours"),
    [
        (NIGHT, "2026-12-01T20:59+00:00", 0),
        (NIGHT, "2026-12-01T21:00+00:00", 9),
        (NIGHT, "2026-12-02T05:59+00:00", 1 / 60),
        (NIGHT, "2026-12-02T06:00+00:00", 0),
        (NIGHT, "2026-03-28T21:00+00:00", 8),  # clocks go forward in this night
        (NIGHT, "2026-10-24T20:00+00:00", 10),  # and back in this one
        (EARLY, "2026-10-25T00:29+00:00", 1 + 1 / 60),
        (EARLY, "2026-10-25T00:45+00:00", 3 / 4),
        (EARLY, "2026-10-25T01:15+00:00", 1 / 4),
        (EARLY, "2026-10-25T01:30+00:00", 0),
        (LATE, "2026-10-25T00:29+00:00", 0),
        (LATE, "2026-10-25T01:15+00:00", 2 + 3 / 4),
        (EARLY, "2026-03-29T00:30+00:00", 1),
        (LATE, "2026-03-29T02:00+00:00", 1),
        (NOON, "2026-12-01T10:59+00:00", 0),
        (NOON, "2026-12-01T11:30+00:00", 1),
        (NOON, "2026-12-01T12:30+00:00", 0),
    ],
)
def test_nothing_leaves_in_quiet_hours(quiet, now, hours) -> None:
    at = datetime.fromisoformat(now)
    throttle = Throttle(Limits(quiet=quiet), clock=lambda: at)
    assert throttle.wait() == pytest.approx(hours * 3600)
