"""Reads what is cited of a paper: its own facts, and the issues that noted it. Prose of the issues stays behind."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlmodel import col, select

from publisher.exports.lines import one_line
from publisher.views import best_edition
from storage.catalog.index import year_of
from storage.enums import EntryKind
from storage.tables import Entry, EntryPaper, Issue, Paper

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from storage.catalog import Hit

ARXIV_PAGE = "https://arxiv.org/abs/"
DOI_PAGE = "https://doi.org/"
_ARXIV_DOI = "10.48550/arxiv."

# Both kinds of id begin with year and month: 2203.15556, hep-th/9901001.
# https://info.arxiv.org/help/arxiv_identifier.html
_MONTH = re.compile(r"(?:.*/)?(\d{2})(0[1-9]|1[0-2])")
# Archives that are a class of their own; of `cs/0112017` the class is not in the id.
_CLASSES = frozenset(
    (
        *("astro-ph", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th"),
        *("math-ph", "nucl-ex", "nucl-th", "quant-ph"),
    )
)


@dataclass(frozen=True, slots=True)
class Noted:
    """An edition of an issue that noted a paper."""

    title: str
    slug: str
    language: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is cited of a paper; what is not known is None or empty, never guessed.

    Attributes:
        paper: Id of the paper in the store.
        title: Its title, in one line.
        authors: Names as they were read, in order; empty where an entry names those of several papers together.
        et_al: There are further authors.
        year: Year of the paper.
        month: 1 to 12, the month of its arXiv id where that is of the same year.
        arxiv: arXiv id without a version.
        doi: DOI in lower case.
        url: Address of its page at arXiv, else at doi.org.
        primary_class: arXiv's primary class, known only where the id names it.
        noted_in: The issues that noted it, the oldest first.
    """

    paper: int
    title: str
    authors: list[str] = field(default_factory=list)
    et_al: bool = False
    year: int | None = None
    month: int | None = None
    arxiv: str | None = None
    doi: str | None = None
    url: str | None = None
    primary_class: str | None = None
    noted_in: list[Noted] = field(default_factory=list)

    @property
    def is_preprint(self) -> bool:
        """Nothing but arXiv is known to have published it."""
        return self.arxiv is not None and (self.doi or _ARXIV_DOI).startswith(_ARXIV_DOI)


@dataclass(frozen=True, slots=True)
class Untitled:
    """An entry that cannot be cited yet, because its title is unknown."""

    slug: str
    language: str
    number: int


@dataclass(frozen=True, slots=True)
class Selection:
    """What can be cited of what was asked for, in its order and each paper once, and what cannot."""

    records: list[Record] = field(default_factory=list)
    untitled: list[Untitled] = field(default_factory=list)


def records_of_papers(
    session: Session, paper_ids: Sequence[int], *, drafts: bool = False
) -> Selection:
    """Read papers by their ids; one that no published issue noted is left out.

    Args:
        session: A session for reading.
        paper_ids: Ids, in the order of the records.
        drafts: Also count issues that are not published yet.
    """
    rows = _mentions(session, paper_ids, drafts=drafts)
    places = {paper_id: (entry, issue) for paper_id, entry, issue in reversed(rows)}
    wanted = [(paper_id, *places[paper_id]) for paper_id in paper_ids if paper_id in places]
    return _select(session, [(p, _place(entry, issue)) for p, entry, issue in wanted], rows)


def records_of_issue(
    session: Session, slug: str, language: str | None = None, *, drafts: bool = False
) -> Selection | None:
    """Read the papers of an issue, in the order of the edition that fits a language; None: no such issue."""
    query = select(Issue).where(Issue.slug == slug)
    editions = session.exec(query if drafts else query.where(_published())).all()
    if not editions:
        return None
    issue = best_edition(editions, language)
    entries = session.exec(
        select(Entry)
        .where(Entry.issue_id == issue.id, Entry.kind == EntryKind.PAPER)
        .order_by(col(Entry.position))
    ).all()
    papers = _papers_of(session, [entry.id or 0 for entry in entries])
    wanted = [
        (paper_id, _place(entry, issue))
        for entry in entries
        for paper_id in papers.get(entry.id or 0, [None])
    ]
    return _select(session, wanted, _mentions(session, _ids(wanted), drafts=drafts))


def records_of_hits(session: Session, hits: Iterable[Hit], *, drafts: bool = False) -> Selection:
    """Read the papers that a search found, best first; news items are no papers and are passed over."""
    found = [(hit.paper_id, hit) for hit in hits]
    nameless = [hit.entry_id for paper_id, hit in found if paper_id is None]
    query = select(Entry.id).where(col(Entry.id).in_(nameless), Entry.kind == EntryKind.NEWS)
    news = set(session.exec(query).all())
    wanted = [
        (paper_id, Untitled(hit.issue, hit.language, hit.number))
        for paper_id, hit in found
        if hit.entry_id not in news
    ]
    return _select(session, wanted, _mentions(session, _ids(wanted), drafts=drafts))


