"""Finds what else a reader of an entry would want to read, and says why.

What cites it or is cited by it stands first; then what cites the same, is by the same authors, of the same topic,
and speaks of the same. Reasons add up; where they add up to little, nothing is related.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlmodel import col, select

from storage.catalog.answer import Reason, Related
from storage.catalog.editions import Candidate, hits, main_language
from storage.catalog.evidence import asked_about, brought_up, evidence, together
from storage.catalog.question import Filters
from storage.catalog.retrieve import documents
from storage.enums import EntryKind
from storage.tables import Entry, EntryPaper, Issue, Paper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session
    from sqlmodel.sql.expression import Select

    from storage.catalog.evidence import Evidence

LEAST = 14.5  # points below which nothing is related
SAID = 8.0  # points from which a reason is worth saying beside a stronger one
MAX_OWN = 4  # entries about the paper itself that are compared with others
MAX_PLACED = 150  # entries that are looked at, of those brought up
MAX_READ = 60  # documents

Work = tuple[int, str, int]  # a paper's id, or else 0 with the slug and position of its entry


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who asks."""

    language: str
    drafts: bool

    def other(self, language: str) -> bool:
        """Tell whether a language is not the reader's."""
        return main_language(language) != main_language(self.language)


class _Place(NamedTuple):
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
        paper_id: The paper that is read about, whichever issue; give one of the two.
        language: Which edition of an entry to show where there are several.
        drafts: Also go by and show issues that are not published yet.
        limit: At most so many.
    """
    reader = _Reader(language, drafts)
    papers = _papers(session, entry_id, paper_id)
    own = _own_entries(session, entry_id, papers, reader)
    if not own:
        return []
    asked = asked_about(session, dict(list(own.items())[:MAX_OWN]), papers)
    rough = brought_up(session, asked)
    ranked = sorted(rough.keys() - own.keys(), key=lambda e: (-rough[e], -e))[:MAX_PLACED]
    places = _places(session, ranked, asked.ties.cited, reader)
    mine = {paper.id for paper in papers}
    readable = [places[e] for e in ranked if e in places and places[e].work[0] not in mine]
    read = documents(session, [place.entry_id for place in readable[:MAX_READ]])
    works: dict[Work, dict[_Place, Evidence]] = {}
    for place in readable:
        if document := read.get(place.entry_id):
            found = evidence(asked, place.entry_id, place.language, document)
            works.setdefault(place.work, {})[place] = found
    return _answer(session, works, reader, limit)


def _papers(session: Session, entry_id: int | None, paper_id: int | None) -> Sequence[Paper]:
    query = select(Paper).order_by(col(Paper.id))
    if paper_id is not None:
        return session.exec(query.where(Paper.id == paper_id)).all()
    within = select(EntryPaper.paper_id).where(EntryPaper.entry_id == entry_id)
    return session.exec(query.where(col(Paper.id).in_(within))).all()


def _own_entries(
    session: Session, entry_id: int | None, papers: Sequence[Paper], reader: _Reader
) -> dict[int, str]:
    """Give the entries about the papers with their languages: the one that is read, one of each language in turn."""
    query = _placed(reader)
    if papers:
        about = select(EntryPaper.entry_id).where(
            col(EntryPaper.paper_id).in_([paper.id for paper in papers])
        )
        query = query.where(col(Entry.id).in_(about))
    else:
        asked = session.exec(select(Entry).where(Entry.id == entry_id)).first()
        if asked is None:
            return {}
        slug = session.get_one(Issue, asked.issue_id).slug
        query = query.where(
            Issue.slug == slug, Entry.kind == asked.kind, Entry.position == asked.position
        )
    nth: Counter[str] = Counter()
    ranked = []
    for own, have, _, _ in session.exec(query.order_by(col(Entry.id).desc())):
        nth[have] += 1
        ranked.append((own != entry_id, nth[have], reader.other(have), -(own or 0), have))
    return {-own: have for *_, own, have in sorted(ranked)}


def _placed(reader: _Reader) -> Select[int | None, str, str, int]:
    query = select(Entry.id, Issue.language, Issue.slug, Entry.position).join(
        Issue, col(Issue.id) == Entry.issue_id
    )
    return query if reader.drafts else query.where(col(Issue.published_at).is_not(None))


def _places(
    session: Session, entry_ids: Sequence[int], cited: Mapping[int, int], reader: _Reader
) -> dict[int, _Place]:
    """Give the entries that may be shown, each with the paper of it that is meant: the cited, or the first."""
    papers: dict[int, int] = {}
    for entry_id, paper_id in session.exec(
        select(EntryPaper.entry_id, EntryPaper.paper_id)
        .where(col(EntryPaper.entry_id).in_(entry_ids))
        .order_by(col(EntryPaper.position))
    ):
        papers.setdefault(entry_id, cited.get(entry_id, paper_id))
    rows = session.exec(
        _placed(reader).where(col(Entry.id).in_(entry_ids), Entry.kind == EntryKind.PAPER)
    )
    return {
        entry_id: _Place(
            entry_id,
            language,
            (papers[entry_id], "", 0) if entry_id in papers else (0, slug, position),
        )
        for entry_id, language, slug, position in rows
        if entry_id is not None
    }


def _answer(
    session: Session, works: Mapping[Work, Mapping[_Place, Evidence]], reader: _Reader, limit: int
) -> list[Related]:
    judged: dict[int, tuple[float, tuple[Reason, ...]]] = {}
    candidates = []
    for work, found in works.items():
        places = sorted(found, key=lambda p: (reader.other(p.language), -p.entry_id))
        points = together([(place.language, found[place]) for place in places])
        score = round(sum(worth for worth, _ in points.values()), 1)
        if score >= LEAST:
            judged[places[0].entry_id] = score, _reasons(points)
            candidates.append(Candidate(places[0].entry_id, work[0] or None, score, "related"))
    candidates.sort(key=lambda c: (-c.score, -c.entry_id))
    shown = hits(
        session,
        candidates[:limit],
        language=reader.language,
        drafts=reader.drafts,
        filters=Filters(),
    )
    return [Related(hit, *judged[candidate.entry_id]) for hit, candidate in shown]


def _reasons(points: Evidence) -> tuple[Reason, ...]:
    """Give the reasons worth saying, at least the strongest."""
    most = max(worth for worth, _ in points.values())
    return tuple(
        Reason(kind, values) for kind, (worth, values) in points.items() if worth >= min(SAID, most)
    )
