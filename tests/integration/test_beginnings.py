"""What begins with what was typed: a paper's own names before those of works that are only cited."""

import pytest

from storage import catalog
from storage.catalog import names
from storage.database import Database
from storage.names import name_key
from tests.integration.shelf import Shelf

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
