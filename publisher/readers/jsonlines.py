"""Reads a list of papers by day: JSON lines, each a paper with its date; a day in a language is an edition.

The file is read line by line, twice: first to see what is wrong and where each day stands, then day by day. So a
file may be large, and the lines of a day need not stand together.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from publisher.readers import authors, identifiers
from publisher.readers.edition import Edition, EditionEntry, EditionPaper
from publisher.readers.errors import EditionError
from storage.names import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORM = "jsonl"
ENDINGS = (".jsonl", ".ndjson")
KEYS = ("date", "title", "arxiv", "authors", "summary", "language")
EXAMPLE = (
    '{"date": "2024-09-10", "title": "…", "arxiv": "2409.05840", "authors": "…", "summary": "…"}'
)
MOST_WRONG = 20  # lines that are named
_DAY = re.compile(r"(?:19|20)\d{2}-\d{2}-\d{2}")
# What no database keeps or no terminal should obey: controls but tabs and line ends, halves of surrogate pairs.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Which = tuple[date, str]  # the day and the language that make an edition


@dataclass(frozen=True, slots=True)
class _Line:
    """One paper as a line says it."""

    number: int
    day: date
    language: str
    entry: EditionEntry
    unused: tuple[str, ...]  # keys that mean nothing here


class _UndatedError(EditionError):
    """The line does not say of which day it is."""


@dataclass(slots=True)
class _Places:
    """Where the lines of each edition stand, and what is wrong."""

    offsets: dict[Which, list[tuple[int, int]]] = field(default_factory=dict)  # line and byte
    wrong: list[EditionError] = field(default_factory=list)
    spoiled: set[Which] = field(default_factory=set)
    blocks: int = 0  # runs of lines of one edition
    undated: bool = False


class JsonLines:
    """The editions of a file.

    Args:
        path: The file.

    Attributes:
        wrong: What is wrong with lines; the editions that they belong to are left out.
        count: How many editions can be read.

    Raises:
        EditionError: Nothing at all stands in it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        places = _survey(path)
        if places.undated and places.blocks > len(places.offsets):
            # Days are mixed: a line without a day may belong to any of them.
            places.spoiled |= set(places.offsets)
        self._days = {w: o for w, o in places.offsets.items() if w not in places.spoiled}
        self.count = len(self._days)
        self.wrong = _shortened(places.wrong, path.name)
        if not self._days and not self.wrong:
            raise EditionError(path.name, None, "no paper stands in it", f"Write lines: {EXAMPLE}")

    def __iter__(self) -> Iterator[tuple[Edition, str]]:
        """Give each edition, the oldest first, with the SHA-256 of its lines."""
        with self._path.open("rb") as file:
            for (day, language), offsets in sorted(self._days.items()):
                digest = hashlib.sha256()
                lines = []
                for number, offset in offsets:
                    file.seek(offset)
                    raw = file.readline()
                    digest.update(raw)
                    row = _object(raw, number, self._path.name)
                    lines.append(_paper(row, number, self._path.name))
                yield _edition(day, language, lines), digest.hexdigest()


def is_jsonlines(start: bytes, file: str) -> bool:
    """Tell whether a file is meant to be in this form, by its name or its first bytes."""
    return (
        file.lower().endswith(ENDINGS) or start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    )


def _survey(path: Path) -> _Places:
    places = _Places()
    before: Which | None = None
    behind_undated = False
    offset = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            start, offset = offset, offset + len(raw)
            if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
                continue
            try:
                which = _which(raw, number, path.name, places)
            except _UndatedError as error:
                places.wrong.append(error)
                places.undated = behind_undated = True
                places.spoiled |= {before} if before else set()
                continue
            places.offsets.setdefault(which, []).append((number, start))
            places.blocks += which != before
            places.spoiled |= {which} if behind_undated else set()
            before, behind_undated = which, False
    return places


def _which(raw: bytes, number: int, file: str, places: _Places) -> Which:
    """Tell which edition a line belongs to; one that is wrong otherwise spoils its edition."""
    row = _object(raw, number, file)
    which = _day(row, number, file), _language(row, number, file)
    try:
        _paper(row, number, file)
    except EditionError as error:
        places.wrong.append(error)
        places.spoiled.add(which)
    return which


def _shortened(wrong: list[EditionError], file: str) -> tuple[EditionError, ...]:
    more = len(wrong) - MOST_WRONG
    if more <= 0:
        return tuple(wrong)
    rest = EditionError(file, None, f"{more} more lines are wrong", "Correct those named first.")
    return (*wrong[:MOST_WRONG], rest)


