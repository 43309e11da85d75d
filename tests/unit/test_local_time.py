"""One time on every reader's clock, through the year and around the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from publisher.errors import ScheduleError
from publisher.local_time import local_starts
from publisher.schedule import local_time

EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def test_everybody_is_served_when_their_own_clock_says_so() -> None:
    readers = {
        "Asia/Tokyo": 3,
        "Europe/Amsterdam": 5,
        "Europe/Berlin": 2,
        "America/New_York": 7,
        None: 4,
    }
    starts = local_starts(
        datetime.fromisoformat("2026-07-01 09:00"), "Europe/Amsterdam", readers, not_before=EARLY
    )
    assert [(it.at.hour, it.readers, it.is_summer) for it in starts] == [
        (0, 3, False), (7, 11, True), (13, 7, True),
    ]  # fmt: skip
    assert starts[1].zones == ("Europe/Amsterdam", "Europe/Berlin", None)
    assert starts[1].offset == timedelta(hours=2)


def test_the_same_time_in_winter_comes_an_hour_later_in_utc() -> None:
    (start,) = local_starts(
        datetime.fromisoformat("2026-12-01 09:00"), "UTC", {"Europe/Amsterdam": 1}, not_before=EARLY
    )
    assert (start.at, start.is_summer) == (datetime(2026, 12, 1, 8, tzinfo=UTC), False)


def test_a_time_that_clocks_leap_over_comes_an_hour_later_and_is_marked() -> None:
    wall = datetime.fromisoformat("2026-03-29 02:30")
    (start,) = local_starts(wall, "UTC", {"Europe/Amsterdam": 1}, not_before=EARLY)
    assert (start.at, start.is_moved) == (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), True)


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    wall = datetime.fromisoformat("2026-10-25 02:30")
    (start,) = local_starts(wall, "UTC", {"Europe/Amsterdam": 1}, not_before=EARLY)
    assert (start.at, start.is_moved) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), False)


def test_where_the_time_is_past_it_is_now() -> None:
    now = datetime(2026, 7, 1, 5, tzinfo=UTC)
    readers = {"Asia/Tokyo": 3, "Europe/Amsterdam": 5}
    starts = local_starts(
        datetime.fromisoformat("2026-07-01 09:00"), "UTC", readers, not_before=now
    )
    assert [(it.at.hour, it.readers) for it in starts] == [(5, 3), (7, 5)]


def test_a_zone_that_is_known_no_more_counts_as_home() -> None:
    (start,) = local_starts(
        datetime.fromisoformat("2026-07-01 09:00"), "Asia/Tokyo", {"Moon/Base": 1}, not_before=EARLY
    )
    assert start.at.hour == 0


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-12-01", "2026-12-01 09:00+01:00"])
def test_what_is_no_time_on_a_clock_is_refused(text) -> None:
    with pytest.raises(ScheduleError, match="2026-12-01 09:00"):
        local_time(text)
