"""The text of an entry as it is searched: tokens by field, cut once and kept beside the index.

The index says only which entries hold a token; which of them answers best is read from these documents, in the
same way on every database.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.catalog.tokens import compounds, grams, is_han, tokens
from storage.names import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

AUTHOR = "@"  # before the key of an author's whole name
KIND = "#"  # before the kind of entry
CHARACTER = "^"  # before a single Chinese or Japanese character of a name
TOPIC = "#topic"  # before the key of a topic's slug
YEAR = "#year"  # before a year that is the entry's own, and not one of its text
_GROUPS = " | "
_MARKS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
MAX_TOKEN = 60


@dataclass(frozen=True, slots=True)
class Document:
    """The tokens of an entry; a field of groups keeps apart what belongs to different papers, people or works."""

    kind: str
    names: tuple[tuple[str, ...], ...]  # a group for each paper
    authors: tuple[tuple[str, ...], ...]
    body: tuple[str, ...]
    cited: tuple[tuple[str, ...], ...]  # a group for each reference and related work
    years: tuple[str, ...]
    topics: tuple[str, ...] = ()  # slugs
    flat: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fields = {
            "names": _flat(self.names),
            "authors": _flat(self.authors),
            "body": self.body,
            "cited": _flat(self.cited),
            "years": self.years,
        }
        object.__setattr__(self, "flat", fields)

    def indexed(self) -> tuple[list[str], list[str], list[str]]:
        """Give what the index holds: all words, the words of names, the letter triples of names."""
        marks = [author_token(" ".join(author)) for author in self.authors if author]
        marks += [topic_token(slug) for slug in self.topics]
        marks += [year_token(year) for year in self.years]
        every = [t for tokens_ in self.flat.values() for t in tokens_]
        joint = [token for group in self.names for token in (*group, *characters(group))]
        letters = [g for group in self.names for g in grams("".join(group))]
        return _once([*every, *marks, KIND + self.kind]), _once(joint), _once(letters)

    def pack(self) -> bytes:
        """Give the document as it is kept."""
        lines = (
            self.kind,
            _joined(self.names),
            _joined(self.authors),
            " ".join(self.body),
            _joined(self.cited),
            " ".join(self.years),
            " ".join(self.topics),
        )
        return zlib.compress("\n".join(lines).encode(), 6)


def unpack(content: bytes) -> Document:
    """Read a document that was kept."""
    lines = zlib.decompress(content).decode().split("\n")
    kind, names, authors, body, cited, years, *later = lines  # formats grow at the end
    return Document(
        kind,
        _parted(names),
        _parted(authors),
        tuple(body.split()),
        _parted(cited),
        tuple(years.split()),
        tuple(later[0].split()) if later else (),
    )


def author_token(name: str) -> str:
    """Give the token under which all entries of one author are found."""
    return AUTHOR + name_key(name)[:MAX_TOKEN]


def topic_token(slug: str) -> str:
    """Give the token under which all entries of a topic are found."""
    return TOPIC + name_key(slug)


def characters(tokens_: Iterable[str]) -> list[str]:
    """Give the tokens under which names are found by any one Chinese or Japanese character of theirs."""
    return [CHARACTER + one for token in tokens_ if is_han(token) for one in token]


def year_token(year: str) -> str:
    """Give the token under which all entries of a year are found: that of the issue, or of a paper."""
    return YEAR + year


def prose(*texts: str) -> tuple[str, ...]:
    """Cut running text; marks of references stand for themselves and are no part of a word."""
    plain = "\n".join(_MARKS.sub(" ", text) for text in texts)
    return (*tokens(plain), *compounds(plain))


def titles(*texts: str) -> tuple[str, ...]:
    """Cut names and titles; a superscript in them is part of the name."""
    plain = "\n".join(texts)
    return (*tokens(plain), *compounds(plain))


def _flat(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    # The bar keeps the last word of one group from standing beside the first of the next.
    found: list[str] = []
    for group in groups:
        found += [*group, "|"]
    return tuple(found)


def _once(found: Iterable[str]) -> list[str]:
    return [t for t in dict.fromkeys(found) if t != "|"]


def _joined(groups: Iterable[Sequence[str]]) -> str:
    return _GROUPS.join(" ".join(group) for group in groups)


def _parted(line: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(group.split()) for group in line.split(_GROUPS.strip())) if line else ()
