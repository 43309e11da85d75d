"""Sends that were scheduled in spite of checks that failed: keeps who said so, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from storage.enums import EventKind
from storage.events import Happening, append
from storage.tables import Event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session


def record_forced(  # noqa: PLR0913, PLR0917 - a row of the record
    session: Session,
    send_id: int,
    reason: str,
    checks: Sequence[str],
    now: datetime,
    source: str = "cli",
) -> None:
    """Keep, for good, why a send was scheduled in spite of checks that failed."""
    content = {"reason": reason, "checks": ", ".join(checks)}
    append(
        session, Happening(EventKind.FORCED, now, send_id=send_id, source=source, content=content)
    )


def forced(session: Session, send_id: int) -> dict[str, str] | None:
    """Give the reason why a send was forced and the checks that failed; None where it was not."""
    query = select(Event).where(Event.send_id == send_id, Event.kind == EventKind.FORCED)
    event = session.exec(query.order_by(col(Event.id))).first()
    return None if event is None else dict(event.content)
