"""Runs a second transaction beside one that is open, on PostgreSQL, and waits no longer than must be."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

    from storage.database import Database

R = TypeVar("R")

_WAITING = text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock')"
)


def beside(database: Database, command: Callable[[Session], R]) -> Future[R]:
    """Run a command in a transaction of its own; come back when it has ended, or waits for a lock."""

    def run() -> R:
        with database.write() as session:
            return command(session)

    thread = ThreadPoolExecutor(1)
    running = thread.submit(run)
    thread.shutdown(wait=False)
    while not running.done() and not is_waiting(database):
        time.sleep(0.002)
    return running


def is_waiting(database: Database) -> bool:
    """Tell whether anybody waits for a lock in this database."""
    with database.read() as session:
        waits: bool = session.connection().execute(_WAITING).scalar_one()
        return waits
