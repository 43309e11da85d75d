"""Keeps the vectors of what entries mean, one for each entry and model; they come from outside."""

from __future__ import annotations

import hashlib
import math
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, text
from sqlmodel import col, func, select

from storage.errors import StorageError
from storage.listing import ListQuery
from storage.tables import Entry, EntryPaper, Issue, Paper

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlmodel import Session

HASH_LENGTH = 32  # hexadecimal digits

_HASHES = ListQuery(
    "SELECT entry_id, text_hash FROM search_meaning WHERE model = :m AND entry_id {ids}", "ids"
)


class DimensionsError(StorageError):
    """A model gives vectors of another length than it did."""

    def __init__(self, model: str, kept: int, given: int) -> None:
        super().__init__(
            f"The model {model} gives vectors of {given} numbers, but those in the store have {kept}. "
            "Make them anew: paperround embed --anew"
        )


class Speech(NamedTuple):
    """What an entry says, as its editor wrote it."""

    entry_id: int
    names: tuple[str, ...]  # titles of its papers, or its heading
    why: str  # Markdown
    insights: str  # Markdown


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vector of an entry's text."""

    entry_id: int
    text_hash: str
    vector: Sequence[float]


def speeches(session: Session, *, after: int, limit: int) -> list[Speech]:
    """Read what entries say, in the order of their ids, from the first id greater than `after`."""
    entries = session.exec(
        select(Entry).where(col(Entry.id) > after).order_by(col(Entry.id)).limit(limit)
    ).all()
    titles: dict[int, list[str]] = {}
    for entry_id, title in session.exec(
        select(EntryPaper.entry_id, Paper.title)
        .join(Paper, col(Paper.id) == EntryPaper.paper_id)
        .where(col(EntryPaper.entry_id).in_([e.id for e in entries]))
        .order_by(col(EntryPaper.entry_id), col(EntryPaper.position))
    ):
        titles.setdefault(entry_id, []).append(title)
    return [
        Speech(own, _names(e.title, titles.get(own, [])), e.why, e.insights)
        for e in entries
        if (own := e.id) is not None
    ]


def _names(heading: str | None, titles: Sequence[str]) -> tuple[str, ...]:
    return tuple(titles) or ((heading,) if heading else ())


def all_entries(session: Session) -> tuple[int, datetime | None]:
    """Count the entries and say when an issue last changed; as long as both stay, there is nothing to embed."""
    entries = session.exec(select(func.count()).select_from(Entry)).one()
    return entries, session.exec(select(func.max(Issue.updated_at))).one()


def text_hash(said: str) -> str:
    """Give what tells whether a text is still the one that was embedded."""
    return hashlib.sha256(said.encode()).hexdigest()[:HASH_LENGTH]


def hashes(session: Session, model: str, entry_ids: Collection[int]) -> dict[int, str]:
    """Give the hashes of the texts of which a model's vectors are kept, by entry."""
    return dict(_HASHES.ask(session, m=model, ids=entry_ids))


def keep(session: Session, model: str, embedded: Sequence[Embedded]) -> None:
    """Keep vectors, in the place of those the entries had; an entry that is gone is passed over.

    Raises:
        DimensionsError: The model's other vectors are of another length.
    """
    if not embedded:
        return
    _forget(session, model, [e.entry_id for e in embedded])
    query = text("SELECT dimensions FROM search_meaning WHERE model = :m LIMIT 1")
    kept, given = session.scalar(query, {"m": model}), len(embedded[0].vector)
    if kept is not None and kept != given:
        raise DimensionsError(model, kept, given)
    session.execute(
        text(
            "INSERT INTO search_meaning (entry_id, model, dimensions, text_hash, vector) "
            "SELECT id, :m, :d, :h, :v FROM entry WHERE id = :e ON CONFLICT DO NOTHING"
        ),
        [
            {"e": e.entry_id, "m": model, "d": given, "h": e.text_hash, "v": _packed(e.vector)}
            for e in embedded
        ],
    )


def forget(session: Session, model: str) -> None:
    """Remove a model's vectors."""
    session.execute(text("DELETE FROM search_meaning WHERE model = :m"), {"m": model})


def forget_others(session: Session, model: str) -> None:
    """Remove the vectors of every other model."""
    session.execute(text("DELETE FROM search_meaning WHERE model <> :m"), {"m": model})


def _forget(session: Session, model: str, entry_ids: Sequence[int]) -> None:
    query = text("DELETE FROM search_meaning WHERE model = :m AND entry_id IN :ids")
    session.execute(
        query.bindparams(bindparam("ids", expanding=True)), {"m": model, "ids": list(entry_ids)}
    )


def _packed(vector: Sequence[float]) -> bytes:
    """Give a vector of length 1 as float32, the lowest byte first."""
    length = math.hypot(*vector) or 1.0
    numbers = array("f", (x / length for x in vector))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
