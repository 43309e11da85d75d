"""Says how alike two entries' texts are, by the telling words that both make much of.

A word tells by its rarity among the entries written in its script, and it must be central to one of the two: in
its name, or said again. Words that merely occur in both say nothing, however many they are.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, text

from storage.catalog import vocabulary
from storage.catalog.fulltext import holding
from storage.catalog.glossary import is_function_word
from storage.catalog.tokens import is_han

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from storage.catalog.document import Document

MAX_TELLING = 40  # words of an entry that are compared
MAX_RARE = 1_500  # entries that its rare words may bring up
MAX_PAIRED = 7  # of its most telling words, asked for two by two
MAX_OF_PAIR = 100  # entries
MAX_COMMON = 50_000  # entries; a word that more of them hold is not asked for
IN_NAME = 2.0  # times as telling
USUAL_WORDS = 60  # different words of a text; shorter ones count as of this length
FEWEST = 2  # words that must be shared
MAX_SHOWN = 4  # words that explain a likeness
LEAST_EVIDENCE = 4.0  # of the rarity of all shared words together


@dataclass(frozen=True, slots=True)
class Telling:
    """A word of an entry, in all its forms."""

    shown: str
    forms: frozenset[str]
    entries: int
    rarity: float
    weight: float  # rarity, more where it is said often or in the name
    central: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """What an entry speaks of: its telling words, the most telling first."""

    words: tuple[Telling, ...]
    length: float  # of the vector of all its words

    def beside(self, different: int) -> float:
        """Give by what likeness is measured, beside a text of so many different words."""
        usual = math.sqrt(sum(w.rarity**2 for w in self.words) / max(len(self.words), 1))
        return self.length * usual * math.sqrt(max(different, USUAL_WORDS)) or 1.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two texts are, 0 to about 1, and the words that make them so."""

    degree: float
    words: tuple[str, ...]


def profile(session: Session, document: Document, own: Counter[str]) -> Profile:
    """Weigh the words of an entry; `own` says how many entries about the same paper hold each."""
    counts = _counts(document)
    named = {token for group in document.names for token in group}
    rows = _forms(session, counts)
    frequent = {term: entries for term, _, entries in rows}
    totals = {
        han: max((n for t, n in frequent.items() if is_han(t) is han), default=0)
        for han in (True, False)
    }
    groups: dict[str, list[str]] = {}
    for term, root, _ in rows:
        groups.setdefault(root or term, []).append(term)
    words = [
        _telling(forms, counts, frequent, totals, named)
        for forms in groups.values()
        if any(form in counts for form in forms)
    ]
    words.sort(key=lambda w: (-w.weight, w.shown))
    shared = [w for w in words if w.entries > sum(own[form] for form in w.forms)]
    return Profile(
        tuple(shared[:MAX_TELLING]), math.sqrt(sum(w.weight**2 for w in shared)) or 1.0
    )


def speaking_alike(session: Session, speaks: Profile) -> dict[int, float]:
    """Find entries that share its rare words, or two of its most telling ones; gives about how alike."""
    found: dict[int, float] = {}
    left = MAX_RARE
    asked: set[str] = set()
    for word in sorted(speaks.words, key=lambda w: (w.entries, w.shown)):
        left -= word.entries
        if left < 0:
            break
        asked.add(word.shown)
        for entry_id in holding(session, "words", [_ways(word)], limit=MAX_RARE):
            found[entry_id] = found.get(entry_id, 0.0) + word.weight * word.rarity
    common = [w for w in speaks.words if w.entries <= MAX_COMMON and w.shown not in asked]
    for one, two in combinations(common[:MAX_PAIRED], 2):
        weight = one.weight * one.rarity + two.weight * two.rarity
        for entry_id in holding(session, "words", [_ways(one), _ways(two)], limit=MAX_OF_PAIR):
            found[entry_id] = max(found.get(entry_id, 0.0), weight)
    measure = speaks.beside(USUAL_WORDS)
    return {entry_id: weight / measure for entry_id, weight in found.items()}


def compare(speaks: Profile, other: Document) -> Likeness:
    """Compare the words of one entry with another's text."""
    counts = _counts(other)
    named = {token for group in other.names for token in group}
    shared: list[tuple[float, Telling]] = []
    for word in speaks.words:
        said = sum(counts[form] for form in word.forms)
        if not said:
            continue
        in_name = not named.isdisjoint(word.forms)
        if word.central or in_name or said > 1:
            weight = word.rarity * (1 + math.log(said)) * (IN_NAME if in_name else 1.0)
            shared.append((word.weight * weight, word))
    if len(shared) < FEWEST or sum(w.rarity for _, w in shared) < LEAST_EVIDENCE:
        return Likeness(0.0, ())
    degree = sum(gained for gained, _ in shared) / speaks.beside(len(counts))
    shared.sort(key=lambda pair: (-pair[0], pair[1].shown))
    return Likeness(degree, tuple(word.shown for _, word in shared[:MAX_SHOWN]))


def _counts(document: Document) -> Counter[str]:
    said: Counter[str] = Counter()
    for tokens in (document.body, *document.names):
        # The halves of a hyphenated word stand there as well; glued together it would count twice.
        glued = {one + two for one, two in pairwise(tokens)}
        said.update(t for t in tokens if t not in glued and _is_word(t))
    return said


def _is_word(token: str) -> bool:
    return len(token) > 1 and not token.isdigit() and not is_function_word(token)


def _forms(session: Session, terms: Mapping[str, int]) -> list[tuple[str, str | None, int]]:
    """Give these terms and their other forms: term, stem, and how many entries hold it."""
    found: dict[str, tuple[str, str | None, int]] = {}
    statement = text("SELECT term, stem, entries FROM search_word WHERE term IN :terms")
    wanted = sorted(terms)
    for start in range(0, len(wanted), 400):
        rows = session.execute(
            statement.bindparams(bindparam("terms", expanding=True)),
            {"terms": wanted[start : start + 400]},
        )
        found.update({row.term: (row.term, row.stem, row.entries) for row in rows})
    roots = {stem for _, stem, _ in found.values() if stem}
    for root, forms in vocabulary.forms_of(session, roots).items():
        for term, entries in forms:
            found.setdefault(term, (term, root, entries))
    return [found[term] for term in sorted(found)]


def _telling(
    forms: Sequence[str],
    counts: Counter[str],
    frequent: Mapping[str, int],
    totals: Mapping[bool, int],
    named: set[str],
) -> Telling:
    said = sum(counts[form] for form in forms)
    shown = max(forms, key=lambda form: (counts[form], form))
    entries = sum(frequent[form] for form in forms)
    total = max(totals[is_han(shown)], entries)
    rarity = math.log(1 + (total - entries + 0.5) / (entries + 0.5))
    in_name = not named.isdisjoint(forms)
    weight = rarity * (1 + math.log(said)) * (IN_NAME if in_name else 1.0)
    return Telling(shown, frozenset(forms), entries, rarity, weight, in_name or said > 1)


def _ways(word: Telling) -> list[tuple[str, ...]]:
    return [(form,) for form in sorted(word.forms)]
