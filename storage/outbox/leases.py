"""Who works on which batch: a lease is committed before anything of the batch leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, or_, update
from sqlmodel import col, select

from storage.enums import BatchStatus, DeliveryStatus, Medium, SendStatus, UncertainPolicy
from storage.outbox.sends import cancel_deliveries, finish_if_done, lock_send
from storage.tables import Batch, Delivery, Send

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

# A row written so much later than the present was written before the clock was set back.
CLOCK_SLACK = timedelta(minutes=1)
OPEN = (DeliveryStatus.PENDING, DeliveryStatus.DEFERRED, DeliveryStatus.SUBMITTING)


@dataclass(frozen=True, slots=True)
class Lease:
    """A batch that is ours for a while."""

    batch_id: int
    send_id: int
    issue_id: int  # the edition its recipients get
    medium: Medium
    on_uncertain: UncertainPolicy


def lease(
    session: Session, *, owner: str, medium: Medium, now: datetime, until: datetime
) -> Lease | None:
    """Take the batch that has waited longest, if any is ready; nobody else gets it meanwhile.

    What was ready when its send started is ready, though the clock may have been set back since.
    """
    query = (
        select(Batch, Send.on_uncertain)
        .join(Send, col(Send.id) == Batch.send_id)
        .where(
            Batch.status == BatchStatus.PENDING,
            or_(col(Batch.start_at) <= now, col(Batch.start_at) <= col(Send.started_at)),
            Batch.medium == medium,
            Send.status == SendStatus.SENDING,
        )
        .order_by(col(Batch.start_at), col(Batch.id))
        .limit(1)
        .with_for_update(skip_locked=True, of=Batch)
    )
    found = session.exec(query).first()
    if found is None:
        return None
    batch, policy = found
    batch.status, batch.owner, batch.leased_until = BatchStatus.LEASED, owner, until
    session.add(batch)
    return Lease(
        batch.id or 0, batch.send_id, batch.issue_id, batch.medium, UncertainPolicy(policy)
    )


def renew(session: Session, owner: str, until: datetime) -> set[int]:
    """Extend every lease of an owner; give the ids of the batches that are still theirs."""
    mine = (col(Batch.owner) == owner, col(Batch.status) == BatchStatus.LEASED)
    session.connection().execute(update(Batch).where(*mine).values(leased_until=until))
    return {found for found in session.exec(select(Batch.id).where(*mine)) if found is not None}


def leaseholders(session: Session) -> list[tuple[str, datetime]]:
    """List who holds leases, and until when the longest of each runs."""
    query = (
        select(Batch.owner, func.max(Batch.leased_until))
        .where(Batch.status == BatchStatus.LEASED)
        .group_by(col(Batch.owner))
    )
    return [(owner, until) for owner, until in session.exec(query) if owner and until]


def close_batch(
    session: Session, batch_id: int, owner: str, now: datetime, slack: timedelta
) -> BatchStatus | None:
    """Give a batch back: done, waiting for what is left of it, or cancelled with its send.

    Args:
        session: An open transaction.
        batch_id: The batch.
        owner: Who holds the lease.
        now: The time.
        slack: How much later than the earliest retry the batch comes up again, so that several
            retries share one lease.

    Returns:
        Where the batch stands now, or None when it was not the owner's any more.
    """
    send_id = session.exec(select(Batch.send_id).where(Batch.id == batch_id)).one()
    send = lock_send(session, send_id)
    batch = session.exec(
        select(Batch)
        .where(Batch.id == batch_id, Batch.owner == owner, Batch.status == BatchStatus.LEASED)
        .with_for_update()
    ).first()
    if batch is None:
        return None
    if send.status is SendStatus.CANCELLED:
        cancel_deliveries(session, col(Delivery.batch_id) == batch_id, now)
    again = _next_start(session, batch, now, slack)
    batch.status = BatchStatus.DONE if again is None else BatchStatus.PENDING
    batch.start_at = again or batch.start_at
    batch.owner = batch.leased_until = None
    session.add(batch)
    finish_if_done(session, send_id, now)
    return batch.status


def bring_forward(session: Session, now: datetime) -> int:
    """Let batches start now whose retries were reckoned by a clock that was set back since; count them."""
    strayed = exists().where(
        col(Delivery.batch_id) == Batch.id,
        col(Delivery.status) == DeliveryStatus.DEFERRED,
        col(Delivery.updated_at) > now + CLOCK_SLACK,
    )
    brought = session.connection().execute(
        update(Batch)
        .where(col(Batch.status) == BatchStatus.PENDING, col(Batch.start_at) > now, strayed)
        .values(start_at=now)
    )
    return brought.rowcount


def _next_start(session: Session, batch: Batch, now: datetime, slack: timedelta) -> datetime | None:
    """Tell when the earliest retry is due; what was never tried stays as due as it was."""
    rows = session.exec(
        select(Delivery.status, func.min(Delivery.retry_at), func.max(Delivery.updated_at))
        .where(Delivery.batch_id == batch.id, col(Delivery.status).in_(OPEN))
        .group_by(col(Delivery.status))
    ).all()
    starts = []
    for status, retry_at, written in rows:
        if status is not DeliveryStatus.DEFERRED or retry_at is None:
            starts.append(batch.start_at)
        elif written > now + CLOCK_SLACK:
            starts.append(now)  # the clock was set back since
        else:
            starts.append(retry_at + slack)
    return min(starts, default=None)
