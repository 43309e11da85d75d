"""Among a thousand papers of another newsletter, titles asked in every way lead to their papers on every database."""

from datetime import UTC, datetime

import pytest

from publisher.ingest import ReadFile, ingest
from publisher.readers.detect import read_editions
from storage.catalog.evaluation import evaluate, read_questions
from storage.catalog.made_questions import made_questions
from storage.database import Database

LINES = 1_000


@pytest.fixture
def crowded(seeded: Database, shared, tmp_path) -> Database:
    """Give a store with the real editions and the first days of the other newsletter."""
    lines = (shared / "data" / "daily_ai_papers.jsonl").read_text(encoding="utf-8").splitlines()
    few = tmp_path / "daily.jsonl"
    few.write_text("\n".join(lines[:LINES]), encoding="utf-8")
    today = datetime.now(UTC).date()
    for edition, form, digest in read_editions(few).each:
        with seeded.write() as session:
            ingest(session, ReadFile(edition, few.name, form, digest), today=today)
    return seeded


def test_the_bar_is_met_among_many_and_nothing_is_sure_and_wrong(crowded: Database, shared) -> None:
    with crowded.read() as session:
        made = made_questions(session, 300, seed=3)
    measured = evaluate(crowded, made, drafts=False)
    assert len(measured.types) == 6
    for name, found in measured.types.items():
        assert found.first / found.questions >= 0.95, (name, measured.missed)
    assert measured.types["made_other"].questions >= 40
    assert measured.sure_of_nothing == []  # of versions and siblings that the store does not have
    own = evaluate(crowded, read_questions(shared / "data" / "queries_dev.json"), drafts=False)
    assert own.positive.first / own.positive.questions >= 0.8, own.missed
    assert measured.sure_and_wrong == own.sure_and_wrong == own.sure_of_nothing == []
