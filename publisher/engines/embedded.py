"""The engine that runs inside the process: asyncio workers over the ledger, on SQLite or PostgreSQL.

Any number of processes may run one on the same database. Each has its own marks and leases; each
recovers what others left when they died.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import structlog

from publisher.control import Control, telling_of_silence
from publisher.deliver import deliver
from publisher.marks import Marks, new_owner
from publisher.pace import Pace
from publisher.plan import start_due
from publisher.reachability import Reachability
from publisher.record import Recorder
from publisher.recover import recover_dead, recover_time
from publisher.route import Route
from publisher.schedule import SystemClock, Timetable
from publisher.throttle import LONGEST_HOLD_S, Throttle
from publisher.views import Editions
from publisher.waiting import sleep
from storage import outbox
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from publisher.ports import BulkSender, Clock, Sender
    from storage.database import Database
    from storage.enums import Medium

log = structlog.get_logger()


class EmbeddedEngine:
    """Starts due sends and delivers their batches until it is told to stop.

    Args:
        database: The store, its schema up to date.
        senders: How to make a sender for each medium that can be served; each worker makes its own.
            Deliveries of other media wait.
        data_dir: A folder on a local disk for the in-flight marks.
        hash_address: Gives the keyed hash under which an address stands in the suppression list.
        throttles: How fast copies of a medium may leave; unlimited where nothing is said.
        workers: How many senders of a medium work side by side; 1 where nothing is said.
        clock: Where the time comes from.
        pace: Intervals and limits.
    """

    def __init__(  # noqa: PLR0913 - the composition root's one call; all but two are named
        self,
        database: Database,
        senders: Mapping[Medium, Callable[[], Sender | BulkSender]],
        *,
        data_dir: Path,
        hash_address: Callable[[str], str],
        throttles: Mapping[Medium, Throttle] | None = None,
        workers: Mapping[Medium, int] | None = None,
        clock: Clock | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._database, self._senders, self._data_dir = database, senders, data_dir
        self._hash_address = hash_address
        self._throttles, self._workers = throttles or {}, workers or {}
        self._clock = clock or SystemClock()
        self._pace = pace or Pace()
        self._work_may_wait = asyncio.Event()
        self._looked_at: datetime | None = None  # for the dead, by the clock
        self._not_readable: set[str] = (
            set()
        )  # owners of marks that somebody else must make readable

    async def start_due(self) -> list[int]:
        """Start every send whose time has come; give their ids. Safe to call from anywhere."""
        started = await start_due(self._database, self._clock.now())
        if started:
            self._work_may_wait.set()
        return started

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish what is in flight and leave nothing submitting.

        Raises:
            MarksError: The data folder cannot be written to; nothing was sent.
        """
        owner = new_owner()
        marks = Marks.create(self._data_dir, owner)
        control = Control(self._database, owner, stop, clock=self._clock, pace=self._pace)
        log.info("engine_started", owner=owner, media=[medium.value for medium in self._senders])
        try:
            await self._run(marks, control)
        finally:
            marks.close(keep=control.holds_batches)
            log.info("engine_stopped", owner=owner)

    async def _run(self, marks: Marks, control: Control) -> None:
        done, pace = asyncio.Event(), self._pace
        recorder = Recorder(control, marks, self._clock, pace)
        async with asyncio.TaskGroup() as companions:
            companions.create_task(recorder.run(done))
            for seconds, call in (
                (pace.lease_seconds / 4, control.renew),
                (pace.control_seconds, control.look),
                (pace.recover_seconds, partial(self._recover, control.owner)),
            ):
                companions.create_task(_every(seconds, call, done, pace))
            try:
                async with Timetable(self.start_due, pace.tick_seconds):
                    await self._run_workers(marks, recorder, control)
            finally:
                done.set()

    async def _run_workers(self, marks: Marks, recorder: Recorder, control: Control) -> None:
        editions = Editions()
        async with asyncio.TaskGroup() as workers:
            for medium, make in self._senders.items():
                reachability = Reachability(medium, self._pace)
                throttle = self._throttles.get(medium) or Throttle()
                for _ in range(self._workers.get(medium, 1)):
                    route = Route(
                        database=self._database,
                        sender=make(),
                        marks=marks,
                        recorder=recorder,
                        control=control,
                        reachability=reachability,
                        throttle=throttle,
                        clock=self._clock,
                        pace=self._pace,
                        hash_address=self._hash_address,
                        editions=editions,
                    )
                    workers.create_task(self._work(medium, route))
            workers.create_task(control.stop.wait())

    async def _work(self, medium: Medium, route: Route) -> None:
        stop = route.control.stop
        try:
            while not stop.is_set():
                await route.reachability.wait(stop)
                if (wait := route.throttle.wait()) > LONGEST_HOLD_S:
                    await sleep(stop, min(wait, LONGEST_HOLD_S))  # the clock may be set meanwhile
                elif not await self._one_batch(medium, route):
                    await self._rest(stop)
        finally:
            await route.sender.close()

    async def _one_batch(self, medium: Medium, route: Route) -> bool:
        """Take and deliver a batch; tell whether there was one."""
        try:
            lease = await self._database.writing(
                outbox.lease,
                owner=route.control.owner,
                medium=medium,
                now=self._clock.now(),
                until=route.control.until(),
            )
            if lease is None:
                return False
            route.control.hold(lease)
            await deliver(lease, route)
        except StorageError as error:
            log.warning("worker_waits_for_database", medium=medium.value, reason=str(error))
            return False
        return True

    async def _rest(self, stop: asyncio.Event) -> None:
        """Wait for work, for a while, or until stopped."""
        waits = [asyncio.ensure_future(event.wait()) for event in (stop, self._work_may_wait)]
        await asyncio.wait(waits, timeout=self._pace.poll_seconds, return_when="FIRST_COMPLETED")
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        self._work_may_wait.clear()

    async def _recover(self, owner: str) -> None:
        now = self._clock.now()
        found = await recover_dead(
            self._database, self._data_dir, owner, now, self._pace, self._not_readable
        )
        if self._looked_at is None or now < self._looked_at:
            found += await recover_time(self._database, now)
        self._looked_at = now
        if found:
            self._work_may_wait.set()


async def _every(
    seconds: float, call: Callable[[], Awaitable[None]], done: asyncio.Event, pace: Pace
) -> None:
    """Call again and again until done; a database that does not answer is asked again."""
    while not done.is_set():
        try:
            with telling_of_silence(pace.silent_seconds):
                await call()
        except StorageError as error:
            log.warning("database_not_answering", reason=str(error))
        await sleep(done, seconds)