def is_titled(title: str, arxiv: str | None, doi: str | None) -> bool:
    """Tell a title from the id that stands in for one while it is unknown."""
    return bool(one_line(title)) and title not in {f"arXiv {arxiv}", arxiv, doi}


_Wanted = tuple[int | None, Untitled]  # a paper, and the place that asked for it
_Mention = tuple[int, Entry, Issue]  # a paper, an entry about it, and its issue


def _select(session: Session, wanted: Sequence[_Wanted], mentions: Sequence[_Mention]) -> Selection:
    query = select(Paper).where(col(Paper.id).in_(_ids(wanted)))
    papers = {paper.id: paper for paper in session.exec(query)}
    alone = _alone(session, [entry.id or 0 for _, entry, _ in mentions])
    by_paper: dict[int, list[_Mention]] = {}
    for mention in mentions:
        by_paper.setdefault(mention[0], []).append(mention)
    selection, seen = Selection(), set[int]()
    for paper_id, place in wanted:
        paper = papers.get(paper_id)
        if paper is None or not is_titled(paper.title, paper.arxiv, paper.doi):
            if place not in selection.untitled:
                selection.untitled.append(place)
        elif (paper_id or 0) not in seen and (paper_id or 0) in by_paper:
            seen.add(paper_id or 0)
            selection.records.append(_record(paper, by_paper[paper_id or 0], alone))
    return selection


def _record(paper: Paper, mentions: Sequence[_Mention], alone: set[int]) -> Record:
    year, month = _dated(paper)
    own = [entry for _, entry, _ in mentions if entry.id in alone]
    longest = max((len(entry.authors) for entry in own), default=0)
    return Record(
        paper=paper.id or 0,
        title=one_line(paper.title),
        authors=[name for author in paper.authors if (name := one_line(author))],
        # An entry with fewer names than are known by now says "et al." of its own line only.
        et_al=any(e.et_al for e in own if len(e.authors) == longest >= len(paper.authors)),
        year=year,
        month=month,
        arxiv=paper.arxiv,
        doi=paper.doi,
        url=_url(paper),
        primary_class=_primary_class(paper.arxiv),
        noted_in=[Noted(one_line(it.title), it.slug, it.language) for _, _, it in mentions],
    )


def _dated(paper: Paper) -> tuple[int | None, int | None]:
    """Give year and month; the month only where the arXiv id and the year agree."""
    said = year_of(paper)
    year = int(said) if said else None
    found = _MONTH.match(paper.arxiv or "")
    if year is None or found is None or year % 100 != int(found[1]):
        return year, None
    return year, int(found[2])


def _url(paper: Paper) -> str | None:
    if paper.arxiv:
        return ARXIV_PAGE + paper.arxiv
    return DOI_PAGE + quote(paper.doi, safe="/:;()") if paper.doi else None


def _primary_class(arxiv: str | None) -> str | None:
    archive = (arxiv or "").rpartition("/")[0]
    return archive if "." in archive or archive in _CLASSES else None


def _mentions(session: Session, paper_ids: Iterable[int], *, drafts: bool) -> list[_Mention]:
    """List the entries about papers, the oldest issue first and in it the original."""
    query = (
        select(EntryPaper.paper_id, Entry, Issue)
        .join(Entry, col(Entry.id) == EntryPaper.entry_id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(col(EntryPaper.paper_id).in_(list(paper_ids)))
        .order_by(
            col(Issue.month),
            col(Issue.slug),
            col(Issue.translation_of_id).is_not(None),
            col(Issue.id),
            col(Entry.position),
        )
    )
    return list(session.exec(query if drafts else query.where(_published())).all())


def _papers_of(session: Session, entry_ids: Sequence[int]) -> dict[int, list[int | None]]:
    query = (
        select(EntryPaper.entry_id, EntryPaper.paper_id)
        .where(col(EntryPaper.entry_id).in_(entry_ids))
        .order_by(col(EntryPaper.entry_id), col(EntryPaper.position))
    )
    found: dict[int, list[int | None]] = {}
    for entry_id, paper_id in session.exec(query):
        found.setdefault(entry_id, []).append(paper_id)
    return found


def _alone(session: Session, entry_ids: Sequence[int]) -> set[int]:
    """Find the entries about one paper: their authors are that paper's."""
    return {entry_id for entry_id, own in _papers_of(session, entry_ids).items() if len(own) == 1}


def _place(entry: Entry, issue: Issue) -> Untitled:
    return Untitled(issue.slug, issue.language, entry.number or entry.position)


def _ids(wanted: Sequence[_Wanted]) -> list[int]:
    return list({paper_id for paper_id, _ in wanted if paper_id is not None})


def _published() -> ColumnElement[bool]:
    return col(Issue.published_at).is_not(None)
