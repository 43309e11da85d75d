"""Deliveries of which a crash left unknown whether they arrived: listed, then settled by evidence or on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlmodel import col, select

from storage.enums import BatchStatus, DeliveryStatus, EventKind, Medium, SendStatus
from storage.events import Happening, append_all
from storage.outbox.outcomes import Record, record
from storage.outbox.sends import lock_send
from storage.tables import Batch, Channel, Delivery, Issue, Send, Subscriber

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlmodel import Session

DECIDED = "decided by the operator"
_MOST_WITNESSES = 5_000
_PROVEN = {
    DeliveryStatus.SUBMITTED: EventKind.SUBMITTED,
    DeliveryStatus.FAILED: EventKind.FAILED,
    DeliveryStatus.PENDING: EventKind.RESENT,
}


@dataclass(frozen=True, slots=True)
class Uncertain:
    """One delivery that may or may not have arrived."""

    delivery_id: int
    send_id: int
    medium: Medium
    recipient: str  # an address, or a channel's name
    since: datetime
    detail: str | None
    recipient_id: int = 0  # the row of the subscriber or the channel
    remote_id: str | None = None  # Message-ID, where it is known
    send_started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What evidence says of an uncertain delivery: submitted, failed, or pending once more."""

    status: DeliveryStatus
    why: str  # kept with the delivery and its event; no address
    code: str | None = None
    remote_id: str | None = None
    address_is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Witness:
    """A mail of which the server said that it took it."""

    send_id: int
    recipient_id: int
    remote_id: str


def uncertain(session: Session, slug: str) -> list[Uncertain]:
    """List the uncertain deliveries of an issue, in the order they were planned."""
    rows = session.exec(
        select(Delivery, Subscriber.address, Channel, Send.started_at)
        .select_from(Delivery)
        .join(Send, col(Send.id) == Delivery.send_id)
        .outerjoin(Subscriber, col(Subscriber.id) == Delivery.subscriber_id)
        .outerjoin(Channel, col(Channel.id) == Delivery.channel_id)
        .where(
            col(Delivery.send_id).in_(_sends_of(slug)),
            Delivery.status == DeliveryStatus.UNCERTAIN,
        )
        .order_by(col(Delivery.id))
    )
    return [
        Uncertain(
            delivery_id=delivery.id or 0,
            send_id=delivery.send_id,
            medium=Medium.EMAIL if channel is None else Medium.DISCORD,
            recipient=_name(address, channel),
            since=delivery.updated_at,
            detail=delivery.detail,
            recipient_id=delivery.subscriber_id or delivery.channel_id or 0,
            remote_id=delivery.remote_id,
            send_started_at=started_at,
        )
        for delivery, address, channel, started_at in rows
    ]


def witnesses(session: Session, send_ids: Collection[int]) -> list[Witness]:
    """List mails that the server surely took, out of the batches in which something is uncertain."""
    of_these = col(Delivery.send_id).in_(send_ids)
    batches = select(Delivery.batch_id).where(of_these, Delivery.status == DeliveryStatus.UNCERTAIN)
    rows = session.exec(
        select(Delivery.send_id, Delivery.subscriber_id, Delivery.remote_id)
        .where(
            of_these,
            col(Delivery.batch_id).in_(batches),
            Delivery.status == DeliveryStatus.SUBMITTED,
            col(Delivery.subscriber_id).is_not(None),
            col(Delivery.remote_id).is_not(None),
            col(Delivery.code).like(
                "2%"
            ),  # the server's word; not that of an operator, nor of evidence
        )
        .order_by(col(Delivery.id).desc())
        .limit(_MOST_WITNESSES)
    )
    return [Witness(send_id, who or 0, remote_id or "") for send_id, who, remote_id in rows]


