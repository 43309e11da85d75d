"""One statement for any number of values gives the same rows on every database, whatever the values are."""

import pytest
from sqlalchemy import text

from storage.catalog import vocabulary
from storage.listing import ListQuery

ODD = [
    "it's",
    'a "quoted" one',
    "back\\slash",
    "{curly}",
    "%s",
    ":terms",
    "κόσμε",
    "模型",
    "🙂",
    "a,b",
    "NULL",
    "",
]


@pytest.fixture
def words(database):
    with database.write() as session:
        for n, term in enumerate(ODD):
            session.execute(
                text("INSERT INTO search_word (term, stem, entries) VALUES (:term, NULL, :n)"),
                {"term": term, "n": n},
            )
    return database


@pytest.mark.parametrize("term", ODD)
def test_each_odd_text_is_found_alone(words, term) -> None:
    with words.read() as session:
        assert vocabulary.entries_of(session, [term]) == {term: ODD.index(term)}


def test_many_are_found_together_and_unknown_ones_left_out(words) -> None:
    asked = [*ODD, *(f"unknown {n}" for n in range(3_000))]
    with words.read() as session:
        assert vocabulary.entries_of(session, asked) == {term: n for n, term in enumerate(ODD)}


def test_two_lists_and_a_value_stand_in_one_question(words) -> None:
    query = ListQuery(
        "SELECT term FROM search_word WHERE term {terms} AND entries {numbers} AND entries > :least "
        "ORDER BY entries",
        "terms",
        "numbers",
    )
    with words.read() as session:
        rows = query.ask(session, terms=ODD[:5], numbers=range(10), least=2)
    assert [row.term for row in rows] == ODD[3:5]


def test_none_finds_nothing(words) -> None:
    query = ListQuery("SELECT term FROM search_word WHERE term {terms}", "terms")
    with words.read() as session:
        assert query.ask(session, terms=[]) == []
