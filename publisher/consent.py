"""Mails the confirmations that were asked for: queued in the store, at most one per address and day.

The request that asked has long been answered: whoever sends the form learns nothing about the address.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog
from sqlalchemy import func, update
from sqlmodel import col, select

from storage.enums import SubscriberStatus
from storage.errors import StorageError
from storage.tables import Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from publisher.ports import Clock, Outcome
    from storage.database import Database

log = structlog.get_logger()

HOURLY_CAP = 500  # a flood of forms must not become a flood of mail
POLL_SECONDS = 2.0
RETRY_SECONDS = 60.0


class Notifier(Protocol):
    """Mails a confirmation link."""

    async def send_confirmation(self, subscriber_id: int, address: str, language: str) -> Outcome:
        """Mail the link and wait for the answer."""


class ConsentDesk:
    """Takes who asked to subscribe and mails them the link.

    Args:
        database: The store.
        notifier: Who mails.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, notifier: Notifier, clock: Clock) -> None:
        self._database, self._notifier, self._clock = database, notifier, clock

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        while not stop.is_set():
            try:
                pause = POLL_SECONDS if await self.mail_next() is not False else RETRY_SECONDS
            except StorageError as error:
                log.warning("consent_desk_waits_for_database", reason=str(error))
                pause = RETRY_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def mail_next(self) -> bool | None:
        """Mail every confirmation that waits: True if any, None if none, False if mail does not go out."""
        mailed = None
        while taken := await self._database.writing(take_next, self._clock.now()):
            subscriber_id, address, language = taken
            outcome = await self._notifier.send_confirmation(subscriber_id, address, language)
            if outcome.verdict in {"transient", "ours"}:
                await self._database.writing(put_back, subscriber_id)
                log.warning("confirmation_waits", subscriber=subscriber_id, code=outcome.code)
                return False
            log.info("confirmation_mailed", subscriber=subscriber_id, verdict=outcome.verdict)
            mailed = True
        return mailed


def take_next(session: Session, now: datetime) -> tuple[int, str, str] | None:
    """Take one who waits for a confirmation, by compare-and-set: (id, address, language)."""
    mailed = col(Subscriber.confirmation_mailed_at)
    recent = session.exec(
        select(func.count(col(Subscriber.id))).where(mailed > now - timedelta(hours=1))
    ).one()
    if recent >= HOURLY_CAP:
        return None
    waiting = session.exec(
        select(Subscriber)
        .where(
            Subscriber.status == SubscriberStatus.PENDING,
            col(Subscriber.asked_at).is_not(None),
            mailed.is_(None),
            col(Subscriber.address).is_not(None),
        )
        .order_by(col(Subscriber.asked_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if waiting is None or waiting.id is None or waiting.address is None:
        return None
    taken = session.connection().execute(
        update(Subscriber)
        .where(col(Subscriber.id) == waiting.id, mailed.is_(None))
        .values(confirmation_mailed_at=now)
    )
    return (waiting.id, waiting.address, waiting.language) if taken.rowcount == 1 else None


def put_back(session: Session, subscriber_id: int) -> None:
    """Give back one whose mail did not go out."""
    session.connection().execute(
        update(Subscriber)
        .where(col(Subscriber.id) == subscriber_id)
        .values(confirmation_mailed_at=None)
    )
