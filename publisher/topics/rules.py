"""Proposes what an entry is about: the terms of a taxonomy in its title and text, weighed.

Where two terms overlap the longer one counts alone, so that a *vision language model* is no *language model*.
How terms are written is said at the head of taxonomy.toml.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from storage.catalog.scripts import simplified
from storage.catalog.tokens import pieces
from storage.names import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.topics.taxonomy import Taxonomy

HINT = "~"
TITLE_ONLY = "^"
MARKS = HINT + TITLE_ONLY
ANY_ENDING = "*"
MOST_TOPICS = 3

# What terms are worth; a topic is proposed from ENOUGH on.
ENOUGH = 4.0
IN_TITLE = 4.0
MOST_TITLE = 6.0
IN_TEXT = 1.0  # for each place, as far as PLACES
PLACES = 3
MOST_TEXT = 6.0
HINTED = 0.4  # of what a term would be worth
MOST_HINTS = 2.0
BESIDE = 0.3  # of the best topic's worth, to be proposed beside it
USUAL_TEXT = 150  # words; in a longer text a place is worth less

_HAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_BLANK_BESIDE_HAN = re.compile(rf"(?<={_HAN.pattern})\s+|\s+(?={_HAN.pattern})")
_WORD = re.compile(r"[^\W_]+\*?")
_SHORTEST_PLURAL = 3  # letters

Key = tuple[str, ...]  # a term as it is looked for: its words, or one run of Chinese


@dataclass(slots=True, eq=False)
class Rules:
    """The terms of a taxonomy, arranged so that a text is read once."""

    order: dict[str, int]  # by slug, the place in the taxonomy
    marks: dict[Key, dict[str, str]] = field(default_factory=dict)  # by term and topic
    beginnings: frozenset[Key] = frozenset()  # of terms, in whole words
    han: re.Pattern[str] | None = None  # any Chinese term, the longest first
    words: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()  # of words with any ending


def propose(taxonomy: Taxonomy, title: str | None, text: str) -> list[str]:
    """Give the slugs of one to three topics, the likeliest first; none where nothing is likely.

    Args:
        taxonomy: The topics and their terms.
        title: The title of the entry; None where it is unknown.
        text: What was written about it, in any language.
    """
    rules = arranged(taxonomy)
    worth = weigh(rules, title or "", text)
    likely = sorted(
        (slug for slug, n in worth.items() if n >= ENOUGH),
        key=lambda slug: (-worth[slug], rules.order[slug]),
    )
    return [s for s in likely if worth[s] >= BESIDE * worth[likely[0]]][:MOST_TOPICS]


def weigh(rules: Rules, title: str, text: str) -> dict[str, float]:
    """Say what speaks for each topic; hints are worth no more than what they add to."""
    length = max(1.0, len(text.split()) / USUAL_TEXT) ** 0.5
    titled, said, hinted = (defaultdict[str, float](float) for _ in range(3))
    for key in set(_found(rules, title)):
        for slug, marks in rules.marks[key].items():
            (hinted if marks == HINT else titled)[slug] += IN_TITLE
    for key, times in Counter(_found(rules, text)).items():
        for slug, marks in rules.marks[key].items():
            if marks != TITLE_ONLY:
                (hinted if HINT in marks else said)[slug] += min(times, PLACES) * IN_TEXT / length
    worth: dict[str, float] = {}
    for slug in titled.keys() | said.keys():
        sure = min(titled[slug], MOST_TITLE) + min(said[slug], MOST_TEXT)
        worth[slug] = sure + min(HINTED * hinted[slug], sure, MOST_HINTS)
    return worth


@lru_cache(maxsize=2)
def arranged(taxonomy: Taxonomy) -> Rules:
    """Arrange the terms of a taxonomy."""
    rules = Rules({topic.slug: place for place, topic in enumerate(taxonomy.topics)})
    for topic in taxonomy.topics:
        for term in topic.terms:
            owners = rules.marks.setdefault(term_key(term), {})
            owners[topic.slug] = owners.get(topic.slug, "") + term[: term[:1] in MARKS]
    han = sorted((key[0] for key in rules.marks if is_han_term(key)), key=len, reverse=True)
    rules.han = re.compile("|".join(map(re.escape, han))) if han else None
    rules.beginnings = frozenset(key[:n] for key in rules.marks for n in range(1, len(key) + 1))
    rules.words = frozenset(word for key in rules.marks for word in key)
    rules.stems = frozenset(w.removesuffix(ANY_ENDING) for w in rules.words if ANY_ENDING in w)
    return rules


def term_key(term: str) -> Key:
    """Give the form in which a term is looked for; empty where nothing of it can be."""
    plain = _compact(term.lstrip(MARKS))
    if _HAN.search(plain):
        return (plain,)
    return tuple(w if ANY_ENDING in w else _singular(w) for w in _WORD.findall(plain))


def is_han_term(key: Key) -> bool:
    """Tell whether a term is looked for as characters instead of words."""
    return bool(key) and _HAN.search(key[0]) is not None


def _found(rules: Rules, text: str) -> list[Key]:
    found = _phrases(rules, [_ways(rules, word) for word in pieces(text)])
    if rules.han and _HAN.search(text):
        found += [(match[0],) for match in rules.han.finditer(_compact(text))]
    return found


@lru_cache(maxsize=100_000)
def _ways(rules: Rules, word: str) -> set[str]:
    """Give the words of terms that a word of a text is a form of."""
    ways = {word, _singular(word)} & rules.words
    for end in range(2, len(word) + 1):
        if word[:end] in rules.stems:
            ways.add(word[:end] + ANY_ENDING)
    return ways


def _phrases(rules: Rules, words: Sequence[set[str]]) -> list[Key]:
    found: list[Key] = []
    place = 0
    while place < len(words):
        here = _longest(rules, words, place) if words[place] else []
        found += here
        place += len(here[0]) if here else 1
    return found


def _longest(rules: Rules, words: Sequence[set[str]], place: int) -> list[Key]:
    """Give the longest terms that begin at a place; several where a word is a form of several."""
    found: list[Key] = []
    begun: list[Key] = [()]
    while begun and place < len(words):
        longer = ((*key, word) for key in begun for word in words[place])
        begun = [key for key in longer if key in rules.beginnings]
        found = [key for key in begun if key in rules.marks] or found
        place += 1
    return found


def _compact(text: str) -> str:
    return _BLANK_BESIDE_HAN.sub("", simplified(fold(text)))


def _singular(word: str) -> str:
    if len(word) <= _SHORTEST_PLURAL or word[-1] != "s" or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses")) else word[:-1]
