"""Says how well an entry's document answers a question: by rare words, in good places, standing together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.catalog.concepts import Concept
    from storage.catalog.document import Document
    from storage.catalog.fulltext import Phrase

FIELD_WEIGHTS = {"names": 4.0, "authors": 3.0, "body": 1.0, "cited": 0.5, "years": 1.0}
SATURATION = 1.2
USUAL_BODY = 200  # tokens
LENGTH_EFFECT = 0.3
SCATTERED = 0.3  # of an occurrence, where a phrase's words do not stand together
NEAR = 2  # words from one to the next
TOGETHER = 0.25  # of the rarer of two neighbours
NAME_COVERED = 0.15
BESIDE = 9  # words from a paper's name
MOSTLY = 0.6
UNKNOWN = 0.6  # of the weight of a word that the whole store does not hold

Places = list[tuple[int, int]]  # first and last position of each occurrence
Where = dict[str, dict[str, list[int]]]  # token → field → positions


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a document answers."""

    score: float  # 0 to about 1
    coverage: float  # part of the question's weight that was found
    complete: bool  # every concept was found
    cited: bool  # mostly in what the entry only points at
    author: bool  # mostly in its authors
    literal: bool = (
        True  # every concept that was found stands there in a form of the question's own words
    )
    nth: int = 0  # which of the entry's papers is meant, from 0


def fit(document: Document, concepts: Sequence[Concept]) -> Fit:
    """Compare a document with a question."""
    where = _positions(document, {token for c in concepts for way in c.ways for token in way})
    length = 1 - LENGTH_EFFECT + LENGTH_EFFECT * len(document.body) / USUAL_BODY
    found = [_found(concept, where, length) for concept in concepts]
    total = sum(c.weight * (1 if c.ways else UNKNOWN) for c in concepts) or 1.0
    gained = sum(c.weight * strength for c, (strength, _, _) in zip(concepts, found, strict=True))
    matched = sum(c.weight for c, (strength, _, _) in zip(concepts, found, strict=True) if strength)
    covered = _covered(document, concepts) * matched / total
    by_field = _by_field(concepts, [parts for _, _, parts in found])
    spots = [places for _, places, _ in found]
    return Fit(
        score=(gained + TOGETHER * _together(concepts, spots)) / total + NAME_COVERED * covered,
        coverage=matched / total,
        complete=all(strength for strength, _, _ in found),
        cited=by_field.get("cited", 0) > sum(v for k, v in by_field.items() if k != "cited"),
        nth=_meant(document, concepts, spots) if len(document.names) > 1 else 0,
        literal=all(
            _is_literal(c, where)
            for c, (found_, _, _) in zip(concepts, found, strict=True)
            if found_
        ),
        author=by_field.get("authors", 0) > sum(v for k, v in by_field.items() if k != "authors"),
    )


def _positions(document: Document, wanted: set[str]) -> Where:
    found: Where = {}
    for name, tokens in document.flat.items():
        if wanted.isdisjoint(tokens):
            continue
        for place, token in enumerate(tokens):
            if token in wanted:
                found.setdefault(token, {}).setdefault(name, []).append(place)
    return found


def _found(
    concept: Concept, where: Where, length: float
) -> tuple[float, dict[str, Places], dict[str, float]]:
    """Give the strength of a concept in a document, where it stands, and how much each field gave."""
    best = 0.0
    parts: dict[str, float] = {}
    places: dict[str, Places] = {}
    for phrase, weight in concept.ways.items():
        if phrase[0] not in where:
            continue
        mass: dict[str, float] = {}
        for name in where[phrase[0]]:
            if any(name not in where.get(token, ()) for token in phrase[1:]):
                continue
            occurrences = _occurrences(phrase, where, name)
            places.setdefault(name, []).extend(occurrences)
            count = len(occurrences) or SCATTERED
            mass[name] = FIELD_WEIGHTS[name] * count / (length if name == "body" else 1)
        amount = sum(mass.values())
        strength = weight * amount / (amount + SATURATION)
        if strength > best:
            best = strength
            parts = {name: strength * m / amount for name, m in mass.items()}
    return best, places, parts


def _is_literal(concept: Concept, where: Where) -> bool:
    """Tell whether a concept stands in a document in its own words, in one form or another."""
    return any(
        all(token in where for token in phrase)
        for phrase in concept.ways
        if phrase not in concept.others
    )


def _occurrences(phrase: Phrase, where: Where, name: str) -> Places:
    found = []
    for start in where[phrase[0]][name]:
        last = start
        for token in phrase[1:]:
            after = next((p for p in where[token][name] if last < p <= last + NEAR), None)
            if after is None:
                break
            last = after
        else:
            found.append((start, last))
    return found


def _together(concepts: Sequence[Concept], places: Sequence[Mapping[str, Places]]) -> float:
    """Add up the neighbours in a question that are neighbours in a document too."""
    sum_ = 0.0
    for (first, here), (second, there) in pairwise(zip(concepts, places, strict=True)):
        adjacent = any(
            0 < start - end <= NEAR
            for name, ends in here.items()
            for _, end in ends
            for start, _ in there.get(name, ())
        )
        sum_ += min(first.weight, second.weight) if adjacent else 0.0
    return sum_


def _meant(
    document: Document, concepts: Sequence[Concept], spots: Sequence[Mapping[str, Places]]
) -> int:
    """Tell which of several papers a question means; the first, where nothing tells.

    It is the one whose name says most of the question, else the one whose name stands beside its words.
    """
    said = [{token for phrase in c.ways for token in phrase} for c in concepts]
    named = [
        sum(c.weight for c, tokens in zip(concepts, said, strict=True) if tokens & set(group))
        for group in document.names
    ]
    if max(named) > named[0]:
        return named.index(max(named))
    in_body = [(c.weight, s["body"]) for c, s in zip(concepts, spots, strict=True) if s.get("body")]
    for nth, group in enumerate(document.names[1:], 1):
        name = group[0] if group else ""
        if any(name in other for other in document.names if other is not group):
            continue
        own = [place for place, token in enumerate(document.body) if token == name]
        beside = sum(
            weight
            for weight, places in in_body
            if any(abs(start - place) <= BESIDE for start, _ in places for place in own)
        )
        if beside >= MOSTLY * sum(weight for weight, _ in in_body) > 0:
            return nth
    return 0


def _covered(document: Document, concepts: Sequence[Concept]) -> float:
    """Give the part of a paper's names that the question says."""
    said = {token for c in concepts for phrase in c.ways for token in phrase}
    return max(
        (sum(token in said for token in group) / len(group) for group in document.names if group),
        default=0.0,
    )


def _by_field(
    concepts: Sequence[Concept], parts: Sequence[Mapping[str, float]]
) -> dict[str, float]:
    sums: dict[str, float] = {}
    for concept, gained in zip(concepts, parts, strict=True):
        for name, amount in gained.items():
            sums[name] = sums.get(name, 0.0) + concept.weight * amount
    return sums
