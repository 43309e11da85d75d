"""Splits an author's name into the parts that citations sort and shorten, where that is safe."""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.exports.lines import one_line
from publisher.readers.authors import PARTICLES

_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))
# Chinese, Japanese and Korean names are written family first and without a comma; a style must not turn them.
_FAMILY_FIRST = re.compile(
    "[\u1100-\u11ff\u2e80-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
_GROUP = re.compile(
    r"\b(?:team|group|collaboration|consortium|workshop|labs?|laboratory|institute|university|research|"
    r"foundation|inc|ltd|llc|corp|corporation|company|community|committee|association|initiative|project|"
    r"society|organi[sz]ation|cent(?:er|re)|department|authors|contributors|deepmind|openai)\b"
    r"|\b(?-i:AI)\b|\band\b|[\d@&/:;()\[\]{}]",
    re.IGNORECASE,
)
_WITH_SUFFIX = 3  # parts of "Family, Jr., Given"


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of a name; a name that must stay whole, such as a team's, has nothing but a family.

    Attributes:
        family: Family name, or the whole name.
        given: Given names and initials.
        particle: Such as "van den"; belongs to the family name and does not count when names are sorted.
        suffix: Such as "Jr.".
        whole: Never to be turned around or shortened.
    """

    family: str
    given: str = ""
    particle: str = ""
    suffix: str = ""
    whole: bool = False

    @property
    def filed_under(self) -> str:
        """The family name with its particle: `van den Oord`."""
        return f"{self.particle} {self.family}".strip()

    @property
    def in_full(self) -> str:
        """The name as it is read: `Martin Luther King Jr.`."""
        return " ".join(part for part in (self.given, self.filed_under, self.suffix) if part)


def parse_name(author: str) -> Name:
    """Read a name written as `First Last`, as `Last, First`, family first as in Chinese, or as a group's."""
    text = one_line(author)
    parts = [part.strip() for part in text.split(",")]
    words = text.split()
    if _FAMILY_FIRST.search(text) or _GROUP.search(text) or len(words) == 1:
        return Name(text, whole=True)
    if "" in parts or len(parts) > _WITH_SUFFIX:
        return Name(text, whole=True)
    if len(parts) == 1:
        return _spoken(words)
    if len(parts) == _WITH_SUFFIX:
        family, middle, last = parts
        if _is_suffix(middle):
            return _filed(family, last, middle)
        return _filed(family, middle, last) if _is_suffix(last) else Name(text, whole=True)
    family, given = parts
    return _spoken([*family.split(), given]) if _is_suffix(given) else _filed(family, given)


def _spoken(words: list[str]) -> Name:
    """Read `Aäron van den Oord` and `Martin Luther King Jr.`."""
    suffix = words.pop() if len(words) > 2 and _is_suffix(words[-1]) else ""  # noqa: PLR2004 - a first name, a last name
    last = len(words) - 1
    start = next((i for i, word in enumerate(words[:-1]) if word in PARTICLES), last)
    end = next((i for i in range(start, last) if words[i] not in PARTICLES), last)
    return Name(" ".join(words[end:]), " ".join(words[:start]), " ".join(words[start:end]), suffix)


def _filed(family: str, given: str, suffix: str = "") -> Name:
    """Read `van den Oord, Aäron`."""
    words = family.split()
    end = next((i for i, word in enumerate(words[:-1]) if word not in PARTICLES), len(words) - 1)
    return Name(" ".join(words[end:]), given, " ".join(words[:end]), suffix)


def _is_suffix(word: str) -> bool:
    return word.rstrip(".").casefold() in _SUFFIXES
