"""Understands a question: what it is made of, and in which words the store may say the same.

Every word of a question becomes a concept with its alternatives: the word itself, its other forms, the repaired
spelling of a word that the store does not know, its continuation where it is still being typed, and what the
glossary calls it in other words or another language.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from storage.catalog import vocabulary
from storage.catalog.glossary import MAX_WORDS, Term, is_function_word, other_terms, segmented
from storage.catalog.stems import stem
from storage.catalog.tokens import MAX_WORD, is_han, pairs, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlmodel import Session

    from storage.catalog.fulltext import Phrase

MAX_CONCEPTS = 24
MIN_CONTINUED = 3  # letters of a last word that may still be being typed
CONTINUATIONS = 12
MIN_SPLIT = 3  # letters of each half of a word that was glued together
MIN_SHARED = 5  # letters that two kindred words begin with
MIN_KINDRED = 0.75  # of a word that it shares with a kindred one
_NUMBER = re.compile(r"(\d+)([kmbt])")
_UNITS = {"k": "thousand", "m": "million", "b": "billion", "t": "trillion"}
_PREFIXES = (
    "un under over re pre non multi sub super semi self auto hyper inter cross mis anti de co"
)
# How much each way of saying a word counts.
FORM = 0.92
JOINED = 0.9
REPAIRED = 0.85
CONTINUED = 0.65
KINDRED = 0.55
GLOSSARY = 0.6  # of a word that the store knows too
TRANSLATED = 0.85  # of a word that it does not
LITERAL = 0.9  # from which a way is the word itself, in one form or another
BESIDE_LITERAL = 0.7  # of a translation, where the very characters are known
LEAST_WEIGHT = 0.05
LOOSE_PAIR = 0.6  # two characters of an unknown run


@dataclass(slots=True)
class Concept:
    """A part of a question and the ways to say it, each with how much it counts."""

    said: str
    factor: float = 1.0
    ways: dict[Phrase, float] = field(default_factory=dict)
    entries: int = 0  # about how many hold it
    total: int = 0  # entries of the store
    weight: float = 0.0  # how much it tells, by its rarity
    whole: bool = False  # the store knows the very word
    others: set[Phrase] = field(
        default_factory=set
    )  # ways that are other words, or another language

    def add(self, phrase: Phrase, weight: float, *, other: bool = False) -> None:
        """Add a way to say it, or make it count more."""
        if not phrase:
            return
        if other and phrase not in self.ways:
            self.others.add(phrase)
        elif not other:
            self.others.discard(phrase)
        self.ways[phrase] = max(weight, self.ways.get(phrase, 0.0))


def understand(session: Session, question: str) -> list[Concept]:
    """Cut a question into concepts, in order, with every way in which the store says them."""
    parts = pieces(question)
    concepts = _concepts(parts)
    roots = _roots(concepts)
    last = _continued(concepts, parts)
    frequent, forms, begun = vocabulary.words_of(
        session,
        {token for concept in concepts for phrase in concept.ways for token in phrase}
        | {a.said + b.said for a, b in pairwise(concepts)}
        | {vocabulary.EVERY_ENTRY},
        roots.values(),
        last.said if last else "",
        CONTINUATIONS,
    )
    _add_forms(concepts, roots, forms, frequent)
    _add_joined(concepts, frequent)
    _add_unknown(session, concepts, frequent)
    if last:
        _add_continued(last, begun, frequent)
    return _weighed(concepts, frequent, frequent.get(vocabulary.EVERY_ENTRY, 0))


def _concepts(parts: Sequence[str]) -> list[Concept]:
    """Make the concepts with what needs no store: the words themselves and the glossary's terms."""
    concepts: list[Concept] = []
    at: dict[int, int] = {}  # place of a word → its concept
    meaningful = any(is_han(p) or not is_function_word(p) for p in parts)
    for place, part in enumerate(parts):
        if is_han(part):
            concepts += _of_run(part)
        elif not (meaningful and is_function_word(part)):
            at[place] = len(concepts)
            concept = Concept(part[:MAX_WORD])
            concept.add((concept.said,), 1.0)
            concept.add(_magnitude(part), FORM)
            concepts.append(concept)
    for start, end, term in _known_phrases(parts):
        for place in range(start, end):
            if place in at:
                for other in other_terms(term):
                    concepts[at[place]].add(_phrase(other), GLOSSARY, other=True)
    return concepts[:MAX_CONCEPTS]


def _of_run(run: str) -> list[Concept]:
    found = []
    for piece, known in segmented(run):
        if known:
            concept = Concept(piece, whole=True)
            concept.add(tuple(pairs(piece)), 1.0)
            for other in other_terms((piece,)):
                concept.add(_phrase(other), TRANSLATED, other=True)
            found.append(concept)
            continue
        for pair in pairs(piece):
            if len(pair) > 1:
                concept = Concept(pair, factor=LOOSE_PAIR)
                concept.add((pair,), 1.0)
                found.append(concept)
    return found


def _magnitude(word: str) -> Phrase:
    """Spell out the unit of a number: 540b is 540 billion."""
    found = _NUMBER.fullmatch(word)
    return (found[1], _UNITS[found[2]]) if found else ()


def _known_phrases(parts: Sequence[str]) -> Iterable[tuple[int, int, Term]]:
    for start in range(len(parts)):
        for end in range(start + 1, min(start + MAX_WORDS, len(parts)) + 1):
            term = tuple(parts[start:end])
            if not any(is_han(p) for p in term):
                yield start, end, term


def _phrase(term: Term) -> Phrase:
    return tuple(t for piece in term for t in (pairs(piece) if is_han(piece) else [piece]))


