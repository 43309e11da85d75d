"""Waits, by a clock that nobody sets and that also runs while the machine sleeps."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


async def sleep(stop: asyncio.Event, seconds: float) -> None:
    """Sleep for so long, or until stopped."""
    if seconds > 0:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


def uptime() -> float:
    """Give seconds that also run while the machine sleeps, where the system can tell them."""
    return time.clock_gettime(_CLOCK)
