"""Chooses the entries that are worth reading for a question, without reading the postings of common words.

The rarest words lead; a common word is only asked for within what the rare ones found. So the work stays bounded
however large the store is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, text

from storage.catalog.document import Document, unpack
from storage.catalog.fulltext import holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

    from storage.catalog.concepts import Concept
    from storage.catalog.fulltext import Phrase

BUDGET = 2_000  # entries that one question may bring up
MAX_READ = 60  # documents that are read
MAX_ASKED = 10  # concepts asked for, the rarest
IN_NAME = 0.5


def candidates(
    session: Session, concepts: Sequence[Concept], within: set[int] | None = None
) -> dict[int, Document]:
    """Find the entries that hold the most telling parts of a question, and read their documents.

    Args:
        session: A session for reading.
        concepts: The parts of the question.
        within: The entries that filters admit; None where nothing narrows.
    """
    asked = sorted((c for c in concepts if c.ways), key=lambda c: (c.entries, c.said))[:MAX_ASKED]
    if not asked:
        return {}
    leading = _leading(asked)
    scores = _by_rare_words(session, asked, leading) if leading else {}
    if not leading or len(scores) < MAX_READ // 4:
        for entry_id, score in _by_common_words(session, asked).items():
            scores[entry_id] = max(score, scores.get(entry_id, 0.0))
    admitted = scores if within is None else scores.keys() & within
    best = sorted(admitted, key=lambda e: (-scores[e], -e))[:MAX_READ]
    return documents(session, best)


def documents(session: Session, entry_ids: Iterable[int]) -> dict[int, Document]:
    """Read the documents of entries."""
    ids = list(entry_ids)
    if not ids:
        return {}
    statement = text(
        "SELECT entry_id, content FROM search_document WHERE entry_id IN :ids"
    ).bindparams(bindparam("ids", expanding=True))
    rows = session.execute(statement, {"ids": ids})
    return {row.entry_id: unpack(bytes(row.content)) for row in rows}


def _leading(asked: Sequence[Concept]) -> list[Concept]:
    leading: list[Concept] = []
    for concept in asked:
        if sum(c.entries for c in leading) + concept.entries > BUDGET:
            break
        leading.append(concept)
    return leading


def _by_rare_words(
    session: Session, asked: Sequence[Concept], leading: Sequence[Concept]
) -> dict[int, float]:
    scores: dict[int, float] = {}
    for concept in leading:
        for entry_id in holding(session, "words", [_ways(concept)], limit=BUDGET):
            scores[entry_id] = scores.get(entry_id, 0.0) + concept.weight
    either = [phrase for concept in leading for phrase in _ways(concept)]
    for concept in asked[len(leading) :]:
        for entry_id in holding(session, "words", [_ways(concept), either], limit=BUDGET):
            if entry_id in scores:
                scores[entry_id] += concept.weight
    most = max(c.weight for c in leading)
    for entry_id in holding(session, "names", [either], limit=BUDGET):
        if entry_id in scores:
            scores[entry_id] += IN_NAME * most
    return scores


def _by_common_words(session: Session, asked: Sequence[Concept]) -> dict[int, float]:
    scores: dict[int, float] = {}
    every = [_ways(concept) for concept in asked]
    for groups, weight in (
        (every, sum(c.weight for c in asked)),
        (every[:2], sum(c.weight for c in asked[:2])),
    ):
        for column, factor in (("names", 1 + IN_NAME), ("words", 1.0)):
            for entry_id in holding(session, column, groups, limit=BUDGET):  # type: ignore[arg-type]
                scores[entry_id] = max(scores.get(entry_id, 0.0), weight * factor)
    return scores


def _ways(concept: Concept) -> list[Phrase]:
    return list(concept.ways)
