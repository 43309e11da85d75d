"""What a reader makes of a file: one edition, free of the form it was written in, as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class EditionPaper:
    """A paper as the edition names it."""

    title: str | None = None
    arxiv: str | None = None  # without a version
    doi: str | None = None  # lower case
    aliases: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()  # names that an editor's correction takes away


@dataclass(frozen=True, slots=True)
class RelatedWork:
    """A related work that an entry names."""

    title: str
    url: str | None = None
    arxiv: str | None = None


@dataclass(frozen=True, slots=True)
class EntryLink:
    """A link of an entry; `url` is None where only the label is left."""

    label: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class EditionEntry:
    """One paper entry; whatever the text does not say is None or empty."""

    number: int | None = None  # as printed; None where no number is printed
    title: str | None = None
    papers: tuple[EditionPaper, ...] = ()
    authors: tuple[str, ...] = ()
    et_al: bool = False
    why: str = ""
    insights: str = ""
    related: tuple[RelatedWork, ...] = ()
    links: tuple[EntryLink, ...] = ()
    topics: tuple[str, ...] | None = None  # an editor's choice; None leaves it to the rules


@dataclass(frozen=True, slots=True)
class EditionReference:
    """A numbered reference, its number as printed."""

    number: int
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """An announced date, such as a webinar; `at` is ISO 8601, a day or a time."""

    title: str
    at: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition in one language, as one text has it."""

    slug: str
    language: str
    month: date  # the first day
    month_source: str  # how the month became known, a sentence
    newsletter: str | None = None
    title: str | None = None
    intro: str = ""
    news: tuple[str, ...] = ()
    entries: tuple[EditionEntry, ...] = ()
    references: tuple[EditionReference, ...] = ()
    translation_of: str | None = None  # the language it was translated from
    translation_credit: str | None = None
    sponsor: str | None = None
    occasions: tuple[Occasion, ...] = ()
    remarks: tuple[str, ...] = field(default=())  # what the reader wants the editor to know
    day: date | None = None  # where the edition is of one day and not of a month

    def to_json(self) -> dict[str, Any]:
        """Give the edition as JSON can hold it; `from_json` undoes it."""
        day = self.day.isoformat() if self.day else None
        return asdict(self) | {"month": self.month.isoformat(), "day": day}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Edition:
        """Read back what `to_json` gave."""
        day = stored.get("day")
        return cls(
            **{
                **stored,
                "month": date.fromisoformat(stored["month"]),
                "day": date.fromisoformat(day) if day else None,
                "news": tuple(stored["news"]),
                "remarks": tuple(stored["remarks"]),
                "entries": tuple(_entry(e) for e in stored["entries"]),
                "references": tuple(EditionReference(**r) for r in stored["references"]),
                "occasions": tuple(Occasion(**o) for o in stored["occasions"]),
            }
        )


def _entry(stored: dict[str, Any]) -> EditionEntry:
    return EditionEntry(
        **{
            **stored,
            "authors": tuple(stored["authors"]),
            "papers": tuple(paper_from_json(p) for p in stored["papers"]),
            "related": tuple(RelatedWork(**r) for r in stored["related"]),
            "links": tuple(EntryLink(**link) for link in stored["links"]),
            "topics": None if stored.get("topics") is None else tuple(stored["topics"]),
        }
    )


def paper_from_json(stored: dict[str, Any]) -> EditionPaper:
    """Read back one paper of an entry or of a correction."""
    lists = {key: tuple(stored.get(key, ())) for key in ("aliases", "forbidden")}
    return EditionPaper(**{**stored, **lists})
