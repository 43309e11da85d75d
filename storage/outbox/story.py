"""What happened to one recipient of one issue, in plain sentences; also why nothing happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, assert_never

from sqlmodel import col, or_, select

from storage.enums import Audience, DeliveryStatus, EventKind, SendStatus, SubscriberStatus
from storage.outbox.unsettled import DECIDED
from storage.tables import Batch, Delivery, Event, Issue, Send, Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Told:
    """What one send meant for the recipient."""

    send_id: int
    send_status: SendStatus
    language: str | None = None  # of the edition they get
    status: DeliveryStatus | None = None  # None: they have no delivery in it
    attempts: int = 0
    code: str | None = None
    detail: str | None = None
    remote_id: str | None = None  # Message-ID


@dataclass(slots=True)
class Story:
    """One recipient's part in one issue."""

    slug: str
    subscriber_id: int | None = None
    subscriber_status: SubscriberStatus | None = None
    sends: list[Told] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


def story(session: Session, key: str, slug: str) -> Story:
    """Tell the story of an address (its `address_key`) and an issue that exists."""
    told = Story(slug)
    subscriber = session.exec(select(Subscriber).where(Subscriber.address_key == key)).first()
    sends = session.exec(
        select(Send).join(Issue, col(Issue.id) == Send.issue_id)
        .where(Issue.slug == slug).order_by(col(Send.id))
    ).all()  # fmt: skip
    if subscriber is None:
        told.sentences.append(
            "This address is not known: it never subscribed, or was deleted since."
        )
    else:
        told.subscriber_id, told.subscriber_status = subscriber.id, subscriber.status
        told.sentences.append(_consent(subscriber))
    if not sends:
        told.sentences.append(f"Issue {slug} was never scheduled.")
    for send in sends:
        _tell_send(session, told, send, subscriber)
        told.sentences += _forcing(session, send)
    if subscriber is not None:
        told.events = _events(session, subscriber, [send.id for send in sends])
    return told


def _tell_send(session: Session, told: Story, send: Send, subscriber: Subscriber | None) -> None:
    row = None
    if subscriber is not None:
        row = session.exec(
            select(Delivery, Issue.language)
            .join(Batch, col(Batch.id) == Delivery.batch_id)
            .join(Issue, col(Issue.id) == Batch.issue_id)
            .where(Delivery.send_id == send.id, Delivery.subscriber_id == subscriber.id)
        ).first()
    if row is None:
        told.sends.append(Told(send.id or 0, send.status))
        told.sentences.append(_absence(send, subscriber))
        return
    delivery, language = row
    told.sends.append(
        Told(
            send.id or 0,
            send.status,
            language,
            delivery.status,
            delivery.attempts,
            delivery.code,
            delivery.detail,
            delivery.remote_id,
        )
    )
    told.sentences.append(f"Send {send.id}: {_state(send, delivery)} Edition: {language}.")


def _forcing(session: Session, send: Send) -> list[str]:
    query = select(Event).where(Event.send_id == send.id, Event.kind == EventKind.FORCED)
    return [
        f"Send {send.id} was forced{_on(event.at)} though {event.content['checks']} failed: "
        f"{event.content['reason']}."
        for event in session.exec(query)
    ]


def _consent(subscriber: Subscriber) -> str:
    match subscriber.status:
        case SubscriberStatus.ACTIVE:
            since = subscriber.confirmed_at or subscriber.created_at
            return f"Subscriber {subscriber.id} is active since {_at(since)}."
        case SubscriberStatus.PENDING:
            return f"Subscriber {subscriber.id} asked to subscribe and has not confirmed yet."
        case SubscriberStatus.UNSUBSCRIBED:
            return f"Subscriber {subscriber.id} unsubscribed{_on(subscriber.left_at)}."
        case SubscriberStatus.BOUNCED:
            return f"Subscriber {subscriber.id}: mail to this address bounced{_on(subscriber.left_at)}."
        case SubscriberStatus.COMPLAINED:
            return f"Subscriber {subscriber.id} reported our mail as unwanted{_on(subscriber.left_at)}."
        case _:
            assert_never(subscriber.status)


