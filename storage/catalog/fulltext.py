"""Asks the index which entries hold a word, on SQLite's FTS5 and on PostgreSQL's tsvector.

The databases answer yes or no; the order of the answers is made in `score`, so that it is the same on both.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from storage.catalog.document import Document

Column = Literal["words", "names", "grams"]
Phrase = tuple[str, ...]  # tokens that must all be there
SOON = 2_000  # entries to look through; by their index as many are found in about the same time
_AT_ONCE = 100  # questions in one statement
# Before a token on SQLite, where one list holds them all: a name's words are then found without the postings of
# the same words in texts, which are many times as long.
_SIGNS: dict[Column, str] = {"words": "", "names": "##", "grams": "^^"}
# PostgreSQL counts frequent words alone. It takes any other for one of every two hundred entries, and would look for
# the newest of them through the whole table; it cannot where the order is that of a sum.
_BY_INDEX = "rowid + 0"


def holding(
    session: Session,
    column: Column,
    groups: Sequence[Sequence[Phrase]],
    *,
    limit: int | None,
    common: bool = False,
) -> list[int]:
    """Find entries that hold, of every group, at least one phrase; newest first.

    Args:
        session: A session for reading.
        column: Which tokens to look at.
        groups: Alternatives, each a phrase of tokens that must all be there.
        limit: At most so many entries; None for all, where they cannot be many.
        common: Whether so many entries hold it that the newest are soon met by going backwards through them all.
    """
    return holding_each(session, [Ask(column, groups, limit, common=common)])[0]


def is_common(limit: int, entries: float, total: float) -> bool:
    """Tell whether the newest entries of a question are soon met, where so many of all hold it."""
    return limit * total <= SOON * entries


class Ask(NamedTuple):
    """One question among several: of every group at least one phrase, in a column.

    Attributes:
        column: Which tokens to look at.
        groups: Alternatives; of each there must be one.
        limit: The newest so many; None for all.
        common: Whether so many entries hold it that the newest are soon met by going backwards through them all.
    """

    column: Column
    groups: Sequence[Sequence[Phrase]]
    limit: int | None
    common: bool = False


def holding_each(session: Session, asks: Sequence[Ask]) -> list[list[int]]:
    """Answer several questions in one round trip; each answer as of `holding`."""
    found: list[list[int]] = [[] for _ in asks]
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    statements: list[str] = []
    values: list[tuple[str, str]] = []
    for n, ask in enumerate(asks):
        if not (groups := [group for group in ask.groups if group]):
            continue
        statements.append(_asking(n, ask, on_sqlite=on_sqlite))
        values.append((f"m{n}", _match(ask.column, groups, on_sqlite=on_sqlite)))
    for start in range(0, len(statements), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        every = text(" UNION ALL ".join(statements[some]))
        for n, held in session.execute(every, dict(values[some])).all():
            found[n] = _newest_first(held)
    return found


def _asking(n: int, ask: Ask, *, on_sqlite: bool) -> str:
    """Write a question that gives one row: its number, and the entries as one value, for thousands of rows are dear."""
    held = f"search_text MATCH :m{n}" if on_sqlite else f"{ask.column} @@ CAST(:m{n} AS tsquery)"
    # Going through postings backwards takes SQLite a third longer.
    order = "rowid" if on_sqlite or ask.common else _BY_INDEX
    which = "" if ask.limit is None else f"ORDER BY {order} DESC LIMIT {ask.limit:d}"
    together = "json_group_array" if on_sqlite else "array_agg"
    return (
        f"SELECT {n} AS ask, {together}(entry_id) AS held FROM "  # noqa: S608 - words of ours
        f"(SELECT rowid AS entry_id FROM search_text WHERE {held} {which}) AS held{n}"
    )


def _newest_first(held: str | list[int] | None) -> list[int]:
    """Read the entries of an answer: SQLite gives them as JSON, PostgreSQL as an array, or nothing."""
    entry_ids = json.loads(held) if isinstance(held, str) else held
    return sorted(entry_ids or (), reverse=True)


def write(session: Session, documents: Mapping[int, Document]) -> None:
    """Put the documents of entries into the index."""
    if session.get_bind().dialect.name == "sqlite":
        statement = text("INSERT INTO search_text (rowid, tokens) VALUES (:e, :tokens)")
        rows = [{"e": e, "tokens": _signed(document)} for e, document in documents.items()]
    else:
        values = ", ".join(f"array_to_tsvector(CAST(:{column} AS text[]))" for column in _SIGNS)
        statement = text(
            f"INSERT INTO search_text (rowid, words, names, grams) VALUES (:e, {values})"  # noqa: S608 - words of ours
        )
        rows = [
            {"e": e, **dict(zip(_SIGNS, document.indexed(), strict=True))}
            for e, document in documents.items()
        ]
    session.execute(statement, rows)


def erase(session: Session, entry_id: int, document: Document) -> None:
    """Take an entry's document out of the index; it must be the one that was written."""
    if session.get_bind().dialect.name == "sqlite":
        # A table without content forgets a row only when told what was in it (FTS5 §4.4.2).
        session.execute(
            text(
                "INSERT INTO search_text (search_text, rowid, tokens) VALUES ('delete', :e, :tokens)"
            ),
            {"e": entry_id, "tokens": _signed(document)},
        )
    else:
        session.execute(text("DELETE FROM search_text WHERE rowid = :e"), {"e": entry_id})


def erase_all(session: Session) -> None:
    """Empty the index."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO search_text (search_text) VALUES ('delete-all')"))
    else:
        session.execute(text("DELETE FROM search_text"))


def _signed(document: Document) -> str:
    """Give the tokens of a document as SQLite keeps them."""
    columns = zip(_SIGNS.values(), document.indexed(), strict=True)
    return " ".join(sign + token for sign, tokens in columns for token in tokens)


def _match(column: Column, groups: Sequence[Sequence[Phrase]], *, on_sqlite: bool) -> str:
    """Write the question in the database's own way."""
    if on_sqlite:
        return _joined(groups, " AND ", " OR ", ('"' + _SIGNS[column], '"'))
    return _joined(groups, " & ", " | ", ("'", "'"))


def _joined(
    groups: Sequence[Sequence[Phrase]], every: str, either: str, quotes: tuple[str, str]
) -> str:
    # Tokens come from the tokenizer: letters, digits and our own marks, never a quote or an operator.
    return every.join(
        "("
        + either.join(
            "(" + every.join(token.join(quotes) for token in phrase) + ")" for phrase in group
        )
        + ")"
        for group in groups
    )
