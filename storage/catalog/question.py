"""Reads a question: its filters (`author:hoffmann`, `year:2022`, `issue:2022-04` …) and the words that remain."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from storage.enums import EntryKind
from storage.names import fold, name_key

MAX_LENGTH = 400  # characters that are read of a question
_FILTER = re.compile(
    r"(?<!\S)(author|by|year|issue|language|lang|kind|type|作者|年份|期|语言)[:：]\s*(\"[^\"]*\"|\S+)",
    re.IGNORECASE,
)
_WORDS = {
    "by": "author", "作者": "author", "年份": "year", "期": "issue", "lang": "language", "语言": "language",
    "type": "kind",
}  # fmt: skip
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

    def __bool__(self) -> bool:
        """Tell whether anything narrows."""
        return bool(self.authors or self.years or self.issues or self.languages or self.kind)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read."""

    text: str  # without filters
    filters: Filters = field(default_factory=Filters)


def read(asked: str) -> Question:
    """Read whatever was typed; any text is allowed."""
    clean = asked[: 4 * MAX_LENGTH].encode("utf-8", "replace").decode()
    plain = " ".join("".join(max(c, " ") for c in clean).split())[:MAX_LENGTH]
    found: dict[str, list[str]] = {}
    for word, value in _FILTER.findall(plain):
        name = _WORDS.get(word.lower(), word.lower())
        found.setdefault(name, []).append(value.strip('"'))
    kinds = [EntryKind(k) for k in map(fold, found.get("kind", [])) if k in set(EntryKind)]
    filters = Filters(
        authors=tuple(a for a in found.get("author", []) if name_key(a)),
        years=tuple(y for y in found.get("year", []) if y.isdecimal()),
        issues=tuple(found.get("issue", [])),
        languages=tuple(fold(name) for name in found.get("language", [])),
        kind=kinds[0] if kinds else None,
    )
    return Question(" ".join(_FILTER.sub(" ", plain).split()), filters)


def name_forms(text: str) -> list[str]:
    """Give the keys under which a question may be a name: as it stands, and without what frames it."""
    forms = [text]
    bare = text
    for pattern in (_FRAME_START, _FRAME_END):
        while (shorter := pattern.sub("", bare).strip()) and shorter != bare:
            bare = shorter
            forms.append(bare)
    return [key for key in dict.fromkeys(name_key(form) for form in forms) if key]
