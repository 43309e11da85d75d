"""Freezes an audience into deliveries and batches with set-based SQL; a million readers take seconds."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, literal, or_, select

from storage.enums import BatchStatus, ChannelStatus, DeliveryStatus, Medium, SubscriberStatus
from storage.errors import StorageError
from storage.tables import Batch, Channel, Delivery, Subscriber
from storage.tables.columns import UtcDateTime, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table
    from sqlmodel import Session

BATCH_SIZE = 500

_PLANNING_LOCK = 0x706C616E  # PostgreSQL's advisory lock of whoever plans a send


@dataclass(frozen=True, slots=True)
class Share:
    """The part of an audience that gets one edition by one medium."""

    send_id: int
    issue_id: int  # the edition
    medium: Medium
    languages: Sequence[str]  # of its recipients
    start_at: datetime
    zones: Sequence[str | None] | None = None  # of its recipients; None: of all zones


def snapshot(session: Session) -> None:
    """Let every query of this transaction see one moment, and let no other plan meanwhile.

    Must come before the first query. SQLite gives both by itself: only one transaction writes at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        connection = session.connection()
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(select(func.pg_advisory_xact_lock(_PLANNING_LOCK)))


def count_languages(session: Session, medium: Medium) -> dict[str, int]:
    """Count the active recipients of a medium by their language."""
    table, active = _recipients(medium)
    query = select(table.c.language, func.count()).where(*active).group_by(table.c.language)
    return {row[0]: row[1] for row in session.connection().execute(query)}


def count_zones(session: Session) -> dict[str | None, int]:
    """Count the active readers by their time zone; None where it is not known."""
    people, active = _recipients(Medium.EMAIL)
    query = select(people.c.zone, func.count()).where(*active).group_by(people.c.zone)
    return {row[0]: row[1] for row in session.connection().execute(query)}


def freeze(session: Session, share: Share) -> int:
    """Make a delivery for every active recipient of a share, in batches; count them."""
    table, active = _recipients(share.medium)
    chosen = [*active, table.c.language.in_(share.languages)]
    if share.zones is not None:
        named = [zone for zone in share.zones if zone is not None]
        unknown = table.c.zone.is_(None)
        here = table.c.zone.in_(named)
        chosen.append(or_(here, unknown) if None in share.zones else here)
    connection = session.connection()
    count = connection.execute(select(func.count()).select_from(table).where(*chosen)).scalar_one()
    if count == 0:
        return 0
    place = func.row_number().over(order_by=table.c.id) - 1
    rows = select(
        literal(share.send_id),
        _first_of(session, share, count) + place // BATCH_SIZE,
        table.c.id,
        literal(DeliveryStatus.PENDING, words(DeliveryStatus)),
        literal(0),
        literal(share.start_at, UtcDateTime),
    ).where(*chosen)
    recipient = "subscriber_id" if share.medium is Medium.EMAIL else "channel_id"
    names = ["send_id", "batch_id", recipient, "status", "attempts", "updated_at"]
    connection.execute(insert(Delivery).from_select(names, rows))
    return count


def _recipients(medium: Medium) -> tuple[Table, list[ColumnElement[bool]]]:
    match medium:
        case Medium.EMAIL:
            people = _table(Subscriber)
            active = people.c.status == SubscriberStatus.ACTIVE
            return people, [active, people.c.address.is_not(None)]
        case Medium.DISCORD:
            channels = _table(Channel)
            return channels, [channels.c.status == ChannelStatus.ACTIVE]


def _first_of(session: Session, share: Share, count: int) -> int:
    """Add the batches of a share; give the id of the first, which the others follow without a gap.

    A join over the batches' ordinals would need no such order, but takes SQLite half a minute.
    """
    connection = session.connection()
    connection.execute(insert(Batch), _batches(share, count))
    ids = _table(Batch).c
    first, last, total = connection.execute(
        select(func.min(ids.id), func.max(ids.id), func.count()).where(
            ids.send_id == share.send_id,
            ids.issue_id == share.issue_id,
            ids.medium == share.medium,
            ids.start_at == share.start_at,
        )
    ).one()
    if last - first + 1 != total:
        raise StorageError(
            f"The batches of send {share.send_id} have gaps in their ids ({first} to {last}, {total}); "
            "nothing was planned. Let only Paperround write to the table batch."
        )
    return int(first)


def _batches(share: Share, count: int) -> list[dict[str, Any]]:
    return [
        {
            "send_id": share.send_id,
            "issue_id": share.issue_id,
            "medium": share.medium,
            "status": BatchStatus.PENDING,
            "size": min(BATCH_SIZE, count - n * BATCH_SIZE),
            "start_at": share.start_at,
        }
        for n in range(ceil(count / BATCH_SIZE))
    ]


def _table(model: Any) -> Table:  # noqa: ANN401 - SQLModel does not type its tables
    table: Table = model.__table__
    return table
