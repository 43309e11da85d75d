"""Writes BibTeX that LaTeX, BibTeX and biber read as arXiv's own: `@misc` with `eprint` and `archivePrefix`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from pylatexenc.latexencode import (
    RULE_DICT,
    RULE_REGEX,
    UnicodeToLatexConversionRule,
    UnicodeToLatexEncoder,
)

from publisher.exports.keys import citation_keys
from publisher.exports.lines import one_line
from publisher.exports.names import parse_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from publisher.exports.record import Record

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
OTHERS: Final = "others"  # what BibTeX prints as "et al."

# BibTeX counts braces, escaped or not, so one in a text must not stand there as a brace.
_BRACES: Final[Mapping[int, str]] = {
    ord("{"): r"{\textbraceleft}",
    ord("}"): r"{\textbraceright}",
}
_ESCAPED: Final[Mapping[int, str]] = {ord(sign): f"\\{sign}" for sign in "&%$#_"}
# What LaTeX itself has a command for. The rest stays as it is: it is UTF-8 for every engine of today, while
# commands for it (Cyrillic, rare letters and signs) belong to packages or encodings that few load.
_KEPT: Final = re.compile(
    "[^\x20-\u0137\u0139-\u0148\u014a-\u017f\u01cd-\u01dc\u0391-\u03a9\u03b1-\u03c9\u2010\u2012-\u2026"
    "\u2032\u20ac\u2122\u2190-\u2194\u2208\u2211\u2212\u221e\u2248\u2260\u2264\u2265]+"
)
_SIMPLE: Final = re.compile(r"[A-Za-z0-9 ,.:;!?()'/*+=@-]*")
_WORD: Final = re.compile(r"[^\W_]+")


def write(records: Sequence[Record]) -> str:
    """Write a file of entries; fields that are not known are left out."""
    keys = citation_keys(records)
    return "\n".join(_entry(keys[record.paper], record) for record in records)


def _entry(key: str, record: Record) -> str:
    fields = ",\n".join(f"  {name} = {value}" for name, value in _fields(record))
    return f"@misc{{{key},\n{fields}\n}}\n"


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{_title(record.title)}}}"
    if record.authors:
        names = [_author(author) for author in record.authors]
        yield "author", f"{{{' and '.join([*names, *([OTHERS] if record.et_al else [])])}}}"
    if record.year:
        yield "year", f"{{{record.year}}}"
    if record.month:
        yield "month", MONTHS[record.month - 1]
    if record.arxiv:
        yield "eprint", f"{{{_verbatim(record.arxiv)}}}"
        yield "archivePrefix", "{arXiv}"
    if record.primary_class:
        yield "primaryClass", f"{{{_verbatim(record.primary_class)}}}"
    if record.doi:
        yield "doi", f"{{{_verbatim(record.doi)}}}"
    if record.url:
        yield "url", f"{{{_verbatim(record.url)}}}"


def _author(author: str) -> str:
    """Write a name with its family name first, which leaves nothing to guess; a whole name in braces."""
    name = parse_name(author)
    if name.whole:
        return f"{{{_latex(name.family)}}}"
    parts = (name.filed_under, name.suffix, name.given)
    return ", ".join(_latex(part) for part in parts if part)


def _title(title: str) -> str:
    """Write a title; words whose capitals a style must not make small stand in braces."""
    line = one_line(title)
    written, end = [], 0
    for word in _WORD.finditer(line):
        written.append(_latex(line[end : word.start()]))
        latex = _latex(word[0])
        written.append(f"{{{latex}}}" if _is_spelled(word[0]) else latex)
        end = word.end()
    return "".join([*written, _latex(line[end:])])


def _is_spelled(word: str) -> bool:
    """Tell a word whose capitals are more than those of a heading: BERT, NeRF, 3D, I."""
    return any(letter.isupper() for letter in word[1:]) or (word.isupper() and word != "A")


def _latex(text: str) -> str:
    if _SIMPLE.fullmatch(text):
        return text  # most words are, and the tables take a millisecond for each title
    latex: str = _encoder().unicode_to_latex(text)
    return latex


def _verbatim(text: str) -> str:
    """Write an id or an address, which are not LaTeX; what could end the field is percent-encoded."""
    return quote(one_line(text), safe="!#$%&'()*+,-./:;=?@_~[]<>|^")


@cache
def _encoder() -> UnicodeToLatexEncoder:
    kept = UnicodeToLatexConversionRule(
        RULE_REGEX, [(_KEPT, lambda found: found[0])], replacement_latex_protection="none"
    )
    signs = UnicodeToLatexConversionRule(
        RULE_DICT, {**_BRACES, **_ESCAPED}, replacement_latex_protection="none"
    )
    return UnicodeToLatexEncoder(
        conversion_rules=[kept, signs, "defaults"],
        replacement_latex_protection="braces-all",
        unknown_char_policy="keep",
        unknown_char_warning=False,
    )
