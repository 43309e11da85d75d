"""What the options of a search may hold: understood as they were typed, and suggested while they are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlmodel import col, select

from bot import archive
from bot.texts import month_name
from storage import catalog
from storage.enums import EntryKind
from storage.names import fold
from storage.tables import Entry, Issue, Topic

if TYPE_CHECKING:
    from sqlmodel import Session

MAX_READ = 1_000  # newest entries whose authors are suggested

Labelled = tuple[str, str]  # what is shown, and the value behind it


def issue_slug(session: Session, name: str, language: str) -> str | None:
    """Give the slug of a published issue by its slug, month or title."""
    issue = archive.issue_called(session, name, language)
    return issue.slug if issue else None


def issues(session: Session, typed: str, language: str) -> list[Labelled]:
    """Suggest issues whose month or title holds what was typed, newest first."""
    wanted = typed.casefold()
    labels = [
        (f"{month_name(month, language)} · {title}", slug)
        for slug, month, title in archive.issue_names(session, language)
    ]
    return [it for it in labels if wanted in it[0].casefold() or wanted in it[1].casefold()]


def topics(session: Session, typed: str, language: str) -> list[Labelled]:
    """Suggest topics with a name in any language that holds what was typed, in the order of the taxonomy."""
    wanted = fold(typed)
    rows = session.exec(select(Topic).order_by(col(Topic.position)))
    return [
        (catalog.topic_name(topic.names, language) or topic.slug, topic.slug)
        for topic in rows
        if any(wanted in fold(name) for name in (topic.slug, *topic.names.values()))
    ]


def authors(session: Session, typed: str) -> list[Labelled]:
    """Suggest authors of the newest entries of whose name a part begins with what was typed, the busiest first."""
    wanted = fold(typed).strip()
    rows = session.exec(
        select(Entry.authors)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(col(Issue.published_at).is_not(None), Entry.kind == EntryKind.PAPER)
        .order_by(col(Issue.month).desc(), col(Entry.id))
        .limit(MAX_READ)
    )
    counted = Counter(name for names in rows for name in dict.fromkeys(names))
    return [(name, name) for name, _ in counted.most_common() if _begins(fold(name), wanted)]


def _begins(name: str, wanted: str) -> bool:
    return name.startswith(wanted) or f" {wanted}" in name
