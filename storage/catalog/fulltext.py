"""Ranks entries by the words and character n-grams of a question, on SQLite's FTS5 and PostgreSQL's tsvector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

MAX_TERMS = 24
TITLE_WEIGHT = 4.0  # against 1.0 for the body


def with_words(
    session: Session, terms: Sequence[str], *, every: bool, limit: int = 50
) -> list[tuple[int, float]]:
    """Find entries that hold every word, or some; gives (entry id, rank), best first, ranks from 0 up."""
    return _ranked(
        session, list(dict.fromkeys(terms))[:MAX_TERMS], "words", every=every, limit=limit
    )


def with_grams(
    session: Session, terms: Sequence[str], *, every: bool, limit: int = 50
) -> list[tuple[int, float]]:
    """Find entries that hold every character n-gram, or some; gives (entry id, rank), best first."""
    return _ranked(
        session, list(dict.fromkeys(terms))[:MAX_TERMS], "grams", every=every, limit=limit
    )


def _ranked(
    session: Session, terms: list[str], column: str, *, every: bool, limit: int
) -> list[tuple[int, float]]:
    if not terms:
        return []
    if session.get_bind().dialect.name == "sqlite":
        joint = " AND " if every else " OR "
        columns = "{title body}" if column == "words" else "{grams}"
        match = f"{columns} : ({joint.join(_quoted(t) for t in terms)})"
        statement = text(
            "SELECT rowid AS entry_id, -bm25(search_text, :weight, 1.0, 1.0) AS rank "
            "FROM search_text WHERE search_text MATCH :match ORDER BY rank DESC, rowid LIMIT :limit"
        )
        values: dict[str, object] = {"match": match, "weight": TITLE_WEIGHT, "limit": limit}
    else:
        joint = " & " if every else " | "
        statement = text(
            f"SELECT rowid AS entry_id, ts_rank({column}, q, 1) AS rank "  # noqa: S608 - one of two words of ours
            f"FROM search_text, to_tsquery('simple', :match) AS q WHERE {column} @@ q "
            "ORDER BY rank DESC, rowid LIMIT :limit"
        )
        values = {"match": joint.join(f"'{t}'" for t in terms), "limit": limit}
    return [(row.entry_id, float(row.rank)) for row in session.execute(statement, values)]


def _quoted(term: str) -> str:
    # Terms come from the tokenizer and hold letters and digits only; quotes keep FTS5's own words plain.
    return f'"{term}"'
