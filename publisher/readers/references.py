"""Reads the numbered references at the end of a saved page; numbers stay as printed."""

from __future__ import annotations

import re

from publisher.readers.edition import EditionReference
from publisher.readers.labels import is_references_heading

_BEGIN = re.compile(r"^(?:- )?\[(\d{1,3})\]\s*:?\s*(?=\S)")
_ADDRESS = re.compile(r"\s*[(<]?(https?://[^\s)>]+)[)>]?\s*$")
# A reference that ends like this goes on in the next paragraph.
_UNFINISHED = re.compile(r"(?:[,;:&–—-]|\b(?:by|and|of|in|the|et|for|with|from))$", re.IGNORECASE)


def find_references(paragraphs: list[str], after: int) -> int:
    """Give the index at which the references begin, `len(paragraphs)` when there are none.

    Args:
        paragraphs: The whole page.
        after: Index of the last author line; what stands before it is not looked at.
    """
    for index in range(after + 1, len(paragraphs)):
        if _BEGIN.match(paragraphs[index]):
            return index
        if is_references_heading(paragraphs[index]):
            return index
    return len(paragraphs)


def read_references(paragraphs: list[str]) -> list[EditionReference]:
    """Read the references; one that was broken over paragraphs is made whole.

    What follows the last one belongs to the site and is left out.
    """
    texts: list[tuple[int, str]] = []
    for paragraph in paragraphs:
        match = _BEGIN.match(paragraph)
        if match:
            texts.append((int(match[1]), paragraph[match.end() :]))
        elif texts and _goes_on(texts[-1][1]):
            number, text = texts[-1]
            texts[-1] = (number, f"{text} {paragraph}")
        elif texts:
            break
    return [_reference(number, text) for number, text in texts]


def _goes_on(text: str) -> bool:
    return bool(_UNFINISHED.search(text)) or text.count("“") > text.count("”")


def _reference(number: int, text: str) -> EditionReference:
    address = _ADDRESS.search(text)
    if address and address.start():
        return EditionReference(number, text[: address.start()].strip(), address[1])
    return EditionReference(number, text, address[1] if address else None)
