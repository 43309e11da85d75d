"""Whatever keeps a database from doing what is asked is one error, which is waited out; faults of ours stay loud."""

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import InternalError, ProgrammingError

from storage import database as module
from storage import schema
from storage.database import Database
from storage.errors import DatabaseUnavailableError, WriteWhileReadingError


def write(session, statement="CREATE TABLE more (id INTEGER)") -> None:
    session.connection().execute(text(statement))


@pytest.fixture
def postgres(postgres_url):
    store = Database(postgres_url)
    yield store
    store.close()


def test_a_server_that_takes_no_writes_for_a_while_is_waited_out(postgres) -> None:
    """So is a stand-by during a fail-over, and a managed server whose disk is full."""
    with postgres.write() as session:
        write(session, "SELECT 1")
    read_only = f'ALTER DATABASE "{postgres.url.database}" SET default_transaction_read_only'
    with psycopg.connect(postgres.url.set(drivername="postgresql").render_as_string(False),
                         autocommit=True) as admin:  # fmt: skip
        admin.execute(f"{read_only} = on")
        postgres.close()
        with (
            pytest.raises(DatabaseUnavailableError, match="read-only transaction"),
            postgres.write() as session,
        ):
            write(session)
        admin.execute("SET default_transaction_read_only = off")
        admin.execute(f"{read_only} = off")
    with (
        postgres.write() as session
    ):  # over a connection that is new: the old one may lead to the stand-by
        write(session)


def test_a_question_that_writes_is_a_fault_of_ours_and_said_plainly(postgres) -> None:
    with (
        pytest.raises(WriteWhileReadingError, match=r"Database\.write"),
        postgres.read() as session,
    ):
        write(session)


def test_other_faults_of_ours_stay_loud(postgres) -> None:
    with pytest.raises(InternalError), postgres.write() as session:
        with pytest.raises(ProgrammingError):
            write(session, "SELECT nonsense")
        write(session, "SELECT 1")  # its transaction has failed


def test_no_connection_being_free_is_an_outage(tmp_path, monkeypatch) -> None:
    def small_pool(*args, **more):
        return create_engine(*args, **more, pool_size=1, max_overflow=0, pool_timeout=0.1)

    monkeypatch.setattr(module, "create_engine", small_pool)
    database = Database(f"sqlite:///{tmp_path}/one.sqlite3")
    with (
        database.read(),
        pytest.raises(DatabaseUnavailableError, match="connections are in use"),
        database.read(),
    ):
        pass
    database.close()


def test_a_command_that_finds_no_server_says_so() -> None:
    with pytest.raises(DatabaseUnavailableError, match=r"127\.0\.0\.1/d does not answer"):
        schema.upgrade(Database("postgresql://u:hush@127.0.0.1:1/d"))
