"""What is due in a batch, read in slices shortly before it leaves, so that a late unsubscription counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, bindparam, or_, select, update
from sqlmodel import col

from storage.bulk import table_of
from storage.enums import ChannelStatus, DeliveryStatus, Medium, SubscriberStatus
from storage.listing import ListQuery
from storage.outbox.leases import CLOCK_SLACK
from storage.outbox.outcomes import first_deferrals
from storage.tables import Channel, Delivery, Subscriber

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlmodel import Session

    from storage.outbox.leases import Lease

LONGEST_TRY = timedelta(minutes=2)  # between the start of a try and its being recorded as deferred
# Discord did not take the post, for certain; after any other deferral it may stand there.
_PLAIN_REFUSALS = frozenset({"discord 429", "discord offline"})
_SUPPRESSED: Final = ListQuery(
    "SELECT address_hash FROM suppression WHERE address_hash {hashes}", "hashes"
)

_deliveries, _subscribers = table_of(Delivery), table_of(Subscriber)
_IS_DUE: Final = or_(
    _deliveries.c.status.in_((DeliveryStatus.PENDING, DeliveryStatus.SUBMITTING)),
    and_(
        _deliveries.c.status == DeliveryStatus.DEFERRED,
        or_(
            _deliveries.c.retry_at <= bindparam("now"),
            _deliveries.c.updated_at > bindparam("ahead"),  # the clock was set back since
        ),
    ),
)
# Asked for every slice of a million copies, so put together once.
_DUE_MAILS: Final = (
    select(
        _deliveries.c.id, _deliveries.c.attempts, _subscribers.c.id, _subscribers.c.address,
        _subscribers.c.name, _subscribers.c.language, _subscribers.c.status,
    )
    .join(_subscribers, _subscribers.c.id == _deliveries.c.subscriber_id)
    .where(_deliveries.c.batch_id == bindparam("batch"), _deliveries.c.id > bindparam("after"), _IS_DUE)
    .order_by(_deliveries.c.id)
    .limit(bindparam("many"))
)  # fmt: skip


class Due(NamedTuple):
    """A delivery whose turn has come, with what is known of its recipient at this moment."""

    delivery_id: int
    recipient_id: int  # subscriber or channel row
    address: str  # an email address, or Discord's channel id in digits
    name: str | None
    language: str
    attempts: int
    refused: str | None  # why the recipient must not get it any more
    nonce: str | None = None
    submitting_since: datetime | None = None  # an earlier try may have succeeded
    role_id: int | None = None


def due_copies(
    session: Session, lease: Lease, *, after: int, limit: int, now: datetime
) -> list[Due]:
    """Read the next due deliveries of a batch, in the order of their ids, from the one behind `after`."""
    match lease.medium:
        case Medium.EMAIL:
            return _mails(session, lease, after, limit, now)
        case Medium.DISCORD:
            return _posts(session, lease, after, limit, now)


def begin_submitting(session: Session, delivery_id: int, nonce: str, now: datetime) -> None:
    """Store, before the call, that a post is being made, since when, and under which nonce."""
    open_ = (DeliveryStatus.PENDING, DeliveryStatus.DEFERRED)
    session.connection().execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery_id, col(Delivery.status).in_(open_))
        .values(status=DeliveryStatus.SUBMITTING, nonce=nonce, updated_at=now)
    )


def suppressed_among(session: Session, hashes: Collection[str]) -> set[str]:
    """Tell which of these keyed address hashes must never be mailed."""
    return {it for (it,) in _SUPPRESSED.ask(session, hashes=hashes)} if hashes else set()


def _mails(session: Session, lease: Lease, after: int, limit: int, now: datetime) -> list[Due]:
    bound = {
        "batch": lease.batch_id,
        "after": after,
        "many": limit,
        "now": now,
        "ahead": now + CLOCK_SLACK,
    }
    rows = session.connection().execute(_DUE_MAILS, bound).all()
    return [
        Due(delivery_id, subscriber_id, address or "", name, language, attempts,
            None if status is SubscriberStatus.ACTIVE and address else _refused(status, address))
        for delivery_id, attempts, subscriber_id, address, name, language, status in rows
    ]  # fmt: skip


def _refused(status: SubscriberStatus, address: str | None) -> str | None:
    if address is None:
        return "deleted since the send was planned"
    return (
        None if status is SubscriberStatus.ACTIVE else f"{status.value} since the send was planned"
    )


def _posts(session: Session, lease: Lease, after: int, limit: int, now: datetime) -> list[Due]:
    query = (
        select(Delivery, Channel)
        .join(Channel, col(Channel.id) == col(Delivery.channel_id))
        .where(col(Delivery.batch_id) == lease.batch_id, col(Delivery.id) > after, _IS_DUE)
        .order_by(col(Delivery.id))
        .limit(limit)
    )
    rows = session.execute(query, {"now": now, "ahead": now + CLOCK_SLACK}).all()
    deferred = [d.id or 0 for d, _ in rows if d.status is DeliveryStatus.DEFERRED]
    deferrals = first_deferrals(session, deferred)
    return [
        Due(
            delivery_id=delivery.id or 0,
            recipient_id=channel.id or 0,
            address=str(channel.channel_id),
            name=channel.channel_name,
            language=channel.language,
            attempts=delivery.attempts,
            refused=None
            if channel.status is ChannelStatus.ACTIVE
            else f"the channel is {channel.status.value} since the send was planned",
            nonce=delivery.nonce,
            submitting_since=_submitting_since(delivery, deferrals),
            role_id=channel.role_id,
        )
        for delivery, channel in rows
    ]


def _submitting_since(delivery: Delivery, deferrals: Mapping[int, datetime]) -> datetime | None:
    """Tell since when a post may stand in its channel although no answer said so."""
    if delivery.status is DeliveryStatus.SUBMITTING:
        return delivery.updated_at
    if delivery.status is not DeliveryStatus.DEFERRED or delivery.code in _PLAIN_REFUSALS:
        return None
    first = deferrals.get(delivery.id or 0)
    return first - LONGEST_TRY if first else None
