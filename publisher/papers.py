"""Finds or makes what issues share: newsletters, papers and the names of papers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete
from sqlmodel import col, select

from storage.enums import AliasOrigin
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Newsletter, Paper, PaperAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

    from publisher.readers.edition import EditionPaper

_AT_ONCE = 400  # values in one statement
UNNAMED = "newsletter"  # slug of the newsletter until a copy says its name


class Names:
    """The names that the texts and corrections of one issue give to papers, while it is written.

    Where issues or languages spell a name differently, the first slug and in it the first language
    decides: importing again must not turn it back and forth.

    Args:
        slug: The issue's.
        forbidden: Keys of the names that an editor forbids.
    """

    def __init__(self, slug: str, forbidden: frozenset[str]) -> None:
        self.slug = slug
        self.forbidden = forbidden
        self.met: set[int] = set()  # papers that the issue has, or had before
        self._given: dict[int, set[str]] = {}
        self._titled: set[int] = set()

    def leads(self, numbered: Numbered, paper: Paper, key: str | None = None) -> bool:
        """Tell whether this issue decides how a paper's title, or its alias of that key, is spelled."""
        if paper.id is None:
            return True
        if any(slug < self.slug for slug in numbered.slugs(paper)):
            return False
        return key not in self._given.get(paper.id, ()) if key else paper.id not in self._titled

    def had(self, session: Session) -> None:
        """Remember the papers that the issue has so far."""
        query = (
            select(EntryPaper.paper_id)
            .join(Entry, col(Entry.id) == EntryPaper.entry_id)
            .join(Issue, col(Issue.id) == Entry.issue_id)
            .where(Issue.slug == self.slug)
        )
        self.met.update(session.exec(query))

    def title(self, paper: Paper) -> None:
        """Remember that a paper was given its title."""
        self._titled.add(paper.id or 0)

    def note(self, paper: Paper, key: str) -> None:
        """Remember that a paper was given this name."""
        self._given.setdefault(paper.id or 0, set()).add(key)

    def drop_stale(self, session: Session, slug: str) -> None:
        """Remove the aliases that nothing gives any more; a paper of other issues keeps all of its own."""
        here = (
            select(EntryPaper.paper_id)
            .join(Entry, col(Entry.id) == EntryPaper.entry_id)
            .join(Issue, col(Issue.id) == Entry.issue_id)
            .where(Issue.slug == slug)
        )
        elsewhere = (
            select(EntryPaper.paper_id)
            .join(Entry, col(Entry.id) == EntryPaper.entry_id)
            .join(Issue, col(Issue.id) == Entry.issue_id)
            .where(Issue.slug != slug, col(EntryPaper.paper_id).in_(here))
        )
        own = select(PaperAlias).where(
            col(PaperAlias.paper_id).in_(here), col(PaperAlias.paper_id).not_in(elsewhere)
        )
        for alias in session.exec(own).all():
            if alias.key not in self._given.get(alias.paper_id, ()):
                session.delete(alias)
        session.flush()


class Numbered:
    """Finds or makes the rows that issues share: newsletters, papers and their aliases.

    One serves a transaction, in which nothing else writes papers.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._absent: set[tuple[str, str]] = set()  # ids and titles that no paper has
        self._aliases: dict[int, dict[str, PaperAlias]] = {}  # paper → key → alias

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
        if (
            by_title is not None
            and by_title is not paper
            and by_id is not None
            and by_title.arxiv is None
        ):
            self._absorb(by_title, paper)
            rival = None
        if given.title and (rival is None or rival is paper) and names.leads(self, paper):
            paper.title, paper.title_key = title, name_key(title)
        paper.arxiv, paper.doi = given.arxiv or paper.arxiv, given.doi or paper.doi
        is_new = paper.id is None
        self._session.add(paper)
        self._session.flush()
        names.met.add(paper.id or 0)
        self._absent -= {
            ("title_key", paper.title_key), ("arxiv", paper.arxiv or ""), ("doi", paper.doi or ""),
        }  # fmt: skip
        if is_new:
            self._aliases[paper.id or 0] = {}
        if given.title:
            names.title(paper)
        return paper

    def aliases(
        self, paper: Paper, given: Collection[str], origin: AliasOrigin, names: Names
    ) -> None:
        """Note other names of a paper; an editor's word confirms a guess and is never undone by one."""
        if not given:
            return
        known = self._known_aliases(paper)
        for name in given:
            key = name_key(name)
            if not key or key == paper.title_key:
                continue
            row = known.get(key) or PaperAlias(
                paper_id=paper.id or 0, name=name, key=key, origin=origin
            )
            if origin is AliasOrigin.EDITOR and (
                row.origin is not origin or names.leads(self, paper, key)
            ):
                row.name, row.origin = name, origin
            row.forbidden = key in names.forbidden
            names.note(paper, key)
            known[key] = row
            self._session.add(row)

    def _known_aliases(self, paper: Paper) -> dict[str, PaperAlias]:
        if paper.id not in self._aliases:
            query = select(PaperAlias).where(PaperAlias.paper_id == paper.id)
            self._aliases[paper.id or 0] = {alias.key: alias for alias in self._session.exec(query)}
        return self._aliases[paper.id or 0]

    def drop_orphans(self, among: Collection[int]) -> None:
        """Remove, among these papers, those that no entry covers any more."""
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
