"""The real editions answer the questions that members ask, equally on every database."""

from datetime import UTC, datetime

import pytest

from publisher.corrections import read_corrections
from publisher.ingest import ReadFile, apply_corrections, ingest
from publisher.readers.detect import read_edition
from storage import catalog, schema
from storage.catalog.evaluation import evaluate, read_questions
from storage.database import Database


def load(database: Database, seeds, shared) -> Database:
    today = datetime.now(UTC).date()
    for path in seeds:
        edition, form, digest = read_edition(path)
        with database.write() as session:
            ingest(session, ReadFile(edition, path.name, form, digest), today=today)
    text = (shared / "data" / "seed_corrections.toml").read_text()
    with database.write() as session:
        apply_corrections(session, read_corrections(text, "c"), "c")
    return database


@pytest.fixture
def questions(shared):
    return read_questions(shared / "data" / "queries_dev.json")


def test_the_bars_are_met(database: Database, seeds, shared, questions) -> None:
    measured = evaluate(load(database, seeds, shared), questions, drafts=False)
    first = measured.positive.first / measured.positive.questions
    assert first >= 0.94, measured.missed
    across = measured.types["zh_cross"]
    assert across.first / across.questions >= 0.6
    assert measured.sure_and_wrong == []
    assert measured.sure_of_nothing == []


def test_both_databases_give_the_same_answers(
    postgres_url, tmp_path, seeds, shared, questions
) -> None:
    answers = []
    for url in (f"sqlite:///{tmp_path}/one.sqlite3", postgres_url):
        database = Database(url)
        schema.upgrade(database)
        load(database, seeds, shared)
        with database.read() as session:
            found = [catalog.search(session, q.text) for q in questions]
        answers.append(
            [(a.confidence, [(h.arxiv, h.issue, h.language) for h in a.hits[:3]]) for a in found]
        )
        database.close()
    for question, one, other in zip(questions, *answers, strict=True):
        assert one == other, question
