"""Who works on which batch: a lease is committed before anything of the batch leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlmodel import col

from storage.bulk import table_of
from storage.enums import BatchStatus, DeliveryStatus, Medium, SendStatus, UncertainPolicy
from storage.outbox.sends import cancel_deliveries, finish_if_done
from storage.tables import Batch, Delivery, Send

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

# A row written so much later than the present was written before the clock was set back.
CLOCK_SLACK = timedelta(minutes=1)
OPEN = (DeliveryStatus.PENDING, DeliveryStatus.DEFERRED, DeliveryStatus.SUBMITTING)

# Asked for each batch, so written once: to put such a statement together takes longer than to answer it.
_batches, _sends, _deliveries = table_of(Batch), table_of(Send), table_of(Delivery)
_ours = _batches.alias()
_IS_READY: Final = and_(
    _batches.c.status == BatchStatus.PENDING,
    or_(
        _batches.c.start_at <= bindparam("now"),
        _batches.c.start_at <= _sends.c.started_at,
        _batches.c.leased_until.is_not(None),
    ),
    _batches.c.medium == bindparam("by"),
    _sends.c.status == SendStatus.SENDING,
)
_WAITING: Final = (
    select(
        _batches.c.id,
        _batches.c.send_id,
        _batches.c.issue_id,
        _batches.c.medium,
        _sends.c.on_uncertain,
    )
    .join(_sends, _sends.c.id == _batches.c.send_id)
    .where(_IS_READY)
    .order_by(_batches.c.start_at, _batches.c.id)
    .limit(1)
    .with_for_update(skip_locked=True, of=_batches)
)
_OTHERS: Final = (
    select(_batches.c.id)
    .join(_sends, _sends.c.id == _batches.c.send_id)
    .where(
        _IS_READY,
        _batches.c.start_at
        <= select(_ours.c.start_at).where(_ours.c.id == bindparam("of")).scalar_subquery(),
    )
    .limit(1)
)
_TAKE: Final = (
    update(_batches)
    .where(_batches.c.id == bindparam("of"))
    .values(status=BatchStatus.LEASED, owner=bindparam("by"), leased_until=bindparam("until"))
)
_LOCK_SEND_OF: Final = (
    select(_sends.c.id, _sends.c.status)
    .where(
        _sends.c.id
        == select(_batches.c.send_id).where(_batches.c.id == bindparam("of")).scalar_subquery()
    )
    .with_for_update(key_share=True)
)
_LEASED: Final = (
    select(_batches.c.start_at)
    .where(
        _batches.c.id == bindparam("of"),
        _batches.c.owner == bindparam("by"),
        _batches.c.status == BatchStatus.LEASED,
    )
    .with_for_update()
)
_OPEN_OF_BATCH: Final = (
    select(
        _deliveries.c.status, func.min(_deliveries.c.retry_at), func.max(_deliveries.c.updated_at)
    )
    .where(_deliveries.c.batch_id == bindparam("of"), _deliveries.c.status.in_(OPEN))
    .group_by(_deliveries.c.status)
)
_GIVE_BACK: Final = (
    update(_batches)
    .where(_batches.c.id == bindparam("of"))
    .values(
        status=bindparam("to"),
        start_at=bindparam("start"),
        owner=None,
        leased_until=bindparam("ready"),
    )
)


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

    What was ready when its send started, or was given back, is ready, though the clock may have been set
    back since.
    """
    connection = session.connection()
    found = connection.execute(_WAITING, {"now": now, "by": medium}).first()
    if found is None:
        return None
    batch_id, send_id, issue_id, its_medium, policy = found
    connection.execute(_TAKE, {"of": batch_id, "by": owner, "until": until})
    return Lease(batch_id, send_id, issue_id, its_medium, policy)


def others_wait(session: Session, lease: Lease, now: datetime) -> bool:
    """Tell whether a batch of the same medium is ready that has waited for as long as this one had."""
    asked = {"now": now, "by": lease.medium, "of": lease.batch_id}
    return session.connection().execute(_OTHERS, asked).first() is not None


def renew(session: Session, owner: str, until: datetime) -> set[int]:
    """Extend every lease of an owner; give the ids of the batches that are still theirs."""
    mine = (col(Batch.owner) == owner, col(Batch.status) == BatchStatus.LEASED)
    session.connection().execute(update(Batch).where(*mine).values(leased_until=until))
    return set(session.connection().scalars(select(_batches.c.id).where(*mine)))


def leaseholders(session: Session) -> list[tuple[str, datetime]]:
    """List who holds leases, and until when the longest of each runs."""
    query = (
        select(_batches.c.owner, func.max(_batches.c.leased_until))
        .where(_batches.c.status == BatchStatus.LEASED)
        .group_by(_batches.c.owner)
    )
    rows = session.connection().execute(query)
    return [(owner, until) for owner, until in rows if owner and until]


def close_batch(
    session: Session, batch_id: int, owner: str, now: datetime, slack: timedelta
) -> BatchStatus | None:
    """Give a batch back: done, waiting for what is left of it, or cancelled with its send.

    What could go on at once waits behind those that are ready already, so that no batch keeps the others
    from their turn.

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
    connection = session.connection()
    send = connection.execute(_LOCK_SEND_OF, {"of": batch_id}).one()
    leased = connection.execute(_LEASED, {"of": batch_id, "by": owner}).first()
    if leased is None:
        return None
    if send.status is SendStatus.CANCELLED:
        cancel_deliveries(session, col(Delivery.batch_id) == batch_id, now)
    again = _next_start(session, batch_id, now, slack)
    status = BatchStatus.DONE if again is None else BatchStatus.PENDING
    start_at, ready = again or leased.start_at, now if again == now else None
    connection.execute(
        _GIVE_BACK, {"of": batch_id, "to": status, "start": start_at, "ready": ready}
    )
    finish_if_done(session, send.id, now)
    return status


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


def _next_start(
    session: Session, batch_id: int, now: datetime, slack: timedelta
) -> datetime | None:
    """Tell when the earliest retry is due; what was never tried, or may be tried again, is due now."""
    rows = session.connection().execute(_OPEN_OF_BATCH, {"of": batch_id}).all()
    starts = []
    for status, retry_at, written in rows:
        clock_was_set_back = written > now + CLOCK_SLACK
        if status is not DeliveryStatus.DEFERRED or retry_at is None or clock_was_set_back:
            starts.append(now)
        else:
            starts.append(max(now, retry_at + slack))
    return min(starts, default=None)
