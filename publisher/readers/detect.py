"""Opens a file of editions, tells which form it is written in and reads it."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.readers import jsonlines, markdown, scrape
from publisher.readers.errors import EditionError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.readers.edition import Edition

LARGEST_BYTES = 5_000_000
LARGEST_LIST_BYTES = 100_000_000  # of a list of papers by day, which is read line by line
_START = 1_000  # bytes by which the form is told

Read = tuple["Edition", str, str]  # an edition, the form it is written in, the SHA-256 of its text


@dataclass(frozen=True, slots=True)
class Editions:
    """The editions of one file.

    Attributes:
        count: How many can be read.
        wrong: Why others cannot; each is left out as a whole.
        each: Reads them, one after another.
    """

    count: int
    each: Iterator[Read]
    wrong: tuple[EditionError, ...] = ()


def read_editions(path: Path) -> Editions:
    """Read every edition of a file; only a list of papers by day holds several.

    Raises:
        EditionError: The file cannot be read, or what stands in it is no edition.
    """
    if jsonlines.is_jsonlines(_start(path), path.name):
        with _opening(path):
            _check_size(path, LARGEST_LIST_BYTES)
            listed = jsonlines.JsonLines(path)
        each = ((edition, jsonlines.FORM, digest) for edition, digest in listed)
        return Editions(listed.count, each, listed.wrong)
    return Editions(1, iter([read_edition(path)]))


def read_edition(path: Path) -> tuple[Edition, str, str]:
    """Read a file of one edition.

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
    with _opening(path):
        _check_size(path, LARGEST_BYTES)
        raw = path.read_bytes()
    if not raw.strip():
        raise EditionError(path.name, None, "the file is empty", "Save the edition's text in it.")
    return raw


def _start(path: Path) -> bytes:
    """Give the first bytes of a file; none of a pipe, which can be read only once."""
    with _opening(path):
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(_START)


def _check_size(path: Path, largest: int) -> None:
    size = path.stat().st_size
    if size > largest:
        what = "a list of papers" if largest == LARGEST_LIST_BYTES else "an edition"
        raise EditionError(
            path.name, None,
            f"the file has {size / 1e6:.1f} MB; {what} has at most {largest / 1e6:.0f} MB",
            "Give the text of one edition alone." if largest == LARGEST_BYTES
            else "Cut it between two days and import the parts.",
        )  # fmt: skip


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Name what keeps a file from being read."""
    if path.is_dir():
        raise EditionError(str(path), None, "this is a folder", f"Name its files: {path}/*.md")
    try:
        yield
    except FileNotFoundError as error:
        raise EditionError(
            str(path), None, "there is no such file", "Check the name and the folder."
        ) from error
    except OSError as error:
        raise EditionError(
            path.name, None, f"the file cannot be opened ({error.strerror})",
            "Check who may read it.",
        ) from error  # fmt: skip


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
