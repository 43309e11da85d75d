"""Times as people write them, and the clock that asks what is due."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from publisher.errors import ScheduleError
from publisher.pace import Pace
from publisher.schedule import Timetable, find_zone, local_time, parse_when
from storage.errors import StorageError

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-01 09:00", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("2026-07-01T09:00", datetime(2026, 7, 1, 7, tzinfo=UTC)),
        ("2026-07-01 09:00:30", datetime(2026, 7, 1, 7, 0, 30, tzinfo=UTC)),
        ("2026-07-01 09:00+05:30", datetime(2026, 7, 1, 3, 30, tzinfo=UTC)),
        ("2026-10-25 02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_local_times_become_utc(text, utc) -> None:
    assert parse_when(text, AMSTERDAM) == utc


@pytest.mark.parametrize(
    "text", ["tomorrow", "2026-13-01 09:00", "2026-12-01", "", "01.12.2026 09:00"]
)
def test_what_is_no_time_is_told_with_an_example(text) -> None:
    with pytest.raises(ScheduleError, match="Write it like 2026-12-01 09:00"):
        parse_when(text, AMSTERDAM)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
@pytest.mark.parametrize(
    "text",
    ["9999-12-31T23:59", "0001-01-01 00:00", "9999-12-31 23:59-12:00", "0001-01-01 00:00+14:00"],
)
def test_a_year_that_not_every_clock_can_show_is_refused(text, zone) -> None:
    with pytest.raises(ScheduleError, match=r"(0001|9999)-.*year.*2026-12-01 09:00"):
        parse_when(text, ZoneInfo(zone))


@pytest.mark.parametrize("text", ["9999-12-31T23:59", "0001-01-01 00:00"])
def test_so_it_is_on_a_readers_clock(text) -> None:
    with pytest.raises(ScheduleError, match=r"year.*2026-12-01 09:00"):
        local_time(text)


def test_a_time_that_the_clock_skips_is_told_with_the_next_one() -> None:
    with pytest.raises(ScheduleError, match=r"does not exist.*2026-03-29 03:30"):
        parse_when("2026-03-29 02:30", AMSTERDAM)


def test_a_time_that_comes_twice_is_told_with_both() -> None:
    with pytest.raises(ScheduleError, match=r"02:30\+02:00 or 2026-10-25 02:30\+01:00"):
        parse_when("2026-10-25 02:30", AMSTERDAM)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Europe/Amsterdm", "Europe/Amsterdam"),
        ("amsterdam", "Europe/Amsterdam"),
        ("europe/amsterdam", "Europe/Amsterdam"),
        ("New York", "America/New_York"),
    ],
)
def test_an_unknown_zone_is_told_with_the_nearest(name, meant) -> None:
    with pytest.raises(ScheduleError, match=f"Did you mean .*{meant}"):
        find_zone(name)


def test_a_zone_like_no_other_gets_no_guess() -> None:
    with pytest.raises(ScheduleError, match=r"no time zone 'Qwxyz/'\. Zones are written"):
        find_zone("Qwxyz/")


async def test_the_timetable_ticks_at_once_and_again() -> None:
    ticks = []

    async def tick() -> None:
        ticks.append(1)

    async with Timetable(tick, seconds=0.02):
        await asyncio.sleep(0.2)
    count = len(ticks)
    assert count >= 3
    await asyncio.sleep(0.06)
    assert len(ticks) == count


async def test_the_timetable_goes_on_when_the_clock_is_set_back(monkeypatch) -> None:
    """The next tick comes after the interval, not when the clock shows the old time again."""
    wrong = timedelta(hours=2)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + wrong

    monkeypatch.setattr("publisher.schedule.datetime", Clock)
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Clock)
    ticks = []

    async def tick() -> None:
        ticks.append(1)

    async with Timetable(tick, seconds=0.02), asyncio.timeout(20):
        await until(lambda: len(ticks) >= 2)
        wrong, before = timedelta(0), len(ticks)
        await until(lambda: len(ticks) >= before + 3)


async def until(condition) -> None:
    while not condition():  # noqa: ASYNC110 - the timetable is what is waited for
        await asyncio.sleep(0.005)


async def test_a_tick_that_fails_is_logged_and_the_next_one_comes() -> None:
    ticks = []

    async def tick() -> None:
        ticks.append(1)
        raise StorageError("The database is away.")

    with capture_logs() as logs:
        async with Timetable(tick, seconds=0.02):
            await asyncio.sleep(0.1)
    assert len(ticks) >= 2
    assert logs[0]["event"] == "tick_failed"
    assert logs[0]["reason"] == "The database is away."


async def test_ticks_never_overlap_and_the_last_one_ends_before_the_timetable() -> None:
    running, most, ended = 0, 0, False

    async def tick() -> None:
        nonlocal running, most, ended
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.1)
        running -= 1
        ended = True

    async with Timetable(tick, seconds=0.01):
        await asyncio.sleep(0.05)
    assert (most, running, ended) == (1, 0, True)


def test_waits_double_up_to_their_cap_and_honour_what_was_asked() -> None:
    pace = Pace(retry_first_seconds=60, retry_cap_seconds=3600)
    assert 60 <= pace.retry_after(1, None).total_seconds() <= 72
    assert 240 <= pace.retry_after(3, None).total_seconds() <= 288
    assert 3600 <= pace.retry_after(50, None).total_seconds() <= 4320
    assert 5 <= pace.retry_after(1, 5).total_seconds() <= 6
    assert 1800 <= pace.retry_after(1, 1800).total_seconds() <= 2160
    assert 3600 <= pace.retry_after(1, 7200).total_seconds() <= 4320
    assert 8 <= pace.retry_after(4, 0).total_seconds() <= 9.6


def test_those_that_were_refused_together_do_not_come_back_together() -> None:
    assert len({Pace().retry_after(1, None) for _ in range(9)}) > 1
