"""A question with its filters, small enough to stand inside a button, so that its pages need no memory."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bot.keys import MAX_CUSTOM_ID
from storage.catalog import Filters
from storage.enums import EntryKind

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

SEARCH_BUTTON = r"search:(?P<page>[1-9]\d{0,2}):(?P<asked>[^\n]+)"


@dataclass(frozen=True, slots=True)
class Asking:
    """What a member asks for; an empty text narrows nothing."""

    words: str
    author: str = ""
    year: str = ""
    issue: str = ""  # slug
    topic: str = ""  # slug
    language: str = ""
    kind: EntryKind | None = None

    @property
    def filters(self) -> Filters:
        """What narrows, as the catalog takes it."""
        return Filters(
            authors=_listed(self.author),
            years=_listed(self.year),
            issues=_listed(self.issue),
            languages=_listed(self.language),
            kind=self.kind,
            topics=_listed(self.topic),
        )

    @property
    def narrowed(self) -> list[tuple[str, str]]:
        """Give the names and values of what narrows, as a web address has them."""
        return [(name, value) for name, value in self._given() if name != "words"]

    def button(self, page: int) -> str | None:
        """Give the custom_id of a button that opens a page of the answer, or None where it is too long."""
        said = ";".join(f"{name[0]}{_escaped(value)}" for name, value in self._given())
        custom_id = f"search:{page}:{said}"
        return custom_id if len(custom_id) <= MAX_CUSTOM_ID else None

    @classmethod
    def of(cls, match: re.Match[str]) -> Asking | None:
        """Take the question out of a match of `SEARCH_BUTTON`; None for anything that is none."""
        names = {own.name[0]: own.name for own in fields(cls)}
        parts = [part for part in match["asked"].split(";") if part]
        if any(part[0] not in names for part in parts):
            return None
        given = {names[part[0]]: unquote(part[1:]) for part in parts}
        kind = given.pop("kind", None)
        if kind is not None and kind not in list(EntryKind):
            return None
        return cls(given.pop("words", ""), kind=EntryKind(kind) if kind else None, **given)

    def _given(self) -> Iterator[tuple[str, str]]:
        for own in fields(self):
            if value := getattr(self, own.name):
                yield own.name, str(value)


def _listed(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace(";", "%3B")
