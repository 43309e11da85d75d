"""Completes what a member has typed so far, from the first character."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from storage.catalog import names
from storage.catalog.answer import Suggestion
from storage.catalog.search import search
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Paper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

MAX_CHOICES = 25
MAX_LENGTH = 100
ENOUGH = 5  # below so many names, full text adds its answers


def suggest(
    session: Session,
    prefix: str,
    *,
    language: str = "en",
    drafts: bool = False,
    limit: int = MAX_CHOICES,
) -> list[Suggestion]:
    """Give choices, most likely first; the newest papers when nothing is typed yet."""
    limit = min(limit, MAX_CHOICES)
    key = name_key(prefix)
    if not key:
        return _suggestions(_newest(session, drafts=drafts), limit)
    matches = sorted(names.beginning(session, key), key=lambda m: -m.score)
    ids = list(dict.fromkeys(m.entry_id for m in matches if m.kind not in {"cited", "related"}))
    rows = _titles(session, ids, drafts=drafts)
    if len(rows) < ENOUGH:
        answer = search(session, prefix, language=language, drafts=drafts, limit=limit)
        rows += [(h.title, h.issue) for h in answer.hits if h.title]
    return _suggestions(rows, limit)


def _newest(session: Session, *, drafts: bool) -> list[tuple[str | None, str]]:
    query = (
        select(Paper.title, Issue.slug)
        .join(EntryPaper, col(EntryPaper.paper_id) == Paper.id)
        .join(Entry, col(Entry.id) == EntryPaper.entry_id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .order_by(col(Issue.month).desc(), col(Entry.position))
        .limit(4 * MAX_CHOICES)
    )
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    return [(title, slug) for title, slug in session.exec(query)]


def _titles(session: Session, ids: list[int], *, drafts: bool) -> list[tuple[str | None, str]]:
    query = (
        select(Entry.id, Entry.title, Paper.title, Issue.slug)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .outerjoin(EntryPaper, col(EntryPaper.entry_id) == Entry.id)
        .outerjoin(Paper, col(Paper.id) == EntryPaper.paper_id)
        .where(col(Entry.id).in_(ids))
    )
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    found = list(session.exec(query))
    return [
        (paper or title, slug)
        for wanted in ids
        for entry_id, title, paper, slug in found
        if entry_id == wanted
    ]


def _suggestions(rows: Iterable[tuple[str | None, str]], limit: int) -> list[Suggestion]:
    titles = {title: slug for title, slug in reversed(list(rows)) if title}
    chosen = list(reversed(titles.items()))[:limit]
    return [Suggestion(_short(f"{title} · {slug}"), _short(title)) for title, slug in chosen]


def _short(text: str) -> str:
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"
