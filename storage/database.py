"""The engine and its sessions: one `Database` per process, transactions that are either whole or not there.

SQLite runs in WAL with `synchronous=FULL`, foreign keys on and a busy time-out; a write takes the lock
at its beginning (`BEGIN IMMEDIATE`), so two writers wait for each other instead of failing half way.
On PostgreSQL readers have connections of their own, which may not write and are in no transaction: there
each statement sees what is committed when it begins, with a transaction around it or without.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from storage.errors import DatabaseUnavailableError, StorageError
from storage.outages import explained, takes_no_writes
from storage.sqlite_file import SqliteFile, expect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection as PostgresConnection
    from sqlalchemy.engine import Connection, Engine

P = ParamSpec("P")
R = TypeVar("R")

BUSY_TIMEOUT_MS = 30_000
# A server behind a cut network is given up after so long. How long it may think is not limited: it may wait for a lock.
CUT_OFF: Final = {
    "connect_timeout": "5",  # seconds
    "keepalives_idle": "10",  # seconds
    "keepalives_interval": "5",  # seconds
    "keepalives_count": "2",
    "tcp_user_timeout": "20000",  # milliseconds
}


class Database:
    """A store of issues, subscribers and deliveries on SQLite or PostgreSQL.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.
        new: Whether the file of SQLite is made where there is none.

    Raises:
        NoStoreError: There is no file, and none is to be made.
        StorageError: The URL cannot be read, or this account may not look for the file.
    """

    def __init__(self, url: str, *, new: bool = True) -> None:
        self.url = _driver_url(url)
        if path := _file_of(self.url):
            expect(path, new=new)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _make_engine(self.url)
        self.reader = self.engine if self.is_sqlite else _make_reader(self.url)
        self._file = SqliteFile(path, self.engine) if path else None
        self._connections: set[PostgresConnection[Any]] = set()
        for engine in () if self.is_sqlite else (self.engine, self.reader):
            event.listen(engine, "connect", lambda it, _record: self._connections.add(it))
            event.listen(engine, "close", lambda it, _record: self._connections.discard(it))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading; whatever it changes is rolled back, or refused (PostgreSQL)."""
        with self._session(write=False) as session:
            yield session  # closing it rolls back, and leaves what was read usable

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open one transaction: committed at the end, rolled back when anything is raised."""
        with self._session(write=True) as session:
            yield session
            session.commit()

    async def reading(
        self, query: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `query(session, …)` in a thread, in a session for reading."""

        def call() -> R:
            with self.read() as session:
                return query(session, *args, **kwargs)

        return await asyncio.to_thread(call)

    async def writing(
        self, command: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `command(session, …)` in a thread, in one transaction."""

        def call() -> R:
            with self.write() as session:
                return command(session, *args, **kwargs)

        return await asyncio.to_thread(call)

    @property
    def complaint(self) -> str | None:
        """Say why the store must not be trusted: its file was moved or removed. None where all is well."""
        return self._file.complaint if self._file else None

    def hang_up(self) -> None:
        """Let nobody wait any longer for an answer of PostgreSQL; the next to ask is connected anew.

        Who waits gets a `DatabaseUnavailableError`; whether what they wrote is committed is not known.
        SQLite answers within its busy time-out and is left alone.
        """
        for connection in list(self._connections):
            if (
                connection.info.transaction_status.name == "ACTIVE"
            ):  # so that SQLite needs no import of theirs
                # To close a connection that another thread uses is not safe; to end its wire is.
                with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as wire:
                    wire.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close every connection; whoever goes on takes the file that lies there then."""
        self.engine.dispose()
        self.reader.dispose()
        if self._file:
            self._file.forget()

    @contextmanager
    def explaining(self, *, write: bool = True) -> Iterator[None]:
        """Turn what the driver says into errors of ours where the database could not do what was asked.

        Raises:
            DatabaseUnavailableError: It does not answer, or takes no writes for now.
            WriteWhileReadingError: A question tried to write.
        """
        try:
            with explained(self.url, write=write):
                yield
        except DatabaseUnavailableError as error:
            if takes_no_writes(error):
                self.engine.dispose()  # after a fail-over, a new connection leads to the server that does
            raise

    @contextmanager
    def _session(self, *, write: bool) -> Iterator[Session]:
        engine = self.engine if write else self.reader
        with self.explaining(write=write), Session(engine, expire_on_commit=False) as session:
            session.connection(execution_options={"paperround_write": write})
            yield session


def _driver_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StorageError(
            "The database URL cannot be read. Write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."
        ) from error
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise StorageError(
                f"The database {other!r} is not supported. Use sqlite:///FILE or postgresql://…"
            )


def _file_of(url: URL) -> Path | None:
    """Tell where the file of SQLite lies; None where there is none, or SQLite alone reads its address."""
    name = url.database or ""
    if url.get_backend_name() != "sqlite" or name in {"", ":memory:"} or name.startswith("file:"):
        return None
    return Path(name)


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        engine = create_engine(_impatient(url), hide_parameters=True, pool_pre_ping=True)
        event.listen(engine, "connect", _prepare_postgres)
        return engine
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_reader(url: URL) -> Engine:
    """Make an engine for PostgreSQL that saves each question the round trips of `BEGIN` and `ROLLBACK`."""
    engine = create_engine(
        _impatient(url), hide_parameters=True, pool_pre_ping=True, isolation_level="AUTOCOMMIT"
    )
    event.listen(engine, "connect", _prepare_postgres)
    event.listen(engine, "connect", _prepare_reader)
    return engine


def _impatient(url: URL) -> URL:
    """Add time-outs to a PostgreSQL address; what it says itself counts."""
    return url.update_query_dict({k: v for k, v in CUT_OFF.items() if k not in url.query})


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _prepare_postgres(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
    # A search asks many short questions: to start workers for one takes ten times as long as to answer it.
    connection.execute("SET max_parallel_workers_per_gather = 0; SET jit = off")
    connection.commit()


def _prepare_reader(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
    # In memory and on an SSD a page costs about the same wherever it lies. The default of 4 is meant for turning
    # disks; with it the planner reads whole tables to find the few rows of an answer.
    connection.execute("SET default_transaction_read_only = on; SET random_page_cost = 1.1")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("paperround_write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
