"""What begins with what was typed: a paper's own names before those of works that are only cited."""

import pytest

from storage import catalog
from storage.catalog import names
from storage.catalog.naming import Kind
from storage.database import Database
from storage.names import name_key
from tests.support.shelf import Shelf

CITED = 130


@pytest.fixture
def crowded(database: Database) -> Database:
    """Give a store in which a work is cited by more entries than names are read at once."""
    with database.write() as session:
        shelf = Shelf(session)
        shelf.put("Attention Within Zones", arxiv="2201.00001")
        for number in range(CITED):
            shelf.put(f"Gadget {number}", related=["Attention Is All You Need"])
        shelf.index()
    return database


@pytest.mark.parametrize("typed", ["attention", "at"])
def test_a_work_cited_by_many_hides_no_own_title_that_begins_alike(crowded, typed) -> None:
    with crowded.read() as session:
        assert names.beginning(session, name_key(typed))[0].label == "Attention Within Zones"
        assert names.starting(session, name_key(typed), 100)[0].label == "Attention Within Zones"
        assert catalog.suggest(session, typed)[0].value == "Attention Within Zones"


def test_cited_works_follow_where_there_is_room(crowded) -> None:
    with crowded.read() as session:
        found = names.beginning(session, "attention")
    assert len(found) == names.MAX_BEGINNING
    assert {match.label for match in found[1:]} == {"Attention Is All You Need"}


def test_initials_take_no_place_among_the_names_to_complete(database) -> None:
    with database.write() as session:
        shelf = Shelf(session)
        for number in range(4):
            shelf.put(f"Zoned Attention Adapts Blocks {number}")
        shelf.put("Zaanstad Windmills")
        shelf.index()
    with database.read() as session:
        found = names.starting(session, "zaa", 1)
        assert [match.label for match in found] == ["Zaanstad Windmills"]
        assert names.beginning(session, "zaa")[0].kind is Kind.INITIALS  # a question may mean them


def test_the_very_name_is_completed_first_however_old_it_is(database) -> None:
    with database.write() as session:
        shelf = Shelf(session)
        shelf.put("Xe")
        for number in range(names.MAX_BEGINNING):
            shelf.put(f"Xenon {number}")
        shelf.index()
    with database.read() as session:
        for limit in (1, 100):
            found = names.starting(session, "xe", limit)
            assert found[0].label == "Xe"
            assert len(found) == limit
        assert catalog.suggest(session, "xe")[0].value == "Xe"
        assert names.starting(session, "xenon", 1)[0].label == "Xenon 0"
