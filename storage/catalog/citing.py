"""Finds how entries are tied by what they point at: one cites the other, or both cite the same work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlmodel import col, select

from storage.catalog.naming import ADDRESS, ARXIV, DOI, MAX_KEY, Kind
from storage.listing import ListQuery
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Paper

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlmodel import Session

POINTING = (Kind.RELATED, Kind.CITED)
MAX_WORKS = 40  # that one entry points at and that are looked up
MAX_SHARING = 200  # entries that point at one work

_POINTED_AT = ListQuery(
    "SELECT key, label FROM search_name WHERE entry_id {ids} AND kind {kinds} ORDER BY id",
    "ids",
    "kinds",
)


@dataclass(slots=True)
class Ties:
    """Entries that are tied to some papers by citations."""

    cited: dict[int, int] = field(default_factory=dict)  # entry → the paper of it that is cited
    citing: set[int] = field(default_factory=set)
    sharing: dict[int, dict[str, int]] = field(default_factory=dict)
    # entry → title of the work that both point at → how many other entries do


def ties(session: Session, entry_ids: Collection[int], papers: Sequence[Paper]) -> Ties:
    """Find what cites these papers, what their entries cite, and what cites the same; newest first in each."""
    own = {key for paper in papers for key in _keys(paper)}
    works = {k: label for k, label in _works(session, entry_ids).items() if k not in own}
    found = Ties()
    known = _papers_with(session, works)
    for row in _entries_of(session, set(known.values()) - {p.id for p in papers}):
        found.cited.setdefault(row.entry_id, row.paper_id)
    found.citing = {entry for _, entry in _pointing_at(session, own, newest=True)} - set(entry_ids)
    _share(session, entry_ids, {k: w for k, w in works.items() if k not in known}, found)
    return found


def _share(
    session: Session, entry_ids: Collection[int], works: dict[str, str], found: Ties
) -> None:
    by_work: dict[str, set[int]] = {}
    by_title: set[int] = set()
    for key, entry in _pointing_at(session, sorted(works, key=_is_identifier)):
        # An identifier counts for nothing where a title is shared too: both are of one work.
        if entry not in entry_ids and not (_is_identifier(key) and entry in by_title):
            by_work.setdefault(works[key], set()).add(entry)
            by_title.update([] if _is_identifier(key) else [entry])
    for title, entries in by_work.items():
        for entry in entries:
            found.sharing.setdefault(entry, {})[title] = len(entries)


def _keys(paper: Paper) -> list[str]:
    keys = [name_key(paper.title)[:MAX_KEY]]
    keys += [ARXIV + paper.arxiv] if paper.arxiv else []
    return keys + ([DOI + paper.doi] if paper.doi else [])


def _is_identifier(key: str) -> bool:
    return key.startswith((ARXIV, DOI))


def _works(session: Session, entry_ids: Collection[int]) -> dict[str, str]:
    """Give the works that entries point at: key and title; an identifier's title where it is known."""
    rows = _POINTED_AT.ask(session, ids=entry_ids, kinds=(kind.value for kind in POINTING))
    titles = {
        f"{ARXIV}{work['arxiv']}": work["title"]
        for related in session.exec(select(Entry.related).where(col(Entry.id).in_(entry_ids)))
        for work in related
        if work.get("arxiv") and work.get("title")
    }
    works: dict[str, str] = {}
    for key, label in rows:
        # The part before a colon is a key too, but too little to say that two works are one.
        if _is_identifier(key) or (
            not key.startswith(ADDRESS) and key == name_key(label)[:MAX_KEY]
        ):
            works.setdefault(key, titles.get(key, label))
    return dict(list(works.items())[:MAX_WORKS])


def _papers_with(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Tell which of these keys are papers of the store."""
    by_column = (
        (col(Paper.title_key), [k for k in keys if not _is_identifier(k)]),
        (col(Paper.arxiv), [k.removeprefix(ARXIV) for k in keys if k.startswith(ARXIV)]),
        (col(Paper.doi), [k.removeprefix(DOI) for k in keys if k.startswith(DOI)]),
    )
    known: dict[str, int] = {}
    for column, wanted in by_column:
        if wanted:
            for paper in session.exec(select(Paper).where(column.in_(wanted))):
                known.update((key, paper.id or 0) for key in _keys(paper) if key in keys)
    return known


def _entries_of(session: Session, paper_ids: Collection[int]) -> Sequence[EntryPaper]:
    return session.exec(
        select(EntryPaper)
        .where(col(EntryPaper.paper_id).in_(sorted(paper_ids)))
        .order_by(col(EntryPaper.entry_id).desc(), EntryPaper.position)  # type: ignore[arg-type]
        .limit(MAX_WORKS * 10)
    ).all()


def _pointing_at(
    session: Session, keys: Iterable[str], *, newest: bool = False
) -> list[tuple[str, int]]:
    """Find the entries that point at each work, by its key.

    Of a work that very many point at, give the newest if these are wanted, else none: it ties too many.
    """
    wanted = list(keys)
    if not wanted:
        return []
    first = "ORDER BY id DESC " if newest else ""
    each = " UNION ALL ".join(
        "SELECT * FROM (SELECT key, entry_id FROM search_name "  # noqa: S608 - words and numbers of ours
        f"WHERE key = :k{n} AND kind IN ('related', 'cited') {first}LIMIT {MAX_SHARING}) AS of_{n}"
        for n in range(len(wanted))
    )
    by_key: dict[str, list[int]] = {key: [] for key in wanted}
    for row in session.execute(text(each), {f"k{n}": key for n, key in enumerate(wanted)}):
        by_key[row.key].append(row.entry_id)
    return [
        (key, entry_id)
        for key, entries in by_key.items()
        if newest or len(entries) < MAX_SHARING
        for entry_id in sorted(set(entries), reverse=True)
    ]
