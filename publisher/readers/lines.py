"""Turns a file's bytes into clean text, and a saved page's text into paragraphs.

Emoji that a saver wrote as `U+2753` become characters again, wherever they are glued to a word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from markdown_it import MarkdownIt

from publisher.readers.errors import EditionError

MAX_EDITION_BYTES = 5_000_000

_CODE_POINT = re.compile(r"U\+([0-9A-F]{4,6})")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200b\ufeff]")
_BLANKS = re.compile(r"[^\S\n]+")
_BULLET = re.compile(r"^(?:[•●▪◦‣·*–-])\s+")
_EMOJI = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2b00-\u2bff\ufe0f\u200d"
    "\U0001f000-\U0001faff]"
)
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]<>#+&!~|-])")
_LIST_NUMBER = re.compile(r"^(\d{1,9})([.)])")
PICTOGRAPHS_FROM = 0x1F000


def decode(content: bytes, name: str) -> str:
    """Decode a file, its line ends made one kind.

    Raises:
        EditionError: It is too large, empty, binary or not UTF-8.
    """
    if len(content) > MAX_EDITION_BYTES:
        raise EditionError(
            f"it has {len(content):,} bytes, and an edition has {MAX_EDITION_BYTES:,} at most.",
            "Give the text of one edition.",
            file=name,
        )
    if b"\x00" in content:
        raise EditionError(
            "it is a binary file, not a text.", "Save the edition as plain text.", file=name
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise EditionError(
            f"byte {content[error.start]:#04x} is not UTF-8.",
            "Save the file as UTF-8.",
            file=name,
            line=line,
        ) from error
    if not text.strip():
        raise EditionError("it is empty.", "Give the text of an edition.", file=name)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def paragraphs(text: str) -> list[str]:
    """Cut a saved page into its paragraphs; one that was a list item begins with `- `."""
    found = (clean(line) for line in text.split("\n"))
    return [line for line in found if line]


def clean(line: str) -> str:
    """Give one line with its characters restored and its blanks made single."""
    restored = _CODE_POINT.sub(_character, line)
    plain = _BLANKS.sub(" ", _CONTROL.sub(" ", restored)).strip()
    return _BULLET.sub("- ", plain)


def without_emoji(text: str) -> str:
    """Drop emoji, arrows and other pictographs, as names do not have them."""
    return _BLANKS.sub(" ", _EMOJI.sub("", text)).strip()


def has_emoji(text: str) -> bool:
    """Tell whether a pictograph stands in the text."""
    return bool(_EMOJI.search(text))


def as_markdown(paragraph: str) -> str:
    """Give a plain paragraph as Markdown that shows the same characters, escaping only where it must."""
    item = paragraph.startswith("- ")
    body = paragraph[2:] if item else paragraph
    if _is_plain(body):
        return paragraph
    escaped = _LIST_NUMBER.sub(r"\1\\\2", _MARKDOWN_SPECIAL.sub(r"\\\1", body))
    return f"- {escaped}" if item else escaped


def join(parts: list[str]) -> str:
    """Join paragraphs; the items of one list stay together."""
    text = ""
    for part in parts:
        together = part.startswith("- ") and text.rpartition("\n")[2].startswith("- ")
        text += ("\n" if together else "\n\n" if text else "") + part
    return text


def _is_plain(text: str) -> bool:
    tokens = _markdown().parse(text)
    if [t.type for t in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return False
    children = tokens[1].children or []
    return all(c.type == "text" for c in children) and "".join(c.content for c in children) == text


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark")


def _character(match: re.Match[str]) -> str:
    """Read the code point with as many digits as make a pictograph, else with four.

    The digits may run into a word that begins with A to F: `U+007CCode` is a bar and `Code`.
    """
    digits = match[1]
    for length in range(len(digits), 4, -1):
        point = int(digits[:length], 16)
        if PICTOGRAPHS_FROM <= point <= 0x10FFFF and unicodedata.category(chr(point)) == "So":  # noqa: PLR2004 - the last code point
            return chr(point) + digits[length:]
    point = int(digits[:4], 16)
    character = chr(point)
    if unicodedata.category(character) in {"Cc", "Cs", "Cn", "Co"}:
        return match[0]
    return character + digits[4:]
