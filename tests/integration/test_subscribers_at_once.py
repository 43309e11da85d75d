"""Two changes to one subscriber at once, on PostgreSQL: the second sees what the first made of it."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import subscribers
from storage.enums import SubscriberStatus
from storage.subscribers import Asked
from storage.tables import Subscriber
from tests.support.beside import beside

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
NEXT_WEEK = NOW + timedelta(days=7)


@pytest.fixture
def database_url(postgres_url) -> str:
    """SQLite lets one transaction write at a time, so nobody ever meets another there."""
    return postgres_url


def ask(session, now=NOW) -> Asked:
    return subscribers.ask(session, "ann@example.org", language="en", source="web", wording="w",
                           now=now, hashes=lambda key: [key])  # fmt: skip


def leave(session) -> bool:
    return subscribers.unsubscribe(session, 1, source="one-click", now=NOW)


def confirm(session) -> bool:
    return subscribers.confirm(session, 1, source="web", wording="w", now=NOW)


def test_who_leaves_is_not_brought_back_by_a_confirmation_of_the_same_moment(database) -> None:
    with database.write() as session:
        ask(session)
    with database.write() as session:
        leave(session)
        confirmed = beside(database, confirm)
    assert confirmed.result() is False
    with database.read() as session:
        assert session.get_one(Subscriber, 1).status is SubscriberStatus.UNSUBSCRIBED


def test_who_asks_again_in_two_forms_at_once_is_asked_once(database) -> None:
    with database.write() as session:
        ask(session)
    with database.write() as session:
        assert ask(session, NEXT_WEEK) is Asked.QUEUED
        second = beside(database, lambda it: ask(it, NEXT_WEEK))
    assert second.result() is Asked.RECENT
