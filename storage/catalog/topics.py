"""What topics there are, by which names, and how much was written about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import String, cast, col, distinct, func, select

from storage.enums import EntryKind
from storage.names import name_key
from storage.tables import Entry, EntryTopic, Issue, Topic

if TYPE_CHECKING:
    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class TopicCount:
    """A topic and how many papers' entries are about it; an entry and its translations count once."""

    slug: str
    names: dict[str, str]  # by language
    entries: int


def topics(session: Session, *, drafts: bool = False) -> list[TopicCount]:
    """List every topic in the order of the taxonomy; `drafts` also counts issues not published yet."""
    # The issues stand in subqueries and not in a join, so that SQLite reads entries from their index alone.
    shown = select(Issue.id)
    if not drafts:
        shown = shown.where(col(Issue.published_at).is_not(None))
    slug = select(Issue.slug).where(Issue.id == Entry.issue_id).scalar_subquery()
    place = slug.concat(":").concat(cast(col(Entry.position), String))
    counted = session.exec(
        select(EntryTopic.topic, func.count(distinct(place)))
        .join(Entry, col(Entry.id) == EntryTopic.entry_id)
        .where(Entry.kind == EntryKind.PAPER, col(Entry.issue_id).in_(shown))
        .group_by(EntryTopic.topic)
    )
    counts: dict[str, int] = dict(counted.all())
    found = session.exec(select(Topic).order_by(col(Topic.position)))
    return [TopicCount(t.slug, t.names, counts.get(t.slug, 0)) for t in found]


def topic_name(names: dict[str, str], language: str) -> str:
    """Give a topic's name for a reader's language: the same, the same main language, English, any."""
    wanted = (language, language.partition("-")[0], "en", *names)
    return next((names[one] for one in wanted if one in names), "")


def topic_named(session: Session, name: str) -> str | None:
    """Give the slug of the topic with this slug, or with this name in any language; None where there is none."""
    key = name_key(name)
    for topic in session.exec(select(Topic).order_by(col(Topic.position))):
        if key and key in {name_key(form) for form in (topic.slug, *topic.names.values())}:
            return topic.slug
    return None
