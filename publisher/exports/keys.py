"""Gives each record of a file the key by which a text cites it: `hoffmann2022training`."""

from __future__ import annotations

import re
from itertools import count
from string import ascii_lowercase
from typing import TYPE_CHECKING

from publisher.exports.names import parse_name
from storage.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.exports.record import Record

LONGEST_WORD = 40  # characters
_WORD = re.compile(r"[a-z0-9]+")
_NOT_OF_AN_ID = re.compile(r"[^a-z0-9.-]")
_APOSTROPHE = re.compile(r"['’ʼ]")
_SMALL = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "the", "to", "with")
)


def citation_keys(records: Sequence[Record]) -> dict[int, str]:
    """Give a key for each paper, by its id.

    A paper has the same key in every file, except that of two papers with one key the later in the store
    takes an `a` behind it, the next a `b`, whichever stands first in the file.
    """
    plain = {record.paper: _plain_key(record) for record in records}
    taken: set[str] = set()
    keys: dict[int, str] = {}
    for paper, key in sorted(plain.items()):
        free = key
        if key in taken:
            spoken_for = taken | set(plain.values())
            free = next(k for suffix in _suffixes() if (k := key + suffix) not in spoken_for)
        taken.add(free)
        keys[paper] = free
    return keys


def _plain_key(record: Record) -> str:
    year = str(record.year or "")
    title = _significant(record.title)
    if not record.authors:
        return f"{title}{year}" if title else _by_number(record)
    name = parse_name(record.authors[0])
    words = _words(name.family)
    author = (_significant(name.family) if name.whole else "".join(words))[:LONGEST_WORD]
    return f"{author}{year}{title}" if author else _by_number(record)


def _by_number(record: Record) -> str:
    """Name what has no Latin letter by its arXiv id, which loses its slash."""
    if record.arxiv:
        return f"arxiv{_NOT_OF_AN_ID.sub('', record.arxiv.lower())}"
    return f"paper{record.paper}"


def _significant(text: str) -> str:
    """Give the first word that is no article or preposition, in letters and digits of ASCII."""
    words = _words(text)
    return next((word for word in words if word not in _SMALL), words[0] if words else "")[
        :LONGEST_WORD
    ]


def _words(text: str) -> list[str]:
    return _WORD.findall(_APOSTROPHE.sub("", fold(text)))


def _suffixes() -> Iterator[str]:
    """Give a, b, … z, aa, ab and so on."""
    for length in count(1):
        for number in range(26**length):
            yield "".join(
                ascii_lowercase[number // 26**place % 26] for place in reversed(range(length))
            )