def settle(session: Session, slug: str, proofs: Mapping[int, Proof], now: datetime) -> set[int]:
    """Settle those of the uncertain deliveries of an issue of which there is proof; tell which.

    What is not uncertain any more is left alone, and so is what would be sent again in a cancelled send.
    """
    settled: set[int] = set()
    for send_id in session.exec(_sends_of(slug).order_by(col(Send.id))).all():
        send = lock_send(session, send_id or 0)
        found = [
            (delivery, proofs[delivery.id or 0])
            for delivery in _uncertain_of(session, send_id)
            if delivery.id in proofs
        ]
        if send.status is SendStatus.CANCELLED:
            found = [it for it in found if it[1].status is not DeliveryStatus.PENDING]
        record(session, [_by_proof(*it) for it in found], now, "evidence")
        again = {it.batch_id for it, proof in found if proof.status is DeliveryStatus.PENDING}
        if again:
            _reopen(session, send, again, now)
        settled |= {delivery.id or 0 for delivery, _ in found}
    return settled


def _by_proof(delivery: Delivery, proof: Proof) -> Record:
    return Record(
        delivery_id=delivery.id or 0,
        send_id=delivery.send_id,
        status=proof.status,
        event=_PROVEN[proof.status],
        subscriber_id=delivery.subscriber_id,
        tries=0,  # the try itself was counted when it became uncertain
        code=proof.code,
        detail=proof.why,
        remote_id=proof.remote_id,
        address_is_dead=proof.address_is_dead,
    )


def accept(session: Session, slug: str, now: datetime) -> int:
    """Take every uncertain delivery of an issue as submitted; count them."""
    return _settle(session, slug, DeliveryStatus.SUBMITTED, EventKind.SUBMITTED, now)


def resend(session: Session, slug: str, now: datetime) -> int:
    """Hand off every uncertain delivery of an issue once more; count them.

    A sent send starts sending again. A cancelled one stays cancelled, and its deliveries are left alone.
    """
    return _settle(session, slug, DeliveryStatus.PENDING, EventKind.RESENT, now)


def _settle(
    session: Session, slug: str, to: DeliveryStatus, event: EventKind, now: datetime
) -> int:
    count = 0
    for send_id in session.exec(_sends_of(slug).order_by(col(Send.id))).all():
        send = lock_send(session, send_id or 0)
        if to is DeliveryStatus.PENDING and send.status is SendStatus.CANCELLED:
            continue
        found = _uncertain_of(session, send_id)
        for delivery in found:
            _change(delivery, to, send, now)
            session.add(delivery)
        append_all(session, _events(found, event, now))
        if to is DeliveryStatus.PENDING and found:
            _reopen(session, send, {delivery.batch_id for delivery in found}, now)
        count += len(found)
    return count


def _uncertain_of(session: Session, send_id: int | None) -> Sequence[Delivery]:
    return session.exec(
        select(Delivery).where(
            Delivery.send_id == send_id, Delivery.status == DeliveryStatus.UNCERTAIN
        )
    ).all()


def _change(delivery: Delivery, to: DeliveryStatus, send: Send, now: datetime) -> None:
    delivery.status, delivery.updated_at = to, now
    if to is DeliveryStatus.SUBMITTED:
        delivery.detail = DECIDED
    if to is DeliveryStatus.PENDING and delivery.channel_id is not None:
        # A post is first looked up in the channel's history, from the start of the send on.
        delivery.status = DeliveryStatus.SUBMITTING
        delivery.updated_at = send.started_at or now


def _reopen(session: Session, send: Send, batch_ids: set[int], now: datetime) -> None:
    session.connection().execute(
        update(Batch)
        .where(col(Batch.id).in_(batch_ids), col(Batch.status) != BatchStatus.LEASED)
        .values(status=BatchStatus.PENDING, start_at=now)
    )
    if send.status is SendStatus.SENT:
        send.status, send.finished_at = SendStatus.SENDING, None
        session.add(send)


def _events(found: Sequence[Delivery], kind: EventKind, now: datetime) -> list[Happening]:
    return [
        Happening(
            kind,
            now,
            delivery_id=delivery.id,
            send_id=delivery.send_id,
            subscriber_id=delivery.subscriber_id,
            channel_id=delivery.channel_id,
            source="cli",
            content={"detail": DECIDED},
        )
        for delivery in found
    ]


def _sends_of(slug: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a select, whose type SQLModel does not name
    return select(Send.id).join(Issue, col(Issue.id) == Send.issue_id).where(Issue.slug == slug)


def _name(address: str | None, channel: Channel | None) -> str:
    if channel is not None:
        return f"#{channel.channel_name or channel.channel_id} on {channel.guild_name or 'Discord'}"
    return address or "a deleted subscriber"
