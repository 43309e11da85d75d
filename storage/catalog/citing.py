"""Finds how entries are tied by what they point at: one cites the other, or both cite the same work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, text
from sqlmodel import col, or_, select

from storage.catalog.names import OWN
from storage.catalog.naming import ADDRESS, ARXIV, DOI, MAX_KEY, Kind
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Paper

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlmodel import Session

POINTING = (Kind.RELATED, Kind.CITED)
MAX_WORKS = 40  # that one entry points at and that are looked up
MAX_SHARING = 200  # entries that point at one work, the newest


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
    found.citing = {entry for _, entry in _pointing_at(session, own)} - set(entry_ids)
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
    rows = session.execute(
        text(
            "SELECT key, label FROM search_name WHERE entry_id IN :ids AND kind IN :kinds ORDER BY id"
        ).bindparams(bindparam("ids", expanding=True), bindparam("kinds", expanding=True)),
        {"ids": sorted(entry_ids), "kinds": [kind.value for kind in POINTING]},
    )
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


def _papers_with(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Tell which of these keys are papers of the store."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    rows = session.execute(
        text(
            "SELECT key, paper_id FROM search_name WHERE key IN :keys AND kind IN :kinds "
            "AND paper_id IS NOT NULL ORDER BY id DESC"
        ).bindparams(bindparam("keys", expanding=True), bindparam("kinds", expanding=True)),
        {"keys": wanted, "kinds": sorted(OWN)},
    )
    known: dict[str, int] = {row.key: row.paper_id for row in rows}
    arxiv = [k.removeprefix(ARXIV) for k in wanted if k.startswith(ARXIV)]
    dois = [k.removeprefix(DOI) for k in wanted if k.startswith(DOI)]
    for paper in session.exec(
        select(Paper).where(or_(col(Paper.arxiv).in_(arxiv), col(Paper.doi).in_(dois)))
    ):
        for key in _keys(paper):
            if key in wanted:
                known[key] = paper.id or 0
    return known


def _entries_of(session: Session, paper_ids: Collection[int]) -> Sequence[EntryPaper]:
    return session.exec(
        select(EntryPaper)
        .where(col(EntryPaper.paper_id).in_(sorted(paper_ids)))
        .order_by(col(EntryPaper.entry_id).desc(), EntryPaper.position)  # type: ignore[arg-type]
        .limit(MAX_WORKS * 10)
    ).all()


def _pointing_at(session: Session, keys: Iterable[str]) -> list[tuple[str, int]]:
    """Find the newest entries that point at each work, by its key."""
    wanted = list(keys)
    if not wanted:
        return []
    each = " UNION ALL ".join(
        "SELECT * FROM (SELECT key, entry_id FROM search_name "  # noqa: S608 - numbers of ours
        f"WHERE key = :k{n} AND kind IN ('related', 'cited') ORDER BY id DESC LIMIT {MAX_SHARING}) AS of_{n}"
        for n in range(len(wanted))
    )
    rows = session.execute(text(each), {f"k{n}": key for n, key in enumerate(wanted)})
    order = {key: place for place, key in enumerate(wanted)}
    found = dict.fromkeys((row.key, row.entry_id) for row in rows)
    return sorted(found, key=lambda pair: (order[pair[0]], -pair[1]))
