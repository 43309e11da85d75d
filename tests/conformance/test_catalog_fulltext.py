"""The index answers which entries hold a word, alike on every database, and leaves out no entry that holds them all."""

import pytest
from sqlalchemy import text

from storage.catalog import fulltext, retrieve, vocabulary
from storage.catalog.concepts import understand
from storage.catalog.document import Document
from storage.catalog.fulltext import Ask, holding, holding_each
from storage.catalog.retrieve import BUDGET, MAX_READ, candidates
from storage.catalog.textual import LEAST_READ, by_text
from storage.catalog.vocabulary import Changes
from storage.database import Database

WORDS = ("amber", "birch", "cedar")
MANY = 2 * BUDGET  # entries, more than the rarest words may bring up


def document(name: str, body: str) -> Document:
    return Document.of("paper", names=[name.split()] if name else [], body=body.split())


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


def test_all_that_a_question_needs_of_the_vocabulary_comes_at_once(database) -> None:
    put(database, {
        1: document("", "amber ambers ambling"), 2: document("", "amber ambitious"), 3: document("", "birch"),
    })  # fmt: skip
    with database.read() as session:
        words = vocabulary.words_of(
            session, ["amber", "oak", vocabulary.EVERY_ENTRY], ["amber", "birch"], "amb", 3
        )
        nothing = vocabulary.words_of(session, [], [], "", 3)

    assert words.entries == {"amber": 2, vocabulary.EVERY_ENTRY: 3}
    assert words.forms == {"amber": [("amber", 2), ("ambers", 1)], "birch": [("birch", 1)]}
    assert words.begun == [("amber", 2), ("ambers", 1), ("ambitious", 1)]
    assert nothing == vocabulary.Words({}, {}, [])


def test_no_more_forms_of_a_word_are_given_than_are_useful(database, monkeypatch) -> None:
    monkeypatch.setattr(vocabulary, "MAX_FORMS", 2)
    put(database, {1: document("", "amber ambers ambered"), 2: document("", "amber")})
    with database.read() as session:
        words = vocabulary.words_of(session, [], ["amber"], "", 3)

    assert words.forms["amber"] == [("amber", 2), ("ambered", 1)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rows_of_the_index_stay_narrow_on_postgresql(database) -> None:
    name = "amber birch cedar damson elder fir gingko hazel ironwood juniper katsura larch maple"
    words = " ".join(f"word{n}x{n * n}" for n in range(150))
    put(database, {n: document(name, words) for n in range(1, 101)})
    with database.read() as session:
        size = session.scalar(text("SELECT pg_relation_size('search_text')"))

    assert size <= 3 * 8192  # a hundred rows of less than 200 bytes


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
        assert len(read) == MAX_READ
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
        assert len(candidates(session, understand(session, "amber"))) == MAX_READ  # alone it is


def test_where_all_are_read_no_further_word_is_asked_for(database, asked) -> None:
    rare = held("birch", range(1, MAX_READ + 1))
    put(database, rare | held("amber", range(MAX_READ + 1, MAX_READ + BUDGET + 2)))
    with database.read() as session:
        assert set(candidates(session, understand(session, "amber birch"))) == set(rare)
        assert not asked


def test_of_those_that_hold_far_less_than_the_best_only_as_many_are_read_as_wanted(
    database,
) -> None:
    some = held("amber", range(1, 101)) | held("birch", range(101, 201))
    put(database, some | {500: document("", "amber birch cedar")} | held("x", range(600, 1600)))
    with database.read() as session:
        for wanted, read in ((1, LEAST_READ), (40, 40), (100, MAX_READ)):
            found = by_text(session, "amber birch cedar", wanted=wanted)
            assert found[0].entry_id == 500
            assert len(found) == read
        assert len(by_text(session, "amber birch", wanted=1)) == MAX_READ  # all hold as much


def test_a_rare_name_does_not_keep_the_text_that_says_all_from_being_read(database) -> None:
    common = held("attention language pretraining", range(100, 100 + BUDGET + 1))
    rare = held("birch", range(10_001, 10_041))
    put(database, common | rare | held("x", range(20_000, 22_000)) | {
        2: document("attention language pretraining", "birch"),
        10_041: document("zanzibar weather", "sun and rain"),
    })  # fmt: skip
    with database.read() as session:
        found = by_text(session, "zanzibar birch attention language pretraining", wanted=1)
        assert {found[0].entry_id, found[1].entry_id} == {2, 10_041}


def test_a_word_of_most_entries_still_tells_who_holds_it(database) -> None:
    others = held("model", range(100, 3_200)) | held("x", range(5_000, 5_900))
    put(database, others | held("birch", range(10_000, 10_070)) | {2: document("", "birch model")})
    with database.read() as session:
        found = by_text(session, "birch model", wanted=1)
        assert found[0].entry_id == 2
        assert found[0].complete
