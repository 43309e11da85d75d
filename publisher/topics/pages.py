"""Reads which entries are about a topic, page by page, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, func, select

from publisher.views import best_edition
from storage.enums import EntryKind
from storage.tables import Entry, EntryTopic, Issue, Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session
    from sqlmodel.sql.expression import Select


@dataclass(frozen=True, slots=True)
class TopicEntries:
    """A topic and a page of the entries about it.

    Attributes:
        topic: The topic.
        entries: The ids of those on the page, newest first, each in the edition that suits the reader.
        count: How many there are on all pages.
        page: Which page this is, from 1.
        pages: How many there are, 1 or more.
    """

    topic: Topic
    entries: list[int]
    count: int
    page: int
    pages: int


def topic_entries(
    session: Session, slug: str, language: str, page: int, *, per_page: int
) -> TopicEntries | None:
    """Read a page of the published papers about a topic; the last one where there are not so many.

    Args:
        session: A session for reading.
        slug: Of the topic.
        language: Of the reader; editions in it are preferred.
        page: From 1.
        per_page: How many entries a page holds.

    Returns:
        The page; None where there is no such topic.
    """
    topic = session.get(Topic, slug)
    if topic is None:
        return None
    places = _places(slug)
    count = session.exec(select(func.count()).select_from(places.subquery())).one()
    pages = max(1, -(-count // per_page))
    page = min(page, pages)
    newest_first = places.order_by(
        func.max(Issue.month).desc(), col(Issue.slug).desc(), col(Entry.position)
    )
    shown = session.exec(newest_first.offset((page - 1) * per_page).limit(per_page)).all()
    return TopicEntries(topic, _editions(session, shown, language), count, page, pages)


def _places(slug: str) -> Select[str, int]:
    """Choose where entries about a topic stand; an entry and its translations stand in one place."""
    return (
        select(Issue.slug, Entry.position)
        .join(Entry, col(Entry.issue_id) == Issue.id)
        .join(EntryTopic, col(EntryTopic.entry_id) == Entry.id)
        .where(
            EntryTopic.topic == slug,
            Entry.kind == EntryKind.PAPER,
            col(Issue.published_at).is_not(None),
        )
        .group_by(col(Issue.slug), col(Entry.position))
    )


def _editions(session: Session, places: Sequence[tuple[str, int]], language: str) -> list[int]:
    """Give the entry that stands in each place, in the edition that suits the reader."""
    rows = session.exec(
        select(Issue, Entry.position, Entry.id)
        .join(Entry, col(Entry.issue_id) == Issue.id)
        .where(
            col(Issue.slug).in_({slug for slug, _ in places}),
            Entry.kind == EntryKind.PAPER,
            col(Issue.published_at).is_not(None),
        )
    )
    editions: dict[tuple[str, int], list[tuple[Issue, int]]] = {}
    for issue, position, entry_id in rows:
        editions.setdefault((issue.slug, position), []).append((issue, entry_id or 0))
    chosen = []
    for place in places:
        best = best_edition([issue for issue, _ in editions[place]], language)
        chosen += [entry_id for issue, entry_id in editions[place] if issue is best]
    return chosen
