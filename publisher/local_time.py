"""The same time on every reader's clock: when that is, zone by zone, daylight saving told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class LocalStart:
    """The readers for whom the time comes at one moment.

    Attributes:
        at: That moment, in UTC.
        zones: Their zones; None stands for readers whose zone is not known.
        readers: How many they are.
        offset: What their clocks are ahead of UTC then.
        is_summer: Whether daylight saving is in force there then.
        is_moved: Whether the time does not exist on their clocks that day, so that it comes an hour later.
    """

    at: datetime
    zones: tuple[str | None, ...]
    readers: int
    offset: timedelta
    is_summer: bool
    is_moved: bool


def local_starts(
    wall: datetime, home: str, readers: Mapping[str | None, int], *, not_before: datetime
) -> list[LocalStart]:
    """Tell when a time on the clock comes for whom, the earliest first.

    A time that comes twice, because clocks are put back, counts the first time. Where the time is past
    already, the readers are served at once.

    Args:
        wall: The time on the clock, without a zone.
        home: The zone of readers whose own is not known.
        readers: How many there are in each zone.
        not_before: The present; nothing starts earlier.
    """
    found: dict[tuple[datetime, timedelta, bool, bool], dict[str | None, int]] = {}
    for name, count in readers.items():
        zone = _zone(name, home)
        local = wall.replace(tzinfo=zone)
        at = local.astimezone(UTC)
        there = at.astimezone(zone)
        moved = there.replace(tzinfo=None) != wall
        key = (max(at, not_before), there.utcoffset() or timedelta(), bool(there.dst()), moved)
        found.setdefault(key, {})[name] = count
    return [
        LocalStart(at, tuple(sorted(zones, key=str)), sum(zones.values()), offset, summer, moved)
        for (at, offset, summer, moved), zones in sorted(found.items())
    ]


def _zone(name: str | None, home: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or home)
    except (ZoneInfoNotFoundError, ValueError):  # a zone that was renamed since
        return ZoneInfo(home)
