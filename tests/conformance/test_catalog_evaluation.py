"""The catalog measures itself honestly, equally on every database."""

from datetime import UTC, date, datetime

import pytest

from storage import catalog
from storage.catalog.evaluation import Asked, evaluate
from storage.catalog.made_questions import made_questions
from storage.database import Database
from storage.enums import EntryKind
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Newsletter, Paper

# (title, arXiv id, DOI, authors)
PAPERS = [
    ("Training Compute-Optimal Large Language Models", "2203.15556", None, ["Jordan Hoffmann"]),
    ("An Analysis of Compute-Optimal Large Language Models", "2206.00002", None, ["Ann Other", "Jordan Hoffmann"]),
    ("Tuning Large Neural Networks at Night", None, "10.1000/182", ["Greg Yang"]),
    ("Sketches of Segments", None, None, ["Oran Gafni"]),
    ("Later Thoughts on Sketches of Towers", "2301.00003", None, ["Jordan Hoffmann"]),
]  # fmt: skip
TYPES = {"made_exact", "made_half", "made_typo", "made_address", "made_author_year", "made_other"}


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        newsletter = Newsletter(slug="n", name="N", languages=["en"])
        session.add(newsletter)
        session.flush()
        for slug, some in (("2022-04", PAPERS[:4]), ("2023-01", PAPERS[4:])):
            published = datetime(2022, 4, 1, tzinfo=UTC) if slug == "2022-04" else None
            issue = Issue(newsletter_id=newsletter.id, slug=slug, language="en", title=slug,
                          month=date.fromisoformat(f"{slug}-01"), month_source="given",
                          published_at=published)  # fmt: skip
            session.add(issue)
            session.flush()
            for number, (title, arxiv, doi, authors) in enumerate(some, 1):
                entry = Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=number, number=number,
                              title=title, authors=authors)  # fmt: skip
                paper = Paper(
                    title=title, title_key=name_key(title), arxiv=arxiv, doi=doi, authors=authors
                )
                session.add_all([entry, paper])
                session.flush()
                session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id))
            catalog.index_issue(session, issue.id)
    return database


def test_a_right_answer_may_be_named_by_id_doi_or_entry(filled: Database) -> None:
    asked = [
        Asked("training compute-optimal large language models", "id", ("2203.15556",)),
        Asked("tuning large neural networks at night", "doi", ("10.1000/182",)),
        Asked("sketches of segments", "entry", ("2022-04/4",)),
        Asked("sketches of segments", "wrong", ("2022-04/3",)),
        Asked("sketches of segments", "absent", ("1901.00001",)),
        Asked("sketches of segments", "nothing", ()),
        Asked("zzzz qqqq", "nothing", ()),
    ]
    measured = evaluate(filled, asked)
    rates = {name: (r.first, r.questions) for name, r in measured.types.items()}
    assert rates == {
        "id": (1, 1), "doi": (1, 1), "entry": (1, 1), "wrong": (0, 1), "absent": (0, 1), "nothing": (1, 2),
    }  # fmt: skip
    assert (measured.positive.first, measured.positive.questions) == (3, 5)
    assert measured.sure_and_wrong == ["sketches of segments"] * 2
    assert measured.sure_of_nothing == ["sketches of segments"]
    assert [(m.type, m.place, m.unknown) for m in measured.missed] == [
        ("wrong", 0, False),
        ("absent", 0, True),
    ]
    assert sum(measured.confidences.values()) == len(asked)
    assert 0 < measured.p50_ms <= measured.p95_ms
    assert measured.to_json()["positive"] == {"questions": 5, "first": 0.6, "three": 0.6, "mrr": 0.6}  # fmt: skip


def test_drafts_are_left_out_where_readers_see_none(filled: Database) -> None:
    asked = [Asked("later thoughts on sketches of towers", "t", ("2301.00003",))]
    assert evaluate(filled, asked).positive.first == 1
    assert evaluate(filled, asked, drafts=False).positive.first == 0
    with filled.read() as session:
        made = made_questions(session, 100, drafts=False)
    assert not any("2301.00003" in question.expected for question in made)


def test_questions_of_every_kind_are_made_and_can_be_repeated(filled: Database) -> None:
    with filled.read() as session:
        made = made_questions(session, 100)
        assert made == made_questions(session, 100)
        assert made != made_questions(session, 100, seed=8)
        assert made_questions(session, 3) == made[:3]
    assert {question.type for question in made} == TYPES
    assert len({question.text for question in made}) == len(made)
    assert all(bool(question.expected) is (question.type != "made_other") for question in made)


def test_a_question_that_fits_several_papers_expects_each(filled: Database) -> None:
    with filled.read() as session:
        made = [q for seed in range(30) for q in made_questions(session, 100, seed=seed)]
    expected = {q.text: set(q.expected) for q in made}
    assert expected["Compute-Optimal Large"] == {"2203.15556", "2206.00002"}
    assert expected["Jordan Hoffmann 2022"] == {"2203.15556", "2206.00002"}
    assert expected["Jordan Hoffmann 2023"] == {"2301.00003"}
    assert expected["Sketches of Segments"] == {"2022-04/4"}
    assert not any(q.type == "made_half" and q.expected == ("2022-04/4",) for q in made)


def test_an_empty_store_gives_no_question(database: Database) -> None:
    with database.read() as session:
        assert made_questions(session, 10) == []


def test_made_questions_are_answered(filled: Database) -> None:
    with filled.read() as session:
        made = made_questions(session, 100)
    measured = evaluate(filled, made)
    assert measured.positive.first == measured.positive.questions, measured.missed
    assert measured.sure_and_wrong == []
