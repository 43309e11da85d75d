"""Reads a question: its filters (`author:hoffmann`, `year:2022`, `issue:2022-04` …) and the words that remain."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, NamedTuple

from storage.enums import EntryKind
from storage.names import fold, name_key

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LENGTH = 400  # characters that are read of a question
# How filters are written, and what each is.
FILTERS = {
    "author": "author", "by": "author", "作者": "author", "year": "year", "年份": "year",
    "issue": "issue", "期": "issue", "language": "language", "lang": "language", "语言": "language",
    "kind": "kind", "type": "kind", "topic": "topic", "话题": "topic", "主题": "topic",
}  # fmt: skip
_FILTER = re.compile(rf"(?<!\S)({'|'.join(FILTERS)})[:：](\s?)(\"[^\"]*\"|[^\s\"]+)", re.IGNORECASE)
_UNFINISHED = re.compile(rf"(.*)(?<!\S)({'|'.join(FILTERS)})[:：]\"?([^\"]*)$", re.IGNORECASE)
_VALUES = {
    "author": re.compile(r".*\w.*"),
    "year": re.compile(r"\d{4}"),
    "issue": re.compile(r"\S*\w\S*"),
    "language": re.compile(r"[a-z]{2,3}(?:-[a-z0-9]+)*"),
    "kind": re.compile("|".join(EntryKind)),
    "topic": re.compile(r".*\w.*"),
}
_MONTH = re.compile(r"\d{4}-\d{2}\S*")
# A key as exports write it: hoffmann2022training.
_CITATION_KEY = re.compile(r"([^\W\d_]{2,})((?:19|20)\d{2})([^\W\d_]{2,})")
# Beside a filter, a year alone is one too: author:hoffmann 2022 scaling.
_BARE_YEAR = re.compile(r"(?<!\S)(199\d|20[0-3]\d)年?(?!\S)")
# How people frame what they look for; it is no part of a name.
_FRAME_START = re.compile(
    r"^(?:(?:what is|what's|explain|show me|show|find|search for|search|who wrote|papers?|the|a|an|about|on|by|called"
    r"|named|from|authors?|articles?|论文|关于|什么是)\s+|(?:关于|什么是))",
    re.IGNORECASE,
)
_FRAME_END = re.compile(
    r"(?:\s+(?:papers?|articles?|model|et al\.?|please|\?)|的?论文|是什么|[?？!！.。])$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows an answer down, as given in words or as options."""

    authors: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()  # slugs
    languages: tuple[str, ...] = ()
    kind: EntryKind | None = None
    topics: tuple[str, ...] = ()  # slugs

    def __bool__(self) -> bool:
        """Tell whether anything narrows."""
        return any(getattr(self, own.name) for own in fields(self))

    def over(self, others: Filters) -> Filters:
        """Join with others; of one kind, these are preferred."""
        return Filters(
            **{
                own.name: getattr(self, own.name) or getattr(others, own.name)
                for own in fields(self)
            }
        )


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read."""

    text: str  # without filters
    filters: Filters = field(default_factory=Filters)


def read(asked: str, topic_of: Callable[[str], str | None] = fold) -> Question:
    """Read whatever was typed; any text is allowed.

    Args:
        asked: What was typed.
        topic_of: Gives the slug of the topic that is meant, None where there is no such topic.
    """
    clean = asked[: 4 * MAX_LENGTH].encode("utf-8", "replace").decode()
    plain = " ".join("".join(max(c, " ") for c in clean).split())[:MAX_LENGTH]
    found: dict[str, list[str]] = {}

    def taken(match: re.Match[str]) -> str:
        name = FILTERS[fold(match[1])]
        value: str | None = match[3].strip('"')
        if value and name == "topic":
            value = topic_of(value)
        spaced = (
            match[2] and name == "issue" and not _MONTH.fullmatch(value or "")
        )  # "Issue: a title"
        if not value or spaced or not _VALUES[name].fullmatch(fold(value)):
            return match[0]  # no filter but a part of the question
        found.setdefault(name, []).append(value)
        return " "

    text = _FILTER.sub(taken, plain)
    if found:
        found.setdefault("year", []).extend(_BARE_YEAR.findall(text))
        text = _BARE_YEAR.sub(" ", text)
    filters = Filters(
        authors=tuple(found.get("author", [])),
        years=tuple(found.get("year", [])),
        issues=tuple(found.get("issue", [])),
        languages=tuple(fold(name) for name in found.get("language", [])),
        kind=next((EntryKind(fold(k)) for k in found.get("kind", [])), None),
        topics=tuple(dict.fromkeys(found.get("topic", []))),
    )
    return Question(" ".join(text.split()), filters)


class Unfinished(NamedTuple):
    """A filter at the end of a question that is still being typed."""

    before: str  # the question in front of it
    written: str  # what stands before the colon
    name: str  # of the filter
    value: str  # as far as it was typed


def unfinished(asked: str) -> Unfinished | None:
    """Give the filter with which a question ends, where its value may still go on."""
    found = _UNFINISHED.match(asked)
    return Unfinished(found[1], found[2], FILTERS[fold(found[2])], found[3]) if found else None


def bare_forms(text: str) -> list[str]:
    """Give a question as it stands, and without what frames it."""
    forms = [text]
    bare = text
    for pattern in (_FRAME_START, _FRAME_END):
        while (shorter := pattern.sub("", bare).strip()) and shorter != bare:
            bare = shorter
            forms.append(bare)
    return forms


def name_forms(text: str) -> list[str]:
    """Give the keys under which a question may be a name, each once."""
    return [key for key in dict.fromkeys(name_key(form) for form in bare_forms(text)) if key]


def of_citation_key(text: str) -> str:
    """Take a key such as our exports write, `hoffmann2022training`, apart; any other text stays as it is."""
    match = _CITATION_KEY.fullmatch(fold(text).strip("@{},. "))
    return " ".join(match.groups()) if match else text
