"""Writes what was published as citations, in the formats that reference managers and LaTeX read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from publisher.exports import bibtex, csl, markdown, ris
from publisher.exports.keys import citation_keys
from publisher.exports.record import (
    Noted,
    Record,
    Selection,
    Untitled,
    is_titled,
    records_of_hits,
    records_of_issue,
    records_of_papers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "FORMS",
    "Form",
    "Format",
    "Noted",
    "Record",
    "Selection",
    "Untitled",
    "citation_keys",
    "is_titled",
    "records_of_hits",
    "records_of_issue",
    "records_of_papers",
]


class Format(StrEnum):
    """A format of citations."""

    BIBTEX = "bibtex"
    CSL = "csl"
    RIS = "ris"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Form:
    """What belongs to a format.

    Attributes:
        name: Its name, the same in every language.
        suffix: Of its files, without the dot.
        media_type: Its media type; all are written in UTF-8.
        write: Writes records, nothing for none.
    """

    name: str
    suffix: str
    media_type: str
    write: Callable[[Sequence[Record]], str]


FORMS: Final[Mapping[Format, Form]] = {
    Format.BIBTEX: Form("BibTeX", "bib", "application/x-bibtex", bibtex.write),
    Format.CSL: Form("CSL-JSON", "csl.json", "application/vnd.citationstyles.csl+json", csl.write),
    Format.RIS: Form("RIS", "ris", "application/x-research-info-systems", ris.write),
    Format.MARKDOWN: Form("Markdown", "md", "text/markdown", markdown.write),
}
