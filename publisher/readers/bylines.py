"""Recognises and reads author lines: `By A. Name, B. Name et al.`, the anchor that no copy loses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.readers.marks import without_marks

_BEGIN = re.compile(r"^By[\s:]\s*(?=\S)")
_ET_AL = re.compile(
    r"[\s,;、，]*(?:\bet\.?\s*al\b\.?|\band others\b|\band colleagues\b|等)[\s.,。]*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:[,;、，;&]|\band\b)\s*")
_ASIDE = re.compile(r"\s*[(（][^()（）]*[)）]")
_SUFFIX = re.compile(r"(?:Jr|Sr|I{2,3}|IV)\.?")
_PARTICLE = re.compile(
    r"af|al|bin|bint|da|de|del|della|den|der|di|do|dos|du|e|el|i|ibn|la|le|of|san|ten|ter|the|und|van"
    r"|von|vom|y|zu|zur"
)
_LONGEST = 4000
_MOST_WORDS = 6
_WORDS_OF_TWO_NAMES = 4


@dataclass(frozen=True, slots=True)
class Byline:
    """The names of an author line; `joined` are lines of names between which a comma was missing."""

    authors: list[str]
    et_al: bool
    joined: list[str]


def is_byline(paragraph: str) -> bool:
    """Tell whether a paragraph is an author line and not a sentence that begins with "By"."""
    match = _BEGIN.match(paragraph)
    if not match or len(paragraph) > _LONGEST:
        return False
    segments = _segments(_ET_AL.sub("", paragraph[match.end() :]))
    return bool(segments) and all(_is_name(segment) for segment in segments)


def read_byline(paragraph: str, *, mend: bool = True) -> Byline:
    """Read the names of an author line, spelled as printed.

    Args:
        paragraph: The line, beginning with `By`.
        mend: Part what looks like two names between which a comma was lost.
    """
    text = _BEGIN.sub("", paragraph)
    segments = _segments(_ET_AL.sub("", text))
    authors: list[str] = []
    joined: list[str] = []
    for segment in segments:
        if authors and _SUFFIX.fullmatch(segment):
            authors[-1] += f", {segment}"
        elif mend and _holds_two_names(segment, segments):
            first, second, third, fourth = segment.split()
            authors += [f"{first} {second}", f"{third} {fourth}"]
            joined.append(segment)
        else:
            authors.append(segment)
    return Byline(authors, bool(_ET_AL.search(text)), joined)


def _segments(names: str) -> list[str]:
    plain = without_marks(_ASIDE.sub("", names)).strip().rstrip(".。").strip()
    return [s for s in _BETWEEN.split(plain) if s]


def _is_name(segment: str) -> bool:
    words = segment.split()
    if not 0 < len(words) <= _MOST_WORDS or not any(c.isalpha() for c in segment):
        return False
    return all(_is_name_word(w) for w in words) and not all(map(_PARTICLE.fullmatch, words))


def _is_name_word(word: str) -> bool:
    letters = word.lstrip("'’‘`“\"")
    if not letters or re.search(r"[!?:=→%/\\|<>{}]", word):
        return False
    return (
        bool(_PARTICLE.fullmatch(word))
        or not letters[0].islower()
        or letters[:2] in {"d'", "d’", "l'", "l’"}
    )


def _holds_two_names(segment: str, segments: list[str]) -> bool:
    """Four full words among names of two or three: a comma was lost between two names."""
    words = segment.split()
    if len(words) != _WORDS_OF_TWO_NAMES or len(segments) == 1:
        return False
    if any("." in w or "-" in w or len(w) == 1 or _PARTICLE.fullmatch(w) for w in words):
        return False
    return all(len(s.split()) < _WORDS_OF_TWO_NAMES for s in segments if s != segment)