def _roots(concepts: Sequence[Concept]) -> dict[str, str]:
    """Give the stem of every word that may stand in another form: each alone, and the last of a phrase."""
    alone = {c.said for c in concepts}
    lasts = {phrase[-1] for c in concepts for phrase in c.ways if len(phrase) > 1}
    return {word: stem(word) for word in alone | lasts if word.isascii() and word.isalpha()}


def _add_forms(
    concepts: list[Concept],
    roots: Mapping[str, str],
    forms: Mapping[str, Sequence[tuple[str, int]]],
    frequent: dict[str, int],
) -> None:
    """Let words be found in their other forms, and the glossary's phrases in the plural too."""
    for concept in concepts:
        phrases = [(p, w) for p, w in concept.ways.items() if len(p) > 1]
        for form, entries in forms.get(roots.get(concept.said, ""), ()):
            frequent[form] = entries
            concept.add((form,), FORM)
        concept.whole = concept.whole or concept.said in frequent
        for phrase, weight in phrases:
            for form, entries in forms.get(roots.get(phrase[-1], ""), ()):
                frequent[form] = entries
                concept.add((*phrase[:-1], form), weight)


def _add_joined(concepts: list[Concept], frequent: dict[str, int]) -> None:
    """Let two words be found where the store writes them as one."""
    for first, second in pairwise(concepts):
        joined = first.said + second.said
        if joined in frequent and not is_han(joined):
            first.add((joined,), JOINED)
            second.add((joined,), JOINED)


def _add_unknown(session: Session, concepts: list[Concept], frequent: dict[str, int]) -> None:
    """Repair, split or compare words that the store does not know in any form."""
    unknown = {
        c.said: c
        for c in concepts
        if not is_han(c.said)
        and not any(_known(p, frequent) for p, w in c.ways.items() if w > GLOSSARY)
    }
    if not unknown:
        return
    for concept in unknown.values():
        for phrase in concept.ways:
            concept.ways[phrase] = max(
                concept.ways[phrase], TRANSLATED if phrase != (concept.said,) else 1.0
            )
    spelled = vocabulary.spelled_like(session, list(unknown))
    for word, near in spelled.items():
        least = near[0].distance if near else 0
        for other in near[:4]:
            frequent[other.term] = other.entries
            nearness = 1 - other.distance / max(len(word), 1)
            unknown[word].add(
                (other.term,), REPAIRED * nearness if other.distance == least else KINDRED
            )
    lost = [w for w, c in unknown.items() if not any(_known(p, frequent) for p in c.ways)]
    _split(session, [unknown[w] for w in lost], frequent)
    for word in lost:
        if not any(_known(p, frequent) for p in unknown[word].ways):
            start = max(MIN_SHARED, round(len(word) * MIN_KINDRED))
            if start < len(word):
                for term, entries in vocabulary.beginning(session, word[:start], CONTINUATIONS):
                    frequent[term] = entries
                    unknown[word].add((term,), KINDRED)


def _split(session: Session, lost: list[Concept], frequent: dict[str, int]) -> None:
    """Let a word be found where the store writes it as two."""
    halves = {
        c.said: [(c.said[:i], c.said[i:]) for i in range(2, len(c.said) - MIN_SPLIT + 1)]
        for c in lost
    }
    prefixes = set(_PREFIXES.split())
    found = vocabulary.entries_of(
        session, {h for both in halves.values() for two in both for h in two}
    )
    for concept in lost:
        known = [
            two
            for two in halves[concept.said]
            if len(two[0]) >= MIN_SPLIT and two[0] in found and two[1] in found
        ]
        for start, rest in halves[concept.said]:
            if start in prefixes and rest in found and len(rest) > MIN_SPLIT:
                frequent[rest] = found[rest]
                concept.add((rest,), KINDRED)
        if known:
            best = max(known, key=lambda two: min(found[two[0]], found[two[1]]))
            frequent.update((h, found[h]) for h in best)
            concept.add(best, JOINED)


def _continued(concepts: Sequence[Concept], parts: Sequence[str]) -> Concept | None:
    """Choose the last word, where it may be the beginning of one, still being typed."""
    if not concepts or not parts or concepts[-1].said != parts[-1][:MAX_WORD]:
        return None
    said = concepts[-1].said
    whole = len(said) < MIN_CONTINUED or is_han(said) or not said.isalpha()
    return None if whole else concepts[-1]


def _add_continued(
    last: Concept, begun: Iterable[tuple[str, int]], frequent: dict[str, int]
) -> None:
    """Let the last word go on."""
    for term, entries in begun:
        frequent[term] = entries
        last.add((term,), CONTINUED * (0.6 if last.whole else 1.0))


def _known(phrase: Phrase, frequent: dict[str, int]) -> bool:
    return all(token in frequent for token in phrase)


def _weighed(concepts: list[Concept], frequent: dict[str, int], total: int) -> list[Concept]:
    """Drop the ways that no entry knows, and weigh each concept by how rare it is."""
    for concept in concepts:
        known = {p: w for p, w in concept.ways.items() if _known(p, frequent)}
        held = {p: min(frequent[t] for t in p) for p in known}
        literal = [n for p, n in held.items() if known[p] >= LITERAL]
        if is_han(concept.said) and literal:
            # Said in the very characters, it is no matter of translation.
            known = {p: w if w >= LITERAL else w * BESIDE_LITERAL for p, w in known.items()}
        telling = max(literal or held.values(), default=0)
        concept.ways = known
        concept.total = total
        concept.entries = min(sum(held.values()), total)
        rarity = math.log(1 + (total - telling + 0.5) / (telling + 0.5)) if total else 0.0
        concept.weight = max(concept.factor * rarity, LEAST_WEIGHT)
    return concepts
