"""The balance of a send: every delivery that was planned is accounted for in exactly one state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from storage.enums import DeliveryStatus
from storage.tables import Delivery, Send

if TYPE_CHECKING:
    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Balance:
    """How many deliveries of a send stand in which state; `planned` was counted when it started."""

    planned: int
    submitted: int = 0
    failed: int = 0
    suppressed: int = 0
    deferred: int = 0
    uncertain: int = 0
    pending: int = 0
    submitting: int = 0
    cancelled: int = 0

    @property
    def counted(self) -> int:
        """The sum over all states."""
        return (
            self.submitted + self.failed + self.suppressed + self.deferred
            + self.uncertain + self.pending + self.submitting + self.cancelled
        )  # fmt: skip

    @property
    def holds(self) -> bool:
        """Whether everything that was planned is accounted for."""
        return self.planned == self.counted

    @property
    def open(self) -> int:
        """How many are still to be handed off."""
        return self.pending + self.deferred + self.submitting


def balance(session: Session, send_id: int) -> Balance:
    """Count where the deliveries of a send stand.

    Raises:
        NoResultFound: There is no such send.
    """
    planned = select(Send.planned).where(Send.id == send_id)
    rows = session.exec(  # one statement, so that all numbers are of one moment
        select(Delivery.status, func.count(), planned.scalar_subquery())
        .where(Delivery.send_id == send_id)
        .group_by(col(Delivery.status))
    ).all()
    if not rows:
        session.exec(planned).one()
        return Balance(planned=0)
    counts = {DeliveryStatus(status).value: count for status, count, _ in rows}
    return Balance(planned=rows[0][2] or 0, **counts)
