"""Notices when the file of an SQLite database is not there, or not the one any more that is being written to.

SQLite goes on with a file that was moved or removed: what it writes then is found by nobody, and whoever
connects makes an empty one in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event

from storage.errors import DatabaseUnavailableError, NoStoreError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine


def expect(path: Path, *, new: bool) -> None:
    """See that the file of a database is there, or that it may be made.

    Args:
        path: Where it lies.
        new: Whether it is made where there was none.

    Raises:
        NoStoreError: It is not there and is not to be made, or the log of one that was there still is:
            SQLite would throw away what that holds.
    """
    if path.exists():
        return
    left = path.with_name(f"{path.name}-wal")
    if left.exists():
        raise NoStoreError(
            f"The database {path.absolute()} is gone, but {left.name}, which belongs to it, is there. Put it back; "
            f"if it is lost, remove {left.name} and restore a copy."
        )
    if not new:
        raise NoStoreError(
            f"There is no store at {path.absolute()}. If there was one, put it back (is its disk mounted?); else "
            "`paperround import`, `paperround subscribe` or `paperround serve` makes it."
        )


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
