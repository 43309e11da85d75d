"""Writes a merged edition into its rows, in place: entries, references and papers keep their ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete
from sqlmodel import col, select

from publisher.aliases import guess_aliases
from publisher.merge import number_at
from publisher.readers.edition import Edition, EditionEntry, EditionPaper
from storage import catalog
from storage.enums import AliasOrigin, EntryKind
from storage.names import name_key
from storage.tables import (
    Entry,
    EntryPaper,
    Issue,
    Newsletter,
    Paper,
    PaperAlias,
    Reference,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

UNNAMED = "newsletter"  # slug of the newsletter until a copy says its name
_ENGLISH = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def language_title(edition: Edition) -> str:
    """Name an issue whose title no copy has by its month."""
    if edition.language.startswith("zh"):
        return f"{edition.month.year} 年 {edition.month.month} 月"
    return f"{_ENGLISH[edition.month.month - 1]} {edition.month.year}"


def write_issue(
    session: Session,
    issue: Issue,
    edition: Edition,
    original: Issue | None,
    *,
    forbidden: Collection[str],
) -> None:
    """Make the rows of an issue say what the merged edition says."""
    numbered = Numbered(session)
    issue.newsletter_id = numbered.newsletter(edition.newsletter)
    issue.title = edition.title or language_title(edition)
    issue.intro = edition.intro
    issue.month, issue.month_source = edition.month, edition.month_source
    issue.translation_of_id = original.id if original else None
    issue.translation_credit = edition.translation_credit
    issue.sponsor = edition.sponsor
    issue.occasions = [{"title": o.title, "at": o.at, "url": o.url} for o in edition.occasions]
    session.add(issue)
    session.flush()
    _write_news(session, issue, edition)
    _write_references(session, issue, edition)
    for place, entry in enumerate(edition.entries):
        _write_entry(session, issue, entry, place, forbidden)
    _drop_entries(session, issue, EntryKind.PAPER, len(edition.entries))


def _write_news(session: Session, issue: Issue, edition: Edition) -> None:
    for position, text in enumerate(edition.news, 1):
        row = _row(session, issue, EntryKind.NEWS, position)
        row.insights = text
        session.add(row)
    _drop_entries(session, issue, EntryKind.NEWS, len(edition.news))


def _write_references(session: Session, issue: Issue, edition: Edition) -> None:
    wanted = [(r.number, r.text, r.url) for r in edition.references]
    rows = session.exec(
        select(Reference).where(Reference.issue_id == issue.id).order_by(col(Reference.position))
    ).all()
    if [(r.number, r.text, r.url) for r in rows] == wanted:
        return
    session.connection().execute(delete(Reference).where(col(Reference.issue_id) == issue.id))
    session.expire_all()
    for position, (number, text, url) in enumerate(wanted, 1):
        session.add(
            Reference(issue_id=issue.id or 0, position=position, number=number, text=text, url=url)
        )
    session.flush()


def _write_entry(
    session: Session, issue: Issue, entry: EditionEntry, place: int, forbidden: Collection[str]
) -> None:
    row = _row(session, issue, EntryKind.PAPER, place + 1)
    row.number = number_at(entry, place)
    row.title = entry.title
    row.authors, row.et_al = list(entry.authors), entry.et_al
    row.why, row.insights = entry.why, entry.insights
    row.related = [{"title": w.title, "url": w.url, "arxiv": w.arxiv} for w in entry.related]
    row.links = [{"label": link.label, "url": link.url} for link in entry.links]
    session.add(row)
    session.flush()
    numbered = Numbered(session)
    given = entry.papers or ((EditionPaper(title=entry.title),) if entry.title else ())
    current = {ep.position: ep for ep in _links(session, row)}
    papers = []
    for position, one in enumerate(given, 1):
        before = current.get(position)
        paper = numbered.paper(one, before.paper_id if before else None, row)
        papers.append(paper)
        numbered.aliases(paper, one.aliases, AliasOrigin.EDITOR, forbidden)
        guessed = guess_aliases(
            one.title, f"{entry.why}\n{entry.insights}" if len(given) == 1 else ""
        )
        if entry.title and len(given) == 1:
            guessed += guess_aliases(entry.title, "")
        numbered.aliases(paper, guessed, AliasOrigin.GUESSED, forbidden)
    _link(session, row, papers)


def _link(session: Session, row: Entry, papers: list[Paper]) -> None:
    wanted = list(dict.fromkeys(p.id for p in papers))
    links = _links(session, row)
    if [ep.paper_id for ep in links] == wanted:
        return
    for ep in links:
        session.delete(ep)
    session.flush()
    for position, paper_id in enumerate(wanted, 1):
        session.add(EntryPaper(entry_id=row.id or 0, paper_id=paper_id or 0, position=position))
    session.flush()


def _links(session: Session, row: Entry) -> list[EntryPaper]:
    query = select(EntryPaper).where(EntryPaper.entry_id == row.id)
    return list(session.exec(query.order_by(col(EntryPaper.position))))


def _row(session: Session, issue: Issue, kind: EntryKind, position: int) -> Entry:
    query = select(Entry).where(
        Entry.issue_id == issue.id, Entry.kind == kind, Entry.position == position
    )
    return session.exec(query).first() or Entry(
        issue_id=issue.id or 0, kind=kind, position=position
    )


def _drop_entries(session: Session, issue: Issue, kind: EntryKind, keep: int) -> None:
    rows = session.exec(
        select(Entry).where(
            Entry.issue_id == issue.id, Entry.kind == kind, col(Entry.position) > keep
        )
    ).all()
    catalog.forget_entries(session, [r.id for r in rows if r.id is not None])
    for row in rows:
        for link in _links(session, row):
            session.delete(link)
        session.flush()
        session.delete(row)
    session.flush()


class Numbered:
    """Finds or makes the rows that issues share: newsletters, papers and their aliases."""

    def __init__(self, session: Session) -> None:
        self._session = session

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

    def paper(self, given: EditionPaper, before: int | None, entry: Entry) -> Paper:
        """Find a paper by arXiv id, DOI or title, else take the one the entry had, else make one."""
        title = (
            given.title
            or entry.title
            or (f"arXiv {given.arxiv}" if given.arxiv else given.doi or "")
        )
        by_id = self._one(Paper.arxiv, given.arxiv) or self._one(Paper.doi, given.doi)
        by_title = self._one(Paper.title_key, name_key(title))
        previous = self._session.get(Paper, before) if before else None
        paper = by_id or _unless(by_title, given) or _unless(previous, given)
        if paper is None:
            paper = Paper(title=title, title_key=self._free_key(title, given))
        if (
            by_title is not None
            and by_title is not paper
            and by_id is not None
            and by_title.arxiv is None
        ):
            self._absorb(by_title, paper)
        rival = self._one(Paper.title_key, name_key(title))
        if given.title and (rival is None or rival is paper):
            paper.title, paper.title_key = title, name_key(title)
        paper.arxiv, paper.doi = given.arxiv or paper.arxiv, given.doi or paper.doi
        if len(entry.authors) > len(paper.authors):
            paper.authors = list(entry.authors)
        self._session.add(paper)
        self._session.flush()
        return paper

    def aliases(
        self, paper: Paper, names: Collection[str], origin: AliasOrigin, forbidden: Collection[str]
    ) -> None:
        """Note other names of a paper; an editor's word confirms a guess and is never undone by one."""
        banned = {name_key(name) for name in forbidden}
        query = select(PaperAlias).where(PaperAlias.paper_id == paper.id)
        known = {alias.key: alias for alias in self._session.exec(query)}
        for name in names:
            key = name_key(name)
            if not key or key == paper.title_key:
                continue
            row = known.get(key) or PaperAlias(
                paper_id=paper.id or 0, name=name, key=key, origin=origin
            )
            if origin is AliasOrigin.EDITOR:
                row.name, row.origin = name, origin
            row.forbidden = key in banned
            known[key] = row
            self._session.add(row)
        self._session.flush()

    def drop_orphans(self) -> None:
        """Remove papers that no entry covers any more."""
        used = select(EntryPaper.paper_id)
        orphans = self._session.exec(select(Paper).where(col(Paper.id).not_in(used))).all()
        for paper in orphans:
            self._session.connection().execute(
                delete(PaperAlias).where(col(PaperAlias.paper_id) == paper.id)
            )
            self._session.delete(paper)
        self._session.flush()

    def _one(self, column: Any, value: str | None) -> Paper | None:  # noqa: ANN401 - a mapped column
        return self._session.exec(select(Paper).where(column == value)).first() if value else None

    def _free_key(self, title: str, given: EditionPaper) -> str:
        key = name_key(title) or name_key(given.arxiv or given.doi or "")
        taken = self._one(Paper.title_key, key)
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


def _unless(paper: Paper | None, given: EditionPaper) -> Paper | None:
    """Give a paper unless it has another id than the one that is given."""
    if paper is None or (given.arxiv and paper.arxiv and paper.arxiv != given.arxiv):
        return None
    return paper
