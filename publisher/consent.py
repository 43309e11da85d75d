"""Mails the confirmations that were asked for: queued in the store, at most one per address and day.

The request that asked has long been answered: whoever sends the form learns nothing about the address.
Who is taken is marked as mailed before the mail leaves. A crash in between costs that one mail, which
the reader can ask for again; the other way round it could be mailed twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, assert_never

import structlog
from sqlalchemy import update
from sqlmodel import col, select

from storage.enums import SubscriberStatus
from storage.errors import StorageError
from storage.tables import Subscriber

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlmodel import Session

    from publisher.ports import Clock, Outcome
    from storage.database import Database

log = structlog.get_logger()

HOURLY_CAP = 500  # of one process; a flood of forms must not become a flood of mail
POLL_SECONDS = 2.0
PAUSE_SECONDS = 60.0  # when mail does not go out at all
FAILURES_IN_A_ROW = 3  # then it is the mail server, not the readers
FIRST_RETRY = timedelta(minutes=2)
LONGEST_RETRY = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(days=4)  # RFC 5321 §4.5.4.1


class Notifier(Protocol):
    """Mails a confirmation link."""

    async def send_confirmation(self, subscriber_id: int, address: str, language: str) -> Outcome:
        """Mail the link and wait for the answer."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reader who waits for a confirmation mail."""

    subscriber_id: int
    address: str
    language: str


class ConsentDesk:
    """Takes who asked to subscribe and mails them the link.

    Args:
        database: The store.
        notifier: Who mails.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, notifier: Notifier, clock: Clock) -> None:
        self._database, self._notifier, self._clock = database, notifier, clock
        self._retries: dict[int, tuple[datetime, timedelta]] = {}  # when again, and the wait before
        self._mailed: deque[datetime] = deque()  # within the last hour

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        while not stop.is_set():
            try:
                pause = POLL_SECONDS if await self.mail_waiting(stop) else PAUSE_SECONDS
            except StorageError as error:
                log.warning("consent_desk_waits_for_database", reason=str(error))
                pause = PAUSE_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def mail_waiting(self, stop: asyncio.Event | None = None) -> bool:
        """Mail everyone whose turn it is; tells whether mail goes out (False: try again later)."""
        failures = 0
        while not (stop and stop.is_set()) and (waiting := await self._take()):
            outcome = await self._notifier.send_confirmation(
                waiting.subscriber_id, waiting.address, waiting.language
            )
            match outcome.verdict:
                case "accepted" | "unknown" | "permanent":
                    failures = 0
                    self._mailed.append(self._clock.now())
                    self._retries.pop(waiting.subscriber_id, None)
                    log.info("confirmation_mailed", subscriber=waiting.subscriber_id,
                             verdict=outcome.verdict, code=outcome.code)  # fmt: skip
                case "transient" | "ours":
                    failures += 1
                    await self._put_back(waiting.subscriber_id, outcome)
                case _:
                    assert_never(outcome.verdict)
            if failures >= FAILURES_IN_A_ROW or (failures and outcome.verdict == "ours"):
                return False
        return True

    async def _take(self) -> Waiting | None:
        now = self._clock.now()
        while self._mailed and now - self._mailed[0] >= timedelta(hours=1):
            self._mailed.popleft()
        if len(self._mailed) >= HOURLY_CAP:
            return None
        later = {ident for ident, (when, _) in self._retries.items() if when > now}
        # Looking needs no lock; the store is written to only when somebody waits.
        for waiting in await self._database.reading(waiting_readers, now, skip=later):
            if await self._database.writing(take, waiting.subscriber_id, now):
                return waiting
        return None

    async def _put_back(self, subscriber_id: int, outcome: Outcome) -> None:
        _, before = self._retries.get(subscriber_id, (None, FIRST_RETRY / 2))
        wait = min(2 * before, LONGEST_RETRY)
        self._retries[subscriber_id] = (self._clock.now() + wait, wait)
        await self._database.writing(put_back, subscriber_id)
        log.warning("confirmation_waits", subscriber=subscriber_id, verdict=outcome.verdict,
                    code=outcome.code, again_in_s=wait.total_seconds())  # fmt: skip


def waiting_readers(
    session: Session, now: datetime, *, skip: Collection[int] = (), limit: int = 20
) -> list[Waiting]:
    """List who waits for a confirmation mail, longest first; who waited too long is left alone."""
    query = (
        select(Subscriber.id, Subscriber.address, Subscriber.language)
        .where(
            Subscriber.status == SubscriberStatus.PENDING,
            col(Subscriber.asked_at) > now - GIVE_UP_AFTER,
            col(Subscriber.confirmation_mailed_at).is_(None),
            col(Subscriber.address).is_not(None),
            col(Subscriber.id).not_in(skip),
        )
        .order_by(col(Subscriber.asked_at))
        .limit(limit)
    )
    return [Waiting(i, a, lang) for i, a, lang in session.exec(query) if i is not None and a]


def take(session: Session, subscriber_id: int, now: datetime) -> bool:
    """Mark one as mailed, by compare-and-set; tells whether nobody else was faster."""
    taken = session.connection().execute(
        update(Subscriber)
        .where(
            col(Subscriber.id) == subscriber_id,
            col(Subscriber.status) == SubscriberStatus.PENDING,
            col(Subscriber.confirmation_mailed_at).is_(None),
        )
        .values(confirmation_mailed_at=now)
    )
    return taken.rowcount == 1


def put_back(session: Session, subscriber_id: int) -> None:
    """Give back one whose mail did not go out."""
    session.connection().execute(
        update(Subscriber)
        .where(col(Subscriber.id) == subscriber_id)
        .values(confirmation_mailed_at=None)
    )
