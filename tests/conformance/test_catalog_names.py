"""A question is compared with names alike on every database, and asks the store no more than it needs."""

import sys

import pytest

from storage import catalog
from storage.catalog import Confidence, names, vocabulary
from storage.catalog.name_question import NameQuestion
from storage.catalog.vocabulary import EVERY_ENTRY, LETTERS, LONGEST_NAME
from storage.database import Database
from tests.integration.shelf import Shelf
from tests.support.statements import counted

TITLE = "Lanterns over Quiet Harbours"


@pytest.fixture
def harbours(database: Database) -> Database:
    with database.write() as session:
        shelf = Shelf(session)
        shelf.put(TITLE, authors=["Ada Brook"], why="Boats and lanterns.", aliases=["Harbourer"])
        shelf.put("Birds of the Northern Coast", authors=["Carl Dune"], why="Gulls and lanterns.")
        shelf.put("Maps Drawn by Candlelight", authors=["Ada Brook"], why="Ink.")
        shelf.index()
    return database


@pytest.mark.parametrize(
    "asked", ["Lanterns over Quite Harbours", "harbourers", "what is the Harbourer paper?", "ada brook", "?"]
)  # fmt: skip
def test_words_are_counted_once_for_all_that_goes_by_names(harbours, asked) -> None:
    with harbours.read() as session:
        question = NameQuestion(session, asked)
        words = question.parts if len(question.parts) == 1 else question.alone
        triples = [g for some in question.letters for g in some]
        with counted(harbours) as statements:
            assert question.entries_of(["no word"]) == {}
            persons = question.entries_of(question.persons)
            alone = question.entries_of([*words, EVERY_ENTRY])
            letters = question.counted_letters(triples)
        assert len(statements) == 1
        assert persons == vocabulary.entries_of(session, question.persons)
        assert alone == vocabulary.entries_of(session, [*words, EVERY_ENTRY])
        known = vocabulary.entries_of(session, [EVERY_ENTRY, *(LETTERS + g for g in triples)])
        assert letters == {term.removeprefix(LETTERS): n for term, n in known.items()}


def test_a_word_that_was_not_foreseen_is_counted_too(harbours) -> None:
    with harbours.read() as session:
        question = NameQuestion(session, "harbours")
        assert question.entries_of(["lanterns", "nowhere"]) == {"lanterns": 2}
        assert question.entries_of(["gulls", "lanterns", "nowhere"]) == {"gulls": 1, "lanterns": 2}
        with counted(harbours) as statements:
            assert question.entries_of(["nowhere"]) == {}
        assert statements == []


def test_a_name_is_found_by_two_errors_however_long_it_may_be(database) -> None:
    longest = "Observatorium-Notebooking"[: LONGEST_NAME + 1]  # the hyphen is no part of the key
    with database.write() as session:
        shelf = Shelf(session)
        shelf.put("Stars as Seen from Hills", aliases=[longest])
        shelf.index()
    key = longest.replace("-", "").lower()
    assert len(key) == LONGEST_NAME
    with database.read() as session:
        assert [(m.key, errors) for m, errors in names.similar(session, key + "xy")] == [(key, 2)]
        with counted(database) as statements:
            assert names.similar(session, key + "xyz") == []
    assert statements == []


def test_the_newest_papers_are_not_asked_for_where_three_are_near(harbours, monkeypatch) -> None:
    module = sys.modules[catalog.search.__module__]
    monkeypatch.setattr(module, "everything", lambda *_, **__: pytest.fail("it is not needed"))
    with harbours.read() as session:
        answer = catalog.search(session, "lanquihar mapsdra birdsofno")
    assert answer.confidence is Confidence.NONE
    assert len(answer.hits) == 3
