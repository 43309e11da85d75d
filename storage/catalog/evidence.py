"""Gathers what ties other entries to those about one paper, and gives points for each tie.

Only the entries that rare ties bring up are read, so the work stays bounded however large the store is.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from storage.catalog import likeness, vocabulary
from storage.catalog.answer import ReasonKind
from storage.catalog.citing import ties
from storage.catalog.document import author_token, topic_token
from storage.catalog.editions import main_language
from storage.catalog.fulltext import holding
from storage.catalog.retrieve import documents
from storage.tables import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from storage.catalog.citing import Ties
    from storage.catalog.document import Document
    from storage.catalog.likeness import Profile
    from storage.tables import Paper

CITATION = 100.0
SAME_REFERENCE = 45.0  # where one other entry alone points at the work
SAME_AUTHOR = 30.0  # where one other entry alone is by them
SAME_TOPIC = 18.0  # for each time that a topic is ten times rarer than a common one
MOST_BY_TOPICS = 30.0
NAMESAKE = 0.6  # of an author's points, where nothing else speaks for the same person
SURE_OF_AUTHOR = 12.0  # points of topics and text that do
ALIKE = 100.0  # texts that are one
COMMON_TOPIC = 0.1  # of the store
SMALL_STORE = 500  # entries; so many are added before a topic is called common
RARER = 0.25  # the power by which a tie counts less the more entries share it
AGAIN = 0.5  # times what a reason of the same kind counts that was given before
MAX_BY_AUTHORS = 200  # entries, the newest
MAX_OF_TOPIC = 500  # entries; a topic of more brings up none by itself

Why = tuple[float, tuple[str, ...]]  # points, and the values of the reason
Evidence = dict[ReasonKind, Why]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about, and what it holds that others may hold too."""

    ties: Ties
    profiles: dict[str, list[Profile]]  # by language
    authors: dict[str, str]  # token → name
    topics: dict[str, str]  # token → slug
    others: dict[str, int]  # author or topic → how many other entries
    entries: int  # in the store


def asked_about(session: Session, languages: Mapping[int, str], papers: Sequence[Paper]) -> Asked:
    """Read the entries about a paper, given with their languages."""
    entry_ids = sorted(languages)
    read = documents(session, entry_ids)
    own = [read[entry_id] for entry_id in entry_ids if entry_id in read]
    held = Counter(token for document in own for token in document.indexed()[0])
    profiles: dict[str, list[Profile]] = {}
    for entry_id, document in sorted(read.items()):
        speaks = likeness.profile(session, document, held)
        profiles.setdefault(main_language(languages[entry_id]), []).append(speaks)
    authors = {author_token(name): name for name in _names(session, entry_ids, papers)}
    topics = {topic_token(slug): slug for document in own for slug in document.topics}
    frequent = vocabulary.entries_of(session, [vocabulary.EVERY_ENTRY, *authors, *topics])
    return Asked(
        ties=ties(session, entry_ids, papers),
        profiles=profiles,
        authors=authors,
        topics=topics,
        others={
            token: max(frequent.get(token, 0) - held[token], 0) for token in (*authors, *topics)
        },
        entries=frequent.get(vocabulary.EVERY_ENTRY, 0),
    )


def brought_up(session: Session, asked: Asked) -> dict[int, float]:
    """Find the entries that may be related, with rough points."""
    found: dict[int, float] = dict.fromkeys((*asked.ties.cited, *asked.ties.citing), CITATION)

    def add(entry_id: int, points: float) -> None:
        found[entry_id] = found.get(entry_id, 0.0) + points

    for entry_id, works in asked.ties.sharing.items():
        add(entry_id, sum(_rarer(SAME_REFERENCE, entries) for entries in works.values()))
    if asked.authors:
        anyone = [(token,) for token in sorted(asked.authors)]
        for entry_id in holding(session, "words", [anyone], limit=MAX_BY_AUTHORS):
            add(entry_id, SAME_AUTHOR)
    for token in sorted(asked.topics):
        if asked.others[token] <= MAX_OF_TOPIC:
            for entry_id in holding(session, "words", [[(token,)]], limit=MAX_OF_TOPIC):
                add(entry_id, _of_topic(asked, token))
    for speaks in (speaks for same in asked.profiles.values() for speaks in same):
        alike = likeness.speaking_alike(session, speaks)
        for entry_id, degree in alike.items():
            add(entry_id, ALIKE * degree)
    return found


