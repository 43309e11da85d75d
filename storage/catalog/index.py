"""Keeps the search tables in step with an issue, inside the transaction that changes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Integer, bindparam, text
from sqlmodel import col, select

from storage.catalog import fulltext, retrieve, vocabulary
from storage.catalog.document import Document, prose, titles
from storage.catalog.naming import Kind, Name, cited_numbers, names_of
from storage.catalog.people import person_terms
from storage.catalog.vocabulary import LETTERS, LONGEST_NAME, NAME, Changes
from storage.tables import (
    Entry,
    EntryPaper,
    EntryTopic,
    Issue,
    Paper,
    PaperAlias,
    Reference,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlmodel import Session

_SPELLED = frozenset({Kind.TITLE, Kind.SHORT, Kind.EDITOR, Kind.GUESSED})
_TABLES = ("search_document", "search_name", "search_word", "search_spelling")
FORMAT = 2  # raise it when what is indexed of an entry changes; older stores are then indexed anew
_ISSUES_AT_ONCE = 500  # whose words are counted before the vocabulary is written


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is known of an entry beyond its own row."""

    issue: Issue
    papers: list[Paper]
    aliases: list[PaperAlias]  # those that are forbidden too
    cited: list[str]
    topics: list[str]


def index_issue(session: Session, issue_id: int) -> None:
    """Index an issue's entries anew; call it in the transaction that changed them."""
    changes = Changes()
    _index(session, issue_id, changes)
    vocabulary.apply(session, changes)


def forget_entries(session: Session, entry_ids: Iterable[int]) -> None:
    """Take entries out of the index; call it when they are removed."""
    changes = Changes()
    _forget(session, entry_ids, changes)
    vocabulary.apply(session, changes)


def reindex(session: Session, progress: Callable[[int, int], None] | None = None) -> int:
    """Index every issue anew; tells `progress(done, of)` and gives the number of issues."""
    fulltext.erase_all(session)
    for table in _TABLES:
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - one of four words of ours
    session.execute(text("UPDATE search_state SET format = :now"), {"now": FORMAT})
    ids = session.exec(select(Issue.id).order_by(col(Issue.id))).all()
    changes = Changes()
    for done, issue_id in enumerate(ids, 1):
        _index(session, issue_id or 0, changes)
        if done % _ISSUES_AT_ONCE == 0 or done == len(ids):
            vocabulary.apply(session, changes)
            changes = Changes()
            session.expunge_all()
        if progress:
            progress(done, len(ids))
    return len(ids)


def is_current(session: Session, *, hold: bool = False) -> bool:
    """Tell whether the index was made in the present format; an empty one always is.

    Args:
        session: A session for reading; for writing, to hold.
        hold: Let others who ask so wait until the transaction ends, so that one of them alone indexes anew.
    """
    if hold:
        session.execute(text("UPDATE search_state SET format = format"))
    made = session.scalar(text("SELECT format FROM search_state"))
    return made is None or made == FORMAT


def _index(session: Session, issue_id: int, changes: Changes) -> None:
    session.flush()
    issue = session.get_one(Issue, issue_id)
    entries = session.exec(select(Entry).where(Entry.issue_id == issue_id)).all()
    _forget(session, [e.id for e in entries if e.id is not None], changes)
    if not entries:
        return
    subjects = _subjects(session, issue, entries)
    documents: dict[int, Document] = {}
    names: dict[int, list[Name]] = {}
    for entry in entries:
        entry_id = entry.id or 0
        subject = subjects[entry_id]
        names[entry_id] = names_of(entry, subject.papers, subject.aliases, subject.cited)
        documents[entry_id] = _document(entry, subject)
        changes.add(_terms(documents[entry_id], names[entry_id]))
    _write(session, documents, names)


def _forget(session: Session, entry_ids: Iterable[int], changes: Changes) -> None:
    ids = list(entry_ids)
    if not ids:
        return
    these = bindparam("ids", expanding=True, type_=Integer())
    for entry_id, document in retrieve.documents(session, ids).items():
        changes.remove(_terms(document, _names_in(session, entry_id)))
        fulltext.erase(session, entry_id, document)
    for table in ("search_document", "search_name"):
        session.execute(
            text(f"DELETE FROM {table} WHERE entry_id IN :ids").bindparams(these),  # noqa: S608
            {"ids": ids},
        )


def _names_in(session: Session, entry_id: int) -> list[Name]:
    rows = session.execute(
        text("SELECT key, kind, label FROM search_name WHERE entry_id = :e"), {"e": entry_id}
    )
    return [Name(row.key, Kind(row.kind), row.label) for row in rows]


