"""Appends to the record of what happened; no row of it is ever changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import insert

from storage.bulk import columns_of, execute_many, table_of
from storage.tables import Event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from storage.enums import EventKind

_APPEND: Final = insert(table_of(Event))


class Happening(NamedTuple):
    """One event before it is appended."""

    kind: EventKind
    at: datetime
    delivery_id: int | None = None
    send_id: int | None = None
    subscriber_id: int | None = None
    channel_id: int | None = None
    source: str = ""
    content: dict[str, Any] | None = None


def append(session: Session, *happenings: Happening) -> None:
    """Append events in the order given, in one round trip, within the caller's transaction."""
    append_all(session, happenings)


def append_all(session: Session, happenings: Sequence[Happening]) -> None:
    """Append any number of events in one round trip, within the caller's transaction."""
    if not happenings:
        return
    columns = columns_of(happenings)
    columns["content"] = [it or {} for it in columns["content"]]
    execute_many(session.connection(), _APPEND, columns)
