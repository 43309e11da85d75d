"""Chooses the reader for a file by its name and its beginning."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, assert_never

from publisher.readers.errors import EditionError
from publisher.readers.lines import MAX_EDITION_BYTES
from publisher.readers.markdown import read_markdown
from publisher.readers.scrape import read_scrape

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from publisher.readers.edition import Edition

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Form(StrEnum):
    """A format of editions."""

    MARKDOWN = "markdown"  # the project's own
    SCRAPE = "scrape"  # the plain text of a saved page


def detect(content: bytes, name: str) -> Form:
    """Tell the format of a file: a Markdown name or front matter make it the project's own."""
    begins = content.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"---\n")
    windows = content.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"---\r")
    named = PurePath(name).suffix.lower() in {".md", ".markdown"}
    return Form.MARKDOWN if named or begins or windows else Form.SCRAPE


def read(content: bytes, name: str, *, month: date | None = None) -> Edition:
    """Read an edition of whichever format.

    Args:
        content: The file.
        name: Its name; the ending counts, and messages name it.
        month: The month of a saved page that does not tell it.

    Raises:
        EditionError: It cannot be read; the error names place and remedy.
    """
    match detect(content, name):
        case Form.MARKDOWN:
            return read_markdown(content, name)
        case Form.SCRAPE:
            return read_scrape(content, name, month=month)
        case other:
            assert_never(other)


def load(path: Path) -> bytes:
    """Fetch the bytes of an edition file.

    Raises:
        EditionError: There is no such file, it is a folder, too large, or may not be read.
    """
    if path.is_dir():
        raise EditionError("it is a folder.", f"Name the files in it: {path}/*", file=str(path))
    try:
        size = path.stat().st_size
        if size > MAX_EDITION_BYTES:
            raise EditionError(
                f"it has {size:,} bytes, and an edition has {MAX_EDITION_BYTES:,} at most.",
                "Give the text of one edition.",
                file=str(path),
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise EditionError("there is no such file.", "Check the path.", file=str(path)) from error
    except OSError as error:
        raise EditionError(
            f"it cannot be read ({error.strerror or error}).",
            "Check the file and its rights.",
            file=str(path),
        ) from error
