"""Says how well an entry's document answers a question: by rare words, in good places, standing together."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
SEARCHED = 12  # tokens, up to which each is searched for by itself
UNKNOWN = 0.6  # of the weight of a word that the whole store does not hold

Places = list[tuple[int, int]]  # first and last position of each occurrence
Where = dict[str, dict[str, list[int]]]  # token → field → positions


class Asked(NamedTuple):
    """A question, and what is the same of it for every document.

    Attributes:
        concepts: Its parts.
        tokens: In which these may be said.
        weight: Of all that it asks.
    """

    concepts: Sequence[Concept]
    tokens: set[str]
    weight: float


class Fit(NamedTuple):
    """How well a document answers.

    Attributes:
        score: From 0 to about 1.
        coverage: The part of the question's weight that was found.
        complete: Every concept was found.
        cited: Mostly in what the entry only points at.
        author: Mostly in its authors.
        literal: Every concept that was found stands there in a form of the question's own words.
        nth: Which of the entry's papers is meant, from 0.
    """

    score: float
    coverage: float
    complete: bool
    cited: bool
    author: bool
    literal: bool
    nth: int


def asking(concepts: Sequence[Concept]) -> Asked:
    """Prepare a question to be compared with documents."""
    tokens = {token for concept in concepts for way in concept.ways for token in way}
    weight = sum(c.weight * (1 if c.ways else UNKNOWN) for c in concepts)
    return Asked(concepts, tokens, weight or 1.0)


def fit(document: Document, asked: Asked) -> Fit:
    """Compare a document with a question."""
    concepts = asked.concepts
    where = _positions(document, asked.tokens)
    length = 1 - LENGTH_EFFECT + LENGTH_EFFECT * document.length / USUAL_BODY
    gained = matched = 0.0
    complete = literal = True
    by_field: dict[str, float] = {}
    spots: list[dict[str, Places]] = []
    for concept in concepts:
        strength, places, parts = _found(concept, where, length)
        spots.append(places)
        if not strength:
            complete = False
            continue
        gained += concept.weight * strength
        matched += concept.weight
        literal = literal and _is_literal(concept, where)
        for name, amount in parts.items():
            by_field[name] = by_field.get(name, 0.0) + concept.weight * amount
    names = document.names
    covered = _covered(names, asked.tokens) * matched / asked.weight
    return Fit(
        score=(gained + TOGETHER * _together(concepts, spots)) / asked.weight
        + NAME_COVERED * covered,
        coverage=matched / asked.weight,
        complete=complete,
        cited=_is_most("cited", by_field),
        author=_is_most("authors", by_field),
        literal=literal,
        nth=_meant(names, document.body, concepts, spots) if len(names) > 1 else 0,
    )


def _is_most(field: str, by_field: Mapping[str, float]) -> bool:
    """Tell whether a field gave more than all others."""
    return by_field.get(field, 0.0) > sum(v for name, v in by_field.items() if name != field)


def _positions(document: Document, wanted: set[str]) -> Where:
    found: Where = {}
    places_in = searched if len(wanted) <= SEARCHED else walked
    for name, line in document.lines.items():
        for token, places in places_in(line, wanted).items():
            found.setdefault(token, {})[name] = places
    return found


def searched(line: str, wanted: set[str]) -> dict[str, list[int]]:
    """Tell where tokens stand in a line, without cutting it: soonest for a few tokens."""
    spaced = f" {line} "
    return {token: _places_of(f" {token} ", spaced) for token in wanted if f" {token} " in spaced}


def walked(line: str, wanted: set[str]) -> dict[str, list[int]]:
    """Tell where tokens stand in a line, word by word: soonest for many tokens."""
    found: dict[str, list[int]] = {}
    for place, token in enumerate(line.split()):
        if token in wanted:
            found.setdefault(token, []).append(place)
    return found


def _places_of(token: str, line: str) -> list[int]:
    places = []
    place = before = 0
    at = line.find(token)
    while at >= 0:
        place += line.count(" ", before, at)
        places.append(place)
        before, at = at, line.find(token, at + 1)
    return places


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
    names: Sequence[Sequence[str]],
    body: Sequence[str],
    concepts: Sequence[Concept],
    spots: Sequence[Mapping[str, Places]],
) -> int:
    """Tell which of several papers a question means; the first, where nothing tells.

    It is the one whose name says most of the question, else the one whose name stands beside its words.
    """
    said = [{token for phrase in c.ways for token in phrase} for c in concepts]
    named = [
        sum(c.weight for c, tokens in zip(concepts, said, strict=True) if tokens & set(group))
        for group in names
    ]
    if max(named) > named[0]:
        return named.index(max(named))
    in_body = [(c.weight, s["body"]) for c, s in zip(concepts, spots, strict=True) if s.get("body")]
    for nth, group in enumerate(names[1:], 1):
        name = group[0] if group else ""
        if any(name in other for other in names if other is not group):
            continue
        own = [place for place, token in enumerate(body) if token == name]
        beside = sum(
            weight
            for weight, places in in_body
            if any(abs(start - place) <= BESIDE for start, _ in places for place in own)
        )
        if beside >= MOSTLY * sum(weight for weight, _ in in_body) > 0:
            return nth
    return 0


def _covered(names: Iterable[Sequence[str]], said: set[str]) -> float:
    """Give the part of a paper's names that the question says."""
    return max(
        (sum(token in said for token in group) / len(group) for group in names if group),
        default=0.0,
    )
