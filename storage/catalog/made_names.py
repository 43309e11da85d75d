"""Makes, of a paper's name, what may be the name of another: a later version, a sibling, the opposite."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

_DIGIT = re.compile(r"\d")
_ROMAN = re.compile(r"\b(?:II|III|IV|V|VI|VII|VIII|IX)\b")
_NUMERALS = ("II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_OPPOSITES = {
    "with": "without", "without": "with", "image": "video", "video": "image", "text": "audio", "audio": "text",
    "supervised": "unsupervised", "small": "large", "large": "small", "efficient": "inefficient",
}  # fmt: skip
_ADDED = ("-2", "2", " 2", " v2", "++", "-R1", " II")
MIN_SWAPPED = 4  # letters of a word that is put in the place of another


def other_name(name: str, words: Sequence[str], chance: random.Random) -> str:
    """Change a digit or a numeral, turn a word into its opposite, put another in its place, or add a version.

    Args:
        name: A title, or the part before its colon.
        words: Words of other titles, one of which may take the place of one of its own.
        chance: Decides.
    """
    makers: list[Callable[[], str | None]] = [
        lambda: _renumbered(name, chance),
        lambda: _opposite(name),
        lambda: _swapped(name, words, chance),
        lambda: name + chance.choice(_ADDED),
    ]
    chance.shuffle(makers)
    return next(made for make in makers if (made := make()) is not None)


def _renumbered(name: str, chance: random.Random) -> str | None:
    digits, numerals = list(_DIGIT.finditer(name)), list(_ROMAN.finditer(name))
    if not digits and not numerals:
        return None
    match = chance.choice([*digits, *numerals])
    among = "0123456789" if match[0].isdigit() else _NUMERALS
    other = chance.choice([one for one in among if one != match[0]])
    return name[: match.start()] + other + name[match.end() :]


def _opposite(name: str) -> str | None:
    parts = name.split()
    place = next((n for n, part in enumerate(parts) if part.lower() in _OPPOSITES), None)
    if place is None:
        return None
    return " ".join([*parts[:place], _OPPOSITES[parts[place].lower()], *parts[place + 1 :]])


def _swapped(name: str, words: Sequence[str], chance: random.Random) -> str | None:
    parts = name.split()
    places = [n for n, part in enumerate(parts) if len(part) >= MIN_SWAPPED and part.isalpha()]
    if len(parts) == 1 or not places or not words:
        return None
    place, other = chance.choice(places), chance.choice(words)
    if other.lower() in {part.lower() for part in parts}:
        return None
    return " ".join([*parts[:place], other, *parts[place + 1 :]])