def _absence(send: Send, subscriber: Subscriber | None) -> str:
    who = f"Send {send.id}"
    if send.status is SendStatus.CANCELLED and send.planned is None:
        return f"{who} was cancelled before it started."
    if send.planned is None:
        return f"{who} is {send.status.value}, due {_at(send.due_at)}; who gets it is decided then."
    if send.audience is Audience.DISCORD:
        return f"{who} went to Discord channels only."
    if subscriber is None:
        return f"{who} started {_at(send.started_at)}; this address was not in its audience."
    joined = subscriber.confirmed_at or subscriber.created_at
    if send.started_at and joined > send.started_at:
        return (
            f"{who} started {_at(send.started_at)}, before this subscriber joined ({_at(joined)})."
        )
    return (
        f"{who} started {_at(send.started_at)}; this subscriber was not active then, "
        "so no copy was planned."
    )


def _state(send: Send, delivery: Delivery) -> str:  # noqa: PLR0911 - one sentence per state
    at, reply = _at(delivery.updated_at), _reply(delivery)
    match delivery.status:
        case DeliveryStatus.PENDING if send.status is SendStatus.PAUSED:
            return f"waiting, because the send is paused: {send.pause_reason}."
        case DeliveryStatus.PENDING:
            return f"waiting for its turn{reply}."
        case DeliveryStatus.SUBMITTING:
            return f"being handed over since {at}."
        case DeliveryStatus.SUBMITTED:
            return _submission(delivery)
        case DeliveryStatus.DEFERRED:
            return (
                f"refused for now at {at}{reply}; tried {_times(delivery.attempts)}, "
                f"next try {_at(delivery.retry_at)}."
            )
        case DeliveryStatus.FAILED:
            return f"refused for good at {at}{reply}, after {_times(delivery.attempts)}."
        case DeliveryStatus.SUPPRESSED:
            return f"left out at {at}{reply}."
        case DeliveryStatus.UNCERTAIN:
            return (
                f"nobody can say whether it arrived ({delivery.detail or 'no answer came'}, {at}). "
                f"Settle it with `paperround uncertain`."
            )
        case DeliveryStatus.CANCELLED:
            return f"cancelled at {at}, before it left."
        case _:
            assert_never(delivery.status)


def _submission(delivery: Delivery) -> str:
    at = _at(delivery.updated_at)
    if delivery.detail == DECIDED:
        return f"counted as submitted by the operator at {at}; nobody can say whether it arrived."
    return (
        f"the next server accepted it at {at}{_reply(delivery)}; what it did with it, this does not say. "
        f"Message-ID: {delivery.remote_id or 'not recorded'}."
    )


def _events(
    session: Session, subscriber: Subscriber, send_ids: list[int | None]
) -> list[dict[str, Any]]:
    ours = or_(
        col(Event.subscriber_id) == subscriber.id,
        (col(Event.send_id).in_(send_ids))
        & col(Event.delivery_id).is_(None)
        & col(Event.subscriber_id).is_(None),
    )
    of_this_issue = or_(col(Event.send_id).in_(send_ids), col(Event.send_id).is_(None))
    query = select(Event).where(ours, of_this_issue).order_by(col(Event.at), col(Event.id))
    return [
        {"at": event.at.isoformat(), "kind": event.kind.value, "source": event.source}
        | ({"send": event.send_id} if event.send_id else {})
        | _without_totals(event)
        for event in session.exec(query)
    ]


def _without_totals(event: Event) -> dict[str, Any]:
    return {} if event.kind is EventKind.FINISHED else dict(event.content)


def _reply(delivery: Delivery) -> str:
    words = " ".join(part for part in (delivery.code, delivery.detail) if part)
    return f" ({words})" if words else ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _on(at: datetime | None) -> str:
    return f" on {_at(at)}" if at else ""


def _at(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "at an unknown time"
