"""Turns candidates into hits: one for each paper, by the entry that suits the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlmodel import col, select

from storage.catalog.answer import Hit
from storage.enums import EntryKind
from storage.listing import ListQuery
from storage.tables import Entry, Issue, Paper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlmodel import Session

    from storage.catalog.question import Filters


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry on its way to an answer, and which of its papers is meant, where that is known."""

    entry_id: int
    paper_id: int | None
    score: float
    matched: str
    sure: bool = False
    nth: int = 0  # which of the entry's papers, where `paper_id` is not known
    complete: bool = False  # it holds every word of the question
    by_meaning: float = 0.0  # how much of the score meaning alone gives


class _Work(NamedTuple):
    """A paper of an entry."""

    id: int
    title: str
    arxiv: str | None


class _Place(NamedTuple):
    """Where an entry stands."""

    entry_id: int
    kind: EntryKind
    position: int
    number: int | None
    title: str | None
    slug: str
    language: str
    month: date
    translated: bool
    papers: tuple[_Work, ...]


# The entries asked for, and every other one that is about one of their papers.
_PLACES = ListQuery(
    "SELECT e.id, e.kind, e.position, e.number, e.title, i.slug, i.language, i.month, "
    "i.translation_of_id, p.id AS paper_id, p.title AS paper_title, p.arxiv "
    "FROM entry e JOIN issue i ON i.id = e.issue_id "
    "LEFT JOIN entry_paper ep ON ep.entry_id = e.id LEFT JOIN paper p ON p.id = ep.paper_id "
    "WHERE e.id IN (SELECT id FROM entry WHERE id {ids} UNION SELECT o.entry_id FROM entry_paper m "
    "JOIN entry_paper o ON o.paper_id = m.paper_id WHERE m.entry_id {ids}) "
    "AND (:drafts OR i.published_at IS NOT NULL) ORDER BY e.id, ep.position",
    "ids",
    columns=(
        Entry.id, Entry.kind, Entry.position, Entry.number, Entry.title,
        Issue.slug, Issue.language, Issue.month, Issue.translation_of_id,
        col(Paper.id).label("paper_id"), col(Paper.title).label("paper_title"), Paper.arxiv,
    ),
)  # fmt: skip
Subject = tuple[
    str, int | str, int
]  # what a hit is about: a paper, or an entry whose paper is unknown


def hits(
    session: Session,
    candidates: Sequence[Candidate],
    *,
    language: str,
    drafts: bool,
    filters: Filters,
) -> list[tuple[Hit, Candidate]]:
    """Give the hits, best first, each with the candidate it came from.

    A sure candidate gives a hit for each issue that wrote about the paper, any other gives one.
    """
    places = _places(session, [c.entry_id for c in candidates], drafts=drafts)
    chosen: dict[Subject, Candidate] = {}
    for candidate in candidates:
        place = places.get(candidate.entry_id)
        if place and _admitted(place, filters):
            chosen.setdefault(_subject(place, candidate), candidate)
    editions = _editions(session, chosen, places, drafts=drafts)
    answered: list[tuple[Hit, Candidate]] = []
    for subject, candidate in chosen.items():
        own = places[candidate.entry_id]
        among = [p for p in editions.get(subject, []) if _admitted(p, filters)] or [own]
        # A name is of the paper, whichever issue; words are of the issue in which they were found.
        slug = own.slug if candidate.paper_id is None else None
        among.sort(key=lambda p: _distance(p, slug, language))
        # What is surely meant is shown in every issue that wrote about it.
        shown = _of_each_issue(among) if candidate.sure else among[:1]
        answered += [(_hit(place, candidate, subject), candidate) for place in shown]
    return answered


def _of_each_issue(places: Sequence[_Place]) -> list[_Place]:
    found: dict[str, _Place] = {}
    for place in places:
        found.setdefault(place.slug, place)
    return list(found.values())


