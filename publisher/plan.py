"""Starts due sends: in one transaction a send is taken, its audience frozen, its issue published."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import update
from sqlmodel import col, select

from publisher.local_time import local_starts
from publisher.views import best_edition
from storage import outbox
from storage.enums import Audience, EventKind, Medium
from storage.errors import DatabaseUnavailableError
from storage.events import Happening, append
from storage.tables import Issue, Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

    from storage.database import Database

log = structlog.get_logger()

_SERIALIZATION_FAILURE = "40001"  # PostgreSQL: another transaction took the row first


async def start_due(database: Database, now: datetime) -> list[int]:
    """Start every due send that nobody else has started; give their ids.

    A send that cannot be started now stays scheduled and is tried again at the next call.
    """
    due = await database.reading(outbox.due_sends, now)
    started = [send_id for send_id in due if await _start_one(database, send_id, now)]
    for send_id in await database.reading(outbox.idle_sends):
        await database.writing(outbox.finish_if_done, send_id, now)
    return started


async def _start_one(database: Database, send_id: int, now: datetime) -> bool:
    try:
        ours = await database.writing(start, send_id, now)
    except DatabaseUnavailableError as error:
        cause = getattr(error.__cause__, "orig", None)
        if getattr(cause, "sqlstate", None) == _SERIALIZATION_FAILURE:
            return False
        raise
    if ours:
        log.info("send_started", send=send_id)
    return ours


def start(session: Session, send_id: int, now: datetime) -> bool:
    """Take a due send and plan it; tell whether it was ours to start.

    Must be the first thing in its transaction, which then sees one moment only.
    """
    outbox.snapshot(session)
    if not outbox.take_due(session, send_id, now):
        return False
    send = session.get_one(Send, send_id)
    planned = {medium.value: _plan(session, send, medium, now) for medium in _media(send.audience)}
    send.planned = sum(planned.values())
    session.add(send)
    _publish(session, send, now)
    append(session, Happening(EventKind.STARTED, now, send_id=send_id, source="engine",
                              content=dict(planned)))  # fmt: skip
    outbox.finish_if_done(session, send_id, now)
    return True


def _media(audience: Audience) -> Iterable[Medium]:
    match audience:
        case Audience.EVERYONE:
            return (Medium.DISCORD, Medium.EMAIL)
        case Audience.EMAIL:
            return (Medium.EMAIL,)
        case Audience.DISCORD:
            return (Medium.DISCORD,)


def _plan(session: Session, send: Send, medium: Medium, now: datetime) -> int:
    original = session.get_one(Issue, send.issue_id)
    editions = session.exec(select(Issue).where(Issue.slug == original.slug)).all()
    spoken: dict[int, list[str]] = {}
    for language in outbox.count_languages(session, medium):
        spoken.setdefault(best_edition(editions, language).id or 0, []).append(language)
    shares = [
        outbox.Share(send.id or 0, issue_id, medium, languages, at, zones)
        for at, zones in _starts(session, send, medium, now)
        for issue_id, languages in sorted(spoken.items())
    ]
    return sum(outbox.freeze(session, share) for share in shares)


def _starts(
    session: Session, send: Send, medium: Medium, now: datetime
) -> list[tuple[datetime, Sequence[str | None] | None]]:
    """Tell from which moments on which zones get it; None stands for all zones."""
    if send.reader_time is None:
        return [(now, None)]
    wall = datetime.fromisoformat(send.reader_time)
    match medium:
        case Medium.EMAIL:
            zones = outbox.count_zones(session)
            moments: dict[datetime, list[str | None]] = {}
            for start in local_starts(wall, send.zone, zones, not_before=now):
                moments.setdefault(start.at, []).extend(start.zones)
            return list(moments.items())
        case Medium.DISCORD:
            (start,) = local_starts(wall, send.zone, {None: 1}, not_before=now)
            return [(start.at, None)]


def _publish(session: Session, send: Send, now: datetime) -> None:
    slug = select(Issue.slug).where(Issue.id == send.issue_id).scalar_subquery()
    session.connection().execute(
        update(Issue)
        .where(col(Issue.slug) == slug, col(Issue.published_at).is_(None))
        .values(published_at=now)
    )
