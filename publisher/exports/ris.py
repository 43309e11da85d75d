"""Writes RIS, which EndNote, Zotero, Mendeley and RefWorks import: a tag and a value a line, lines end in CRLF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.exports.keys import citation_keys
from publisher.exports.lines import one_line
from publisher.exports.names import parse_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.exports.record import Record

END_OF_LINE = "\r\n"


def write(records: Sequence[Record]) -> str:
    """Write a file of records; what is not known is left out."""
    keys = citation_keys(records)
    lines = [line for record in records for line in _lines(keys[record.paper], record)]
    return "".join(f"{line}{END_OF_LINE}" for line in lines)


def _lines(key: str, record: Record) -> Iterator[str]:
    for tag, value in _fields(key, record):
        yield f"{tag}  - {one_line(value)}"
    yield "ER  - "
    yield ""


def _fields(key: str, record: Record) -> Iterator[tuple[str, str]]:
    yield "TY", _kind(record)
    yield "ID", key
    yield "TI", record.title
    for author in record.authors:
        yield "AU", _author(author)
    if record.authors and record.et_al:
        yield "AU", "et al.,"
    if record.year:
        yield "PY", str(record.year)
    if record.year and record.month:
        yield "DA", f"{record.year}/{record.month:02}//"
    if record.is_preprint:
        yield "PB", "arXiv"
    if record.arxiv:
        yield "AN", f"arXiv:{record.arxiv}"
    if record.doi:
        yield "DO", record.doi
    if record.url:
        yield "UR", record.url
    for title in dict.fromkeys(noted.title for noted in record.noted_in):
        yield "N1", title


def _kind(record: Record) -> str:
    """Choose the type: unpublished for a preprint, a journal's article where a publisher gave a DOI."""
    if record.is_preprint:
        return "UNPB"
    return "JOUR" if record.doi else "GEN"


def _author(author: str) -> str:
    """Write `Family, Given, Suffix`; after a whole name the comma says that there is no more to it."""
    name = parse_name(author)
    if not name.given:
        return f"{name.filed_under},"
    return ", ".join(part for part in (name.filed_under, name.given, name.suffix) if part)
