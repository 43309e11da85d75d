"""Tells workers whether they may go on: not when stopped, paused, cancelled, or without a valid lease.

Also keeps asking a database that does not answer.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import structlog
from sqlmodel import Session, col, select

from publisher.waiting import uptime
from storage import outbox
from storage.enums import SendStatus
from storage.errors import StorageError
from storage.tables import Send

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from publisher.pace import Pace
    from publisher.ports import Clock
    from storage.database import Database
    from storage.outbox import Lease

log = structlog.get_logger()

P = ParamSpec("P")
R = TypeVar("R")


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
        self._renewed = uptime()
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
            and uptime() - self._renewed < self._pace.lease_seconds
        )

    def until(self) -> datetime:
        """Tell when a lease taken now runs out."""
        return self._clock.now() + self._pace.lease

    def hold(self, lease: Lease) -> None:
        """Take note of a lease that was just committed."""
        if not self._held:
            self._renewed = uptime()
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
        held, asked = set(self._held), uptime()
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
        failures, began = 0, uptime()
        while self._gave_up is None:
            try:
                with telling_of_silence(self._pace.silent_seconds):
                    done = await self._database.writing(command, *args, **kwargs)
            except StorageError as error:
                failures += 1
                if failures == 1:
                    log.warning("database_not_answering", reason=str(error))
                if self.stop.is_set() and uptime() - began > self._pace.farewell_seconds:
                    self._gave_up = error
                    raise
                await asyncio.sleep(self._pace.reconnect_after(failures))
            else:
                if failures:
                    log.info("database_answering_again", failures=failures)
                return done
        raise self._gave_up


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


def _halted(session: Session, sends: Collection[int]) -> set[int]:
    query = select(Send.id).where(col(Send.id).in_(sends), Send.status != SendStatus.SENDING)
    return {send_id for send_id in session.exec(query) if send_id is not None}
