"""Tells whether mail servers and Discord answer, and lets one copy try when they did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from publisher.waiting import sleep, uptime

if TYPE_CHECKING:
    import asyncio

    from publisher.pace import Pace
    from publisher.ports import Verdict
    from storage.enums import Medium

log = structlog.get_logger()

_FEW: Final = 2  # in a row that tell nothing yet: a connection may break, a mailbox be full


class Reachability:
    """Whether the other side of a medium answers; leaves it alone for a while when it does not.

    After the wait one copy is the probe; when it is taken, or refused for good, the others follow.
    """

    def __init__(self, medium: Medium, pace: Pace) -> None:
        self._medium, self._pace = medium, pace
        self._under_way = 0
        self._failures = 0
        self._refusals = 0  # for now, in a row
        self._unanswered = 0  # copies in a row whose last byte left and to which no reply came
        self._lost_probes = 0  # of these
        self._until = 0.0
        self._why = ""
        self._told: set[int] = set()  # sends of which the ledger knows that they wait

    @property
    def may_start(self) -> bool:
        """Whether the next copy may leave."""
        return not self._failures or (not self._under_way and uptime() >= self._until)

    @property
    def is_hopeless(self) -> bool:
        """Whether probe after probe went unanswered: each leaves a copy of which nobody knows whether it arrived."""
        return self._lost_probes >= self._pace.lost_probes

    def started(self) -> None:
        """Count a copy that is on its way."""
        self._under_way += 1

    def ended(self) -> None:
        """Count it no more."""
        self._under_way -= 1

    def is_gone(self, verdict: Verdict | None, why: str | None, *, reply: bool) -> bool:
        """Learn from an answer; tell whether the other side is to be left alone from now on.

        Args:
            verdict: What it said.
            why: The same in words.
            reply: Whether the other side said it.
        """
        match verdict:
            case "unknown":
                self._unanswered += 1
                if self._unanswered <= _FEW and not self._failures:
                    return False
                self._lost_probes += self.missed(why) and self._failures > 1
            case "transient" if reply:
                self._refusals += 1
                if self._refusals < (_FEW if self._failures else self._pace.refusals_in_a_row):
                    return False
                self.missed(f"{self._refusals} refusals in a row: {why}")
            case "transient":
                self.missed(why)
            case _ if not reply:
                return False  # such as a login that was refused
            case _:
                self._refusals = self._unanswered = self._lost_probes = 0
                self._reached()
                return False
        self._refusals = 0
        return True

    def news(self, send_id: int) -> str | None:
        """Say why a send waits, once in each outage."""
        if not self._failures or send_id in self._told:
            return None
        self._told.add(send_id)
        return self._why

    def start_anew(self) -> None:
        """Forget the lost probes: a human was told of them."""
        self._lost_probes = 0

    def _reached(self) -> None:
        if self._failures:
            log.info("reachable_again", medium=self._medium.value, failures=self._failures)
            self._failures, self._until = 0, 0.0
            self._told.clear()

    def missed(self, why: str | None) -> bool:
        """Take note that no reply came; several at once count as one, and then it was told already."""
        if uptime() < self._until:
            return False
        if not self._failures:
            log.warning("not_reachable", medium=self._medium.value, reason=why)
        self._why = why or "no answer"
        self._failures += 1
        self._until = uptime() + self._pace.reconnect_after(self._failures)
        return True

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait until the other side may be tried again, or until stopped."""
        await sleep(stop, self._until - uptime())
