"""Opens an edition file, tells which form it is written in and reads it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from publisher.readers import markdown, scrape
from publisher.readers.errors import EditionError

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.readers.edition import Edition

LARGEST_BYTES = 5_000_000


def read_edition(path: Path) -> tuple[Edition, str, str]:
    """Read an edition.

    Returns:
        The edition, the form it is written in (`markdown` or `scrape`), the SHA-256 of the file.

    Raises:
        EditionError: The file cannot be read, or what stands in it is no edition.
    """
    raw = _bytes(path)
    text = _text(raw, path.name)
    digest = hashlib.sha256(raw).hexdigest()
    if markdown.is_markdown(text, path.name):
        return markdown.read(text, path.name), markdown.FORM, digest
    return scrape.read(text, path.name), scrape.FORM, digest


def read_text(path: Path) -> str:
    """Read a text file in UTF-8.

    Raises:
        EditionError: It cannot be read.
    """
    return _text(_bytes(path), path.name)


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise EditionError(str(path), None, "this is a folder", f"Name its files: {path}/*.md")
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= LARGEST_BYTES else b""
    except FileNotFoundError as error:
        raise EditionError(
            path.name, None, f"there is no such file ({path})", "Check the name and the folder."
        ) from error
    except OSError as error:
        raise EditionError(
            path.name, None, f"the file cannot be opened ({error.strerror})",
            "Check who may read it.",
        ) from error  # fmt: skip
    if size > LARGEST_BYTES:
        raise EditionError(
            path.name, None,
            f"the file has {size / 1e6:.1f} MB; an edition has at most {LARGEST_BYTES / 1e6:.0f} MB",
            "Give the text of one edition alone.",
        )  # fmt: skip
    if not raw.strip():
        raise EditionError(path.name, None, "the file is empty", "Save the edition's text in it.")
    return raw


def _text(raw: bytes, name: str) -> str:
    if b"\0" in raw:
        raise EditionError(
            name, None, "this is a binary file and no text",
            "Save the edition as plain text or Markdown in UTF-8.",
        )  # fmt: skip
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise EditionError(
            name, line, f"the text is not UTF-8 (byte 0x{raw[error.start]:02x})",
            "Save the file in the encoding UTF-8.",
        ) from error  # fmt: skip
    return text.replace("\r\n", "\n").replace("\r", "\n")
