"""How often, how long, how many: the rhythm of the pipeline in one small value object."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

_SHORTEST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Intervals and limits; the defaults are for real service, tests use shorter ones."""

    tick_seconds: float = 2.0  # between looks for due sends
    poll_seconds: float = 1.0  # between looks for batches, when there was none
    control_seconds: float = 0.3  # between looks whether a send was paused or cancelled
    lease_seconds: float = 60.0
    recover_seconds: float = 10.0  # between looks for dead processes
    orphan_seconds: float = (
        300.0  # past the end of a lease, until a process of unknown fate counts as lost
    )
    group_size: int = 250  # outcomes in one commit
    group_seconds: float = 0.2  # and the longest that one waits for it
    slice_size: int = 250  # deliveries read at once, shortly before they leave
    stale_seconds: float = 60.0  # what was read so long ago and has not left is read anew
    retry_first_seconds: float = 60.0
    retry_cap_seconds: float = 4 * 3600.0
    give_up_seconds: float = 5 * 86400.0  # RFC 5321 §4.5.4.1: four to five days
    give_up_attempts: int = 5  # fewer are never the end, however long they took
    reconnect_first_seconds: float = 1.0
    reconnect_cap_seconds: float = 60.0
    refusals_in_a_row: int = 50  # for now, until a server counts as not serving us
    lost_probes: int = 10  # in a row that left and were not answered, until the send pauses
    silent_seconds: float = 5.0  # without an answer of the database, until that is told
    farewell_seconds: float = 10.0  # how long a stop waits for a database that does not answer

    @property
    def lease(self) -> timedelta:
        """How long a lease holds without a heartbeat."""
        return timedelta(seconds=self.lease_seconds)

    @property
    def slack(self) -> timedelta:
        """How much later than its earliest retry a batch comes up, so that retries share a lease."""
        return timedelta(seconds=self.retry_first_seconds / 30)

    def retry_after(self, attempts: int, asked: float | None) -> timedelta:
        """Tell how long to wait after so many attempts: doubling, capped, spread by a fifth.

        Args:
            attempts: Hand-offs so far, the last one included.
            asked: Seconds the other side asked for: then the first wait is that long, and none shorter,
                but for the cap.
        """
        first = self.retry_first_seconds if asked is None else max(asked, _SHORTEST_WAIT_S)
        doubled = min(first * 2.0 ** min(attempts - 1, 30), self.retry_cap_seconds)
        spread = random.uniform(1.0, 1.2)  # noqa: S311 - spreads load, guards nothing
        return timedelta(seconds=doubled * spread)

    def reconnect_after(self, failures: int) -> float:
        """Tell how many seconds to leave a server alone that did not answer so many times in a row."""
        return min(
            self.reconnect_first_seconds * 2.0 ** min(failures - 1, 30), self.reconnect_cap_seconds
        )
