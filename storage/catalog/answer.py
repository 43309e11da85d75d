"""What the catalog answers: hits, best first, and how sure it is of the first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A choice that completes what was typed; both at most 100 characters."""

    label: str
    value: str
