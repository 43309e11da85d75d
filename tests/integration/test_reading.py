"""A session for reading changes nothing and keeps nobody waiting."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import text

from storage import subscribers
from storage.database import Database
from storage.errors import WriteWhileReadingError
from storage.subscribers import NewSubscriber
from storage.tables import Subscriber

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def fill(database: Database, number: int) -> None:
    readers = [NewSubscriber(f"reader{n}@example.org", f"Reader {n}") for n in range(number)]
    with database.write() as session:
        subscribers.add_confirmed(session, readers, source="test", now=NOW)


def names(database: Database) -> list[str | None]:
    with database.read() as session:
        return [it.name for it in subscribers.listed(session)]


def test_what_is_changed_while_reading_is_not_kept(database: Database) -> None:
    fill(database, 1)

    with (
        suppress(WriteWhileReadingError),
        database.read() as session,
    ):  # PostgreSQL refuses it at once
        session.get_one(Subscriber, 1).name = "Somebody else"
        session.flush()

    assert names(database) == ["Reader 0"]


def test_subscribers_are_listed_whole_however_many_are_read_at_once(
    database: Database, monkeypatch
) -> None:
    monkeypatch.setattr(subscribers, "ROWS_AT_ONCE", 3)
    fill(database, 7)

    assert names(database) == [f"Reader {n}" for n in range(7)]


def test_who_reads_on_postgresql_holds_no_transaction_open(postgres_url: str) -> None:
    database = Database(postgres_url)
    ours = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
    with database.read() as reader, database.read() as watcher:
        pid = reader.connection().scalar(text("SELECT pg_backend_pid()"))
        state = watcher.connection().scalar(ours, {"pid": pid})
    database.close()

    assert state == "idle"


def test_a_page_is_as_near_as_another_to_who_reads_on_postgresql(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.read() as session:
        costs = session.connection().scalar(text("SHOW random_page_cost"))
    database.close()

    assert costs == "1.1"
