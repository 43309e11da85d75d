"""Writes the headers that differ from copy to copy, each of them a million times.

What `mailer.headers` writes and reads back once, for a stand-in of the same width, is kept in pieces; a
copy's own value is put between them. A value that could be read as anything else takes the long way.
"""

from __future__ import annotations

import re
from email.utils import format_datetime
from typing import TYPE_CHECKING

from mailer.errors import HeaderError
from mailer.headers import LINE, mailbox_header, structured_header

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mailer.addresses import Address
    from mailer.identity import Letterhead

# What stands for itself in a phrase and in an address (RFC 5322 §3.2.3), and needs no quoting.
_SIMPLE_NAME = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*", re.ASCII)
_SIMPLE_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class CopyHeaders:
    """The headers of copies of one letterhead; keeps what was written before.

    Args:
        letterhead: Who sends the mail.
    """

    def __init__(self, letterhead: Letterhead) -> None:
        self._unsubscribe = _Frame(letterhead.unsubscribe_header)
        self._message_id = _Frame(
            lambda left: structured_header("Message-ID", f"<{left}@{letterhead.message_id_domain}>")
        )
        self._second, self._date = 0, b""

    def to(self, name: str | None, address: Address) -> bytes:
        """Write To; a name that cannot stand in a header is left out, the reader gets the issue all the same."""
        written = str(address)
        if _SIMPLE_ADDRESS.fullmatch(written) and (not name or _SIMPLE_NAME.fullmatch(name)):
            line = f"To: {name} <{written}>" if name else f"To: {written}"
            if len(line) <= LINE:
                return line.encode("ascii") + b"\r\n"
        try:
            return mailbox_header("To", name, address)
        except HeaderError:
            return mailbox_header("To", None, address)

    def date(self, now: datetime) -> bytes:
        """Write Date, which changes once a second."""
        second = int(now.timestamp())
        if second != self._second:
            self._date = structured_header("Date", *format_datetime(now).split(" "))
            self._second = second
        return self._date

    def message_id(self, message_id: str) -> bytes:
        """Write Message-ID, given with its angle brackets."""
        return self._message_id.around(message_id[1:].partition("@")[0])

    def unsubscribe(self, token: str) -> bytes:
        """Write List-Unsubscribe."""
        return self._unsubscribe.around(token)


class _Frame:
    """A header around tokens; written and read back once for each width of token."""

    def __init__(self, write: Callable[[str], bytes]) -> None:
        self._write = write
        self._pieces: dict[int, list[bytes]] = {}

    def around(self, token: str) -> bytes:
        if not _TOKEN.fullmatch(token):
            return self._write(token)
        pieces = self._pieces.get(len(token))
        if pieces is None:
            pieces = self._pieces[len(token)] = self._written(len(token))
        return token.encode("ascii").join(pieces) if pieces else self._write(token)

    def _written(self, width: int) -> list[bytes]:
        """Write the header around two different stand-ins; no pieces where they could be mistaken."""
        first, other = "x" * width, "Y" * width
        pieces = self._write(first).split(first.encode())
        return pieces if pieces == self._write(other).split(other.encode()) else []
