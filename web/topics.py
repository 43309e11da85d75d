"""Reads what the pages say about topics: their names, and which papers are about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, func, select

from publisher.topics.pages import topic_entries
from publisher.views import entry_views
from storage import catalog
from storage.tables import Entry, EntryPaper, EntryTopic, Issue, Topic

if TYPE_CHECKING:
    from sqlmodel import Session

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
    found = topic_entries(session, slug, language, page, per_page=PER_PAGE)
    if found is None:
        return None
    name = TopicName(slug, catalog.topic_name(found.topic.names, language), found.count)
    read = entry_views(session, found.entries)
    works = [Work(*read[entry_id]) for entry_id in found.entries]
    return TopicPage(name, works, found.page, found.pages)


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
