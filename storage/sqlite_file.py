"""Notices when the file of an SQLite database is not there, or not the one any more that is being written to.

SQLite goes on with a file that was moved or removed: what it writes then is found by nobody, and whoever
connects makes an empty one in its place. A process that knew the file makes none. One that begins meanwhile makes
none either while the log of that file is left; without the log it cannot tell a store that is gone from one that
never was, and only what may make a new one does.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import event

from storage.errors import DatabaseUnavailableError, NoStoreError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine


def expect(path: Path, *, new: bool) -> None:
    """See that the file of a database is there, or that it may be made; make its folder then.

    Args:
        path: Where it lies.
        new: Whether it is made where there was none.

    Raises:
        NoStoreError: It is not there and is not to be made, or the log of one that was there still is:
            SQLite would throw away what that holds.
        StorageError: This account may not look for it, or may not make its folder.
    """
    left = path.with_name(f"{path.name}-wal")
    if _is_there(path):
        return
    if _is_there(left):
        raise NoStoreError(
            f"The database {path.absolute()} is gone, but {left.name}, which belongs to it, is there. Put it back; "
            f"if it is lost, remove {left.name} and restore a copy."
        )
    if not new:
        raise NoStoreError(
            f"There is no store at {path.absolute()}. If you have one elsewhere, run this in the folder where you made "
            "it, or set PAPERROUND_DATA_DIR; if it was here, put it back (is its disk mounted?); else "
            "`paperround import`, `paperround subscribe` or `paperround serve` makes it."
        )
    with _reaching(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # it will hold addresses


def _is_there(path: Path) -> bool:
    with _reaching(path):
        try:
            path.stat()
        except FileNotFoundError:
            return False
    return True


@contextmanager
def _reaching(path: Path) -> Iterator[None]:
    """Name what keeps this account from a file."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The store at {path.absolute()} cannot be reached ({error.strerror}). Check the path, and whether this "
            "account may read and write there; the one that runs `paperround serve` may."
        ) from error


class SqliteFile:
    """The file of a database, known from the first connection on.

    Args:
        path: Where it lies.
        engine: What connects to it; it refuses to work while the file is not in its place.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self._path = path.absolute()
        self._known: tuple[int, int] | None = None  # device and inode
        event.listen(engine, "connect", lambda *_: self._learn())
        event.listen(engine, "do_connect", lambda *_: self._check())
        event.listen(engine, "begin", lambda *_: self._check(), insert=True)

    @property
    def complaint(self) -> str | None:
        """Say what is wrong, and what to do, when the file that is being written to is not in its place."""
        if self._known is None or self._known == self._identity():
            return None
        return (
            f"The database {self._path} was moved or removed. Nothing leaves meanwhile. Put it back; if it is lost, "
            "stop, restore a copy and start again."
        )

    def forget(self) -> None:
        """Take whatever file lies there at the next connection."""
        self._known = None

    def _learn(self) -> None:
        if self._known is None:
            self._known = self._identity()

    def _check(self) -> None:
        if complaint := self.complaint:
            raise DatabaseUnavailableError(complaint)

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
