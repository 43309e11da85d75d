"""Says how alike two entries' texts are, by the telling words that both make much of.

A word tells by its rarity among the entries written in its script, and by what is made of it: said again, or said
in the name and the text. Words that both merely mention say little, however many they are.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, combinations, pairwise
from typing import TYPE_CHECKING

from storage.catalog import vocabulary
from storage.catalog.fulltext import Ask, holding_each
from storage.catalog.glossary import is_commonplace, segmented, telling
from storage.catalog.tokens import is_han, pairs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

    from storage.catalog.document import Document
    from storage.catalog.fulltext import Phrase
    from storage.catalog.vocabulary import Form

MAX_TELLING = 40  # words of an entry that are compared
MAX_ASKED = 24  # of these that others are looked for by
MAX_RARE = 800  # entries that its rare words may bring up
MAX_PAIRED = 6  # of its most telling words, asked for two by two
MAX_OF_PAIR = 100  # entries
MAX_COMMON = 20_000  # entries; a word that more of them hold is not asked for
MOST_REPEATED = 12  # words of a text, among which one stands in about every text
COMMON = 2 / 3  # of all texts; a word that more of them hold tells nothing
CENTRAL = 1.0  # emphasis of what a text is about
IN_NAME = 2.0  # times the emphasis
LEAST_LENGTH = 4.0  # of the emphases of a text; shorter texts count as of this length
FEWEST = 2  # words that must be shared
MOST_BY_ONE = 0.2  # of a likeness that one word may give; it may have two meanings
LEAST_EVIDENCE = 3.5  # of the rarity of the shared words together
MAX_SHOWN = 4  # words that explain a likeness
FEW = 10  # entries; a word that no more of them hold is rare, however small the store
RARE = math.log(COMMON * 10)  # rarity of a word that a tenth of the entries hold


@dataclass(frozen=True, slots=True)
class Telling:
    """A word of an entry, in all its forms."""

    shown: str
    forms: frozenset[str]
    entries: int
    rarity: float
    emphasis: float

    @property
    def weight(self) -> float:
        """Say how much it tells of the entry."""
        return self.rarity * self.emphasis


@dataclass(frozen=True, slots=True)
class Profile:
    """What an entry speaks of: its telling words, the most telling first."""

    words: tuple[Telling, ...]
    length: float  # of the vector of all its words
    usual: float  # rarity of a word
    terms: tuple[str, ...]  # known Chinese and Japanese terms in its text
    joined: dict[str, str]  # words that stand only in hyphenated ones → such a one


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two texts are, 0 to about 1, and the words that make them so."""

    degree: float
    words: tuple[str, ...]


class Speech:
    """How often an entry says each word, and which are in its names."""

    def __init__(self, document: Document) -> None:
        self.said = _counted(document.body)
        self.named = {word for group in document.names for word in _counted(group)}
        self.joined = _joined((document.body, *document.names))

    def words(self) -> set[str]:
        """Give its different words."""
        return self.said.keys() | self.named

    def emphasis(self, forms: Collection[str]) -> float:
        """Say how much is made of a word: half for a mention, more where it is repeated or in the name."""
        said = sum(self.said[form] for form in forms if form in self.said)
        named = not self.named.isdisjoint(forms)
        if not said:
            return CENTRAL if named else 0.0
        return _repeated(said) * (IN_NAME if named else 1.0)

    def length(self) -> float:
        """Give the length of the vector of its emphases."""
        squares = sum(
            words * _repeated(said) ** 2 for said, words in Counter(self.said.values()).items()
        )
        for word in self.named:
            said = self.said.get(word, 0)
            squares += (IN_NAME**2 - 1) * _repeated(said) ** 2 if said else CENTRAL**2
        return math.sqrt(squares)


def profile(session: Session, document: Document, own: Counter[str]) -> Profile:
    """Weigh the words of an entry; `own` says how many entries about the same paper hold each."""
    speech = Speech(document)
    usual = [token for token, _ in Counter(document.body).most_common(MOST_REPEATED)]
    forms = vocabulary.kindred(session, speech.words().union(usual))
    totals = {
        han: max((f.entries for f in forms if is_han(f.term) is han), default=0)
        for han in (True, False)
    }
    groups: dict[str, list[Form]] = {}
    for form in forms:
        groups.setdefault(form.stem or form.term, []).append(form)
    words = [_telling(group, speech, totals) for group in groups.values()]
    shared = [w for w in words if w.weight and w.entries > sum(own[form] for form in w.forms)]
    shared.sort(key=lambda w: (-w.weight, w.shown))
    return Profile(
        tuple(shared[:MAX_TELLING]),
        length=math.hypot(*(w.weight for w in shared)),
        usual=math.hypot(*(w.rarity for w in shared)) / math.sqrt(len(shared) or 1),
        terms=_terms(document.body),
        joined=speech.joined,
    )


def speaking_alike(session: Session, speaks: Profile) -> dict[int, float]:
    """Find entries that share its rare words, or two of its most telling ones; gives about how alike."""
    words = [w for w in speaks.words[:MAX_ASKED] if w.entries <= MAX_COMMON]
    asks: dict[Ask, float] = {}
    rare = _rare(words)
    for word in rare:
        asks[Ask("words", (_ways(word),), MAX_RARE)] = word.weight * word.rarity
    for word in words[:MAX_PAIRED]:
        asks[Ask("names", (_ways(word),), MAX_OF_PAIR)] = word.weight * word.rarity
    common = [word for word in words if word not in rare]
    for one, two in combinations(common[:MAX_PAIRED], 2):
        weight = one.weight * one.rarity + two.weight * two.rarity
        asks[Ask("words", (_ways(one), _ways(two)), MAX_OF_PAIR)] = weight / 2
    found: dict[int, float] = {}
    for weight, entries in zip(asks.values(), holding_each(session, list(asks)), strict=True):
        for entry_id in entries:
            found[entry_id] = found.get(entry_id, 0.0) + weight
    return {entry_id: _measured(weight, speaks, LEAST_LENGTH) for entry_id, weight in found.items()}


