"""Measures the catalog against questions whose answers are known."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from storage.catalog.answer import Answer, Confidence
from storage.catalog.questions import Asked, Expectations, QuestionsError, read_questions
from storage.catalog.search import search as plain_search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from storage.catalog.answer import Search
    from storage.database import Database

__all__ = [
    "Asked",
    "Evaluation",
    "Missed",
    "QuestionsError",
    "Rates",
    "evaluate",
    "read_questions",
]

CHOICES = 3
AT_ONCE = 100  # questions asked in one session, so that nobody who writes waits long


@dataclass(slots=True)
class Rates:
    """How the questions of one type were answered.

    Of a question to which nothing may be claimed, `first` says that nothing was, and `three` that the answer was
    "none"; it has no reciprocal rank.
    """

    questions: int = 0
    positive: int = 0  # questions that have an answer
    first: int = 0  # the right one came first
    three: int = 0  # it was among the first three
    reciprocal: float = 0.0  # sum of 1 ÷ place

    def first_rate(self) -> float:
        """Give the part of the questions whose right answer came first, 0 to 1."""
        return self.first / self.questions if self.questions else 0.0

    def three_rate(self) -> float:
        """Give the part whose right answer was among the first three, 0 to 1."""
        return self.three / self.questions if self.questions else 0.0

    def mrr(self) -> float | None:
        """Give the mean reciprocal rank, 0 to 1; None where no question has an answer."""
        return self.reciprocal / self.positive if self.positive else None

    def to_json(self) -> dict[str, float | None]:
        """Give counts and rates."""
        rank = self.mrr()
        return {
            "questions": self.questions,
            "first": round(self.first_rate(), 4),
            "three": round(self.three_rate(), 4),
            "mrr": None if rank is None else round(rank, 4),
        }


@dataclass(frozen=True, slots=True)
class Missed:
    """A question whose first answer was another."""

    question: str
    type: str
    expected: tuple[str, ...]
    place: int  # where the right one stood; 0: nowhere
    first: str  # the title that came first
    first_arxiv: str | None  # and its arXiv id
    unknown: bool = False  # the store holds none of what was expected


@dataclass(slots=True)
class Evaluation:
    """What was measured."""

    types: dict[str, Rates] = field(default_factory=dict)
    positive: Rates = field(default_factory=Rates)
    sure_and_wrong: list[str] = field(default_factory=list)
    sure_of_nothing: list[str] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    confidences: dict[str, int] = field(default_factory=lambda: {c.value: 0 for c in Confidence})
    p50_ms: float = 0.0
    p95_ms: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Give everything as JSON can hold it."""
        return {
            "positive": self.positive.to_json(),
            "types": {name: rates.to_json() for name, rates in sorted(self.types.items())},
            "confidences": self.confidences,
            "sure_and_wrong": self.sure_and_wrong,
            "sure_of_nothing": self.sure_of_nothing,
            "missed": [asdict(m) for m in self.missed],
            "p50_ms": round(self.p50_ms, 2),
            "p95_ms": round(self.p95_ms, 2),
        }


def evaluate(  # noqa: PLR0913 - what is asked, and how
    database: Database,
    questions: Sequence[Asked],
    *,
    language: str = "en",
    drafts: bool = True,
    progress: Callable[[int, int], None] | None = None,
    search: Search = plain_search,
) -> Evaluation:
    """Ask every question once and compare the answers.

    Args:
        database: The store.
        questions: What is asked and expected.
        language: Whose editions are preferred.
        drafts: Also search issues that are not published yet.
        progress: Is told how many were asked, of how many.
        search: What is asked.
    """
    measured = Evaluation()
    times: list[float] = []
    with database.read() as session:
        expectations = Expectations(session, questions)
    for begin in range(0, len(questions), AT_ONCE):
        with database.read() as session:
            for asked in questions[begin : begin + AT_ONCE]:
                start = time.perf_counter()
                answer = search(session, asked.text, language=language, drafts=drafts)
                times.append((time.perf_counter() - start) * 1000)
                _count(measured, asked, answer, expectations)
                if progress:
                    progress(len(times), len(questions))
    measured.p50_ms, measured.p95_ms = _quantiles(times)
    return measured


def _quantiles(times: Sequence[float]) -> tuple[float, float]:
    if len(times) < 2:  # noqa: PLR2004 - one time is every quantile
        return (times[0], times[0]) if times else (0.0, 0.0)
    cuts = quantiles(times, n=20, method="inclusive")
    return cuts[9], cuts[18]


def _count(measured: Evaluation, asked: Asked, answer: Answer, expectations: Expectations) -> None:
    rates = measured.types.setdefault(asked.type, Rates())
    measured.confidences[answer.confidence.value] += 1
    sure = answer.confidence is Confidence.SURE
    if not asked.expected:
        rates.questions += 1
        rates.first += not sure
        rates.three += answer.confidence is Confidence.NONE
        if sure:
            measured.sure_of_nothing.append(asked.text)
        return
    place = expectations.place(asked, answer.hits)
    for counted in (rates, measured.positive):
        counted.questions += 1
        counted.positive += 1
        counted.first += place == 1
        counted.three += 0 < place <= CHOICES
        counted.reciprocal += 1 / place if place else 0.0
    if place == 1:
        return
    if sure:
        measured.sure_and_wrong.append(asked.text)
    first = answer.hits[0] if answer.hits else None
    measured.missed.append(
        Missed(
            asked.text,
            asked.type,
            asked.expected,
            place,
            (first.title or "") if first else "",
            first.arxiv if first else None,
            unknown=expectations.unknown(asked),
        )
    )
