"""Gives the copies of a leased batch to a sender that takes several at once, and takes their outcomes.

The order of steps is that of `publisher.deliver`: lease committed, mark SUBMITTING before the last byte
leaves, mark the answer, commit it with its group, free the mark.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from publisher.held import Held, Read
from publisher.marks import Mark
from publisher.record import Answer
from publisher.route import answer_of, copy_of, is_gone, mark_of
from publisher.throttle import LONGEST_HOLD_S, LONGEST_TURN_S
from storage import outbox
from storage.errors import StorageError

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
        self._ready: deque[Read] = deque()
        self._held = Held(route.throttle)
        self._all_read = False
        self._broken = False
        self._given_back = False  # what is left of it is read anew, shortly before it leaves
        self._under_way: dict[int, Due] = {}
        self._slots: dict[int, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._wanted = asyncio.Event()
        self._wanted.set()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return (self._all_read and not self._ready and not self._held) or self._stopped

    def next(self) -> Copy | None:
        """Give the next copy; None when none is read yet, or while outcomes are not being committed."""
        if self._stopped:
            return None
        full = self._route.recorder.is_full
        due = self._next_allowed() if self._route.reachability.may_start and not full else None
        # Counted now: those that must wait long have left for the ledger.
        few = not self._all_read and len(self._ready) <= self._route.pace.slice_size // 2
        if full or few:
            self._wanted.set()
        if due is None:
            return None
        self._under_way[due.delivery_id] = due
        self._route.reachability.started()
        return copy_of(due, self._lease)

    def _next_allowed(self) -> Due | None:
        """Take the next that may leave now; hold those that must wait, and look again when they may."""
        throttle, now = self._route.throttle, asyncio.get_running_loop().time()
        while read := (held := self._held.first(now)) or (self._ready[0] if self._ready else None):
            wait = throttle.wait()
            if wait > LONGEST_HOLD_S or now - read.at > self._route.pace.stale_seconds:
                self._give_back()
                return None
            if wait:
                self._look_again_at(now + wait)
                return None
            wait = throttle.wait_for(read.due.address)
            if held:
                self._go_on_holding(read, wait, now)
            else:
                self._ready.popleft()
                self._hold(read, wait, now)
            if not wait:
                return read.due
        if self._held:
            self._look_again_at(self._held.next_turn)
        return None

    def _go_on_holding(self, read: Read, wait: float, now: float) -> None:
        if 0 < wait <= LONGEST_TURN_S:
            self._held.postpone(now + wait)
            return
        self._held.release()
        if wait:
            self._put_off(read)

    def _hold(self, read: Read, wait: float, now: float) -> None:
        if not wait:
            return
        if wait + self._route.throttle.queue_for(read.due.address) <= LONGEST_TURN_S:
            self._held.add(read, now + wait)
        else:
            self._put_off(read)

    def _put_off(self, read: Read) -> None:
        """Let a copy wait in the ledger until its domain has room for it."""
        wait = self._route.throttle.put_off(read.due.address, self._lease.send_id)
        text = "its domain takes no more for now"
        self._route.recorder.add(
            Answer(read.due, self._lease, verdict=None, text=text, retry_after=wait)
        )

    def _give_back(self) -> None:
        """Leave the rest to the next lease, so that nobody gets what they have unsubscribed from meanwhile."""
        self._given_back = True
        asyncio.get_running_loop().call_soon(self._sender.poke)

    def _look_again_at(self, when: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is None or self._timer.when() <= loop.time() or self._timer.when() > when:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_at(when, self._sender.poke)

    def leaving(self, copy: Copy) -> None:
        """Mark a copy before its last byte leaves."""
        slot = self._slots.get(copy.delivery_id)
        if slot is None:
            self._slots[copy.delivery_id] = self._route.marks.begin(copy.delivery_id)
        else:
            self._route.marks.settle(slot, Mark.SUBMITTING)  # again, over another connection

    def refused(self, copy: Copy) -> None:
        """Mark a copy that was refused, though it is not certain yet what that means."""
        slot = self._slots.get(copy.delivery_id)
        if slot is not None:
            self._route.marks.settle(slot, Mark.REFUSED)

    def settled(self, copy: Copy, outcome: Outcome) -> None:
        """Mark and record what became of a copy."""
        route = self._route
        probed = not route.reachability.may_start
        route.reachability.ended()
        slot = self._slots.pop(copy.delivery_id, None)
        if slot is not None:
            route.marks.settle(slot, mark_of(outcome.verdict))
        answer = answer_of(self._under_way.pop(copy.delivery_id), self._lease, outcome, slot)
        route.recorder.add(answer)
        if answer.verdict == "ours":
            route.control.halt(self._lease)
        route.throttle.heard(answer.due.address, outcome)
        if is_gone(route, answer):
            self._broken = True
        elif probed:
            asyncio.get_running_loop().call_soon(self._sender.poke)  # the others may follow now

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
        while (self._ready or self._held) and not self._stopped:
            await self._listen()
            await self._make_room()
            waits = self._held and not self._ready
            if waits and await self._others_wait() and not self._stopped:
                for read in self._held.empty():
                    self._put_off(read)
                self._sender.poke()

    def close(self) -> None:
        """Forget what has not left; it stays as it is in the ledger."""
        # Python 3.11 may forget that `fill` was cancelled; it ends all the same.
        self._broken = True
        for _ in self._held.empty():
            pass
        if self._timer is not None:
            self._timer.cancel()

    async def _others_wait(self) -> bool:
        """Whether another batch could leave while the rest of this one only waits."""
        route = self._route
        try:
            return await route.database.reading(outbox.others_wait, self._lease, route.clock.now())
        except StorageError:
            return False

    def _take(self, due: list[Due]) -> None:
        now = asyncio.get_running_loop().time()
        for it in due:
            if it.refused is None:
                self._ready.append(Read(it, now))
            elif not self._stopped:
                self._route.recorder.add(Answer(it, self._lease, verdict=None, text=it.refused))
        self._sender.poke()

    async def _want_more(self) -> None:
        """Wait until copies are asked for and there is room for their outcomes."""
        while not self._wanted.is_set() and not self._stopped:
            await self._listen()
        await self._make_room()

    async def _listen(self) -> None:
        """Wait until copies are asked for, but not so long that a pause goes unnoticed."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), self._route.pace.control_seconds)

    async def _make_room(self) -> None:
        self._wanted.clear()
        await self._route.recorder.room()
        self._sender.poke()

    @property
    def _stopped(self) -> bool:
        return self._broken or self._given_back or not self._route.control.may_go(self._lease)
