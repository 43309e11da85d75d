"""Reads the heading above an author line: its number, the title, the labels of lost links."""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.readers.edition import EditionPaper, EntryLink

_NUMBERED = re.compile(r"^(?:#+\s*)?(\d{1,2})\s*[.、．)）:：](?:\s+|(?=\D))(\S.*)$")
_PLAIN = re.compile(r"^(?:#+\s*)?(\S.*)$")
_SENTENCE_END = re.compile(r"[.。;；:：,，]$")  # a title may end with ! or …
_PROSE_END = re.compile(r"[.。!！…;；:：,，]$")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SMALL_WORD = 4  # letters; shorter words stay small in a title
_TITLE_CASE = 0.6  # of the longer words begin with a capital
LONGEST_TITLE = 250  # characters
LONGEST_CHINESE_TITLE = 40  # characters
LONGEST_LABEL = 30  # characters of a link's label
FEWEST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says."""

    number: int | None
    title: str
    links: tuple[EntryLink, ...] = ()


def read(text: str, *, after: int) -> Heading | None:
    """Read a line that stands directly above an author line; None where it is no heading.

    Args:
        text: The line.
        after: The last number that a heading printed, 0 at first; numbers only grow.
    """
    numbered = _NUMBERED.match(text)
    if numbered and int(numbered[1]) > after and not _SENTENCE_END.search(numbered[2]):
        title, links = labelled(numbered[2])
        return Heading(int(numbered[1]), title, links)
    plain = _PLAIN.match(text)
    if plain is None or numbered:
        return None
    title, links = labelled(plain[1])
    return Heading(None, title, links) if looks_like_title(title) else None


def labelled(text: str) -> tuple[str, tuple[EntryLink, ...]]:
    """Part a title from the labels of links behind it: `Title | Project page | Code`."""
    title, *labels = [part.strip() for part in re.split(r"\s+\|\s*", text)]
    if any(len(label) > LONGEST_LABEL or not label for label in labels):
        return text, ()
    return title, tuple(EntryLink(label) for label in labels)


def looks_like_title(text: str) -> bool:
    """Tell a title from a sentence or an item of a list whose bullet was lost."""
    if len(text) > LONGEST_TITLE or _PROSE_END.search(text):
        return False
    if _HAN.search(text):
        return len(text) <= LONGEST_CHINESE_TITLE and not re.search("[,，。]", text)
    words = re.findall(r"[^\W\d_][\w'’-]*", text)
    long = [w for w in words if len(w) >= _SMALL_WORD]
    capitals = sum(not w[0].islower() for w in long)
    return len(words) >= FEWEST_WORDS and bool(long) and capitals >= _TITLE_CASE * len(long)


def papers_of(title: str | None) -> tuple[EditionPaper, ...]:
    """Name the papers that a title covers: two, where it reads `Name: title and Name: title`."""
    if title is None:
        return ()
    for found in re.finditer(r"\s+(?:and|&|与|和|及)\s+", title):
        left, right = title[: found.start()], title[found.end() :]
        if _has_name(left) and _has_name(right):
            return (EditionPaper(left), EditionPaper(right))
    return (EditionPaper(title),)


def _has_name(title: str) -> bool:
    name, colon, rest = title.partition(": ")
    return bool(colon and rest) and name[:1].isupper() and len(name.split()) <= FEWEST_WORDS + 1
