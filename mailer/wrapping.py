"""Wraps plain text for reading: URLs stay whole, lists hang, and Chinese breaks between characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

WIDTH: Final = 72  # columns; a character of double width takes two
_WIDE: Final = frozenset("WF")
_HANGING: Final = re.compile(r"((?:> )*)( *(?:[-•] |\d+[.)] |\[\d+\] )?)(.*)", re.DOTALL)
_CODE: Final = re.compile(r"(?:> )* {4}")
_NOT_FIRST: Final = frozenset("，。、；：？！）】》」』”’,.;:?!)]}%…")


def wrap(text: str, indent: int = 0, width: int = WIDTH) -> str:
    """Wrap each line of a text.

    Args:
        text: Lines; one that begins with `- `, `1. ` or `[1] ` hangs under its first word, `> ` stands
            before each row of its line, and one that begins with four blanks is code and stays whole.
        indent: Blanks before every line.
        width: Columns of a line, the indent included.
    """
    margin = " " * indent
    return "\n".join(
        "\n".join((margin + row).rstrip() for row in _wrap_line(line, width - indent))
        for line in text.split("\n")
    )


def _wrap_line(line: str, width: int) -> list[str]:
    if _CODE.match(line):
        return [line]
    match = _HANGING.match(line)
    quotation, lead, rest = match.groups() if match else ("", "", line)
    rows, row, hanging = [], quotation + lead, quotation + " " * columns(lead)
    used = first = columns(row)
    for piece, blank in _pieces(rest):
        more = columns(piece) + (1 if blank and used > first else 0)
        if used > first and used + more > width and piece[0] not in _NOT_FIRST:
            rows.append(row)
            row, used, blank = hanging, first, ""  # noqa: PLW2901 - the blank went with the break
        row += (blank if used > first else "") + piece
        used = columns(row)
    return [*rows, row]


def _pieces(text: str) -> list[tuple[str, str]]:
    """Cut at blanks and around characters of double width; each with the blank that stood before it."""
    pieces: list[tuple[str, str]] = []
    for word in text.split():
        blank, piece = " ", ""
        for character in word:
            if piece and (_is_wide(character) or _is_wide(piece[-1])):
                pieces.append((piece, blank))
                blank, piece = "", ""
            piece += character
        pieces.append((piece, blank))
    return pieces


def columns(text: str) -> int:
    """Count the columns a text takes in a terminal."""
    return sum(2 if _is_wide(c) else 0 if unicodedata.combining(c) else 1 for c in text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in _WIDE
