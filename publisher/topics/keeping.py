"""Keeps the taxonomy in the store, and says for each entry which topics it has: an editor's, else the proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from publisher.errors import TopicError
from publisher.merge import number_at
from publisher.topics.rules import propose
from publisher.topics.taxonomy import Taxonomy, TopicRule, shipped
from storage.enums import EntryKind, TopicOrigin
from storage.tables import Entry, EntryTopic, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlmodel import Session

    from publisher.readers.edition import Edition, EditionEntry
    from storage.tables import Issue


@dataclass(frozen=True, slots=True)
class Chosen:
    """The topics of an entry, and who chose them."""

    slugs: tuple[str, ...]
    origin: TopicOrigin


def taxonomy_of(session: Session) -> Taxonomy:
    """Give the taxonomy of the store; a store without one is given the shipped one."""
    rows = session.exec(select(Topic).order_by(col(Topic.position))).all()
    if rows:
        return Taxonomy(
            tuple(TopicRule(t.slug, tuple(t.names.items()), tuple(t.terms)) for t in rows)
        )
    taxonomy = shipped()
    keep_taxonomy(session, taxonomy)
    return taxonomy


def keep_taxonomy(session: Session, taxonomy: Taxonomy) -> None:
    """Let a taxonomy take the place of the one that is kept."""
    for row in session.exec(select(Topic)):
        session.delete(row)
    session.flush()
    for position, topic in enumerate(taxonomy.topics, 1):
        session.add(
            Topic(
                slug=topic.slug,
                names=dict(topic.names),
                terms=list(topic.terms),
                position=position,
            )
        )
    session.flush()


def slugs_of(taxonomy: Taxonomy, names: Iterable[str], place: str) -> list[str]:
    """Give the slugs of topics that are named by slug or by name.

    Args:
        taxonomy: The topics there are.
        names: What was written.
        place: Where it was written, for the error.

    Raises:
        TopicError: There is no such topic.
    """
    found: list[str] = []
    for name in names:
        slug = taxonomy.slug_of(name)
        if slug is None:
            raise TopicError(f"{place}: there is no topic {name!r}. Known are: {taxonomy.known()}.")
        found.append(slug)
    return list(dict.fromkeys(found))


def choose(
    taxonomy: Taxonomy, editions: Mapping[str, Edition], original: str
) -> dict[str, dict[int, Chosen]]:
    """Give the topics of every entry of an issue, by language and number.

    A translation has the proposals of its original, so that both are found alike.

    Args:
        taxonomy: The topics there are; what an editor chose of others is left out.
        editions: The editions of the issue by language, merged and corrected.
        original: The language of the original.
    """
    first = _by_number(editions[original])
    proposed: dict[int, Chosen] = {}
    chosen: dict[str, dict[int, Chosen]] = {}
    for language in sorted(editions, key=lambda language: language != original):
        own = chosen.setdefault(language, {})
        for number, entry in _by_number(editions[language]).items():
            if entry.topics is not None:
                slugs = dict.fromkeys(s for t in entry.topics if (s := taxonomy.slug_of(t)))
                own[number] = Chosen(tuple(slugs), TopicOrigin.EDITOR)
                continue
            if number not in proposed:
                proposed[number] = _proposed(taxonomy, first.get(number, entry))
            own[number] = proposed[number]
    return chosen


def write_topics(session: Session, issue: Issue, chosen: Mapping[int, Chosen]) -> bool:
    """Make the rows of an issue's entries say what was chosen; tell whether anything changed."""
    entries = session.exec(
        select(Entry.id, Entry.number, Entry.position).where(
            Entry.issue_id == issue.id, Entry.kind == EntryKind.PAPER
        )
    ).all()
    wanted = {
        (entry_id, slug): choice.origin
        for entry_id, number, position in entries
        if (choice := chosen.get(number or position))
        for slug in choice.slugs
    }
    ids = [entry_id for entry_id, _, _ in entries]
    rows = session.exec(select(EntryTopic).where(col(EntryTopic.entry_id).in_(ids))).all()
    have = {(row.entry_id, row.topic): row.origin for row in rows}
    for row in rows:
        if wanted.get((row.entry_id, row.topic)) is not row.origin:
            session.delete(row)
    session.flush()
    for (entry_id, slug), origin in wanted.items():
        if have.get((entry_id or 0, slug)) is not origin:
            session.add(EntryTopic(entry_id=entry_id or 0, topic=slug, origin=origin))
    session.flush()
    return have != wanted


def _by_number(edition: Edition) -> dict[int, EditionEntry]:
    return {number_at(entry, place): entry for place, entry in enumerate(edition.entries)}


def _proposed(taxonomy: Taxonomy, entry: EditionEntry) -> Chosen:
    slugs = propose(taxonomy, entry.title, f"{entry.why}\n{entry.insights}")
    return Chosen(tuple(slugs), TopicOrigin.GUESSED)
