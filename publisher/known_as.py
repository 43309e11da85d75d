"""Settles by which other names papers are known, from everything that is kept.

The names of a paper are a function of the copies of all issues that write about it, of the corrections of
those issues, and of what an editor said by command. So the order of imports does not matter, a name that
nothing gives any more goes, and no import of another issue undoes an editor's word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from publisher.aliases import Guess, guesses
from publisher.folding import fold_issue
from publisher.readers.edition import EditionPaper
from publisher.words import words_on
from storage.enums import AliasOrigin, EntryKind
from storage.names import alias_key, name_key
from storage.tables import Entry, EntryPaper, Issue, Paper, PaperAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlmodel import Session

    from publisher.folding import Fold
    from publisher.readers.edition import EditionEntry
    from publisher.words import Word

    Folds = dict[str, dict[str, Fold]]  # by slug and language


class Place(NamedTuple):
    """An entry that covers a paper."""

    slug: str
    language: str
    position: int  # of the entry
    number: int
    nth: int  # which of the entry's papers it is, from 1
    papers: int  # how many the entry covers


@dataclass(frozen=True, slots=True)
class Said:
    """What one entry says of the names of one paper."""

    place: Place
    given: tuple[str, ...]  # by the file or a correction
    forbidden: tuple[str, ...]  # by a correction
    guessed: tuple[Guess, ...]


class _Wanted(NamedTuple):
    name: str
    origin: AliasOrigin
    forbidden: bool


def settle(session: Session, paper_ids: Collection[int], folds: Folds | None = None) -> set[int]:
    """Make the aliases of papers say what is known; gives the papers of which something changed.

    Args:
        session: An open transaction.
        paper_ids: Papers; those that are gone are passed over.
        folds: Issues that are folded already, by slug.
    """
    session.flush()
    papers = session.exec(
        select(Paper).where(col(Paper.id).in_(paper_ids)).order_by(col(Paper.id))
    ).all()
    folded = dict(folds or {})
    words = words_on(session, papers, lock=True)
    where = _places(session, [paper.id or 0 for paper in papers])
    rows: dict[int, list[PaperAlias]] = {}
    for row in session.exec(select(PaperAlias).where(col(PaperAlias.paper_id).in_(where))):
        rows.setdefault(row.paper_id, []).append(row)
    changed = set()
    for paper in papers:
        paper_id = paper.id or 0
        said, whole = _sayings(session, paper, where[paper_id], folded)
        wanted = _wanted(paper, said, words.get(paper_id, {}))
        if _write(session, paper, rows.get(paper_id, []), wanted, keep=not whole):
            changed.add(paper_id)
    session.flush()
    return changed


def sayings(session: Session, paper: Paper, folds: Folds) -> tuple[list[Said], bool]:
    """Collect what each entry says of a paper's names; and whether every entry's issue has its copies.

    Args:
        session: A session for reading.
        paper: The paper.
        folds: Issues that are folded already; those that are needed are added.
    """
    return _sayings(session, paper, list(places(session, paper)), folds)


def _sayings(
    session: Session, paper: Paper, where: Sequence[Place], folds: Folds
) -> tuple[list[Said], bool]:
    found: list[Said] = []
    whole = True
    for place in where:
        if place.slug not in folds:
            folds[place.slug] = fold_issue(session, place.slug)
        folded = folds[place.slug].get(place.language)
        entries = folded.edition.entries if folded else ()
        if place.position <= len(entries):
            found.append(_said(paper, place, entries[place.position - 1]))
        else:
            whole = False
    return found, whole


def places(session: Session, paper: Paper) -> Iterator[Place]:
    """List the entries that cover a paper, in the order in which they decide how a name is spelled."""
    yield from _places(session, [paper.id or 0])[paper.id or 0]


def _places(session: Session, paper_ids: Sequence[int]) -> dict[int, list[Place]]:
    """List the places of several papers with one question to the database."""
    beside = aliased(EntryPaper)
    count = (
        select(func.count())
        .select_from(beside)
        .where(col(beside.entry_id) == col(Entry.id))
        .scalar_subquery()
    )
    query = (
        select(
            EntryPaper.paper_id, Issue.slug, Issue.language, Entry.position, Entry.number,
            EntryPaper.position, count,
        )  # type: ignore[call-overload]
        .join(Entry, col(Entry.issue_id) == Issue.id)
        .join(EntryPaper, col(EntryPaper.entry_id) == Entry.id)
        .where(col(EntryPaper.paper_id).in_(paper_ids), Entry.kind == EntryKind.PAPER)
        .order_by(Issue.slug, Issue.language, col(Entry.position))
    )  # fmt: skip
    found: dict[int, list[Place]] = {paper_id: [] for paper_id in paper_ids}
    for paper_id, slug, language, position, number, nth, papers in session.exec(query):
        shown = position if number is None else number
        found[paper_id].append(Place(slug, language, position, shown, nth, papers))
    return found


def _said(paper: Paper, place: Place, entry: EditionEntry) -> Said:
    given = entry.papers or ((EditionPaper(title=entry.title),) if entry.title else ())
    one = _own(paper, place, given)
    if one is None:
        return Said(place, (), (), ())
    alone = len(given) == 1
    guessed = guesses(one.title, f"{entry.why}\n{entry.insights}" if alone else "")
    if entry.title and alone:
        guessed += guesses(entry.title, "")
    return Said(place, one.aliases, one.forbidden, tuple(guessed))


def _own(paper: Paper, place: Place, given: Sequence[EditionPaper]) -> EditionPaper | None:
    """Find a paper among those that an entry names: by identifier, title, or place."""
    for one in given:
        if (one.arxiv and one.arxiv == paper.arxiv) or (one.doi and one.doi == paper.doi):
            return one
    for one in given:
        if one.title and name_key(one.title) == paper.title_key:
            return one
    return given[place.nth - 1] if len(given) == place.papers else None


def _wanted(paper: Paper, said: Sequence[Said], words: Mapping[str, Word]) -> dict[str, _Wanted]:
    """Decide what each name is: an editor's comes before a guess, the first spelling before later ones."""
    found: dict[str, _Wanted] = {}
    for one in said:
        for name in one.given:
            found.setdefault(alias_key(name), _Wanted(name, AliasOrigin.EDITOR, False))
    for one in said:
        for guess in one.guessed:
            found.setdefault(alias_key(guess.name), _Wanted(guess.name, AliasOrigin.GUESSED, False))
    for one in said:
        for name in one.forbidden:
            key = alias_key(name)
            barred = found.get(key, _Wanted(name, AliasOrigin.EDITOR, True))
            found[key] = barred._replace(forbidden=True)
    for key, word in words.items():
        known = found.get(key)
        origin = known.origin if known and word.forbidden else AliasOrigin.EDITOR
        found[key] = _Wanted(word.name, origin, word.forbidden)
    title = alias_key(paper.title)
    return {key: one for key, one in found.items() if key and key != title}


def _write(
    session: Session,
    paper: Paper,
    rows: Sequence[PaperAlias],
    wanted: Mapping[str, _Wanted],
    *,
    keep: bool,
) -> bool:
    """Bring the rows in step; those that nothing gives are kept where not everything is known."""
    known = {row.key: row for row in rows}
    changed = False
    for key, row in known.items():
        if key not in wanted and not keep:
            session.delete(row)
            changed = True
    for key, one in wanted.items():
        row = known.get(key) or PaperAlias(
            paper_id=paper.id or 0, name="", key=key, origin=one.origin
        )
        if (row.name, row.origin, row.forbidden) != one:
            row.name, row.origin, row.forbidden = one
            session.add(row)
            changed = True
    return changed