def _rare(words: Sequence[Telling]) -> list[Telling]:
    """Give the rarest words, as many as bring up no more entries than can be weighed."""
    rarest = sorted(words, key=lambda w: (w.entries, w.shown))
    sums = accumulate(word.entries for word in rarest)
    return [word for word, sum_ in zip(rarest, sums, strict=True) if sum_ <= MAX_RARE]


def compare(speaks: Profile, other: Document) -> Likeness:
    """Compare the words of one entry with another's text."""
    speech = Speech(other)
    words = speech.words()
    shared: list[tuple[float, Telling]] = []
    for word in speaks.words:
        if word.forms.isdisjoint(words):
            continue
        emphasis = speech.emphasis(word.forms)
        if max(emphasis, word.emphasis) >= CENTRAL:
            shared.append((word.weight * word.rarity * emphasis, word))
    if len(shared) < FEWEST or sum(word.rarity for _, word in shared) < LEAST_EVIDENCE:
        return Likeness(0.0, ())
    shared.sort(key=lambda one: (-one[0], one[1].shown))
    shown = _shown([word for _, word in shared], speaks, speech)
    if not shown:
        return Likeness(0.0, ())
    length = speech.length()
    by_each = [_measured(gained, speaks, length) for gained, _ in shared]
    degree = min(by_each[0], MOST_BY_ONE) + sum(by_each[1:])
    return Likeness(degree, shown)


def _measured(together: float, speaks: Profile, length: float) -> float:
    """Give the cosine of two texts, the other's words taken to be as rare as this one's."""
    return together / (speaks.length * speaks.usual * max(length, LEAST_LENGTH) or 1.0)


def _repeated(said: int) -> float:
    return CENTRAL / 2 * (1 + math.log2(said))


def _counted(tokens: Sequence[str]) -> dict[str, int]:
    # The halves of a hyphenated word stand there as well; glued together it would count twice.
    glued = {one + two for one, two in pairwise(tokens)}
    words = telling(set(tokens) - glued)
    return {word: said for word, said in Counter(tokens).items() if word in words}


def _telling(forms: Sequence[Form], speech: Speech, totals: dict[bool, int]) -> Telling:
    terms = [form.term for form in forms]
    shown = max(terms, key=lambda term: (speech.said.get(term, 0), term in speech.named, term))
    entries = sum(form.entries for form in forms)
    # Entries often hold several forms of a word, so fewer hold it than the forms add up to.
    holding = (entries + max(form.entries for form in forms)) / 2
    # The most frequent word of a text stands in about every entry of its script.
    rarity = max(math.log(COMMON * (totals[is_han(shown)] + 1) / holding), 0.0)
    return Telling(shown, frozenset(terms), entries, rarity, speech.emphasis(terms))


def _terms(tokens: Sequence[str]) -> tuple[str, ...]:
    """Put the pairs of characters together again, and give the known terms among them."""
    runs = [""]
    for token in tokens:
        if len(token) == 2 and is_han(token):  # noqa: PLR2004 - a pair
            if runs[-1][-1:] == token[0]:
                runs[-1] += token[1]
            else:
                runs.append(token)
        else:
            runs.append("")
    return tuple(dict.fromkeys(term for run in runs for term, known in segmented(run) if known))


def _joined(runs: Sequence[Sequence[str]]) -> dict[str, str]:
    """Give the words that stand only as parts of hyphenated words, each with the first of these."""
    said: Counter[str] = Counter()
    within: Counter[str] = Counter()
    whole: dict[str, str] = {}
    for run in runs:
        every = set(run)
        said.update(run)
        for one, two in pairwise(run):
            # Glued together, a hyphenated word stands behind the text.
            if one + two in every and not (is_han(one) or telling({one, two}) != {one, two}):
                for part in (one, two):
                    within[part] += 1
                    whole.setdefault(part, f"{one}-{two}")
    return {part: whole[part] for part, times in within.items() if times >= said[part]}


def _shown(shared: Sequence[Telling], speaks: Profile, other: Speech) -> tuple[str, ...]:
    """Choose what explains a likeness: the rare words first, none that is at home everywhere.

    Two Chinese characters that stand together need not be a word, and half a hyphenated word is none.
    """
    said = other.words()
    common = [term for term in speaks.terms if said.issuperset(pairs(term))]
    found: dict[str, bool] = {}
    for word in shared:
        if is_han(word.shown):
            shown = next((term for term in common if word.shown in pairs(term)), "")
        else:
            shown = _whole(word, speaks, other)
        if shown and not all(is_commonplace(part) for part in shown.split("-")):
            found.setdefault(shown, word.rarity >= RARE or word.entries <= FEW)
    rare = [word for word, is_rare in found.items() if is_rare]
    return tuple(rare or found)[:MAX_SHOWN]


def _whole(word: Telling, speaks: Profile, other: Speech) -> str:
    """Give a word as both texts have it: alone, or as part of one hyphenated word; empty where they differ."""
    theirs = {other.joined.get(form, "") for form in word.forms if form in other.words()}
    mine = speaks.joined.get(word.shown, "")
    if mine in theirs:
        return mine or word.shown
    return ""


def _ways(word: Telling) -> tuple[Phrase, ...]:
    return tuple((form,) for form in sorted(word.forms))
