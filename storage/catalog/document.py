"""The text of an entry as it is searched: tokens by field, cut once and kept beside the index.

The index says only which entries hold a token; which of them answers best is read from these documents, in the
same way on every database.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
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
FIELDS = ("names", "authors", "body", "cited", "years")  # in the order in which they are kept
_BAR = "|"  # between groups: the last word of one does not stand beside the first of the next
_MARKS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
MAX_TOKEN = 60


@dataclass(frozen=True, slots=True)
class Document:
    """The tokens of an entry, as they are searched.

    Attributes:
        kind: Of the entry.
        lines: The tokens of each of `FIELDS` with a space between; a bar stands between those of different papers,
            people or works.
        topics: Slugs.
    """

    kind: str
    lines: dict[str, str]
    topics: tuple[str, ...] = ()

    @classmethod
    def of(  # noqa: PLR0913 - the fields of a document
        cls,
        kind: str,
        *,
        names: Iterable[Sequence[str]],
        authors: Iterable[Sequence[str]] = (),
        body: Iterable[str],
        cited: Iterable[Sequence[str]] = (),
        years: Iterable[str] = (),
        topics: Iterable[str] = (),
    ) -> Document:
        """Make a document; names come by paper, authors by person, and what is cited by work."""
        fields: dict[str, Iterable[str]] = {
            "names": _flat(names),
            "authors": _flat(authors),
            "body": body,
            "cited": _flat(cited),
            "years": years,
        }
        return cls(kind, {name: " ".join(tokens) for name, tokens in fields.items()}, tuple(topics))

    @property
    def names(self) -> list[list[str]]:
        """The words of the names of each paper."""
        return _groups(self.lines["names"])

    @property
    def authors(self) -> list[list[str]]:
        """The words of each author's name."""
        return _groups(self.lines["authors"])

    @property
    def body(self) -> list[str]:
        """The words of the text."""
        return self.lines["body"].split()

    @property
    def length(self) -> int:
        """How many words the text has."""
        line = self.lines["body"]
        return line.count(" ") + 1 if line else 0

    def indexed(self) -> tuple[list[str], list[str], list[str]]:
        """Give what the index holds: all words, the words of names, the letter triples of names."""
        names = self.names
        marks = [author_token(" ".join(author)) for author in self.authors if author]
        marks += [topic_token(slug) for slug in self.topics]
        marks += [year_token(year) for year in self.lines["years"].split()]
        every = [token for line in self.lines.values() for token in line.split()]
        joint = [token for group in names for token in (*group, *characters(group))]
        letters = [g for group in names for g in grams("".join(group))]
        return _once([*every, *marks, KIND + self.kind]), _once(joint), _once(letters)

    def pack(self) -> bytes:
        """Give the document as it is kept."""
        lines = (self.kind, *(self.lines[name] for name in FIELDS), " ".join(self.topics))
        return zlib.compress("\n".join(lines).encode(), 6)


def unpack(content: bytes) -> Document:
    """Read a document that was kept."""
    lines = zlib.decompress(content).decode().split("\n")
    kind, *kept = lines
    topics = kept[len(FIELDS) :]  # formats grow at the end
    return Document(
        kind, dict(zip(FIELDS, kept, strict=False)), tuple(topics[0].split()) if topics else ()
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


def _flat(groups: Iterable[Sequence[str]]) -> list[str]:
    return [token for group in groups for token in (_BAR, *group)][1:]


def _groups(line: str) -> list[list[str]]:
    groups: list[list[str]] = [[]] if line else []
    for token in line.split():
        if token == _BAR:
            groups.append([])
        else:
            groups[-1].append(token)
    return groups


def _once(found: Iterable[str]) -> list[str]:
    return [t for t in dict.fromkeys(found) if t != _BAR]
