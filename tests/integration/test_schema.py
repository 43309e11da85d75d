"""The migrations make exactly the tables that the code speaks of, on both databases."""

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from storage import schema
from storage.database import Database
from storage.errors import DatabaseUnavailableError, SchemaError, StorageError
from storage.tables import Issue, Newsletter, Send, Subscriber
from tests.support.beside import is_waiting

PROJECT = Path(__file__).resolve().parents[2]
UPGRADE = """
import sys
from storage import schema
from storage.database import Database
schema.upgrade(Database(sys.argv[1]))
"""


def test_migrated_tables_equal_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: (
                    not (
                        kind in ("table", "index")
                        and (name or "").startswith(("search_", "ix_search_"))
                    )
                )
            },
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    schema.upgrade(database)


def test_processes_that_start_at_once_make_the_tables_once(postgres_url: str) -> None:
    """SQLite needs no test: whoever writes has locked the file from the beginning."""
    database, others = Database(postgres_url), []

    def start_another(_connection, _cursor, statement, *_rest) -> None:
        if "CREATE TABLE" in statement and not others:
            start = [sys.executable, "-c", UPGRADE, postgres_url]
            others.append(subprocess.Popen(start, cwd=PROJECT))
            while others[0].poll() is None and not is_waiting(database):
                time.sleep(0.01)

    event.listen(database.engine, "before_cursor_execute", start_another)
    schema.upgrade(database)
    assert [other.wait() for other in others] == [0]
    database.close()


def test_a_database_from_the_future_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="Upgrade Paperround"):
        schema.upgrade(database)


def test_sqlite_is_durable_and_checks_foreign_keys(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite3")
    schema.upgrade(database)
    with database.read() as session:
        pragma = lambda name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar_one()  # noqa: E731
        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2
        assert pragma("foreign_keys") == 1
        assert pragma("busy_timeout") == 30_000
    database.close()


def test_a_naive_time_is_refused(database: Database) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(Exception, match="without a zone"), database.write() as session:
        session.add(Subscriber(address="a@example.org", address_key="a", created_at=naive))
        session.flush()


def test_times_come_back_aware(database: Database) -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    with database.write() as session:
        session.add(Subscriber(address="a@example.org", address_key="a", created_at=at))
    with database.read() as session:
        assert session.exec(select(Subscriber.created_at)).one() == at


def test_an_error_in_a_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(Newsletter(slug="n", name="N", languages=["en"]))
        session.flush()
        raise RuntimeError
    with database.read() as session:
        assert session.exec(select(Newsletter)).all() == []


def test_bind_values_never_stand_in_an_error(database: Database) -> None:
    with database.write() as session:
        session.add(Subscriber(address="secret@example.org", address_key="secret@example.org"))
    with pytest.raises(IntegrityError) as caught, database.write() as session:
        session.add(Subscriber(address="secret@example.org", address_key="secret@example.org"))
        session.flush()
    if (
        database.is_sqlite
    ):  # PostgreSQL's own message quotes the key; it never reaches a log of ours
        assert "secret" not in str(caught.value)


def test_one_issue_goes_to_an_audience_once_unless_cancelled(database: Database) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with database.write() as session:
        letter = Newsletter(slug="n", name="N", languages=["en"])
        session.add(letter)
        session.flush()
        issue = Issue(newsletter_id=letter.id, slug="s", language="en", title="T", month=at.date(),
                      month_source="given")  # fmt: skip
        session.add(issue)
        session.flush()
        session.add(Send(issue_id=issue.id, due_at=at, status="cancelled"))
        session.add(Send(issue_id=issue.id, due_at=at, status="scheduled"))
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Send(issue_id=issue.id, due_at=at, status="scheduled"))
        session.flush()


def test_two_writers_wait_for_each_other(database: Database) -> None:
    def add(n: int) -> None:
        for i in range(20):
            with database.write() as session:
                session.add(Subscriber(address=f"{n}.{i}@example.org", address_key=f"{n}.{i}"))

    threads = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert len(session.exec(select(Subscriber.id)).all()) == 80


@pytest.mark.parametrize("url", ["nonsense", "mysql://h/d", "://"])
def test_a_wrong_url_is_named_with_its_remedy(url: str) -> None:
    with pytest.raises(StorageError, match="sqlite:///FILE"):
        Database(url)


def test_an_absent_server_is_named_without_the_password() -> None:
    database = Database("postgresql://u:hush@127.0.0.1:1/d")
    with pytest.raises(DatabaseUnavailableError) as caught, database.read():
        pass
    assert "hush" not in str(caught.value)
    assert "127.0.0.1/d" in str(caught.value)
