"""Tells from a few looks at a running send how fast it goes and when it will be through; asks nobody."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW_S = 10.0


@dataclass(frozen=True, slots=True)
class Look:
    """Where a send stood at one moment.

    Attributes:
        at: The moment, in seconds of a clock that never jumps.
        ended: Deliveries that reached a final state.
        ready: Deliveries that wait for their turn or are on the wire; deferred ones are not ready.
        running: Whether copies may leave: false when scheduled, paused or ended.
    """

    at: float
    ended: int
    ready: int
    running: bool = True


class Progress:
    """Rate and time left of one send, over the last looks.

    Args:
        window_s: How far back the looks count, in seconds.
    """

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._looks: deque[Look] = deque()

    def add(self, look: Look) -> None:
        """Take a look; one at a send that does not run makes those before it worthless."""
        if not look.running:
            self._looks.clear()
            return
        self._looks.append(look)
        # The oldest one stays until the next is old enough, so that the window is never cut short.
        while len(self._looks) > 2 and self._looks[1].at <= look.at - self._window_s:  # noqa: PLR2004 - a pair
            self._looks.popleft()

    @property
    def rate(self) -> float | None:
        """Deliveries a second that reach a final state; None before two looks at a running send."""
        seconds = self._seconds
        if not seconds:
            return None
        return max(0.0, (self._looks[-1].ended - self._looks[0].ended) / seconds)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until nothing is ready any more; None where that cannot be told.

        It follows how fast the ready ones become fewer, so copies that are deferred count as dealt with:
        what is left then waits for its retry, which no rate foretells.
        """
        seconds = self._seconds
        if not seconds or not self._looks[-1].ready:
            return None
        gone = self._looks[0].ready - self._looks[-1].ready
        return self._looks[-1].ready * seconds / gone if gone > 0 else None

    @property
    def _seconds(self) -> float:
        return self._looks[-1].at - self._looks[0].at if self._looks else 0.0
