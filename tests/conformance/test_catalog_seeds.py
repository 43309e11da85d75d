"""The real editions answer the questions that members ask, equally on every database."""

import pytest

from storage import catalog
from storage.catalog.evaluation import evaluate, read_questions
from storage.database import Database


@pytest.fixture
def questions(shared):
    return read_questions(shared / "data" / "queries_dev.json")


def test_the_bars_are_met(seeded: Database, questions) -> None:
    measured = evaluate(seeded, questions, drafts=False)
    first = measured.positive.first / measured.positive.questions
    assert first >= 0.94, measured.missed
    across = measured.types["zh_cross"]
    assert across.first / across.questions >= 0.6
    assert measured.sure_and_wrong == []
    assert measured.sure_of_nothing == []


def test_both_databases_give_the_same_answers(seeded_on_both, questions) -> None:
    answers = []
    for database in seeded_on_both:
        with database.read() as session:
            found = [catalog.search(session, q.text) for q in questions]
        answers.append(
            [(a.confidence, [(h.arxiv, h.issue, h.language) for h in a.hits[:3]]) for a in found]
        )
    for question, one, other in zip(questions, *answers, strict=True):
        assert one == other, question
