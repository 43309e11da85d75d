"""Freezes an audience into deliveries and batches with set-based SQL; a million readers take seconds."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, literal, select

from storage.enums import BatchStatus, ChannelStatus, DeliveryStatus, Medium, SubscriberStatus
from storage.tables import Batch, Channel, Delivery, Subscriber
from storage.tables.columns import UtcDateTime, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table
    from sqlmodel import Session

BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class Share:
    """The part of an audience that gets one edition by one medium."""

    send_id: int
    issue_id: int  # the edition
    medium: Medium
    languages: Sequence[str]  # of its recipients
    start_at: datetime


def snapshot(session: Session) -> None:
    """Let every query of this transaction see one moment; must come before the first of them.

    SQLite gives that by itself, since only one transaction writes at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def count_languages(session: Session, medium: Medium) -> dict[str, int]:
    """Count the active recipients of a medium by their language."""
    table, active = _recipients(medium)
    query = select(table.c.language, func.count()).where(*active).group_by(table.c.language)
    return {row[0]: row[1] for row in session.connection().execute(query)}


def freeze(session: Session, share: Share) -> int:
    """Make a delivery for every active recipient of a share, in batches; count them."""
    table, active = _recipients(share.medium)
    chosen = [*active, table.c.language.in_(share.languages)]
    connection = session.connection()
    count = connection.execute(select(func.count()).select_from(table).where(*chosen)).scalar_one()
    if count == 0:
        return 0
    connection.execute(insert(Batch), _batches(share, count))
    people = select(table.c.id, (_place(table) // BATCH_SIZE).label("n")).where(*chosen).subquery()
    batch = _table(Batch)
    batches = (
        select(batch.c.id, _place(batch).label("n"))
        .where(
            batch.c.send_id == share.send_id,
            batch.c.issue_id == share.issue_id,
            batch.c.medium == share.medium,
        )
        .subquery()
    )
    rows = select(
        literal(share.send_id),
        batches.c.id,
        people.c.id,
        literal(DeliveryStatus.PENDING, words(DeliveryStatus)),
        literal(0),
        literal(share.start_at, UtcDateTime),
    ).join_from(people, batches, people.c.n == batches.c.n)
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


def _place(table: Table) -> ColumnElement[int]:
    return func.row_number().over(order_by=table.c.id) - 1


def _table(model: Any) -> Table:  # noqa: ANN401 - SQLModel does not type its tables
    table: Table = model.__table__
    return table
