"""Limits on how fast mail may leave, and how they are written: `50/s`, `gmail.com=20/s`, `22:00-07:00`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

EVERY_DOMAIN = "*"
_MOST_GROWTH = 1e12
_LIMIT = re.compile(r"([1-9]\d{0,8})\s*/\s*([sh])")
_DOMAIN = re.compile(r"\*|[\w.-]+\.[\w-]+")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many messages in so many seconds; in no span of that length do more leave.

    Attributes:
        messages: How many, 1 or more.
        seconds: 1 for a limit per second, 3600 for one per hour.
    """

    messages: float
    seconds: int

    def __str__(self) -> str:
        return f"{self.messages:g}/{'s' if self.seconds == 1 else 'h'}"


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A sender that receivers do not know yet sends little on its first day and more on each one after.

    Attributes:
        since: The first day, in UTC.
        messages: How many leave on it, evenly.
        growth: By how much the next day's number is larger, such as 1.5.
    """

    since: date
    messages: float
    growth: float

    def on(self, day: date) -> Limit:
        """Give the limit of a day; it rises to a trillion times the first and no further."""
        days: float = max(0, (day - self.since).days)
        if self.growth > 1.0:
            days = min(days, math.log(_MOST_GROWTH, self.growth))
        return Limit(max(1.0, self.messages * self.growth**days / 24), 3600)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The part of each day in which no mail of issues leaves; it may span midnight.

    In the night in which an hour comes twice, it begins at the first such time and ends at the second; a time
    that clocks leap over comes an hour later.

    Attributes:
        start: When it begins.
        end: When it is over.
        zone: On whose clock.
    """

    start: time
    end: time
    zone: ZoneInfo

    def left(self, now: datetime) -> float:
        """Tell how many seconds of it are left; 0 outside of it."""
        today = now.astimezone(self.zone).date()
        for day in (today, today - timedelta(days=1)):
            begins, over = _span(self, day)
            if begins <= now < over:
                return (over - now).total_seconds()
        return 0.0


@lru_cache(maxsize=4)  # asked for each copy
def _span(quiet: QuietHours, day: date) -> tuple[datetime, datetime]:
    """Tell when the quiet hours that begin on a day are, in UTC."""
    begins = datetime.combine(day, quiet.start, quiet.zone).astimezone(UTC)
    last = day + timedelta(days=int(quiet.end <= quiet.start))
    end = datetime.combine(last, quiet.end, quiet.zone)
    return begins, max(end.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast mail may leave.

    Attributes:
        overall: Of all mail of this process.
        domains: Of mail to a domain, by its name in lower case; `*` is for each of the others.
        warm_up: One more limit of all mail, which rises day by day.
        quiet: When nothing leaves at all.
    """

    overall: Sequence[Limit] = ()
    domains: Mapping[str, Sequence[Limit]] = field(default_factory=dict)
    warm_up: WarmUp | None = None
    quiet: QuietHours | None = None


def read_limit(text: str) -> Limit:
    """Read `50/s` or `20000/h`.

    Raises:
        ValueError: It is neither.
    """
    match = _LIMIT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text.strip()!r} is no limit; write 50/s or 20000/h")
    return Limit(int(match[1]), 1 if match[2] == "s" else 3600)


def read_domain_limit(text: str) -> tuple[str, Limit]:
    """Read `gmail.com=20/s`; `*` in place of the domain stands for each that is not named.

    Returns:
        The domain in lower case, and its limit.

    Raises:
        ValueError: There is no domain, or no limit.
    """
    name, equals, limit = text.partition("=")
    if not (equals and _DOMAIN.fullmatch(name.strip())):
        raise ValueError(f"{text!r} names no domain; write gmail.com=20/s or *=100/s")
    return name.strip().lower(), read_limit(limit)


def read_hours(text: str) -> tuple[time, time]:
    """Read when a part of each day begins and when it is over: `22:00-07:00`.

    Raises:
        ValueError: These are not two different times on a clock.
    """
    try:
        start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        start = end = time()
    if start == end or start.tzinfo or end.tzinfo:
        raise ValueError(f"{text!r} is no part of a day; write 22:00-07:00")
    return start, end
