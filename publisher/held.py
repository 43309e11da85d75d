"""The copies of a batch that wait for their receiving domains: those of each domain in their order."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush, heapreplace
from typing import TYPE_CHECKING, NamedTuple

from publisher.throttle import domain_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.throttle import Throttle
    from storage.outbox import Due


class Read(NamedTuple):
    """A copy that waits for its turn, and when it was read, by the loop's clock."""

    due: Due
    at: float


class Held:
    """The copies that are held; the throttle knows of each as long as it is here.

    Only the first copy of a domain asks whether it may leave, so that many are no dearer than a few.

    Args:
        throttle: What they wait for.
    """

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._lines: dict[str, deque[Read]] = {}
        self._turns: list[tuple[float, str]] = []  # when to ask for a domain: a heap

    def __bool__(self) -> bool:
        return bool(self._lines)

    @property
    def next_turn(self) -> float:
        """When to ask again, by the loop's clock."""
        return self._turns[0][0]

    def add(self, read: Read, turn: float) -> None:
        """Hold a copy, behind the others of its domain; as the first of it, until its turn."""
        domain = domain_of(read.due.address)
        if domain not in self._lines:
            self._lines[domain] = deque()
            heappush(self._turns, (turn, domain))
        self._lines[domain].append(read)
        self._throttle.held(domain, 1)

    def first(self, now: float) -> Read | None:
        """Show the first copy of a domain whose turn has come."""
        if self._turns and self._turns[0][0] <= now:
            return self._lines[self._turns[0][1]][0]
        return None

    def postpone(self, turn: float) -> None:
        """Ask for the domain that `first` has shown again at a later turn."""
        heapreplace(self._turns, (turn, self._turns[0][1]))

    def release(self) -> None:
        """Hold the copy that `first` has shown no more; the next of its domain may ask at once."""
        domain = self._turns[0][1]
        line = self._lines[domain]
        line.popleft()
        if not line:
            heappop(self._turns)
            del self._lines[domain]
        self._throttle.held(domain, -1)

    def empty(self) -> Iterator[Read]:
        """Hold none of them any more; give them one by one."""
        while self._turns:
            yield self._lines[self._turns[0][1]][0]
            self.release()
