"""What is due in a batch, read in slices shortly before it leaves, so that a late unsubscription counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, or_, update
from sqlmodel import col, select

from storage.enums import ChannelStatus, DeliveryStatus, Medium, SubscriberStatus
from storage.listing import ListQuery
from storage.outbox.leases import CLOCK_SLACK
from storage.outbox.outcomes import first_deferrals
from storage.tables import Channel, Delivery, Subscriber

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from storage.outbox.leases import Lease

LONGEST_TRY = timedelta(minutes=2)  # between the start of a try and its being recorded as deferred
# Discord did not take the post, for certain; after any other deferral it may stand there.
_PLAIN_REFUSALS = frozenset({"discord 429", "discord offline"})
_SUPPRESSED: Final = ListQuery(
    "SELECT address_hash FROM suppression WHERE address_hash {hashes}", "hashes"
)


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


def _is_due(now: datetime) -> ColumnElement[bool]:
    status = col(Delivery.status)
    waited = or_(
        col(Delivery.retry_at) <= now,
        col(Delivery.updated_at) > now + CLOCK_SLACK,  # the clock was set back since
    )
    return or_(
        status.in_((DeliveryStatus.PENDING, DeliveryStatus.SUBMITTING)),
        and_(status == DeliveryStatus.DEFERRED, waited),
    )


def _mails(session: Session, lease: Lease, after: int, limit: int, now: datetime) -> list[Due]:
    rows = session.exec(
        select(
            Delivery.id, Delivery.attempts, Subscriber.id, Subscriber.address, Subscriber.name,
            Subscriber.language, Subscriber.status,
        )  # type: ignore[call-overload]
        .join(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .where(Delivery.batch_id == lease.batch_id, col(Delivery.id) > after, _is_due(now))
        .order_by(col(Delivery.id))
        .limit(limit)
    )  # fmt: skip
    return [
        Due(
            delivery_id=delivery_id,
            recipient_id=subscriber_id,
            address=address or "",
            name=name,
            language=language,
            attempts=attempts,
            refused=_refused(status, address),
        )
        for delivery_id, attempts, subscriber_id, address, name, language, status in rows
    ]


def _refused(status: SubscriberStatus, address: str | None) -> str | None:
    if address is None:
        return "deleted since the send was planned"
    return (
        None if status is SubscriberStatus.ACTIVE else f"{status.value} since the send was planned"
    )


def _posts(session: Session, lease: Lease, after: int, limit: int, now: datetime) -> list[Due]:
    rows = session.exec(
        select(Delivery, Channel)
        .join(Channel, col(Channel.id) == Delivery.channel_id)
        .where(Delivery.batch_id == lease.batch_id, col(Delivery.id) > after, _is_due(now))
        .order_by(col(Delivery.id))
        .limit(limit)
    ).all()
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