def _paper(row: dict[str, Any], number: int, file: str) -> _Line:
    title = " ".join(_text(row, "title", number, file).split())
    if not title:
        raise EditionError(file, number, "the paper has no title", 'Add "title": "…".')
    names, et_al = _authors(row, number, file)
    return _Line(
        number=number,
        day=_day(row, number, file),
        language=_language(row, number, file),
        entry=EditionEntry(
            title=title,
            papers=(EditionPaper(title, _arxiv(row, number, file)),),
            authors=names,
            et_al=et_al,
            insights=_text(row, "summary", number, file).replace("\r\n", "\n").strip(),
        ),
        unused=tuple(sorted(set(row) - set(KEYS))),
    )


def _object(raw: bytes, number: int, file: str) -> dict[str, Any]:
    try:
        row = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        raise _UndatedError(
            file, number, f"the text is not UTF-8 (byte 0x{raw[error.start]:02x})",
            "Save the file in the encoding UTF-8.",
        ) from error  # fmt: skip
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "too deep or too long"
        raise _UndatedError(
            file, number, f"this is not JSON ({reason})",
            f"Write each paper as an object on one line: {EXAMPLE}",
        ) from error  # fmt: skip
    if not isinstance(row, dict):
        raise _UndatedError(
            file, number, f"this is {_kind(row)} and no object",
            f"Write each paper as an object on one line: {EXAMPLE}",
        )  # fmt: skip
    return row


def _day(row: dict[str, Any], number: int, file: str) -> date:
    given = row.get("date")
    try:
        if isinstance(given, str) and _DAY.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:  # such as the 31st of February
        pass
    if given is None:
        near = _near("date", row)
        what = f'the paper has no "date"{near}'
    else:
        what = f"the date {str(given)[:40]!r} is no day"
    raise _UndatedError(file, number, what, 'Write "date": "2024-09-10".')


def _language(row: dict[str, Any], number: int, file: str) -> str:
    given = row.get("language", "en")
    if isinstance(given, str) and _LANGUAGE.fullmatch(given):
        return given
    raise _UndatedError(
        file, number, f"the language {str(given)[:40]!r} is no language tag", 'Write "en" or "zh".'
    )


def _arxiv(row: dict[str, Any], number: int, file: str) -> str | None:
    given = _text(row, "arxiv", number, file).strip()
    found = identifiers.arxiv_id(given)
    if given and found is None:
        raise EditionError(
            file, number, f"{given[:40]!r} is no arXiv id", 'Write it as "2409.05840".'
        )
    return found


def _authors(row: dict[str, Any], number: int, file: str) -> tuple[tuple[str, ...], bool]:
    given = row.get("authors")
    if not isinstance(given, list):
        return authors.names(" ".join(_text(row, "authors", number, file).split()))
    named = [" ".join(_checked(n, "authors", number, file).split()) for n in given]
    return tuple(dict.fromkeys(n for n in named if n)), False


def _text(row: dict[str, Any], key: str, number: int, file: str) -> str:
    given = row.get(key)
    if given is None and key not in row and key == "title" and _near(key, row):
        raise EditionError(file, number, f'the paper has no "{key}"{_near(key, row)}', "Rename it.")
    return "" if given is None else _checked(given, key, number, file)


def _checked(given: object, key: str, number: int, file: str) -> str:
    """Give a text that can be stored and shown; titles and texts hold no control characters."""
    if not isinstance(given, str):
        raise EditionError(
            file, number, f'"{key}" is {_kind(given)} and no text', "Write it in quotes."
        )
    if found := _CONTROL.search(given):
        raise EditionError(
            file, number, f'"{key}" holds the control character U+{ord(found[0]):04X}',
            "Take it out.",
        )  # fmt: skip
    return given


def _near(key: str, row: dict[str, Any]) -> str:
    found = difflib.get_close_matches(key, [k for k in row if k not in KEYS], n=1)
    return f', but "{found[0][:40]}"' if found else ""


def _kind(value: object) -> str:
    names = {list: "a list", dict: "an object", str: "a text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


def _edition(day: date, language: str, lines: list[_Line]) -> Edition:
    first: dict[str, int] = {}
    entries: list[EditionEntry] = []
    remarks: list[str] = []
    for line in lines:
        (paper,) = line.entry.papers
        key = paper.arxiv or name_key(paper.title or "") or paper.title or ""
        if key in first:
            remarks.append(
                f"Line {line.number} has the same paper as line {first[key]} and was left out."
            )
            continue
        first[key] = line.number
        entries.append(line.entry)
    if unused := sorted({key for line in lines for key in line.unused}):
        remarks.append(f"Keys that mean nothing here: {', '.join(k[:40] for k in unused[:8])}.")
    return Edition(
        slug=day.isoformat(),
        language=language,
        month=day.replace(day=1),
        month_source="Each line names its day.",
        day=day,
        entries=tuple(entries),
        remarks=tuple(remarks),
    )
