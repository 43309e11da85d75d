"""Writes what became of hand-offs: deliveries and events in one transaction, many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import bindparam, func, or_, update
from sqlmodel import col, select

from storage.bulk import columns_of, execute_many, table_of
from storage.enums import ChannelStatus, DeliveryStatus, EventKind, SubscriberStatus
from storage.events import Happening, append_all
from storage.tables import Channel, Delivery, Event, Subscriber

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

_CODE_LENGTH, _DETAIL_LENGTH, _REMOTE_LENGTH = 40, 500, 200

# An outcome may still replace these; what is final stays.
_REPLACEABLE = (
    DeliveryStatus.PENDING,
    DeliveryStatus.SUBMITTING,
    DeliveryStatus.DEFERRED,
    DeliveryStatus.UNCERTAIN,
)

_deliveries = table_of(Delivery)
_OUTCOME: Final = (
    update(_deliveries)
    .where(
        _deliveries.c.id == bindparam("of"),
        # Spelled out: a list of values cannot be bound for many rows at once.
        or_(*(_deliveries.c.status == status for status in _REPLACEABLE)),
        # Where the answer to a commit was lost, the same group comes again, of the same moment, perhaps
        # while the first commit is still under way.
        or_(_deliveries.c.attempts == 0, _deliveries.c.updated_at != bindparam("now")),
    )
    .values(
        status=bindparam("to"),
        attempts=_deliveries.c.attempts + bindparam("tries"),
        retry_at=bindparam("again"),
        code=bindparam("reply"),
        detail=bindparam("words"),
        remote_id=func.coalesce(bindparam("remote"), _deliveries.c.remote_id),
        updated_at=bindparam("now"),
    )
)


class Record(NamedTuple):
    """Where a delivery stands from now on, and why."""

    delivery_id: int
    send_id: int
    status: DeliveryStatus
    event: EventKind | None
    subscriber_id: int | None = None
    channel_id: int | None = None
    tries: int = 1  # hand-offs that this record speaks of
    retry_at: datetime | None = None
    code: str | None = None
    detail: str | None = None
    remote_id: str | None = None
    address_is_dead: bool = False
    channel_is_broken: bool = False


def record(
    session: Session, records: Sequence[Record], now: datetime, source: str, *, again: bool = False
) -> None:
    """Write a group of outcomes with their events; one that stands there, of the same moment, is left as it is.

    Args:
        session: An open transaction.
        records: The outcomes.
        now: Their moment.
        source: Who says so.
        again: Whether they may have been written before, and others after them.
    """
    if again:
        known = _told_of(session, [it.delivery_id for it in records], now, source)
        records = [it for it in records if it.delivery_id not in known]
    if not records:
        return
    of = columns_of(records)
    changed = execute_many(
        session.connection(),
        _OUTCOME,
        {
            "of": of["delivery_id"],
            "to": of["status"],
            "tries": of["tries"],
            "again": of["retry_at"],
            "reply": _cut(of["code"], _CODE_LENGTH),
            "words": _cut(of["detail"], _DETAIL_LENGTH),
            "remote": _cut(of["remote_id"], _REMOTE_LENGTH),
        },
        now=now,
    )
    if changed < len(records):
        known = _told_of(session, of["delivery_id"], now, source)
        records = [it for it in records if it.delivery_id not in known]
    append_all(session, [_event(it, it.event, now, source) for it in records if it.event])
    _stop_writing_to_the_dead(session, [it for it in records if it.address_is_dead], now, source)
    _mark_broken(session, [it for it in records if it.channel_is_broken], now, source)


def first_deferrals(session: Session, delivery_ids: Sequence[int]) -> dict[int, datetime]:
    """Tell since when each of these deliveries is being retried."""
    if not delivery_ids:
        return {}
    query = (
        select(Event.delivery_id, func.min(Event.at))
        .where(col(Event.delivery_id).in_(delivery_ids), Event.kind == EventKind.DEFERRED)
        .group_by(col(Event.delivery_id))
    )
    return {delivery_id: at for delivery_id, at in session.exec(query) if delivery_id is not None}


def _told_of(
    session: Session, delivery_ids: Sequence[int], now: datetime, source: str
) -> set[int | None]:
    query = select(Event.delivery_id).where(
        col(Event.delivery_id).in_(delivery_ids), Event.at == now, Event.source == source
    )
    return set(session.exec(query))


def _event(it: Record, kind: EventKind, now: datetime, source: str) -> Happening:
    content = {}
    if it.code is not None:
        content["code"] = it.code
    if it.detail is not None:
        content["detail"] = it.detail[:_DETAIL_LENGTH]
    if it.remote_id is not None:
        content["remote_id"] = it.remote_id
    if it.retry_at is not None:
        content["retry_at"] = it.retry_at.isoformat()
    return Happening(
        kind, now, it.delivery_id, it.send_id, it.subscriber_id, it.channel_id, source, content
    )


def _stop_writing_to_the_dead(
    session: Session, records: Sequence[Record], now: datetime, source: str
) -> None:
    if not records:
        return
    session.connection().execute(
        update(Subscriber)
        .where(
            col(Subscriber.id).in_([it.subscriber_id for it in records]),
            col(Subscriber.status) == SubscriberStatus.ACTIVE,
        )
        .values(status=SubscriberStatus.BOUNCED, left_at=now)
    )
    append_all(session, [_event(it, EventKind.BOUNCED, now, source) for it in records])


def _mark_broken(session: Session, records: Sequence[Record], now: datetime, source: str) -> None:
    for it in records:
        session.connection().execute(
            update(Channel)
            .where(col(Channel.id) == it.channel_id, col(Channel.status) == ChannelStatus.ACTIVE)
            .values(status=ChannelStatus.BROKEN, broken_reason=_cut([it.detail], _DETAIL_LENGTH)[0])
        )
    append_all(session, [_event(it, EventKind.BROKEN, now, source) for it in records])


def _cut(texts: Sequence[str | None], length: int) -> list[str | None]:
    return [text and text[:length] for text in texts]
