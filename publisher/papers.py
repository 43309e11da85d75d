"""Finds or makes what issues share: newsletters and papers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete
from sqlmodel import col, select

from publisher.words import Identity, follow
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Newsletter, Paper, PaperAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

    from publisher.readers.edition import EditionPaper

_AT_ONCE = 400  # values in one statement
UNNAMED = "newsletter"  # slug of the newsletter until a copy says its name


class Names:
    """The titles that the texts and corrections of one issue give to papers, while it is written.

    Where issues or languages spell a title differently, the first slug and in it the first language
    decides: importing again must not turn it back and forth.

    Args:
        slug: The issue's.
    """

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.touched: set[int] = set()  # papers of which other issues may show something else now
        self.succeeded: dict[int, Paper] = {}  # by what an entry covers now instead of a paper
        self._titled: set[int] = set()

    def leads(self, numbered: Numbered, paper: Paper) -> bool:
        """Tell whether this issue decides how a paper's title is spelled."""
        if paper.id is None:
            return True
        if any(slug < self.slug for slug in numbered.slugs(paper)):
            return False
        return paper.id not in self._titled

    def title(self, paper: Paper) -> None:
        """Remember that a paper was given its title."""
        self._titled.add(paper.id or 0)


def papers_in(session: Session, slug: str) -> set[int]:
    """Give the papers that an issue writes about, in any language."""
    query = (
        select(EntryPaper.paper_id)
        .join(Entry, col(Entry.id) == EntryPaper.entry_id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(Issue.slug == slug)
    )
    return set(session.exec(query))


def issues_about(session: Session, paper_ids: Collection[int]) -> set[int]:
    """Give the issues, each language for itself, that write about one of these papers."""
    query = (
        select(Entry.issue_id)
        .join(EntryPaper, col(EntryPaper.entry_id) == Entry.id)
        .where(col(EntryPaper.paper_id).in_(paper_ids))
    )
    return set(session.exec(query))


class Numbered:
    """Finds or makes the rows that issues share: newsletters and papers.

    One serves a transaction, in which nothing else writes papers.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._absent: set[tuple[str, str]] = set()  # ids and titles that no paper has

    def newsletter(self, name: str | None) -> int:
        """Give the newsletter of a name; a nameless edition belongs to the one there is."""
        session = self._session
        known = session.exec(select(Newsletter).order_by(col(Newsletter.id))).all()
        if name is None and known:
            return next((n.id for n in known if n.slug != UNNAMED), known[0].id) or 0
        slug = re.sub(r"[^\w]+", "-", (name or "").casefold()).strip("-")[:80] or UNNAMED
        row = next((n for n in known if n.slug == slug), None)
        if row is None:
            row = next((n for n in known if n.slug == UNNAMED), None) or Newsletter(
                slug=slug, name=""
            )
            row.slug, row.name = slug, name or "Newsletter"
        session.add(row)
        session.flush()
        return row.id or 0

    def look_up(self, papers: Sequence[EditionPaper]) -> None:
        """Learn at once which ids and titles the store does not know, so that none is asked for alone."""
        wanted = {
            "arxiv": {p.arxiv for p in papers if p.arxiv},
            "doi": {p.doi for p in papers if p.doi},
            "title_key": {name_key(_title_of(p, None)) for p in papers},
        }
        for name, values in wanted.items():
            column = getattr(Paper, name)
            some = sorted(v for v in values if v)
            known: set[str] = set()
            for start in range(0, len(some), _AT_ONCE):
                known.update(
                    self._session.exec(
                        select(column).where(column.in_(some[start : start + _AT_ONCE]))
                    )
                )
            self._absent |= {(name, value) for value in some if value not in known}

    def paper(self, given: EditionPaper, before: int | None, entry: Entry, names: Names) -> Paper:
        """Find a paper by arXiv id, DOI or title, else take the one the entry had, else make one."""
        title = _title_of(given, entry.title)
        by_id = self._one(Paper.arxiv, given.arxiv) or self._one(Paper.doi, given.doi)
        by_title = self._one(Paper.title_key, name_key(title))
        previous = self._session.get(Paper, before) if before else None
        if previous and (previous.arxiv or previous.doi or self.slugs(previous) - {names.slug}):
            previous = None  # it is known for what it is, or other issues write about it
        paper = by_id or _unless(by_title, given) or previous
        if paper is None:
            key = self._free_key(title, given, by_title)
            paper = Paper(title=title, title_key=key, authors=[])
        rival = by_title
        known = [Identity.of(paper)] if paper.id else []
        if (
            by_title is not None
            and by_title is not paper
            and by_id is not None
            and by_title.arxiv is None
        ):
            known.append(Identity.of(by_title))
            self._absorb(by_title, paper)
            rival = None
        if given.title and (rival is None or rival is paper) and names.leads(self, paper):
            paper.title, paper.title_key = title, name_key(title)
        paper.arxiv, paper.doi = given.arxiv or paper.arxiv, given.doi or paper.doi
        self._session.add(paper)
        self._session.flush()
        self._absent -= {
            ("title_key", paper.title_key), ("arxiv", paper.arxiv or ""), ("doi", paper.doi or ""),
        }  # fmt: skip
        if given.title:
            names.title(paper)
        self._lead(known, paper, names)
        if previous is not None and previous is not paper:
            names.succeeded[previous.id or 0] = paper
        return paper

    def _lead(self, known: Sequence[Identity], paper: Paper, names: Names) -> None:
        """Let what is said of a paper follow where it is known by something else now."""
        for was in known:
            if was != Identity.of(paper):
                follow(self._session, was, paper)
                names.touched.add(paper.id or 0)

    def drop_orphans(self, names: Names, among: Collection[int]) -> None:
        """Remove, among these papers, those that no entry covers any more.

        What is said of one goes to the one in its place.
        """
        self._session.flush()
        ids = sorted(among)
        used: set[int] = set()
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            query = select(EntryPaper.paper_id).where(col(EntryPaper.paper_id).in_(some))
            used.update(self._session.exec(query))
        for paper_id in ids:
            paper = None if paper_id in used else self._session.get(Paper, paper_id)
            if paper is None:
                continue
            if (successor := names.succeeded.get(paper_id)) is not None:
                self._lead([Identity.of(paper)], successor, names)
            self._session.connection().execute(
                delete(PaperAlias).where(col(PaperAlias.paper_id) == paper.id)
            )
            self._session.delete(paper)
        self._session.flush()

    def slugs(self, paper: Paper) -> set[str]:
        """Give the slugs of the issues that write about a paper."""
        query = (
            select(Issue.slug)
            .join(Entry, col(Entry.issue_id) == Issue.id)
            .join(EntryPaper, col(EntryPaper.entry_id) == Entry.id)
            .where(EntryPaper.paper_id == paper.id)
        )
        return set(self._session.exec(query))

    def _one(self, column: Any, value: str | None) -> Paper | None:  # noqa: ANN401 - a mapped column
        if not value or (column.key, value) in self._absent:
            return None
        return self._session.exec(select(Paper).where(column == value)).first()

    def _free_key(self, title: str, given: EditionPaper, by_title: Paper | None) -> str:
        key = name_key(title) or name_key(given.arxiv or given.doi or "")
        taken = by_title if name_key(title) else self._one(Paper.title_key, key)
        return f"{key}{name_key(given.arxiv or given.doi or '')}" if taken else key

    def _absorb(self, old: Paper, paper: Paper) -> None:
        """Let one paper take the place of another that turned out to be the same."""
        session = self._session
        for link in session.exec(select(EntryPaper).where(EntryPaper.paper_id == old.id)).all():
            twin = session.get(EntryPaper, (link.entry_id, paper.id))
            if twin is None:
                session.add(
                    EntryPaper(
                        entry_id=link.entry_id, paper_id=paper.id or 0, position=link.position
                    )
                )
            session.delete(link)
        session.flush()
        session.connection().execute(delete(PaperAlias).where(col(PaperAlias.paper_id) == old.id))
        session.delete(old)
        session.flush()


def _title_of(given: EditionPaper, otherwise: str | None) -> str:
    return given.title or otherwise or (f"arXiv {given.arxiv}" if given.arxiv else given.doi or "")


def _unless(paper: Paper | None, given: EditionPaper) -> Paper | None:
    """Give a paper unless it has another id than the one that is given."""
    if paper is None or (given.arxiv and paper.arxiv and paper.arxiv != given.arxiv):
        return None
    return paper
