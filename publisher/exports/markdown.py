"""Writes a reading list in Markdown, without a word that would belong to one language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from publisher.exports.lines import one_line
from publisher.exports.names import parse_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.exports.record import Record

# All that has a meaning within a line, in CommonMark and in the dialects that link bare addresses.
_ACTIVE = re.compile(
    r"[\\`*_{}\[\]<>#|~!&@$^]|:(?=//)|(?<=\bmailto):|(?<=\bxmpp):|(?<=\bwww)\.", re.IGNORECASE
)


def write(records: Sequence[Record]) -> str:
    """Write a list with an item a paper: title, authors, year, id, and the issues that noted it."""
    return "".join(f"- {' · '.join(_parts(record))}\n" for record in records)


def _parts(record: Record) -> Iterator[str]:
    title = _text(record.title)
    yield f"[{title}]({_address(record.url)})" if record.url else f"**{title}**"
    if record.authors:
        names = ", ".join(_text(parse_name(author).in_full) for author in record.authors)
        yield f"{names} et al." if record.et_al else names
    if record.year:
        yield str(record.year)
    if record.arxiv:
        yield _text(f"arXiv:{record.arxiv}")
    if record.doi:
        yield _text(f"doi:{record.doi}")
    if record.noted_in:
        yield _text(" / ".join(dict.fromkeys(noted.title for noted in record.noted_in)))


def _text(text: str) -> str:
    return _ACTIVE.sub(r"\\\g<0>", one_line(text))


def _address(url: str) -> str:
    """Write an address; `&` would begin an entity, a bracket could end the link."""
    return quote(one_line(url), safe="!#$%&'*+,-./:;=?@_~").replace("&", "&amp;")
