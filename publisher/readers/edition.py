"""The edition as it was read: one shape for every format, before anything is stored.

Texts are Markdown of a small dialect (paragraphs, `- ` lists, links, emphasis). What a text lost is
None or empty, and a note says so; nothing is invented.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class NoteKind(StrEnum):
    """What a note tells."""

    INFERRED = "inferred"  # concluded, not printed
    MISSING = "missing"  # lost, or never there


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about one place of an edition."""

    kind: NoteKind
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an entry; `url` is None where only its label was left."""

    label: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A related work that an entry names."""

    title: str
    url: str | None = None
    arxiv: str | None = None


@dataclass(frozen=True, slots=True)
class PaperName:
    """What an edition says of a paper's identity."""

    title: str | None = None
    arxiv: str | None = None
    doi: str | None = None
    aliases: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)  # where they differ from the entry's


@dataclass(frozen=True, slots=True)
class EditionEntry:
    """One paper entry; `number` is None where the heading, or the number in it, was lost."""

    number: int | None = None
    title: str | None = None
    papers: list[PaperName] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    et_al: bool = False
    why: str = ""
    insights: str = ""
    related: list[Work] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    @property
    def byline(self) -> str:
        """The author line, as a report names the entry."""
        return f"By {', '.join(self.authors)}{' et al.' if self.et_al else ''}"


@dataclass(frozen=True, slots=True)
class EditionReference:
    """A numbered reference; numbers have gaps and are kept as printed."""

    number: int
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """An announced date, such as a webinar; `at` is ISO 8601 or None."""

    title: str
    at: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition in one language, as one text has it."""

    slug: str
    language: str
    month: str  # YYYY-MM
    month_source: str
    month_sure: bool = True  # printed in full, not concluded
    newsletter: str | None = None
    title: str | None = None
    intro: str = ""
    news: list[str] = field(default_factory=list)
    entries: list[EditionEntry] = field(default_factory=list)
    references: list[EditionReference] = field(default_factory=list)
    sponsor: str | None = None
    events: list[Occasion] = field(default_factory=list)
    translation_credit: str | None = None
    translation_of: str | None = None  # language of the original
    notes: list[Note] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Give the edition as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_json(cls, held: dict[str, Any]) -> Edition:
        """Make the edition again from what `to_json` gave."""
        return cls(
            **held
            | {
                "entries": [_entry(e) for e in held["entries"]],
                "references": [EditionReference(**r) for r in held["references"]],
                "events": [Occasion(**o) for o in held["events"]],
                "notes": [Note(**n | {"kind": NoteKind(n["kind"])}) for n in held["notes"]],
            }
        )


def _entry(held: dict[str, Any]) -> EditionEntry:
    return EditionEntry(
        **held
        | {
            "papers": [PaperName(**p) for p in held["papers"]],
            "related": [Work(**w) for w in held["related"]],
            "links": [Link(**link) for link in held["links"]],
        }
    )
