"""What somebody who watches sends asks for, again and again, beside the processes that deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, or_, select

from storage.enums import DeliveryStatus, EventKind, Medium, SendStatus
from storage.events import Happening, append
from storage.tables import Delivery, Event, Issue, Send

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlmodel import Session


def sends_to_watch(
    session: Session, until: datetime, seen: Collection[int] = ()
) -> list[tuple[Send, Issue]]:
    """List the sends that run, are paused, or are due until then, and those seen before, by number."""
    is_near = (col(Send.status) == SendStatus.SCHEDULED) & (col(Send.due_at) <= until)
    query = (
        select(Send, Issue)
        .join(Issue, col(Issue.id) == Send.issue_id)
        .where(
            or_(
                col(Send.status).in_((SendStatus.SENDING, SendStatus.PAUSED)),
                is_near,
                col(Send.id).in_(seen),
            )
        )
        .order_by(col(Send.id))
    )
    return list(session.exec(query).all())


def send_with_issue(session: Session, send_id: int) -> tuple[Send, Issue] | None:
    """Find one send and its issue."""
    query = select(Send, Issue).join(Issue, col(Issue.id) == Send.issue_id)
    return session.exec(query.where(Send.id == send_id)).first()


def next_retry(session: Session, send_id: int) -> datetime | None:
    """Tell when the first of the deferred deliveries of a send is tried again."""
    query = select(func.min(Delivery.retry_at)).where(
        Delivery.send_id == send_id, Delivery.status == DeliveryStatus.DEFERRED
    )
    return session.exec(query).one()


def note_wait(session: Session, send_id: int, medium: Medium, reason: str, now: datetime) -> None:
    """Store why copies of a send wait: whom they would be handed to does not answer, or takes nothing."""
    content = {"medium": medium.value, "reason": reason}
    append(
        session,
        Happening(EventKind.WAITING, now, send_id=send_id, source="engine", content=content),
    )


def wait_noted(session: Session, send_id: int) -> str | None:
    """Tell why a send waits, as it was stored last; None where a copy was taken, or refused for good, since."""
    notes = session.exec(
        select(Event)
        .where(Event.send_id == send_id, Event.kind == EventKind.WAITING)
        .order_by(col(Event.id))
    )
    last = {Medium(note.content["medium"]): note for note in notes}
    waiting = [note for medium, note in last.items() if not _went_on(session, medium, note)]
    return str(waiting[0].content["reason"]) if waiting else None


def _went_on(session: Session, medium: Medium, note: Event) -> bool:
    """Tell whether a copy of this medium has come to its end since."""
    recipient = Event.subscriber_id if medium is Medium.EMAIL else Event.channel_id
    ended = col(Event.kind).in_((EventKind.SUBMITTED, EventKind.FAILED))
    since = select(Event.id).where(col(Event.id) > note.id, Event.send_id == note.send_id, ended)
    return session.exec(since.where(col(recipient).is_not(None)).limit(1)).first() is not None
