"""The lines of an edition file with their numbers, and the paragraphs and items that they make."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from publisher.readers.errors import EditionError

_ITEM = re.compile(r"^\s*[-*+]\s+(?=\S)")
_HAN = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


class Line(NamedTuple):
    """A line of a file and its number, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file being read: its name and the lines of its body."""

    name: str
    lines: list[Line]

    def error(self, what: str, remedy: str, line: Line | int | None = None) -> EditionError:
        """Make the error that names this file, the line and the remedy."""
        number = line.number if isinstance(line, Line) else line
        return EditionError(what, remedy, file=self.name, line=number)


def texts(lines: list[Line]) -> str:
    """Put lines together to Markdown: a wrapped paragraph becomes one line, a list keeps its items."""
    text = ""
    for part in _blocks(lines):
        together = part.startswith("- ") and text.rpartition("\n")[2].startswith("- ")
        text += ("\n" if together else "\n\n" if text else "") + part
    return text


def items(lines: list[Line]) -> list[str]:
    """Give each item of a list, or each paragraph where there is no list."""
    return [part.removeprefix("- ") for part in _blocks(lines)]


def _blocks(lines: list[Line]) -> list[str]:
    blocks: list[str] = []
    going_on = False
    for line in lines:
        stripped = line.text.strip()
        if not stripped:
            going_on = False
        elif _ITEM.match(line.text):
            blocks.append("- " + _ITEM.sub("", line.text).strip())
            going_on = True
        elif going_on:
            blocks[-1] = _wrapped(blocks[-1], stripped)
        else:
            blocks.append(stripped)
            going_on = True
    return blocks


def _wrapped(before: str, after: str) -> str:
    """Undo a line break; Chinese has no blank there."""
    glue = "" if _HAN.match(before[-1]) and _HAN.match(after[0]) else " "
    return before + glue + after
