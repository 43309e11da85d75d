"""Reads what the pages say about topics: their names, and which papers are about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, func, select

from publisher.views import best_edition, entry_views
from storage import catalog
from storage.enums import EntryKind
from storage.tables import Entry, EntryPaper, EntryTopic, Issue, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session
    from sqlmodel.sql.expression import Select

    from publisher.ports import EntryView

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class TopicName:
    """A topic as it is called in the reader's language."""

    slug: str
    name: str
    papers: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """An entry as it stands in a list of papers, with the issue it is from."""

    issue: Issue
    entry: EntryView


@dataclass(frozen=True, slots=True)
class TopicPage:
    """A topic and a page of what was written about it, newest first."""

    topic: TopicName
    works: list[Work]
    page: int
    pages: int


def every_topic(session: Session, language: str) -> list[TopicName]:
    """List the topics that something was written about, with how many papers."""
    return [
        TopicName(it.slug, catalog.topic_name(it.names, language), it.entries)
        for it in catalog.topics(session)
        if it.entries
    ]


def named_topics(session: Session, language: str) -> list[TopicName]:
    """List all topics without counting, in the order of the taxonomy."""
    rows = session.exec(select(Topic).order_by(col(Topic.position)))
    return [TopicName(it.slug, catalog.topic_name(it.names, language)) for it in rows]


def topic_page(session: Session, slug: str, language: str, page: int) -> TopicPage | None:
    """Read a page of a topic; the last one where there are not so many. None: no such topic."""
    topic = session.get(Topic, slug)
    if topic is None:
        return None
    places = _places(slug)
    count = session.exec(select(func.count()).select_from(places.subquery())).one()
    pages = max(1, -(-count // PER_PAGE))
    page = min(page, pages)
    name = TopicName(slug, catalog.topic_name(topic.names, language), count)
    works = _works(session, slug, language, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    return TopicPage(name, works, page, pages)


def papers_about(session: Session, slug: str, limit: int) -> list[int]:
    """Give the numbers of the papers of a topic, those of the newest issue first."""
    query = (
        select(EntryPaper.paper_id)
        .join(Entry, col(Entry.id) == EntryPaper.entry_id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .join(EntryTopic, col(EntryTopic.entry_id) == Entry.id)
        .where(EntryTopic.topic == slug, col(Issue.published_at).is_not(None))
        .group_by(col(EntryPaper.paper_id))
        .order_by(func.max(Issue.month).desc(), func.min(Entry.position), col(EntryPaper.paper_id))
        .limit(limit)
    )
    return list(session.exec(query))


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
        .group_by(Issue.slug, col(Entry.position))
    )


def _works(session: Session, slug: str, language: str, *, offset: int, limit: int) -> list[Work]:
    newest_first = _places(slug).order_by(
        func.max(Issue.month).desc(), col(Issue.slug).desc(), col(Entry.position)
    )
    places = session.exec(newest_first.offset(offset).limit(limit)).all()
    chosen = _editions(session, places, language)
    read = entry_views(session, [entry_id for entry_id, _ in chosen])
    return [Work(issue, read[entry_id][1]) for entry_id, issue in chosen]


def _editions(
    session: Session, places: Iterable[tuple[str, int]], language: str
) -> list[tuple[int, Issue]]:
    """Choose the edition of each place that fits the reader."""
    wanted = list(places)
    rows = session.exec(
        select(Issue, Entry.position, Entry.id)
        .join(Entry, col(Entry.issue_id) == Issue.id)
        .where(
            col(Issue.slug).in_({slug for slug, _ in wanted}),
            Entry.kind == EntryKind.PAPER,
            col(Issue.published_at).is_not(None),
        )
    )
    editions: dict[tuple[str, int], dict[int, int]] = {}
    issues: dict[int, Issue] = {}
    for issue, position, entry_id in rows:
        issues[issue.id or 0] = issue
        editions.setdefault((issue.slug, position), {})[issue.id or 0] = entry_id or 0
    chosen = []
    for place in wanted:
        own = editions[place]
        best = best_edition([issues[issue_id] for issue_id in own], language)
        chosen.append((own[best.id or 0], best))
    return chosen
