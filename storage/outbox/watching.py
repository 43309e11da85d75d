"""What somebody who watches sends asks for, again and again, beside the processes that deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, or_, select

from storage.enums import DeliveryStatus, SendStatus
from storage.tables import Delivery, Issue, Send

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
