"""Fixtures that every kind of test shares: a store on each database, and the texts of `../shared`."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import threading
import uuid
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.zone
import psycopg
import pytest
import structlog
from aiohttp import web_app

from storage import schema
from storage.database import Database
from tests.support.postgres import running_postgres
from tests.support.seeds import import_seeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.postgres import PostgresServer

# The command line's console keeps, from when it is made, the width of the terminal that the tests are run in,
# or what GNU readline takes for it.
os.environ.pop("COLUMNS", None)


def pytest_collection_finish() -> None:
    """Let the collector no longer look through all that was imported, which took a sixth of our processor time."""
    gc.collect()
    gc.freeze()


def pytest_runtest_teardown() -> None:
    """Let go of what a test set for all that come behind it.

    aiohttp keeps its last 1,024 routes, and with them all they lead to; a command sets where logs go.
    """
    web_app._cached_build_middleware.cache_clear()
    _log_plainly()


_configure = structlog.configure
# A logger that is kept from its first use on would go on writing where that command's output went.
structlog.configure = lambda **given: _configure(**{**given, "cache_logger_on_first_use": False})


def _log_plainly() -> None:
    """Log as structlog does by itself, but without the variables of every frame, which took seconds an error."""
    structlog.reset_defaults()
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    _configure(processors=[*before, plain])


_log_plainly()


# Some tests press Ctrl-C; what a shell starts in the background ignores it, and so would all processes of ours.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def postgres_here() -> Iterator[PostgresServer | None]:
    """Start a PostgreSQL server of our own for this test run; gives None where its programs are missing."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server(postgres_here: PostgresServer | None) -> str:
    """Give the URL of the server's maintenance database."""
    if postgres_here is None:
        pytest.skip("PostgreSQL SKIPPED: no server programs here; install the package postgresql")
    return postgres_here.url


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: str) -> Iterator[str]:
    """Make a PostgreSQL database with all tables, to copy; give its name."""
    name = "with_tables"
    with _copied_on_postgres(postgres_server, "template1", name) as url:
        _make_tables(url)
        yield name


@pytest.fixture(scope="session")
def postgres_seeded(postgres_server: str, postgres_tables: str, shared: Path) -> Iterator[str]:
    """Make a PostgreSQL database with the real editions, to copy; give its name."""
    name = "with_seeds"
    with _copied_on_postgres(postgres_server, postgres_tables, name) as url:
        _import_seeds(url, shared)
        yield name


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[str]:
    """Give the URL of a PostgreSQL database that lives as long as the test; it has tables for `database` alone."""
    model = "template1"
    if "database" in request.fixturenames:
        model = request.getfixturevalue(f"postgres_{_content(request)}")
    with _copied_on_postgres(postgres_server, model, f"t{uuid.uuid4().hex}") as url:
        yield url


@contextmanager
def _copied_on_postgres(server: str, model: str, name: str) -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as connection:
        # Copied as files, not page by page through the log: half the time, which a server knows from 15 on.
        how = "STRATEGY file_copy" if connection.info.server_version >= 150_000 else ""
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{model}" {how}')
    yield server.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an SQLite database with all tables, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "with-tables.sqlite3"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sqlite_seeded(
    sqlite_tables: Path, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Make an SQLite database with the real editions, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "with-seeds.sqlite3"
    shutil.copyfile(sqlite_tables, path)
    _import_seeds(f"sqlite:///{path}", shared)
    return path


def _make_tables(url: str) -> None:
    store = Database(url)
    schema.upgrade(store)
    store.close()


def _import_seeds(url: str, shared: Path) -> None:
    store = Database(url)
    import_seeds(store, shared)
    store.close()


def _content(request: pytest.FixtureRequest) -> str:
    return "seeded" if "seeded" in request.fixturenames else "tables"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/paperround.sqlite3"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(database_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Give a store with all tables; the test runs on both databases."""
    store = Database(database_url)
    if store.is_sqlite:
        model = request.getfixturevalue(f"sqlite_{_content(request)}")
        shutil.copyfile(model, store.url.database or "")
    yield store
    store.close()


@pytest.fixture
def seeded(database: Database) -> Database:
    """Give a store with the real editions and their corrections, a copy of its own of what was imported once."""
    return database


@pytest.fixture
def seeded_on_both(
    sqlite_seeded: Path, postgres_server: str, postgres_seeded: str, tmp_path: Path
) -> Iterator[tuple[Database, Database]]:
    """Give two stores with the real editions and their corrections, one on each database."""
    path = shutil.copyfile(sqlite_seeded, tmp_path / "seeds.sqlite3")
    name = f"t{uuid.uuid4().hex}"
    with _copied_on_postgres(postgres_server, postgres_seeded, name) as url:
        stores = Database(f"sqlite:///{path}"), Database(url)
        yield stores
        for store in stores:
            store.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real editions and rule sets, which lies beside the project."""
    if not SHARED.is_dir():
        pytest.skip(f"../shared is absent ({SHARED}); it holds the real editions and rule sets")
    return SHARED


@pytest.fixture(scope="session")
def seeds(shared: Path) -> list[Path]:
    """Give the five real editions, in the order of their names."""
    return sorted((shared / "seeds").glob("*.txt"))


@pytest.fixture
def serve_zone() -> Iterator[Callable[[str, str], int]]:
    """Give a function that starts a DNS server of the text of a zone, and of nothing else: its port here."""
    with ExitStack() as servers:
        yield lambda text, origin: servers.enter_context(_serving(text, origin))


@contextmanager
def _serving(text: str, origin: str) -> Iterator[int]:
    """Answer from the text of a zone and from nothing else; a name that begins with `broken` fails. Gives the port."""
    zone = dns.zone.from_text(
        "$TTL 60\n" + text, f"{origin}.", relativize=False, check_origin=False
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                wire, asker = listener.recvfrom(4096)
                if not wire:
                    return
                listener.sendto(_answer(zone, dns.message.from_wire(wire)).to_wire(), asker)

        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        yield port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as goodbye:
            goodbye.sendto(b"", ("127.0.0.1", port))
        thread.join()


def _answer(zone: dns.zone.Zone, question: dns.message.Message) -> dns.message.Message:
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.AA | dns.flags.RA
    name, kind = question.question[0].name, question.question[0].rdtype
    known = name.is_subdomain(zone.origin) and zone.get_node(name) is not None
    if name.to_text().startswith("broken"):
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif not known:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    for rdtype in (dns.rdatatype.CNAME, kind):
        found = zone.get_rrset(name, rdtype) if known else None
        if found is not None:
            answer.answer.append(found)
            name = found[0].target if rdtype == dns.rdatatype.CNAME else name
    return answer
