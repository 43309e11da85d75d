"""What somebody who watches sends asks for, again and again, beside the processes that deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, or_, select

from storage.enums import DeliveryStatus, EventKind, SendStatus
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


def note_wait(session: Session, send_id: int, reason: str, now: datetime) -> None:
    """Store why copies of a send wait: whom they would be handed to does not answer, or takes nothing."""
    content = {"reason": reason}
    append(session, Happening(EventKind.WAITING, now, send_id=send_id, source="engine", content=content))  # fmt: skip


def wait_noted(session: Session, send_id: int) -> str | None:
    """Tell why a send waits, as it was stored last; None once a copy has been taken, or refused for good, since."""
    of_send = select(Event).where(Event.send_id == send_id).order_by(col(Event.id).desc()).limit(1)
    noted = session.exec(of_send.where(Event.kind == EventKind.WAITING)).first()
    if noted is None:
        return None
    ended = (EventKind.SUBMITTED, EventKind.FAILED, EventKind.PAUSED)
    went_on = session.exec(
        select(Event.id)
        .where(col(Event.id) > noted.id, Event.send_id == send_id, col(Event.kind).in_(ended))
        .limit(1)
    ).first()
    return str(noted.content["reason"]) if went_on is None else None