def evidence(asked: Asked, entry_id: int, language: str, document: Document) -> Evidence:
    """Give every reason for which an entry is related, with its points; texts are compared within a language."""
    found: Evidence = {}
    if entry_id in asked.ties.cited:
        found[ReasonKind.CITES] = (CITATION, ())
    if entry_id in asked.ties.citing:
        found[ReasonKind.CITED_BY] = (CITATION, ())
    if works := asked.ties.sharing.get(entry_id):
        found[ReasonKind.SAME_REFERENCES] = _by_references(works)
    if by := _by_authors(asked, document):
        found[ReasonKind.AUTHORS] = by
    if of := _by_topics(asked, document):
        found[ReasonKind.TOPICS] = of
    if same := asked.profiles.get(main_language(language)):
        found[ReasonKind.TEXT] = _by_text(same, document)
    return found


def together(every: Sequence[tuple[str, Evidence]]) -> Evidence:
    """Join what entries about one work give, each with its language; the values are those of the first."""
    joined: Evidence = {}
    for kind in ReasonKind:
        given = [(language, one[kind]) for language, one in every if kind in one]
        values = next((said for _, (points, said) in given if points), ())
        most: dict[str, float] = {}
        for language, (points, _) in given:
            most[language] = max(points, most.get(language, 0.0))
        # Texts may be alike by chance in one language; then they are not in another.
        points = (
            sum(most.values()) / len(most)
            if kind is ReasonKind.TEXT and most
            else max(most.values(), default=0.0)
        )
        if points:
            joined[kind] = points, values
    return _doubted(joined)


def _doubted(joined: Evidence) -> Evidence:
    """Take an author for one of the same name in part, where nothing else is alike."""
    if ReasonKind.AUTHORS not in joined:
        return joined
    others = sum(joined[kind][0] for kind in (ReasonKind.TOPICS, ReasonKind.TEXT) if kind in joined)
    points, names = joined[ReasonKind.AUTHORS]
    sure = NAMESAKE + (1 - NAMESAKE) * min(others / SURE_OF_AUTHOR, 1.0)
    return {**joined, ReasonKind.AUTHORS: (points * sure, names)}


def _names(session: Session, entry_ids: Sequence[int], papers: Sequence[Paper]) -> list[str]:
    lists = session.exec(
        select(Entry.authors).where(col(Entry.id).in_(entry_ids)).order_by(col(Entry.id))
    ).all()
    return [name for names in (*lists, *(p.authors for p in papers)) for name in names]


def _rarer(points: float, others: int) -> float:
    return points / math.pow(max(others, 1), RARER)


def _by_references(works: dict[str, int]) -> Why:
    ranked = sorted(works, key=lambda title: (works[title], title))
    return _summed([_rarer(SAME_REFERENCE, works[title]) for title in ranked]), tuple(ranked)


def _by_authors(asked: Asked, document: Document) -> Why | None:
    theirs = {author_token(" ".join(author)) for author in document.authors}
    shared = [token for token in asked.authors if token in theirs]
    points = sorted((_rarer(SAME_AUTHOR, asked.others[token]) for token in shared), reverse=True)
    return (_summed(points), tuple(asked.authors[token] for token in shared)) if shared else None


def _by_topics(asked: Asked, document: Document) -> Why | None:
    theirs = {topic_token(slug) for slug in document.topics}
    worth = {t: p for t in asked.topics if t in theirs and (p := _of_topic(asked, t)) >= 1}
    shared = sorted(worth, key=lambda token: (-worth[token], token))
    points = min(_summed([worth[token] for token in shared]), MOST_BY_TOPICS)
    return (points, tuple(asked.topics[token] for token in shared)) if shared else None


def _of_topic(asked: Asked, token: str) -> float:
    share = (asked.others[token] + 1) / (asked.entries + SMALL_STORE)
    return max(SAME_TOPIC * math.log10(COMMON_TOPIC / share), 0.0)


def _by_text(same: Sequence[Profile], document: Document) -> Why:
    every = [likeness.compare(speaks, document) for speaks in same]
    best = max(every, key=lambda alike: (alike.degree, alike.words))
    return ALIKE * best.degree, best.words


def _summed(points: Sequence[float]) -> float:
    """Add up what is of one kind: each further one counts half of the one before."""
    return sum(one * math.pow(AGAIN, place) for place, one in enumerate(points))
