"""Proposes what an entry is about: terms of the taxonomy in its title and text, longest first, weighed.

A term is a phrase. Its English words are compared by their stems, so *retriever* is found by *retrieval*; a
Chinese one is found wherever it stands. Where two terms overlap the longer one counts alone, so that a *vision
language model* is no *language model*. A term that begins with `~` is a hint: it weighs less and never decides.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from storage.catalog.scripts import simplified
from storage.catalog.stems import stem
from storage.catalog.tokens import is_han, pieces
from storage.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from publisher.topics.taxonomy import Taxonomy

HINT = "~"
TITLE_ONLY = "^"
MARKS = HINT + TITLE_ONLY
MOST_TOPICS = 3
IN_TITLE = 4.0  # what a term in the title is worth
MOST_TITLE = 6.0
IN_TEXT = 1.0  # what each place in the text is worth, as far as three
PLACES = 3
MOST_TEXT = 6.0  # however often a text speaks of a topic
HINTED = 0.4  # of what a term is worth
MOST_HINTS = 2.0
ENOUGH = 3.0  # to be proposed
BESIDE = 0.3  # of the best topic's worth, to be proposed beside it
USUAL_TEXT = 150  # words; in a longer text a place is worth less
_HAN = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_BLANK_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}])\s+|\s+(?=[{_HAN}])")

Term = tuple[str, str]  # topic, and the mark of the term


@dataclass(slots=True)
class Rules:
    """The terms of a taxonomy, arranged so that a text is read once."""

    order: dict[str, int]  # by slug, the place in the taxonomy
    phrases: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)  # by the first word
    terms: dict[tuple[str, ...], list[Term]] = field(default_factory=dict)
    han: re.Pattern[str] | None = None  # any Chinese term, the longest first


def propose(taxonomy: Taxonomy, title: str | None, text: str) -> list[str]:
    """Give the slugs of one to three topics, the likeliest first; none where nothing is likely.

    Args:
        taxonomy: The topics and their terms.
        title: The title of the entry; None where it is unknown.
        text: What was written about it, in any language.
    """
    rules = compiled(taxonomy)
    worth = _worth(rules, title or "", text)
    likely = sorted(
        (slug for slug, n in worth.items() if n >= ENOUGH),
        key=lambda slug: (-worth[slug], rules.order[slug]),
    )
    return [s for s in likely if worth[s] >= BESIDE * worth[likely[0]]][:MOST_TOPICS]


@lru_cache(maxsize=2)
def compiled(taxonomy: Taxonomy) -> Rules:
    """Arrange the terms of a taxonomy."""
    rules = Rules({topic.slug: place for place, topic in enumerate(taxonomy.topics)})
    for topic in taxonomy.topics:
        for term in topic.terms:
            key = term_key(term)
            owners = rules.terms.setdefault(key, [])
            if topic.slug not in {slug for slug, _ in owners}:
                owners.append((topic.slug, term[:1] if term[:1] in MARKS else ""))
    han = [key[0] for key in rules.terms if is_han_term(key[0])]
    if han:
        longest_first = sorted(han, key=len, reverse=True)
        rules.han = re.compile("|".join(map(re.escape, longest_first)))
    for key in sorted(rules.terms, key=len, reverse=True):
        if not is_han_term(key[0]):
            rules.phrases.setdefault(key[0], []).append(key)
    return rules


def term_key(term: str) -> tuple[str, ...]:
    """Give the form in which a term is looked for; empty where nothing of it can be."""
    bare = term.lstrip(MARKS)
    if any(is_han(piece) for piece in pieces(bare)):
        return (_compact(bare),)
    return tuple(_stems(pieces(bare)))


def is_han_term(key: str) -> bool:
    """Tell whether a term is looked for as characters, not as words."""
    return re.search(f"[{_HAN}]", key) is not None


def _worth(rules: Rules, title: str, text: str) -> dict[str, float]:
    """Weigh the topics that anything speaks for; hints are worth no more than what they add to."""
    length = max(1.0, len(text.split()) / USUAL_TEXT) ** 0.5
    titled, said, hinted = Counter[str](), Counter[str](), Counter[str]()
    for key in set(_found(rules, title)):
        for slug, mark in rules.terms[key]:
            (hinted if mark == HINT else titled)[slug] += IN_TITLE
    for key, times in Counter(_found(rules, text)).items():
        for slug, mark in rules.terms[key]:
            if mark != TITLE_ONLY:
                (hinted if mark == HINT else said)[slug] += min(times, PLACES) * IN_TEXT / length
    worth: dict[str, float] = {}
    for slug in titled.keys() | said.keys():
        sure = min(titled[slug], MOST_TITLE) + min(said[slug], MOST_TEXT)
        worth[slug] = sure + min(HINTED * hinted[slug], sure, MOST_HINTS)
    return worth


def _found(rules: Rules, text: str) -> list[tuple[str, ...]]:
    every = pieces(text)
    found = _phrases(rules, _stems(every))
    if rules.han and any(is_han(piece) for piece in every):
        found += [(match[0],) for match in rules.han.finditer(_compact(text))]
    return found


def _phrases(rules: Rules, words: Sequence[str]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    place = 0
    while place < len(words):
        for phrase in rules.phrases.get(words[place], ()):
            if tuple(words[place : place + len(phrase)]) == phrase:
                found.append(phrase)
                place += len(phrase) - 1
                break
        place += 1
    return found


def _compact(text: str) -> str:
    return _BLANK_BESIDE_HAN.sub("", simplified(fold(text)))


def _stems(words: Iterable[str]) -> list[str]:
    return [_stem(word) for word in words]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return stem(word)