def _write(session: Session, documents: dict[int, Document], names: dict[int, list[Name]]) -> None:
    session.execute(
        text("INSERT INTO search_state (id, format) VALUES (1, :now) ON CONFLICT DO NOTHING"),
        {"now": FORMAT},
    )
    fulltext.write(session, documents)
    session.execute(
        text("INSERT INTO search_document (entry_id, content) VALUES (:e, :content)"),
        [{"e": entry_id, "content": document.pack()} for entry_id, document in documents.items()],
    )
    rows = [
        {
            "key": n.key,
            "kind": n.kind.value,
            "label": n.label,
            "paper": n.paper_id,
            "entry": entry_id,
        }
        for entry_id, own in names.items()
        for n in own
    ]
    if rows:
        session.execute(
            text(
                "INSERT INTO search_name (key, kind, label, paper_id, entry_id) "
                "VALUES (:key, :kind, :label, :paper, :entry)"
            ),
            rows,
        )


def _terms(document: Document, names: Sequence[Name]) -> set[str]:
    words, _, triples = document.indexed()
    short = {n.key for n in names if n.kind in _SPELLED and len(n.key) <= LONGEST_NAME}
    return {
        *words,
        *(NAME + key for key in short),
        *(LETTERS + g for g in triples),
        *person_terms(document.authors),
    }


def _document(entry: Entry, subject: _Subject) -> Document:
    known = [a for a in subject.aliases if not a.forbidden]
    by_paper = [
        titles(paper.title, *(a.name for a in known if a.paper_id == paper.id))
        for paper in subject.papers
    ]
    own = {paper.title for paper in subject.papers}
    if entry.title and len(own) < 2 and entry.title not in own:  # noqa: PLR2004 - a heading of two joins both
        by_paper.append(titles(entry.title))
    related = [titles(work["title"]) for work in entry.related]
    years = {str(subject.issue.month.year), *(y for p in subject.papers if (y := year_of(p)))}
    return Document.of(
        entry.kind.value,
        names=by_paper,
        authors=[titles(author) for author in _authors(entry, subject.papers)],
        body=prose(entry.why, entry.insights),
        cited=[*related, *(titles(reference) for reference in subject.cited)],
        years=sorted(years),
        topics=subject.topics,
    )


def _authors(entry: Entry, papers: Sequence[Paper]) -> list[str]:
    return list(dict.fromkeys([*entry.authors, *(a for p in papers for a in p.authors)]))


def year_of(paper: Paper) -> str | None:
    """Give a paper's year: as stored, or as its arXiv id says."""
    if paper.year:
        return str(paper.year)
    if not paper.arxiv:
        return None
    digits = paper.arxiv.rpartition("/")[2][:2]
    # Old-style ids began in 1991.
    return f"19{digits}" if "/" in paper.arxiv and digits > "90" else f"20{digits}"


def _subjects(session: Session, issue: Issue, entries: Sequence[Entry]) -> dict[int, _Subject]:
    ids = [e.id for e in entries if e.id is not None]
    papers: dict[int, list[Paper]] = {}
    for entry_id, paper in session.exec(
        select(EntryPaper.entry_id, Paper)
        .join(Paper, col(Paper.id) == EntryPaper.paper_id)
        .where(col(EntryPaper.entry_id).in_(ids))
        .order_by(EntryPaper.entry_id, col(EntryPaper.position))  # type: ignore[arg-type]
    ):
        papers.setdefault(entry_id, []).append(paper)
    aliases: dict[int, list[PaperAlias]] = {}
    for alias in session.exec(
        select(PaperAlias)
        .where(col(PaperAlias.paper_id).in_({p.id for own in papers.values() for p in own}))
        .order_by(col(PaperAlias.id))
    ):
        aliases.setdefault(alias.paper_id, []).append(alias)
    references = {
        r.number: r.text
        for r in session.exec(select(Reference).where(Reference.issue_id == issue.id))
    }
    topics: dict[int, list[str]] = {}
    for row in session.exec(
        select(EntryTopic).where(col(EntryTopic.entry_id).in_(ids)).order_by(EntryTopic.topic)
    ):
        topics.setdefault(row.entry_id, []).append(row.topic)
    return {
        entry.id or 0: _Subject(
            issue=issue,
            papers=papers.get(entry.id or 0, []),
            aliases=[a for p in papers.get(entry.id or 0, []) for a in aliases.get(p.id or 0, [])],
            cited=[references[n] for n in cited_numbers(entry) if n in references],
            topics=topics.get(entry.id or 0, []),
        )
        for entry in entries
    }