def _subject(place: _Place, candidate: Candidate) -> Subject:
    if candidate.paper_id in {p.id for p in place.papers}:
        return ("paper", candidate.paper_id or 0, 0)
    if place.papers:
        nth = candidate.nth if candidate.nth < len(place.papers) else 0
        return ("paper", place.papers[nth].id, 0)
    return (f"entry {place.kind.value}", place.slug, place.position)


def _places(session: Session, entry_ids: Sequence[int], *, drafts: bool) -> dict[int, _Place]:
    """Read where entries stand, and every other entry that is about one of their papers."""
    if not entry_ids:
        return {}
    found: dict[int, _Place] = {}
    for *place, original, paper_id, title, arxiv in _PLACES.ask(
        session, ids=entry_ids, drafts=drafts
    ):
        known = found.get(place[0])
        papers = known.papers if known else ()
        if paper_id is not None:
            papers = (*papers, _Work(paper_id, title, arxiv))
        found[place[0]] = _Place._make((*place, original is not None, papers))
    return found


def _editions(
    session: Session,
    chosen: dict[Subject, Candidate],
    places: dict[int, _Place],
    *,
    drafts: bool,
) -> dict[Subject, list[_Place]]:
    """Group by papers the entries that were read, and find the translations of entries without one.

    Args:
        session: A session for reading.
        chosen: What is asked for.
        places: Where these and their other editions stand.
        drafts: Also find entries of issues that are not published yet.
    """
    editions: dict[Subject, list[_Place]] = {}
    for place in places.values():
        for paper in place.papers:
            editions.setdefault(("paper", paper.id, 0), []).append(place)
    unknown = [s for s in chosen if s[0] != "paper"]
    twins = _twins(session, unknown, drafts=drafts)
    found = _places(session, twins, drafts=drafts)
    for place in (found[entry_id] for entry_id in twins if entry_id in found):
        at = (f"entry {place.kind.value}", place.slug, place.position)
        editions.setdefault(at, []).append(place)
    return editions


def _twins(session: Session, subjects: Sequence[Subject], *, drafts: bool) -> list[int]:
    """Find the entries of every language that stand where these do."""
    if not subjects:
        return []
    query = (
        select(Entry.id, Entry.kind, Issue.slug, Entry.position)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(
            col(Issue.slug).in_({slug for _, slug, _ in subjects}),
            col(Entry.position).in_({position for _, _, position in subjects}),
        )
    )
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    wanted = set(subjects)
    return [
        entry_id
        for entry_id, kind, slug, position in session.execute(query)
        if entry_id and (f"entry {kind.value}", slug, position) in wanted
    ]


def _admitted(place: _Place, filters: Filters) -> bool:
    if place.kind is not (filters.kind or EntryKind.PAPER):
        return False
    if filters.issues and not {place.slug, f"{place.month:%Y-%m}"} & set(filters.issues):
        return False
    have = place.language.lower()
    return not filters.languages or any(
        wanted in (have, have.split("-")[0]) for wanted in filters.languages
    )


def main_language(tag: str) -> str:
    """Give the language of a tag without its region: `zh` of `zh-CN`."""
    return tag.lower().split("-")[0]


def _distance(place: _Place, slug: str | None, language: str) -> tuple[int, bool, int, bool, int]:
    """Order editions: the reader's language, the issue that was found, the newest, the original."""
    have, wanted = place.language.lower(), language.lower()
    same = 0 if have == wanted else 1 if main_language(have) == main_language(wanted) else 2
    elsewhere = slug is not None and place.slug != slug
    return same, elsewhere, -place.month.toordinal(), place.translated, place.entry_id


def _hit(place: _Place, candidate: Candidate, subject: Subject) -> Hit:
    paper = next((p for p in place.papers if ("paper", p.id, 0) == subject), None)
    return Hit(
        paper_id=paper.id if paper else None,
        title=paper.title if paper else place.title,
        arxiv=paper.arxiv if paper else None,
        entry_id=place.entry_id,
        issue=place.slug,
        language=place.language,
        number=place.number or place.position,
        matched=candidate.matched,
        score=round(candidate.score, 2),
    )
