"""Tells workers whether they may go on: not when stopped, paused, cancelled, or without a valid lease.

Also keeps trying where a database or a server does not answer.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

import structlog
from sqlmodel import Session, col, select

from storage import outbox
from storage.enums import SendStatus
from storage.errors import StorageError
from storage.tables import Send

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from publisher.pace import Pace
    from publisher.ports import Clock, Verdict
    from storage.database import Database
    from storage.enums import Medium
    from storage.outbox import Lease

log = structlog.get_logger()

P = ParamSpec("P")
R = TypeVar("R")

_FEW: Final = 2  # in a row that tell nothing yet: a connection may break, a mailbox be full
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Control:
    """What the workers of one process may do at this moment."""

    def __init__(
        self, database: Database, owner: str, stop: asyncio.Event, *, clock: Clock, pace: Pace
    ) -> None:
        self.owner = owner
        self.stop = stop
        self._database, self._clock, self._pace = database, clock, pace
        self._held: dict[int, Lease] = {}
        self._halted: set[int] = set()  # sends that the database says are not sending
        # (send, batch): sends that this process found reason to stop, and in which batch.
        self._stopped: set[tuple[int, int]] = set()
        self._told: set[tuple[int, int]] = set()  # those of which the database knows by now
        self._strays: set[int] = set()  # batches that were ours, and not held, at the last look
        self._renewed = _uptime()
        self._is_gone = False  # the store, at the last look
        self._gave_up: StorageError | None = None  # why the database is not asked any more

    @property
    def holds_batches(self) -> bool:
        """Whether a lease was not given back."""
        return bool(self._held)

    def may_go(self, lease: Lease) -> bool:
        """Whether the next copy of this batch may leave."""
        return (
            not self.stop.is_set()
            and not self._is_gone
            and lease.batch_id in self._held
            and lease.send_id not in self._halted
            and not (self._stopped and any(it == lease.send_id for it, _ in self._stopped))
            and _uptime() - self._renewed < self._pace.lease_seconds
        )

    def until(self) -> datetime:
        """Tell when a lease taken now runs out."""
        return self._clock.now() + self._pace.lease

    def hold(self, lease: Lease) -> None:
        """Take note of a lease that was just committed."""
        if not self._held:
            self._renewed = _uptime()
        self._held[lease.batch_id] = lease

    def let_go(self, lease: Lease) -> None:
        """Forget a batch that was given back."""
        self._held.pop(lease.batch_id, None)

    def halt(self, lease: Lease) -> None:
        """Stop the send of this batch in this process at once, before the database knows."""
        self._stopped.add((lease.send_id, lease.batch_id))

    def halted(self, lease: Lease) -> None:
        """Take note that the database knows of this batch's halt; from the next look on, its word counts.

        Another batch of the send, ending meanwhile, must not lift the halt that this one called.
        """
        if (lease.send_id, lease.batch_id) in self._stopped:
            self._told.add((lease.send_id, lease.batch_id))

    async def look(self) -> None:
        """See whether the store is where it was, and which of the sends at work it calls paused or cancelled."""
        gone, was_gone = self._database.complaint, self._is_gone
        self._is_gone = gone is not None
        if gone and not was_gone:
            log.error("database_gone", reason=gone)
        if gone:
            return
        if was_gone:
            log.info("database_back")
        told = set(self._told)
        sends = {lease.send_id for lease in self._held.values()} | {send_id for send_id, _ in told}
        if sends:
            self._halted = await self._database.reading(_halted, sends)
            self._stopped -= told
            self._told -= told

    async def renew(self) -> None:
        """Extend the leases; drop those that are not ours any more, give back those we never got.

        We never got a lease whose commit went through while the answer to it was lost.
        """
        held, asked = set(self._held), _uptime()
        mine = await self._database.writing(outbox.renew, self.owner, self.until())
        for lost in held - mine:
            self._held.pop(lost, None)
        self._renewed = asked
        strays = mine - set(self._held)
        for batch_id in strays & self._strays:
            await self._database.writing(
                outbox.close_batch, batch_id, self.owner, self._clock.now(), self._pace.slack
            )
        self._strays = strays

    async def insist(
        self, command: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a command in one transaction, again and again until the database takes it.

        Raises:
            StorageError: It did not take it for `farewell_seconds`, and the process is told to stop;
                from then on nothing is asked: what is known stands in the marks.
        """
        failures, began = 0, _uptime()
        while self._gave_up is None:
            try:
                with telling_of_silence(self._pace.silent_seconds):
                    done = await self._database.writing(command, *args, **kwargs)
            except StorageError as error:
                failures += 1
                if failures == 1:
                    log.warning("database_not_answering", reason=str(error))
                if self.stop.is_set() and _uptime() - began > self._pace.farewell_seconds:
                    self._gave_up = error
                    raise
                await asyncio.sleep(self._pace.reconnect_after(failures))
            else:
                if failures:
                    log.info("database_answering_again", failures=failures)
                return done
        raise self._gave_up


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
        return not self._failures or (not self._under_way and _uptime() >= self._until)

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
            reply: Whether it said anything at all.
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
        if _uptime() < self._until:
            return False
        if not self._failures:
            log.warning("not_reachable", medium=self._medium.value, reason=why)
        self._why = why or "no answer"
        self._failures += 1
        self._until = _uptime() + self._pace.reconnect_after(self._failures)
        return True

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait until the other side may be tried again, or until stopped."""
        await sleep(stop, self._until - _uptime())


@contextmanager
def telling_of_silence(seconds: float) -> Iterator[None]:
    """Say in the log when no answer came for so long to what is asked meanwhile, and when one came after all."""
    told: list[float] = []

    def tell() -> None:
        told.append(seconds)
        log.warning("database_not_answering", reason=f"It has been silent for {seconds:g} s.")

    timer = asyncio.get_running_loop().call_later(seconds, tell)
    try:
        yield
        if told:
            log.info("database_answering_again")
    finally:
        timer.cancel()


async def sleep(stop: asyncio.Event, seconds: float) -> None:
    """Sleep for so long, or until stopped."""
    if seconds > 0:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


def _halted(session: Session, sends: Collection[int]) -> set[int]:
    query = select(Send.id).where(col(Send.id).in_(sends), Send.status != SendStatus.SENDING)
    return {send_id for send_id in session.exec(query) if send_id is not None}


def _uptime() -> float:
    """Give seconds that also run while the machine sleeps, where the system can tell them."""
    return time.clock_gettime(_CLOCK)
