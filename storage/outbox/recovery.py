"""Settles in the ledger what a dead process left behind, once, whoever else tries it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlmodel import col, select

from storage.enums import BatchStatus, DeliveryStatus, EventKind, Medium
from storage.outbox.leases import OPEN, close_batch
from storage.outbox.outcomes import Record, record
from storage.outbox.resends import resendable
from storage.outbox.sends import lock_send
from storage.tables import Batch, Delivery

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime, timedelta

    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Leavings:
    """What is known of the hand-offs of a dead process.

    `complete` is false when its marks were lost: then every open delivery may have left.
    """

    complete: bool
    accepted: AbstractSet[int] = field(default_factory=frozenset)
    in_flight: AbstractSet[int] = field(default_factory=frozenset)


def recover(
    session: Session, owner: str, left: Leavings, now: datetime, slack: timedelta
) -> dict[str, int]:
    """Settle the batches of a dead owner and give them back; count what was found.

    A batch that is not the owner's any more is left alone, so running this twice changes nothing.
    """
    held = session.exec(
        select(Batch.id, Batch.send_id)
        .where(Batch.owner == owner, Batch.status == BatchStatus.LEASED)
        .order_by(col(Batch.send_id), col(Batch.id))
    ).all()
    found = Counter({"batches": 0, "accepted": 0, "uncertain": 0, "again": 0})
    for batch_id, send_id in held:
        lock_send(session, send_id)
        batch = _lock_batch(session, batch_id, owner)
        if batch is None:
            continue
        records = _settle(session, batch, left)
        record(session, records, now, "recovery")
        close_batch(session, batch.id or 0, owner, now, slack)
        found["batches"] += 1
        found.update(_NAMES[it.status] for it in records)
    return dict(found)


_NAMES = {
    DeliveryStatus.SUBMITTED: "accepted",
    DeliveryStatus.UNCERTAIN: "uncertain",
    DeliveryStatus.PENDING: "again",
}


def _lock_batch(session: Session, batch_id: int | None, owner: str) -> Batch | None:
    query = (
        select(Batch)
        .where(Batch.id == batch_id, Batch.owner == owner, Batch.status == BatchStatus.LEASED)
        .with_for_update()
    )
    return session.exec(query).first()


def _settle(session: Session, batch: Batch, left: Leavings) -> list[Record]:
    deliveries = session.exec(
        select(Delivery).where(Delivery.batch_id == batch.id, col(Delivery.status).in_(OPEN))
    ).all()
    unknown = {it.id or 0 for it in deliveries if _may_have_left(it, batch.medium, left)}
    again = resendable(session, unknown)
    why = (
        "in flight when the process died"
        if left.complete
        else "open when the machine or the marks of the process were lost"
    )
    records = []
    for it in deliveries:
        if it.id in left.accepted:
            records.append(_as(it, DeliveryStatus.SUBMITTED, EventKind.SUBMITTED,
                               "accepted before the process died"))  # fmt: skip
        elif it.id in again:
            records.append(_as(it, DeliveryStatus.PENDING, EventKind.RESENT, why))
        elif it.id in unknown:
            records.append(_as(it, DeliveryStatus.UNCERTAIN, EventKind.UNCERTAIN, why))
    return records


def _may_have_left(delivery: Delivery, medium: Medium, left: Leavings) -> bool:
    # A post that may stand in its channel is looked up in the history at the next try.
    return medium is Medium.EMAIL and (not left.complete or delivery.id in left.in_flight)


def _as(delivery: Delivery, status: DeliveryStatus, event: EventKind, why: str) -> Record:
    return Record(
        delivery_id=delivery.id or 0,
        send_id=delivery.send_id,
        subscriber_id=delivery.subscriber_id,
        channel_id=delivery.channel_id,
        status=status,
        event=event,
        detail=why,
    )
