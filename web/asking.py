"""A question as it stands in the address of a page: its words, what narrows it down, and the page of the answer.

`?q=scaling&author=hoffmann&year=2022` and `?q=author:hoffmann+year:2022+scaling` ask the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from storage import catalog
from storage.catalog import question
from storage.catalog.tokens import tokens
from storage.enums import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multidict import MultiMapping
    from sqlmodel import Session

MAX_TEXT: Final = 300  # characters
MAX_VALUE: Final = 100  # characters of what narrows
MAX_VALUES: Final = 4  # of one kind
MAX_PAGE: Final = 10_000
# The name in the address and in a question, and the field of `Filters` that holds it.
FIELDS: Final = {
    "topic": "topics", "author": "authors", "year": "years", "issue": "issues", "language": "languages",
    "kind": "kind",
}  # fmt: skip

Pair = tuple[str, str]  # name and value of what narrows


@dataclass(frozen=True, slots=True)
class Asking:
    """What a reader asks for."""

    text: str = ""
    narrowed: tuple[Pair, ...] = ()
    page: int = 1

    def __bool__(self) -> bool:
        """Tell whether anything is asked."""
        return bool(self.text or self.narrowed)

    @property
    def filters(self) -> catalog.Filters:
        """What narrows, as the catalog takes it."""
        lists = {f: tuple(self.values(n)) for n, f in FIELDS.items() if n != "kind"}
        kind = next((EntryKind(value) for value in self.values("kind")), None)
        return catalog.Filters(kind=kind, **lists)

    def values(self, name: str) -> list[str]:
        """Give the values of one kind."""
        return [value for own, value in self.narrowed if own == name]

    def without(self, pair: Pair) -> Asking:
        """Ask the same, less narrowly."""
        return replace(self, narrowed=tuple(own for own in self.narrowed if own != pair), page=1)

    def on(self, page: int) -> Asking:
        """Ask for another page."""
        return replace(self, page=page)

    @property
    def query(self) -> str:
        """Write it as the query of an address, without the language of the page."""
        pairs = [("q", self.text)] if self.text else []
        pairs += self.narrowed
        pairs += [("page", str(self.page))] if self.page > 1 else []
        return urlencode(pairs, quote_via=quote)


def read(session: Session, given: MultiMapping[str]) -> Asking:
    """Read the query of an address; what makes no sense narrows nothing."""
    asked = question.read(clean(given.get("q", "")), partial(catalog.topic_named, session))
    options = _options(session, given)
    filters = asked.filters.over(options)
    narrowed = tuple(
        (name, value)
        for name, field in FIELDS.items()
        for value in _listed(getattr(filters, field))[:MAX_VALUES]
        if name != "author" or tokens(value)  # a name without a letter is nobody's
    )
    return Asking(asked.text, narrowed, page_number(given))


def clean(text: str) -> str:
    """Take what was typed: one line of at most 300 characters."""
    return " ".join("".join(max(c, " ") for c in text[:MAX_TEXT]).split())


def page_number(given: MultiMapping[str]) -> int:
    """Read the number of a page, from 1; anything else is the first."""
    text = given.get("page", "")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_PAGE))):
        return 1
    return min(max(int(text), 1), MAX_PAGE)


def _options(session: Session, given: MultiMapping[str]) -> catalog.Filters:
    # An option is read as if it stood in the question, so that both mean the same.
    topic_of = partial(catalog.topic_named, session)
    words = (
        f'{name}:"{value}"'
        for name in FIELDS
        for raw in given.getall(name, [])[:MAX_VALUES]
        if (value := clean(raw[:MAX_VALUE].replace('"', " ")))
    )
    read_each = [question.read(word, topic_of).filters for word in words]
    joined: dict[str, object] = {
        field: tuple(dict.fromkeys(v for one in read_each for v in _listed(getattr(one, field))))
        for name, field in FIELDS.items()
        if name != "kind"
    }
    kind = next((one.kind for one in read_each if one.kind), None)
    return catalog.Filters(kind=kind, **joined)  # type: ignore[arg-type]


def _listed(value: Iterable[str] | EntryKind | None) -> list[str]:
    if isinstance(value, EntryKind):
        return [value.value]
    return list(dict.fromkeys(v.strip() for v in value or ()))
