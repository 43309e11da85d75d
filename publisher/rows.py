"""Writes a merged edition into its rows, in place: entries, references and papers keep their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlmodel import col, select

from publisher.merge import number_at
from publisher.moments import MONTHS, is_chinese
from publisher.papers import Numbered
from publisher.readers.edition import Edition, EditionEntry, EditionPaper
from storage import catalog
from storage.enums import EntryKind
from storage.names import name_key
from storage.tables import (
    Entry,
    EntryPaper,
    Issue,
    Paper,
    Reference,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from publisher.papers import Names


def language_title(edition: Edition) -> str:
    """Name an issue whose title no copy has by its month, or by its day."""
    day = edition.day.day if edition.day else None
    if is_chinese(edition.language):
        return f"{edition.month.year} 年 {edition.month.month} 月" + (f" {day} 日" if day else "")
    return (f"{day} " if day else "") + f"{MONTHS[edition.month.month - 1]} {edition.month.year}"


def write_issue(
    session: Session,
    issue: Issue,
    edition: Edition,
    original: Issue | None,
    *,
    names: Names,
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
    _arrange(session, issue, edition.entries)
    rows = {row.position: row for row in _papers(session, issue)}
    numbered.look_up([paper for entry in edition.entries for paper in _given(entry)])
    for place, entry in enumerate(edition.entries):
        row = rows.get(place + 1) or _new_row(issue, EntryKind.PAPER, place + 1)
        row.number = number_at(entry, place)
        _write_entry(session, numbered, row, entry, names)


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
    session: Session, numbered: Numbered, row: Entry, entry: EditionEntry, names: Names
) -> None:
    is_new = row.id is None
    row.title = entry.title
    row.authors, row.et_al = list(entry.authors), entry.et_al
    row.why, row.insights = entry.why, entry.insights
    row.related = [{"title": w.title, "url": w.url, "arxiv": w.arxiv} for w in entry.related]
    row.links = [{"label": link.label, "url": link.url} for link in entry.links]
    session.add(row)
    given = _given(entry)
    current = {} if is_new else {ep.position: ep for ep in _links(session, row)}
    papers = []
    for position, one in enumerate(given, 1):
        before = current.get(position)
        paper = numbered.paper(one, before.paper_id if before else None, row, names)
        papers.append(paper)
    if len(papers) == 1 and len(row.authors) > len(papers[0].authors):
        papers[0].authors = list(row.authors)  # of two papers nobody knows whose they are
        names.touched.add(papers[0].id or 0)
    _link(session, row, papers, is_new=is_new)


def _given(entry: EditionEntry) -> tuple[EditionPaper, ...]:
    return entry.papers or ((EditionPaper(title=entry.title),) if entry.title else ())


def _link(session: Session, row: Entry, papers: list[Paper], *, is_new: bool) -> None:
    wanted = list(dict.fromkeys(p.id for p in papers))
    links = [] if is_new else _links(session, row)
    if [ep.paper_id for ep in links] == wanted:
        return
    for ep in links:
        session.delete(ep)
    session.flush()
    for position, paper_id in enumerate(wanted, 1):
        session.add(EntryPaper(entry_id=row.id or 0, paper_id=paper_id or 0, position=position))


def _links(session: Session, row: Entry) -> list[EntryPaper]:
    query = select(EntryPaper).where(EntryPaper.entry_id == row.id)
    return list(session.exec(query.order_by(col(EntryPaper.position))))


def _arrange(session: Session, issue: Issue, entries: Sequence[EditionEntry]) -> None:
    """Bring the rows into the order of the entries, so that each entry keeps its id wherever it moves."""
    rows = _papers(session, issue)
    places = _places(rows, entries)
    if all(places.get(i) == row.position for i, row in enumerate(rows)):
        return
    _forget(session, [row for i, row in enumerate(rows) if i not in places])
    moved = [(row, places[i]) for i, row in enumerate(rows) if i in places]
    for row, place in moved:  # two rows must not stand at one position, not even for a moment
        row.position = -place
    session.flush()
    for row, place in moved:
        row.position = place
    session.flush()


def _papers(session: Session, issue: Issue) -> list[Entry]:
    query = select(Entry).where(Entry.issue_id == issue.id, Entry.kind == EntryKind.PAPER)
    return list(session.exec(query.order_by(col(Entry.position))))


def _places(rows: Sequence[Entry], entries: Sequence[EditionEntry]) -> dict[int, int]:
    """Find for each row the position of its entry: same title, else same authors, else same first author."""
    places: dict[int, int] = {}
    for key_of in (_by_title, _by_authors, _by_first_author):
        for position, entry in enumerate(entries, 1):
            key = key_of(entry)
            if not key or position in places.values():
                continue
            free = [i for i, row in enumerate(rows) if i not in places and key_of(row) == key]
            if free:
                places[min(free, key=lambda i: abs(rows[i].position - position))] = position
    return places


def _by_title(entry: Entry | EditionEntry) -> str:
    return name_key(entry.title or "")


def _by_authors(entry: Entry | EditionEntry) -> tuple[str, ...]:
    return tuple(name_key(a) for a in entry.authors)


def _by_first_author(entry: Entry | EditionEntry) -> tuple[str, ...]:
    return _by_authors(entry)[:1]


def _row(session: Session, issue: Issue, kind: EntryKind, position: int) -> Entry:
    query = select(Entry).where(
        Entry.issue_id == issue.id, Entry.kind == kind, Entry.position == position
    )
    return session.exec(query).first() or _new_row(issue, kind, position)


def _new_row(issue: Issue, kind: EntryKind, position: int) -> Entry:
    # Lists are given because making a default one anew takes longer than all else.
    return Entry(
        issue_id=issue.id or 0, kind=kind, position=position, authors=[], related=[], links=[]
    )


def _drop_entries(session: Session, issue: Issue, kind: EntryKind, keep: int) -> None:
    rows = session.exec(
        select(Entry).where(
            Entry.issue_id == issue.id, Entry.kind == kind, col(Entry.position) > keep
        )
    ).all()
    _forget(session, rows)


def _forget(session: Session, rows: Sequence[Entry]) -> None:
    catalog.forget_entries(session, [r.id for r in rows if r.id is not None])
    for row in rows:
        for link in _links(session, row):
            session.delete(link)
        session.flush()
        session.delete(row)
    session.flush()
