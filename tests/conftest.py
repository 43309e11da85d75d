"""Fixtures that every kind of test shares: a store on each database, and the texts of `../shared`."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from storage import schema
from storage.database import Database
from tests.support.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL server of our own for this test run; give the URL of its maintenance database."""
    with running_postgres() as server:
        if server is None:
            pytest.skip(
                "PostgreSQL SKIPPED: no server programs here; install the package postgresql"
            )
        yield server.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database that lives as long as the test."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield postgres_server.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/paperround.sqlite3"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Give a store with all tables; the test runs on both databases."""
    store = Database(database_url)
    schema.upgrade(store)
    yield store
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
