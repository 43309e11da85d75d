"""Reads the line of authors under a heading, as it is written."""

from __future__ import annotations

import re

_ET_AL = re.compile(r"[,\s]*\b(?:et\.?\s+al\b\.?|and others|等人?)\s*[.。]?\s*$", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:,\s*and\b|,\s*&|[,、,]|;|\band\b|&)\s*")
PARTICLES = frozenset(
    (
        *("al", "bin", "da", "dal", "de", "del", "della", "den", "der", "di", "do", "dos", "du"),
        *("el", "ibn", "la", "le", "ten", "ter", "van", "von", "y", "zu"),
    )
)
LONGEST_NAME = 6  # words
PLAIN_NAME = 2  # words


def names(line: str) -> tuple[tuple[str, ...], bool]:
    """Read the names, and whether the line ends in "et al.".

    A comma that is missing between two names is put back where every other name of the line has two
    words and this one has four; `Min Zhang Shaoping Ma` are two people.
    """
    shorter = _ET_AL.sub("", line)
    parts = [p for p in _BETWEEN.split(shorter.strip()) if p]
    if parts and re.search(r"\w{2}\.$", parts[-1]):
        parts[-1] = parts[-1][:-1]
    return tuple(_parted(parts)), shorter != line


def is_author_line(line: str) -> bool:
    """Tell a line of names from a sentence that happens to begin with the same word."""
    found, et_al = names(line)
    return (
        bool(found)
        and (et_al or len(found) > 1 or len(found[0].split()) > 1)
        and all(_is_name(name) for name in found)
    )


def _is_name(name: str) -> bool:
    words = name.split()
    return len(words) <= LONGEST_NAME and all(
        word[0].isupper()
        or not word[0].isascii()
        or word.lower() in PARTICLES
        or (len(words) > 1 and "-" in word)
        for word in words
    )


def _parted(parts: list[str]) -> list[str]:
    lengths = [len(part.split()) for part in parts]
    long = [i for i, n in enumerate(lengths) if n == 2 * PLAIN_NAME and _is_full(parts[i])]
    plain = all(n == PLAIN_NAME for i, n in enumerate(lengths) if i not in long)
    if not plain or len(parts) - len(long) < PLAIN_NAME:
        return parts
    found: list[str] = []
    for i, part in enumerate(parts):
        words = part.split()
        found += [" ".join(words[:2]), " ".join(words[2:])] if i in long else [part]
    return found


def _is_full(name: str) -> bool:
    """Tell whether every word is a whole name, neither an initial nor a particle."""
    return all(len(w) > 1 and w[0].isupper() and not w.endswith(".") for w in name.split())
