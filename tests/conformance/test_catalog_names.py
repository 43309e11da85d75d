"""A question is compared with names alike on every database, and asks the store no more than it needs."""

import sys

import pytest

from storage import catalog
from storage.catalog import Confidence, named, names, vocabulary
from storage.catalog.name_question import MAX_WINDOW, MAX_WORDS, NameQuestion
from storage.catalog.vocabulary import EVERY_ENTRY, LETTERS, LONGEST_NAME
from storage.database import Database
from tests.support.shelf import Shelf
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


def test_a_question_is_cut_into_what_may_be_a_name() -> None:
    question = NameQuestion(None, "what is the Blue Harbourer paper?")
    assert question.keys[0] == "whatistheblueharbourerpaper"
    assert question.keys[-1] == "blueharbourer"
    assert question.alone == ["blue", "harbourer"]
    assert question.windows["blueharbourer"] == 2
    assert not {"what", "is", "whatis", question.keys[0]} & question.windows.keys()
    assert "@blueharbourer" in question.persons
    assert "@harbourer" not in question.persons
    whole, start, end = question.letters
    assert (whole[0], whole[-1]) == ("blu", "rer")
    assert start == ["blu", "lue", "ueh", "eha"]
    assert end == ["rbo", "bou", "our", "ure", "rer"]
    assert NameQuestion(None, "harbour").letters == []


def test_of_a_long_question_so_many_words_are_looked_at() -> None:
    question = NameQuestion(None, " ".join(f"word{n}" for n in range(2 * MAX_WORDS)))
    assert question.alone == [f"word{n}" for n in range(MAX_WORDS)]
    assert max(question.windows.values()) == MAX_WINDOW


@pytest.mark.parametrize("asked", ["lanterns of the quiet coast", "gulls"])
def test_words_are_counted_once_for_all_that_goes_by_names(harbours, asked) -> None:
    with harbours.read() as session, counted(harbours) as statements:
        catalog.search(session, asked)
    assert sum(said.startswith("SELECT term, entries FROM search_word") for said in statements) == 1


def test_where_nothing_answers_they_are_counted_once_too(harbours) -> None:
    with harbours.read() as session, counted(harbours) as statements:
        question = NameQuestion(session, "lanterns of the quiet coast")
        named.by_exact_name(session, question)
        named.by_near_name(session, question, [])
        named.nearest(session, question)
    assert sum(said.startswith("SELECT term, entries FROM search_word") for said in statements) == 1


def test_the_last_stage_by_itself_counts_no_more_than_its_letters(harbours) -> None:
    with harbours.read() as session:
        question = NameQuestion(session, "lanterns of the quiet coast")
        assert named.nearest(session, question)
    assert question.persons
    assert not question.persons & question._counted.keys()


def test_where_a_name_is_sure_no_more_is_counted_than_it_needs(harbours) -> None:
    with harbours.read() as session:
        question = NameQuestion(session, TITLE)
        assert named.by_exact_name(session, question)[0].sure
        with counted(harbours) as statements:
            assert question.entries_of(["@lanternsoverquietharbours"]) == {}
            assert statements == []
            assert question.entries_of(["lanterns"]) == {"lanterns": 2}
        assert len(statements) == 1


@pytest.mark.parametrize(
    "terms", [["quiet", "nowhere"], [EVERY_ENTRY], ["@adabrook", LETTERS + "har"], []]
)
def test_counts_are_those_of_the_vocabulary(harbours, terms) -> None:
    with harbours.read() as session:
        question = NameQuestion(session, "quiet harbours")
        assert question.entries_of(terms) == vocabulary.entries_of(session, terms)
        assert question.counted_letters(["har", "zzz"]) == {EVERY_ENTRY: 3, "har": 1}


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


def test_an_author_is_found_although_a_paper_that_is_not_shown_is_called_so(harbours) -> None:
    with harbours.write() as session:
        shelf = Shelf(session)
        shelf.put("Not Out Yet", issue=shelf.issue("2022-05", draft=True), aliases=["Carl Dune"])
        shelf.index()
    with harbours.read() as session:
        assert [hit.title for hit in catalog.search(session, "carl dune").hits] == [
            "Birds of the Northern Coast"
        ]


def test_where_two_papers_are_called_like_an_author_all_are_offered(harbours) -> None:
    with harbours.write() as session:
        shelf = Shelf(session)
        for title in ("One Dune", "Another Dune"):
            shelf.put(title, issue=shelf.issue("2022-05"), aliases=["Carl Dune"])
        shelf.index()
    with harbours.read() as session:
        answer = catalog.search(session, "carl dune")
    assert answer.confidence is Confidence.CHOICES
    assert {hit.title for hit in answer.hits} == {
        "One Dune", "Another Dune", "Birds of the Northern Coast",
    }  # fmt: skip


def test_a_citation_key_is_compared_with_names_as_the_words_it_is_made_of(harbours) -> None:
    with harbours.read() as session:
        hit = catalog.search(session, "brook2022harbourer").hits[0]
    assert (hit.title, hit.matched) == (TITLE, "Harbourer")


def test_the_nearest_names_are_looked_through_once_however_few_they_are(
    database, monkeypatch
) -> None:
    with database.write() as session:
        shelf = Shelf(session)
        shelf.put("Lanterns")
        shelf.index()
    nearest, times = named.nearest, []
    monkeypatch.setattr(named, "nearest", lambda *asked: times.append(asked) or nearest(*asked))
    with database.read() as session:
        assert len(catalog.search(session, "lanquihar").hits) == 1
    assert len(times) == 1
