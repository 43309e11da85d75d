"""Tells outages of a database, which are waited out, from faults of ours, which stay loud."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError

from storage.errors import DatabaseUnavailableError, WriteWhileReadingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_READ_ONLY = "25006"
_BROKEN_INSIDE = "XX"


@contextmanager
def explained(url: URL, *, write: bool) -> Iterator[None]:
    """Raise an error of ours where the database could not do what was asked.

    Args:
        url: The database.
        write: Whether it was asked to write.

    Raises:
        DatabaseUnavailableError: It does not answer, takes no writes for now, or all connections are in use.
        WriteWhileReadingError: It was asked to write where only reading was announced (PostgreSQL).
    """
    try:
        yield
    except NoConnectionFreeError as error:
        reason = "all connections are in use, and none came free"
        raise DatabaseUnavailableError(_say(reason, url)) from error
    except DBAPIError as error:
        if _sqlstate(error) == _READ_ONLY and not write:
            raise WriteWhileReadingError from error
        if not _is_outage(error):
            raise
        reason = str(error.orig).strip().splitlines()[0]
        raise DatabaseUnavailableError(_say(reason, url)) from error


def takes_no_writes(error: DatabaseUnavailableError) -> bool:
    """Whether it is a server that only answers questions, such as a stand-by."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and _sqlstate(cause) == _READ_ONLY


def _is_outage(error: DBAPIError) -> bool:
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return True
    # Most of what is called internal says that we went on in a failed transaction.
    state = _sqlstate(error)
    return isinstance(error, InternalError) and (
        state == _READ_ONLY or state.startswith(_BROKEN_INSIDE)
    )


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _say(reason: str, url: URL) -> str:
    place = url.database if url.get_backend_name() == "sqlite" else f"{url.host}/{url.database}"
    return f"The database {place} does not answer: {reason}"
