"""A fresh database of either kind for a trial, and what can be done to it from outside."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psycopg

from storage import schema
from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import PostgresServer

Kind = Literal["sqlite", "postgresql"]

_DISK_BYTES = 192 * 2**20
_LOCKED = "send, batch, delivery, event"
_LOCKED_WITHIN_S = 10.0


class Store:
    """A database, and the folder in which its processes keep their marks.

    Args:
        kind: Which.
        url: Where.
        folder: A scratch folder; on a small disk of its own where that was asked for.
        server: The PostgreSQL server.
    """

    def __init__(self, kind: Kind, url: str, folder: Path, server: PostgresServer | None) -> None:
        self.kind: Kind = kind
        self.url, self.folder, self.server = url, folder, server
        self.database = Database(url)
        schema.upgrade(self.database)

    @property
    def _file(self) -> Path:
        return self.folder / "paperround.sqlite3"

    @property
    def ballast(self) -> Path:
        """A file that fills the disk."""
        return self.folder / "ballast"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every writer out, and on PostgreSQL every reader too."""
        if self.kind == "sqlite":
            with contextlib.closing(sqlite3.connect(self._file, timeout=60)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield
                connection.rollback()
        else:
            with psycopg.connect(self.url) as connection:
                _lock_all(connection)
                yield
                connection.rollback()

    @contextmanager
    def moved_away(self) -> Iterator[None]:
        """Keep SQLite's file under another name."""
        away = self._file.rename(self.folder / "away.sqlite3")
        try:
            yield
            assert not self._file.exists(), "an empty file was made in its place"
        finally:
            away.replace(self._file)

    def empty_log(self) -> bool:
        """Leave SQLite no old log to write over, so that it needs room at once; tell whether nobody was in the way."""
        if self.kind == "postgresql":
            return True
        try:
            with contextlib.closing(sqlite3.connect(self._file, timeout=0)) as connection:
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:  # locked
            return False
        return not busy

    def fill_disk(self) -> None:
        """Leave no byte free."""
        with self.ballast.open("ab", buffering=0) as file:
            for size in (2**20, 2**12):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def empty_disk(self) -> None:
        """Make room again."""
        self.ballast.unlink()


def _lock_all(connection: psycopg.Connection) -> None:
    """Lock every table in a moment in which nobody uses one.

    Who waited for one with another in hand would be one half of a deadlock; until the server had noticed, all
    could be over.
    """
    until = time.monotonic() + _LOCKED_WITHIN_S
    while True:
        try:
            connection.execute(f"LOCK TABLE {_LOCKED} IN ACCESS EXCLUSIVE MODE NOWAIT")
        except psycopg.errors.LockNotAvailable:
            connection.rollback()
            if time.monotonic() > until:
                raise
            time.sleep(0.001)
        else:
            return


@contextmanager
def new_store(
    kind: Kind, server: PostgresServer | None, *, on_small_disk: bool = False
) -> Iterator[Store]:
    """Make a store and remove it in the end."""
    folder = Path(tempfile.mkdtemp(prefix="paperround-reliability-"))
    try:
        with _disk(folder, wanted=on_small_disk):
            if kind == "sqlite":
                with _open(
                    Store(kind, f"sqlite:///{folder}/paperround.sqlite3", folder, None)
                ) as it:
                    yield it
                return
            with (
                _postgres_database(server, folder if on_small_disk else None) as url,
                _open(Store(kind, url, folder, server)) as it,
            ):
                yield it
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def can_mount() -> bool:
    """Whether a disk of its own can be had, which takes root on Linux."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return False
    folder = Path(tempfile.mkdtemp(prefix="paperround-mount-"))
    try:
        with _disk(folder, wanted=True):
            return True
    except subprocess.CalledProcessError:
        return False
    finally:
        folder.rmdir()


@contextmanager
def _open(store: Store) -> Iterator[Store]:
    try:
        yield store
    finally:
        store.database.close()


@contextmanager
def _disk(folder: Path, *, wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", folder],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        # Lazily: the database server may hold a file for a moment longer.
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def _postgres_database(server: PostgresServer | None, disk: Path | None) -> Iterator[str]:
    assert server is not None
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        space = ""
        if disk is not None:
            disk.chmod(0o755)
            (disk / "space").mkdir()
            shutil.chown(disk / "space", server.account)
            connection.execute(f"CREATE TABLESPACE {name} LOCATION '{disk / 'space'}'")
            space = f"TABLESPACE {name}"
        connection.execute(f"CREATE DATABASE {name} {space}")
    yield server.url.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        if disk is not None:
            connection.execute(f"DROP TABLESPACE {name}")
