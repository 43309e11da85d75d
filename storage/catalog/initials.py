"""Compares how an author is asked for with how entries write the name: `J. Hoffmann`, `Hoffmann, J.` and so on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from storage.catalog.fulltext import holding
from storage.catalog.retrieve import documents
from storage.catalog.tokens import tokens, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

MAX_FAMILY = 3  # words
MAX_INITIALS = 3
MAX_READ = 200  # documents, the newest


@dataclass(frozen=True, slots=True)
class Person:
    """An author as asked for: words that the name holds, and the first letters of those that stand before."""

    names: tuple[str, ...]
    initials: tuple[str, ...] = ()

    def is_among(self, author: Sequence[str]) -> bool:
        """Tell whether an author, given by the tokens of the name, may be this one."""
        if not set(self.names) <= set(author):
            return False
        given = [token for token in author if token not in self.names]
        return not self.initials or (
            bool(given) and all(g.startswith(i) for g, i in zip(given, self.initials, strict=False))
        )


def person(asked: str) -> Person:
    """Read the name of an author; single letters at one end of it are initials."""
    parts = tokens(asked)
    first = list(takewhile(_is_initial, parts))
    last = list(takewhile(_is_initial, reversed(parts)))[::-1]
    if len(first) == len(parts) or not (first or last):
        return Person(tuple(parts))
    rest = parts[len(first) :] if first else parts[: -len(last)]
    return Person(tuple(rest), tuple(first or last))


def with_initials(session: Session, asked: str) -> list[int]:
    """Find the entries of an author of whose given names the question says the initials alone; newest first."""
    one = person(asked)
    likely = len(one.names) <= MAX_FAMILY and 0 < len(one.initials) <= MAX_INITIALS
    if not likely or len(one.names) + len(one.initials) != len(words(asked)):
        return []
    found = holding(session, "words", [[one.names]], limit=MAX_READ)
    read = documents(session, found)
    return [e for e in found if e in read and any(map(one.is_among, read[e].authors))]


def _is_initial(part: str) -> bool:
    return len(part) == 1 and part.isalpha() and part < "\u3000"
