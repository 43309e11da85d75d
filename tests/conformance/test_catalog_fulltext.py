"""The index answers which entries hold a word, alike on every database, and leaves out no entry that holds them all."""

from hashlib import sha256

import pytest
from sqlalchemy import text

from storage.catalog import fulltext, retrieve, vocabulary
from storage.catalog.concepts import understand
from storage.catalog.document import Document
from storage.catalog.fulltext import Ask, holding, holding_each
from storage.catalog.retrieve import BUDGET, LEAST_READ, MAX_READ, candidates
from storage.catalog.vocabulary import Changes
from storage.database import Database

WORDS = ("amber", "birch", "cedar")
ROW = 300  # bytes of the index beside its postings, at most; with all columns in it twice as many
MANY = 2 * BUDGET  # entries, more than the rarest words may bring up


def document(name: str, body: str) -> Document:
    names = (tuple(name.split()),) if name else ()
    return Document("paper", names, (), tuple(body.split()), (), ())


def put(database: Database, documents: dict[int, Document]) -> None:
    changes = Changes()
    for one in documents.values():
        changes.add(one.indexed()[0])
    with database.write() as session:
        fulltext.write(session, documents)
        vocabulary.apply(session, changes)
        session.execute(
            text("INSERT INTO search_document (entry_id, content) VALUES (:e, :content)"),
            [{"e": entry_id, "content": one.pack()} for entry_id, one in documents.items()],
        )


@pytest.fixture
def three(database: Database) -> Database:
    put(database, {
        1: document("amber", "birch"), 2: document("birch", "amber"), 3: document("", "amber birch"),
    })  # fmt: skip
    return database


def test_a_word_of_the_text_is_none_of_the_name_and_one_of_the_name_is_of_both(three) -> None:
    with three.read() as session:
        assert holding(session, "words", [[("amber",)]], limit=9) == [3, 2, 1]
        assert holding(session, "names", [[("amber",)]], limit=9) == [1]
        assert holding(session, "grams", [[("mbe",)]], limit=9) == [1]
        assert holding(session, "words", [[("mbe",)]], limit=9) == []
        asks = [Ask("names", ([("birch",)],), 9), Ask("words", ([("amber",)], [("birch",)]), 2)]
        assert holding_each(session, asks) == [[2], [3, 2]]


@pytest.mark.parametrize("common", [True, False])
def test_the_newest_are_given_whichever_way_they_are_looked_for(three, common) -> None:
    with three.read() as session:
        assert holding(session, "words", [[("amber",)]], limit=2, common=common) == [3, 2]
        assert sorted(holding(session, "words", [[("amber",)]], limit=None)) == [1, 2, 3]


def test_what_was_taken_out_is_not_found_and_may_be_put_in_again_otherwise(three) -> None:
    with three.write() as session:
        fulltext.erase(session, 1, document("amber", "birch"))
        fulltext.write(session, {1: document("cedar", "birch")})
    with three.read() as session:
        assert holding(session, "names", [[("amber",)]], limit=9) == []
        assert holding(session, "words", [[("amber",)]], limit=9) == [3, 2]
        assert holding(session, "names", [[("cedar",)]], limit=9) == [1]
        assert holding(session, "words", [[("birch",)]], limit=9) == [3, 2, 1]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_keeps_short_rows_beside_its_postings(database) -> None:
    bodies = {n: " ".join(f"{n}x{m}" for m in range(300)) for n in range(1, 301)}
    put(
        database,
        {n: document(sha256(body.encode()).hexdigest(), body) for n, body in bodies.items()},
    )
    with database.read() as session:
        assert session.scalar(text("SELECT pg_relation_size('search_text')")) < 300 * ROW
        assert holding(session, "words", [[("7x7",)]], limit=None) == [7]


@pytest.fixture
def crowd(database: Database) -> Database:
    """Give a store where thousands hold two of three words, and two old entries all: in the text, in the name."""
    two = [" ".join(word for word in WORDS if word != left) for left in WORDS]
    many = {n: document("", two[n % len(two)]) for n in range(3, MANY)}
    put(
        database,
        {1: document("", "birch cedar amber"), 2: document("cedar amber birch", ""), **many},
    )
    return database


def test_among_thousands_that_hold_two_of_three_words_those_that_hold_all_are_read(crowd) -> None:
    with crowd.read() as session:
        concepts = understand(session, "amber birch cedar")
        assert min(concept.entries for concept in concepts) > BUDGET
        read = candidates(session, concepts)
        assert {1, 2} <= read.keys()
        assert len(read) == LEAST_READ  # the others hold far less than a name that holds all
        admitted = {1, *range(MANY - 100, MANY)}
        assert 1 in candidates(session, concepts, admitted)


@pytest.fixture
def asked(monkeypatch) -> set[str]:
    """Give the tokens for which the index is asked one question after the other."""
    seen: set[str] = set()
    ask = retrieve.holding

    def spy(session, column, groups, **how) -> list[int]:
        seen.update(token for group in groups for phrase in group for token in phrase)
        return ask(session, column, groups, **how)

    monkeypatch.setattr(retrieve, "holding", spy)
    return seen


def held(words: str, entries: range) -> dict[int, Document]:
    return {n: document("", f"{words} own{n}") for n in entries}


def test_a_word_that_nearly_every_entry_holds_is_not_asked_for(database, asked) -> None:
    put(database, held("amber", range(1, 400)) | {400: document("", "amber birch")})
    with database.read() as session:
        assert list(candidates(session, understand(session, "amber birch"))) == [400]
        assert "amber" not in asked
        assert len(candidates(session, understand(session, "amber"))) == MAX_READ


def test_where_all_are_read_no_further_word_is_asked_for(database, asked) -> None:
    rare = held("birch", range(1, MAX_READ + 1))
    put(database, rare | held("amber", range(MAX_READ + 1, MAX_READ + BUDGET + 2)))
    with database.read() as session:
        assert set(candidates(session, understand(session, "amber birch"))) == set(rare)
        assert not asked


def test_of_those_that_hold_far_less_than_the_best_only_some_are_read(database) -> None:
    some = held("amber", range(1, 101)) | held("birch", range(101, 201))
    put(database, some | {500: document("", "amber birch cedar")} | held("x", range(600, 1600)))
    with database.read() as session:
        read = candidates(session, understand(session, "amber birch cedar"))
        assert 500 in read
        assert len(read) == LEAST_READ
        assert len(candidates(session, understand(session, "amber birch"))) == MAX_READ
