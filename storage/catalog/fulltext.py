"""Asks the index which entries hold a word, on SQLite's FTS5 and on PostgreSQL's tsvector.

The databases answer yes or no; the order of the answers is made in `score`, so that it is the same on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from storage.catalog.document import Document

Column = Literal["words", "names", "grams"]
Phrase = tuple[str, ...]  # tokens that must all be there
_AT_ONCE = 100  # questions in one statement


def holding(
    session: Session,
    column: Column,
    groups: Sequence[Sequence[Phrase]],
    *,
    limit: int,
) -> list[int]:
    """Find entries that hold, of every group, at least one phrase; newest first.

    Args:
        session: A session for reading.
        column: Which tokens to look at.
        groups: Alternatives, each a phrase of tokens that must all be there.
        limit: At most so many entries.
    """
    asked = [group for group in groups if group]
    if not asked:
        return []
    if session.get_bind().dialect.name == "sqlite":
        match = "{" + column + "} : (" + _joined(asked, " AND ", " OR ", '"') + ")"
        statement = text(
            "SELECT rowid AS entry_id FROM search_text WHERE search_text MATCH :match "
            "ORDER BY rowid DESC LIMIT :limit"
        )
    else:
        match = _joined(asked, " & ", " | ", "'")
        statement = text(
            "SELECT rowid AS entry_id FROM search_text "  # noqa: S608 - one of three words of ours
            f"WHERE {column} @@ CAST(:match AS tsquery) ORDER BY rowid DESC LIMIT :limit"
        )
    return list(session.scalars(statement, {"match": match, "limit": limit}))


class Ask(NamedTuple):
    """One question among several: of every group at least one phrase, in a column; the newest entries."""

    column: Column
    groups: tuple[Sequence[Phrase], ...]
    limit: int


def holding_each(session: Session, asks: Sequence[Ask]) -> list[list[int]]:
    """Answer several questions in one round trip; each answer as of `holding`."""
    found: list[list[int]] = [[] for _ in asks]
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    parts: list[str] = []
    values: dict[str, object] = {}
    for n, ask in enumerate(asks):
        if on_sqlite:
            held = f"search_text MATCH :m{n}"
            values[f"m{n}"] = (
                "{" + ask.column + "} : (" + _joined(ask.groups, " AND ", " OR ", '"') + ")"
            )
        else:
            held = f"{ask.column} @@ CAST(:m{n} AS tsquery)"
            values[f"m{n}"] = _joined(ask.groups, " & ", " | ", "'")
        parts.append(
            f"SELECT * FROM (SELECT {n} AS ask, rowid AS entry_id FROM search_text WHERE {held} "  # noqa: S608 - words of ours
            f"ORDER BY rowid DESC LIMIT {ask.limit}) AS a{n}"
        )
    for start in range(0, len(parts), _AT_ONCE):
        together = parts[start : start + _AT_ONCE]
        some = {f"m{n}": values[f"m{n}"] for n in range(start, start + len(together))}
        for row in session.execute(text(" UNION ALL ".join(together)), some):
            found[row.ask].append(row.entry_id)
    return found


def write(session: Session, documents: Mapping[int, Document]) -> None:
    """Put the documents of entries into the index."""
    rows: list[dict[str, object]] = []
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    for entry_id, document in documents.items():
        columns = dict(zip(("words", "names", "grams"), document.indexed(), strict=True))
        texts = {name: " ".join(found) if on_sqlite else found for name, found in columns.items()}
        rows.append({"e": entry_id, **texts})
    if on_sqlite:
        values = ":words, :names, :grams"
    else:
        values = ", ".join(
            f"array_to_tsvector(CAST(:{name} AS text[]))" for name in ("words", "names", "grams")
        )
    statement = text(f"INSERT INTO search_text (rowid, words, names, grams) VALUES (:e, {values})")  # noqa: S608
    session.execute(statement, rows)


def erase(session: Session, entry_id: int, document: Document) -> None:
    """Take an entry's document out of the index; it must be the one that was written."""
    if session.get_bind().dialect.name == "sqlite":
        # A table without content forgets a row only when told what was in it (FTS5 §4.4.2).
        words, names, grams = (" ".join(found) for found in document.indexed())
        session.execute(
            text(
                "INSERT INTO search_text (search_text, rowid, words, names, grams) "
                "VALUES ('delete', :e, :words, :names, :grams)"
            ),
            {"e": entry_id, "words": words, "names": names, "grams": grams},
        )
    else:
        session.execute(text("DELETE FROM search_text WHERE rowid = :e"), {"e": entry_id})


def erase_all(session: Session) -> None:
    """Empty the index."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO search_text (search_text) VALUES ('delete-all')"))
    else:
        session.execute(text("DELETE FROM search_text"))


def _joined(groups: Sequence[Sequence[Phrase]], every: str, either: str, quote: str) -> str:
    # Tokens come from the tokenizer: letters, digits and our own marks, never a quote or an operator.
    return every.join(
        "("
        + either.join(
            "(" + every.join(f"{quote}{token}{quote}" for token in phrase) + ")" for phrase in group
        )
        + ")"
        for group in groups
    )
