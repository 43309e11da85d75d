"""Measures the catalog against questions whose answers are known."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from storage.catalog.answer import Answer, Confidence
from storage.catalog.search import search
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from storage.database import Database

CHOICES = 3


class QuestionsError(StorageError):
    """The file of questions cannot be read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its type, and the arXiv ids of which any is right; none where nothing may be claimed."""

    text: str
    type: str
    expected: tuple[str, ...]


@dataclass(slots=True)
class Rates:
    """How the questions of one type were answered."""

    questions: int = 0
    first: int = 0  # the right one came first; for questions without an answer, nothing was claimed
    three: int = 0  # it was among the first three
    reciprocal: float = 0.0  # sum of 1 ÷ place

    def to_json(self) -> dict[str, float]:
        """Give counts and rates."""
        asked = self.questions or 1
        return {
            "questions": self.questions,
            "first": round(self.first / asked, 4),
            "three": round(self.three / asked, 4),
            "mrr": round(self.reciprocal / asked, 4),
        }


@dataclass(slots=True)
class Evaluation:
    """What was measured."""

    types: dict[str, Rates] = field(default_factory=dict)
    positive: Rates = field(default_factory=Rates)
    sure_and_wrong: list[str] = field(default_factory=list)
    sure_of_nothing: list[str] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    confidences: dict[str, int] = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True)
class Missed:
    """A question whose first answer was another."""

    question: str
    type: str
    expected: tuple[str, ...]
    place: int  # where the right one stood; 0: nowhere
    first: str  # the title that came first


def read_questions(path: Path) -> list[Asked]:
    """Read a list of questions: `[{"q": "…", "type": "…", "expect": ["2203.15556"]}, …]`.

    Raises:
        QuestionsError: The file cannot be read or is no such list.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [
            Asked(str(row["q"]), str(row.get("type", "")), tuple(row["expect"])) for row in rows
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise QuestionsError(
            f"{path} cannot be read as questions ({_reason(error)}). "
            'Write a JSON list of {"q": "…", "type": "…", "expect": ["arXiv id", …]}.'
        ) from error


def _reason(error: Exception) -> str:
    match error:
        case OSError():
            return error.strerror or str(error)
        case KeyError():
            return f"a question lacks {error}"
        case _:
            return str(error)


def evaluate(
    database: Database,
    questions: Sequence[Asked],
    *,
    drafts: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Ask every question once and compare the answers."""
    measured = Evaluation()
    times: list[float] = []
    for done, asked in enumerate(questions, 1):
        with database.read() as session:
            start = time.perf_counter()
            answer = search(session, asked.text, drafts=drafts)
            times.append((time.perf_counter() - start) * 1000)
        _count(measured, asked, answer)
        if progress:
            progress(done, len(questions))
    if len(times) > 1:
        cuts = quantiles(times, n=20, method="inclusive")
        measured.p50_ms, measured.p95_ms = cuts[9], cuts[18]
    return measured


def _count(measured: Evaluation, asked: Asked, answer: Answer) -> None:
    rates = measured.types.setdefault(asked.type, Rates())
    name = answer.confidence.value
    measured.confidences[name] = measured.confidences.get(name, 0) + 1
    sure = answer.confidence is Confidence.SURE
    if not asked.expected:
        rates.questions += 1
        rates.first += not sure
        rates.three += answer.confidence is Confidence.NONE
        if sure:
            measured.sure_of_nothing.append(asked.text)
        return
    place = next((n for n, hit in enumerate(answer.hits, 1) if hit.arxiv in asked.expected), 0)
    for counted in (rates, measured.positive):
        counted.questions += 1
        counted.first += place == 1
        counted.three += 0 < place <= CHOICES
        counted.reciprocal += 1 / place if place else 0.0
    if place != 1:
        first = (answer.hits[0].title or "") if answer.hits else ""
        measured.missed.append(Missed(asked.text, asked.type, asked.expected, place, first))
        if sure:
            measured.sure_and_wrong.append(asked.text)
