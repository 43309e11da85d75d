"""Chooses the entries that are worth reading for a question, without reading the postings of common words.

The rarest words lead; a common word is only asked for within what the rare ones found. So the work stays bounded
however large the store is.
"""

from __future__ import annotations

from heapq import nlargest
from itertools import accumulate, takewhile
from operator import mul
from typing import TYPE_CHECKING

from storage.catalog.document import Document, unpack
from storage.catalog.fulltext import Ask, holding, holding_each, is_common
from storage.listing import ListQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlmodel import Session

    from storage.catalog.concepts import Concept
    from storage.catalog.fulltext import Phrase

BUDGET = 2_000  # entries that one question may bring up
MAX_READ = 60  # documents that are read
WORTH = 0.5  # of the best score, from which more are read than are wanted
MAX_ASKED = 10  # concepts asked for, the rarest
RAREST = 2  # concepts that an entry holds at least, where all are common
FEW = (
    MAX_READ // 4
)  # entries; where the rare words bring up no more, the common ones are asked for too
SETTLED = 0.8  # of the best score; what cannot come to so much is no answer beside it
TELLING = 0.1  # of rarity: what is held by more than nine entries of ten tells nothing
IN_NAME = 0.5

_DOCUMENTS = ListQuery("SELECT entry_id, content FROM search_document WHERE entry_id {ids}", "ids")


def candidates(
    session: Session,
    concepts: Sequence[Concept],
    within: set[int] | None = None,
    *,
    least: int = MAX_READ,
) -> dict[int, Document]:
    """Find the entries that hold the most telling parts of a question, and read their documents.

    Args:
        session: A session for reading.
        concepts: The parts of the question.
        within: The entries that filters admit; None where nothing narrows.
        least: How many to read of more, however little they hold.
    """
    asked = _telling(concepts)
    if not asked:
        return {}
    leading = _leading(asked)
    scores = _by_rare_words(session, asked, leading) if leading else {}
    if not leading or len(scores) < FEW:
        # Of those that hold the same words the newest are read, so no more need be found.
        limit = MAX_READ if within is None else BUDGET
        for entry_id, score in _by_common_words(session, asked, limit).items():
            scores[entry_id] = max(score, scores.get(entry_id, 0.0))
    admitted = scores if within is None else scores.keys() & within
    best = sorted(admitted, key=lambda e: (-scores[e], -e))
    return documents(
        session, best if len(best) <= MAX_READ else _worth_reading(best, scores, least)
    )


def _worth_reading(best: Sequence[int], scores: Mapping[int, float], least: int) -> list[int]:
    """Of more than can be read, choose the best, and further ones that hold about as much."""
    worth = WORTH * scores[best[0]]
    further = takewhile(lambda entry_id: scores[entry_id] >= worth, best[least:MAX_READ])
    return [*best[:least], *further]


def documents(session: Session, entry_ids: Iterable[int]) -> dict[int, Document]:
    """Read the documents of entries."""
    ids = list(entry_ids)
    if not ids:
        return {}
    rows = _DOCUMENTS.ask(session, ids=ids)
    return {row.entry_id: unpack(bytes(row.content)) for row in rows}


def _telling(concepts: Sequence[Concept]) -> list[Concept]:
    """Choose the concepts to ask for, the rarest first; none that nearly every entry holds, beside others."""
    known = [c for c in concepts if c.ways]
    telling = [c for c in known if c.weight > TELLING * c.factor] or known
    return sorted(telling, key=lambda c: (c.entries, c.said))[:MAX_ASKED]


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
    either = [phrase for concept in leading for phrase in _ways(concept)]
    asks = [Ask("words", (_ways(concept),), None) for concept in leading]
    *held, in_names = holding_each(session, [*asks, Ask("names", (either,), None)])
    for concept, entry_ids in zip(leading, held, strict=True):
        for entry_id in entry_ids:
            scores[entry_id] = scores.get(entry_id, 0.0) + concept.weight
    most = max(c.weight for c in leading)
    for entry_id in in_names:
        if entry_id in scores:
            scores[entry_id] += IN_NAME * most
    common = asked[len(leading) :]
    for place, concept in enumerate(common):
        if _is_settled(scores, sum(c.weight for c in common[place:])):
            break
        for entry_id in holding(session, "words", [_ways(concept), either], limit=None):
            if entry_id in scores:
                scores[entry_id] += concept.weight
    return scores


def _is_settled(scores: dict[int, float], left: float) -> bool:
    """Tell whether what is left to be gained changes nothing: all are read, or no further entry is worth it."""
    best = nlargest(MAX_READ + 1, scores.values())
    return len(best) <= MAX_READ or best[MAX_READ] + left < SETTLED * best[0]


def _by_common_words(session: Session, asked: Sequence[Concept], limit: int) -> dict[int, float]:
    scores: dict[int, float] = {}

    def add(entries: Iterable[int], weight: float) -> None:
        for entry_id in entries:
            scores[entry_id] = max(scores.get(entry_id, 0.0), weight)

    every = [_ways(concept) for concept in asked]
    weights = [concept.weight for concept in asked]
    expected = _expected(asked)
    together = _holding_all(session, every, expected, limit)
    add(together, sum(weights))
    add(holding(session, "names", every, limit=limit), (1 + IN_NAME) * sum(weights))
    if len(every) > RAREST:
        rarest, weight = every[:RAREST], sum(weights[:RAREST])
        add(holding(session, "names", rarest, limit=limit), (1 + IN_NAME) * weight)
        if len(together) < limit:
            add(_holding_words(session, rarest, expected, limit), weight)
    return scores


def _expected(asked: Sequence[Concept]) -> list[float]:
    """Say how many entries hold by chance none, the first, the first two of some concepts, and so on."""
    parts = (concept.entries / max(concept.total, 1) for concept in asked)
    return list(accumulate(parts, mul, initial=float(asked[0].total)))


def _holding_all(
    session: Session, every: Sequence[list[Phrase]], expected: Sequence[float], limit: int
) -> list[int]:
    """Find the entries that hold every concept, the newest; with them others that hold the rarest, if these are few.

    The postings of the commonest words are the longest; the rarer ones often leave little to look for in them.
    """
    enough = next((n for n, rest in enumerate(expected) if n and rest <= FEW), len(every))
    found = _holding_words(session, every[:enough], expected, limit)
    if enough < len(every) and len(found) == limit:
        found = _holding_words(session, every, expected, limit)
    return found


def _holding_words(
    session: Session, groups: Sequence[list[Phrase]], expected: Sequence[float], limit: int
) -> list[int]:
    common = is_common(limit, expected[len(groups)], expected[0])
    return holding(session, "words", groups, limit=limit, common=common)


def _ways(concept: Concept) -> list[Phrase]:
    return list(concept.ways)
