"""Finds what else a reader of an entry would want to read, and says why.

What cites it or is cited by it stands first; then what cites the same, is by the same authors, of the same topic,
and speaks of the same. Reasons add up; where they add up to little, nothing is related.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, false, select

from storage.catalog.answer import Reason, ReasonKind, Related
from storage.catalog.editions import Candidate, hits, main_language
from storage.catalog.evidence import asked_about, brought_up, evidence, together
from storage.catalog.question import Filters
from storage.catalog.retrieve import documents
from storage.enums import EntryKind
from storage.tables import Entry, EntryPaper, Issue, Paper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from storage.catalog.evidence import Evidence

LEAST = 17.5  # points below which nothing is related
SAID = 8.0  # points from which a reason is worth saying beside a stronger one
MAX_OWN = 4  # entries about the paper itself that are compared with others
MAX_PLACED = 300  # entries that are looked at, of those brought up
MAX_READ = 60  # documents

Work = tuple[int, str, int]  # a paper's id, or else 0 with the slug and position of its entry


@dataclass(frozen=True, slots=True)
class _Place:
    """An entry that may be shown."""

    entry_id: int
    language: str
    work: Work


def related(  # noqa: PLR0913 - what is asked about, and for whom
    session: Session,
    *,
    entry_id: int | None = None,
    paper_id: int | None = None,
    language: str = "en",
    drafts: bool = False,
    limit: int = 5,
) -> list[Related]:
    """Find the papers related to one, each once, the nearest first; none where nothing is near.

    Args:
        session: A session for reading.
        entry_id: The entry that is read; all papers it covers are meant.
        paper_id: The paper that is read about; give one of the two.
        language: Which edition of an entry to show where there are several.
        drafts: Also go by and show issues that are not published yet.
        limit: At most so many.
    """
    papers = _papers(session, entry_id, paper_id)
    own = _own_entries(session, entry_id, papers, language=language, drafts=drafts)
    if not own:
        return []
    asked = asked_about(session, dict(list(own.items())[:MAX_OWN]), papers)
    rough = brought_up(session, asked)
    ranked = sorted(rough.keys() - set(own), key=lambda e: (-rough[e], -e))[:MAX_PLACED]
    places = _places(session, ranked, asked.ties.cited, drafts=drafts)
    mine = {paper.id for paper in papers}
    shown = [places[e] for e in ranked if e in places and places[e].work[0] not in mine][:MAX_READ]
    read = documents(session, [place.entry_id for place in shown])
    found = {
        p: evidence(asked, p.entry_id, p.language, read[p.entry_id])
        for p in shown
        if p.entry_id in read
    }
    return _answer(session, found, language=language, drafts=drafts, limit=limit)


def _papers(session: Session, entry_id: int | None, paper_id: int | None) -> Sequence[Paper]:
    query = select(Paper).order_by(col(Paper.id))
    if paper_id is not None:
        query = query.where(Paper.id == paper_id)
    else:
        within = select(EntryPaper.paper_id).where(EntryPaper.entry_id == entry_id)
        query = query.where(col(Paper.id).in_(within))
    return session.exec(query).all()


def _own_entries(
    session: Session,
    entry_id: int | None,
    papers: Sequence[Paper],
    *,
    language: str,
    drafts: bool,
) -> dict[int, str]:
    """Give the entries about the papers with their languages: the one that is read, one of each language in turn."""
    query = select(Entry.id, Issue.language).join(Issue, col(Issue.id) == Entry.issue_id)
    if papers:
        about = select(EntryPaper.entry_id).where(
            col(EntryPaper.paper_id).in_([paper.id for paper in papers])
        )
        query = query.where(col(Entry.id).in_(about))
    else:
        query = query.where(*_same_place(session, entry_id))
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    nth: Counter[str] = Counter()
    ranked = []
    for own, have in session.exec(query.order_by(col(Entry.id).desc())):
        nth[have] += 1
        other = main_language(have) != main_language(language)
        ranked.append((own != entry_id, nth[have], other, -(own or 0), have))
    return {-own: have for *_, own, have in sorted(ranked)}


def _same_place(session: Session, entry_id: int | None) -> list[ColumnElement[bool]]:
    """Say where an entry without a paper stands, in every language."""
    entry = session.get(Entry, entry_id) if entry_id is not None else None
    if entry is None:
        return [false()]
    issue = session.get_one(Issue, entry.issue_id)
    return [
        col(Issue.slug) == issue.slug,
        col(Entry.kind) == entry.kind,
        col(Entry.position) == entry.position,
    ]


def _places(
    session: Session, entry_ids: Sequence[int], cited: Mapping[int, int], *, drafts: bool
) -> dict[int, _Place]:
    """Give the entries that may be shown, each with the paper of it that is meant: the cited, or the first."""
    query = (
        select(Entry.id, Issue.language, Issue.slug, Entry.position, EntryPaper.paper_id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .join(EntryPaper, col(EntryPaper.entry_id) == Entry.id, isouter=True)
        .where(col(Entry.id).in_(entry_ids), Entry.kind == EntryKind.PAPER)
        .order_by(col(Entry.id), col(EntryPaper.position))
    )
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    found: dict[int, _Place] = {}
    for entry_id, language, slug, position, paper_id in session.exec(query):
        work = (paper_id, "", 0) if paper_id else (0, slug, position)
        if entry_id not in found or cited.get(entry_id) == paper_id:
            found[entry_id] = _Place(entry_id, language, work)
    return found


def _answer(
    session: Session,
    found: Mapping[_Place, Evidence],
    *,
    language: str,
    drafts: bool,
    limit: int,
) -> list[Related]:
    works: dict[Work, list[_Place]] = {}
    for place in found:
        works.setdefault(place.work, []).append(place)
    judged: dict[int, tuple[float, tuple[Reason, ...]]] = {}
    candidates = []
    for work, places in works.items():
        places.sort(
            key=lambda p: (main_language(p.language) != main_language(language), -p.entry_id)
        )
        points = together([(place.language, found[place]) for place in places])
        score = round(sum(worth for worth, _ in points.values()), 1)
        if score >= LEAST:
            judged[places[0].entry_id] = score, _reasons(points)
            candidates.append(Candidate(places[0].entry_id, work[0] or None, score, "related"))
    candidates.sort(key=lambda c: (-c.score, -c.entry_id))
    shown = hits(session, candidates[:limit], language=language, drafts=drafts, filters=Filters())
    return [Related(hit, *judged[candidate.entry_id]) for hit, candidate in shown]


def _reasons(points: Evidence) -> tuple[Reason, ...]:
    """Give the reasons worth saying; at least the strongest."""
    most = max(worth for worth, _ in points.values())
    return tuple(
        Reason(kind, values) for kind, (worth, values) in points.items() if worth >= min(SAID, most)
    )
