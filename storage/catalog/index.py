"""Keeps the search tables in step with an issue, inside the transaction that changes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlmodel import col, select

from storage.catalog.tokens import grams, words
from storage.enums import EntryKind
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Paper, PaperAlias, Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlmodel import Session

_MARKS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_MARK_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_QUOTED = re.compile(r"[“\"]([^”\"]{3,300})[”\"]")
MIN_AUTHOR_PART = 3


def index_issue(session: Session, issue_id: int) -> None:
    """Index an issue's entries anew; call it in the transaction that changed them."""
    session.flush()
    entries = session.exec(
        select(Entry).where(Entry.issue_id == issue_id, Entry.kind == EntryKind.PAPER)
    ).all()
    references = {
        r.number: r.text
        for r in session.exec(select(Reference).where(Reference.issue_id == issue_id))
    }
    gone = [e.id for e in entries if e.id is not None]
    _remove(session, gone)
    for entry in entries:
        _index_entry(session, entry, references)


def forget_entries(session: Session, entry_ids: list[int]) -> None:
    """Take entries out of the index; call it when they are removed."""
    _remove(session, entry_ids)


def reindex(session: Session, progress: Callable[[int, int], None] | None = None) -> int:
    """Index every issue anew; tells `progress(done, of)` and gives the number of issues."""
    session.execute(text("DELETE FROM search_name"))
    session.execute(text("DELETE FROM search_text"))
    ids = session.exec(select(Issue.id).order_by(col(Issue.id))).all()
    for done, issue_id in enumerate(ids, 1):
        index_issue(session, issue_id or 0)
        if progress:
            progress(done, len(ids))
    return len(ids)


def _remove(session: Session, entry_ids: list[int]) -> None:
    for entry_id in entry_ids:
        session.execute(text("DELETE FROM search_name WHERE entry_id = :e"), {"e": entry_id})
        session.execute(text("DELETE FROM search_text WHERE rowid = :e"), {"e": entry_id})


def _index_entry(session: Session, entry: Entry, references: dict[int, str]) -> None:
    papers = session.exec(
        select(Paper)
        .join(EntryPaper, col(EntryPaper.paper_id) == Paper.id)
        .where(EntryPaper.entry_id == entry.id)
        .order_by(col(EntryPaper.position))
    ).all()
    aliases = session.exec(
        select(PaperAlias).where(
            col(PaperAlias.paper_id).in_([p.id for p in papers]),
            col(PaperAlias.forbidden).is_(False),
        )
    ).all()
    cited = [references[n] for n in cited_numbers(entry) if n in references]
    rows = {
        (name_key(label), kind, paper_id): label
        for label, kind, paper_id in _names(entry, list(papers), list(aliases), cited)
        if name_key(label)
    }
    if rows:
        session.execute(
            text(
                "INSERT INTO search_name (key, kind, label, paper_id, entry_id) "
                "VALUES (:key, :kind, :label, :paper, :entry)"
            ),
            [
                {"key": key, "kind": kind, "label": label, "paper": paper_id, "entry": entry.id}
                for (key, kind, paper_id), label in rows.items()
            ],
        )
    names = " ".join([entry.title or "", *(p.title for p in papers), *(a.name for a in aliases)])
    body = " ".join(
        [*entry.authors, entry.why, entry.insights, *(r["title"] for r in entry.related), *cited]
    )
    _write_text(session, entry.id or 0, names, body)


def _write_text(session: Session, entry_id: int, names: str, body: str) -> None:
    values = {
        "e": entry_id,
        "title": " ".join(words(names)),
        "body": " ".join(words(body)),
        "grams": " ".join(grams(f"{names} {names} {body}")),
    }
    if session.get_bind().dialect.name == "sqlite":
        statement = (
            "INSERT INTO search_text (rowid, title, body, grams) VALUES (:e, :title, :body, :grams)"
        )
    else:
        statement = (
            "INSERT INTO search_text (rowid, words, grams) VALUES (:e, "
            "setweight(to_tsvector('simple', :title), 'A') || setweight(to_tsvector('simple', :body), 'C'), "
            "to_tsvector('simple', :grams))"
        )
    session.execute(text(statement), values)


def cited_numbers(entry: Entry) -> list[int]:
    """Give the numbers of the references that an entry's text points at."""
    runs = _MARK_RUN.findall(f"{entry.why} {entry.insights}")
    return [int(run.translate(_MARKS)) for run in runs]


def _names(
    entry: Entry, papers: list[Paper], aliases: list[PaperAlias], cited: list[str]
) -> Iterator[tuple[str, str, int | None]]:
    for paper in papers:
        yield paper.title, "title", paper.id
        if ":" in paper.title:
            yield paper.title.split(":", 1)[0], "short", paper.id
    if entry.title:
        yield entry.title, "title", papers[0].id if len(papers) == 1 else None
    for alias in aliases:
        yield alias.name, alias.origin.value, alias.paper_id
    for author in entry.authors:
        yield author, "author", None
        family = author.split()[-1] if author.split() else ""
        if len(family) >= MIN_AUTHOR_PART:
            yield family, "family", None
    yield from _cited_names(entry, cited)


def _cited_names(entry: Entry, cited: list[str]) -> Iterator[tuple[str, str, Any]]:
    for work in entry.related:
        yield work["title"], "related", None
        if work.get("arxiv"):
            yield f"arxiv {work['arxiv']}", "related", None
        if ":" in work["title"]:
            yield work["title"].split(":", 1)[0], "related", None
    for reference in cited:
        for title in _QUOTED.findall(reference):
            yield title, "cited", None
            if ":" in title:
                yield title.split(":", 1)[0], "cited", None
