"""Gives the copies of a leased batch to a sender that takes several at once, and takes their outcomes.

The order of steps is that of `publisher.deliver`: lease committed, mark SUBMITTING before the last byte
leaves, mark the answer, commit it with its group, free the mark.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from publisher.record import Answer
from publisher.route import answer_of, copy_of, is_unreachable, mark_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from publisher.ports import BulkSender, Copy, Outcome
    from publisher.route import Route
    from storage.outbox import Due, Lease


class BatchFeed:
    """The copies of one batch.

    Args:
        lease: The batch, which is ours.
        route: What the worker carries along.
        sender: Who takes the copies.
    """

    def __init__(self, lease: Lease, route: Route, sender: BulkSender) -> None:
        self._lease, self._route, self._sender = lease, route, sender
        self._ready: deque[Due] = deque()
        self._all_read = False
        self._broken = False
        self._under_way: dict[int, Due] = {}
        self._slots: dict[int, int] = {}
        self._wanted = asyncio.Event()
        self._wanted.set()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return (self._all_read and not self._ready) or self._stopped

    def next(self) -> Copy | None:
        """Give the next copy; None when none is read yet, or while outcomes are not being committed."""
        if self._stopped:
            return None
        full = self._route.recorder.is_full
        if full or len(self._ready) <= self._route.pace.slice_size // 2:
            self._wanted.set()
        if full or not self._ready:
            return None
        due = self._ready.popleft()
        self._under_way[due.delivery_id] = due
        return copy_of(due, self._lease)

    def leaving(self, copy: Copy) -> None:
        """Mark a copy before its last byte leaves."""
        self._slots[copy.delivery_id] = self._route.marks.begin(copy.delivery_id)

    def settled(self, copy: Copy, outcome: Outcome) -> None:
        """Mark and record what became of a copy."""
        route = self._route
        slot = self._slots.pop(copy.delivery_id, None)
        if slot is not None:
            route.marks.settle(slot, mark_of(outcome.verdict))
        answer = answer_of(self._under_way.pop(copy.delivery_id), self._lease, outcome, slot)
        route.recorder.add(answer)
        if answer.verdict == "ours":
            route.control.halt(self._lease)
        if is_unreachable(answer):
            self._broken = True
            route.reachability.missed(answer.text)
        else:
            route.reachability.reached()

    async def fill(self, slices: AsyncIterator[list[Due]]) -> None:
        """Read slice after slice as they are wanted, until there are no more.

        Raises:
            StorageError: The database does not answer; what was given comes to its end.
        """
        try:
            async for due in slices:
                self._take(due)
                await self._want_more()
                if self._stopped:
                    break
        except BaseException:
            self._broken = True
            raise
        finally:
            self._all_read = True
            self._sender.poke()
        while self._ready and not self._stopped:
            await self._want_more()

    def _take(self, due: list[Due]) -> None:
        for it in due:
            if it.refused is None:
                self._ready.append(it)
            elif not self._stopped:
                self._route.recorder.add(Answer(it, self._lease, verdict=None, text=it.refused))
        self._sender.poke()

    async def _want_more(self) -> None:
        """Wait until copies are asked for and there is room for their outcomes; notice a pause meanwhile."""
        while not self._wanted.is_set() and not self._stopped:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), self._route.pace.control_seconds)
        self._wanted.clear()
        await self._route.recorder.room()
        self._sender.poke()

    @property
    def _stopped(self) -> bool:
        return self._broken or not self._route.control.may_go(self._lease)
