"""Finds authors by the beginning of any part of their name, the busiest first.

The vocabulary holds a term for every part of an author's name from which the rest goes on: *Jordan Hoffmann* is
found by `jordan`, `jordanh` and `hoff`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from storage.catalog import vocabulary
from storage.catalog.document import AUTHOR, author_token, titles
from storage.catalog.fulltext import Ask, holding_each
from storage.catalog.tokens import tokens
from storage.catalog.vocabulary import PERSON
from storage.tables import Entry, EntryPaper, Issue, Paper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlmodel import Session

MAX_PART = 40  # characters
MAX_PARTS = 5  # of a name, by which it is found
MAX_SORTED = 3_000  # terms among which the busiest are chosen
MAX_NEWEST = 10  # entries
MAX_READ = 4  # entries in which a name is looked for as it is written


def person_terms(authors: Sequence[Sequence[str]]) -> Iterator[str]:
    """Give the terms under which the authors of an entry are found, given as tokens."""
    for parts in authors:
        token = _token(parts)
        for start in range(min(len(parts), MAX_PARTS)):
            yield f"{PERSON}{''.join(parts[start:])[:MAX_PART]} {token.removeprefix(AUTHOR)}"


def people(session: Session, typed: str, limit: int, *, drafts: bool) -> list[str]:
    """Give the names of authors of whose name a part begins with what was typed, as they are written.

    Where nothing is typed, those of the newest entries.
    """
    start = "".join(tokens(typed))[:MAX_PART]
    if not start:
        newest = select(Entry.id).order_by(col(Entry.id).desc()).limit(MAX_NEWEST)
        return list(_written(session, session.exec(newest).all(), drafts=drafts).values())[:limit]
    found = vocabulary.beginning(session, PERSON + start, 2 * limit, within=MAX_SORTED)
    wanted = list(dict.fromkeys(AUTHOR + term.partition(" ")[2] for term, _ in found))[:limit]
    entries = holding_each(session, [Ask("words", ([(t,)],), MAX_READ) for t in wanted])
    written = _written(session, [e for own in entries for e in own], drafts=drafts)
    return [written[token] for token in wanted if token in written]


def _token(parts: Sequence[str]) -> str:
    return author_token(" ".join(parts))


def _written(session: Session, entry_ids: Sequence[int | None], *, drafts: bool) -> dict[str, str]:
    """Read how the authors of entries are written; by token."""
    query = (
        select(Entry.authors, Paper.authors)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .join(EntryPaper, col(EntryPaper.entry_id) == Entry.id, isouter=True)
        .join(Paper, col(Paper.id) == EntryPaper.paper_id, isouter=True)
        .where(col(Entry.id).in_(entry_ids))
        .order_by(col(Entry.id).desc())
    )
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    names = (n for own, works in session.exec(query) for n in (*own, *(works or ())))
    written: dict[str, str] = {}
    for name in names:
        plain = name.isascii() and "-" not in name  # then it need not be cut
        written.setdefault(author_token(name) if plain else _token(titles(name)), name)
    return written
