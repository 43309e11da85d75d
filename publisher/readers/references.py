"""Reads the list of references at the foot of an edition, and the marks that point into it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.readers.cleaning import ANCHOR
from publisher.readers.edition import EditionReference

if TYPE_CHECKING:
    from publisher.readers.cleaning import Paragraph

_ITEM = re.compile(r"^\[(\d{1,3})\]\s*(\S.*)$")
_HEADING = re.compile(
    r"^(?:references|bibliography|引用|参考文献?|参考资料)\s*[:：]?$", re.IGNORECASE
)
_OPEN_END = re.compile(r"(?:\bby|\band|,|&|“[^”]*)$", re.IGNORECASE)
_YEAR = re.compile(r"\b((?:19|20)\d{2})\b")
_URL = re.compile(r"https?://[^\s<>”\"]+[^\s<>”\".,;)]")
_MARK = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# `P-Tuning v²`, `R²`, `10⁴`, `km²`: a lone letter or a base before the digit makes it a name or a power.
_NO_MARK_AFTER = re.compile(r"(?:(?<![^\W\d_])[A-Za-zΑ-ω]|(?<![\w.-])(?:2|10)|⁻|\b[ckm]m)$")


def split(parts: list[Paragraph]) -> tuple[list[Paragraph], list[Paragraph]]:
    """Part the text from its list of references; what follows the list belongs to the site.

    Returns:
        The text before the list, and the list; the second is empty where there is none.
    """
    # A sentence of an entry may begin with a number in brackets; the list follows the last author line.
    last_by = max((i for i, p in enumerate(parts) if p.text.startswith(ANCHOR)), default=-1)
    start = next((i for i, p in enumerate(parts) if i > last_by and _ITEM.match(p.text)), None)
    if start is None:
        body = [p for p in parts if not _HEADING.match(p.text)]
        return body, []
    last = max(i for i, p in enumerate(parts) if _ITEM.match(p.text))
    while last + 1 < len(parts) and _OPEN_END.search(parts[last].text):
        last += 1
    body = parts[:start]
    if body and _HEADING.match(body[-1].text):
        body = body[:-1]
    return body, parts[start : last + 1]


def read(parts: list[Paragraph]) -> tuple[EditionReference, ...]:
    """Read the references with the numbers they have in print; a broken one is joined again."""
    found: list[tuple[int, str]] = []
    for part in parts:
        item = _ITEM.match(part.text)
        if item:
            found.append((int(item[1]), item[2]))
        elif found:
            number, begun = found[-1]
            found[-1] = number, f"{begun} {part.text}"
    return tuple(EditionReference(n, text, first_url(text)) for n, text in found)


def first_url(text: str) -> str | None:
    """Find the first web address in a text."""
    found = _URL.search(text)
    return found[0] if found else None


def marks(text: str) -> list[int]:
    """Read the superscript reference marks of a text in their order; `¹⁰` is ten."""
    return [
        int(mark[0].translate(_DIGITS))
        for mark in _MARK.finditer(text)
        if not _NO_MARK_AFTER.search(text[: mark.start()])
    ]


def years(references: tuple[EditionReference, ...]) -> list[int]:
    """Give the years that the references print."""
    return [int(y) for r in references for y in _YEAR.findall(r.text)]
