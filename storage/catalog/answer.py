"""What the catalog answers: hits, best first, how sure it is of the first, and what is related and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.catalog.question import Filters


class Confidence(StrEnum):
    """How sure an answer is."""

    SURE = "sure"  # show the card
    CHOICES = "choices"  # ask which one was meant
    NONE = "none"  # say so; the hits are only the nearest


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry that answers a question, and the paper of it that does."""

    paper_id: int | None
    title: str | None
    arxiv: str | None
    entry_id: int
    issue: str  # slug
    language: str
    number: int
    matched: str  # why it is here, a few words in English
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The ranked answer to a question."""

    confidence: Confidence
    hits: list[Hit]


class Search(Protocol):
    """Answers a question as `storage.catalog.search` does, which is one; others may add to it."""

    def __call__(  # noqa: PLR0913 - a question and what narrows its answer
        self,
        session: Session,
        query: str,
        *,
        language: str = "en",
        drafts: bool = False,
        limit: int = 10,
        filters: Filters | None = None,
    ) -> Answer:
        """Answer in one ranked list."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A choice that completes what was typed; both at most 100 characters."""

    label: str
    value: str


class ReasonKind(StrEnum):
    """Why two papers are related, the strongest first."""

    CITES = "cites"  # what was asked about cites or points at that paper
    CITED_BY = "cited_by"  # that paper cites or points at what was asked about
    SAME_REFERENCES = "same_references"  # values: titles of the works that both point at
    AUTHORS = "authors"  # values: names
    TOPICS = "topics"  # values: slugs
    TEXT = "text"  # values: telling words


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why two papers are related."""

    kind: ReasonKind
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """A paper that is related to another, shown by the entry that suits the reader, and why."""

    hit: Hit
    score: float  # points, to be compared within one answer alone
    reasons: tuple[Reason, ...]  # the strongest first
