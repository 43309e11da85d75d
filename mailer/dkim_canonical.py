"""Brings headers and bodies into DKIM's relaxed form (RFC 6376 §3.4.2, §3.4.4), and hashes a body that has slots.

What stands before the first slot is hashed once; each copy continues from there.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import DkimError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BLANKS = re.compile(rb"[ \t]{2,}|\t")
_LAST_FULL_LINE = re.compile(rb".*[^ \t\r\n][ \t]*\r\n", re.DOTALL)


def relaxed_header(field: bytes) -> bytes:
    """Bring one written header, folded or not, into relaxed form with its CRLF.

    Raises:
        DkimError: It is not exactly one header.
    """
    name, colon, value = field.partition(b":")
    value = value.removesuffix(b"\r\n")
    folds = value.count(b"\r\n ") + value.count(b"\r\n\t")
    # `split` takes more for a blank than the standard does: the rest is refused.
    odd = b"\v" in value or b"\f" in value
    if odd or not colon or value.count(b"\r") != folds or value.count(b"\n") != folds:
        raise DkimError(f"What begins with {field[:20]!a} is not one header. Write each by itself.")
    return b"%b:%b\r\n" % (name.rstrip(b" \t").lower(), b" ".join(value.split()))


def relaxed_lines(lines: bytes) -> bytes:
    """Bring lines into relaxed form but keep the empty ones at their end; only CRLF ends a line."""
    flat = _BLANKS.sub(b" ", lines).replace(b" \r\n", b"\r\n")
    return flat.removesuffix(b" ")


def relaxed_body(body: bytes) -> bytes:
    """Bring a whole body, or its end, into relaxed form; there is no bare CR or LF in it."""
    lines = relaxed_lines(body).rstrip(b"\r\n")
    return lines + b"\r\n" if lines else b""


@dataclass(frozen=True, slots=True)
class _Region:
    """Whole lines that hold slots, by place, and the lines behind them, which are in relaxed form."""

    raw: tuple[bytes | int, ...]
    behind: bytes

    def fill(self, values: Sequence[bytes]) -> bytes:
        return b"".join(
            [piece if isinstance(piece, bytes) else values[piece] for piece in self.raw]
        )


class BodyHash:
    """SHA-256 of the relaxed form of a body with slots: `fixed[0] slot[0] fixed[1] … fixed[n]`.

    Blanks at a slot's edge count with those around it, and empty lines count only if text follows, so
    the lines of a slot are brought into relaxed form anew for each copy; all others once.

    Args:
        fixed: What stands around the slots.
    """

    def __init__(self, fixed: Sequence[bytes]) -> None:
        settled, rest = _settle(fixed[0])
        self._start = hashlib.sha256(settled)
        *self._regions, self._end = _regions(rest, fixed[1:])

    def digest(self, values: Sequence[bytes]) -> bytes:
        """Hash one copy's body.

        Args:
            values: What stands in the slots, in their order.
        """
        body = self._start.copy()
        for region in self._regions:
            body.update(relaxed_lines(region.fill(values)))
            body.update(region.behind)
        body.update(relaxed_body(self._end.fill(values)))
        return body.digest()


def _regions(start: bytes, fixed: Sequence[bytes]) -> Iterator[_Region]:
    raw: list[bytes | int] = [start]
    for place, piece in enumerate(fixed):
        line_end = piece.find(b"\r\n") + 2 if b"\r\n" in piece else len(piece)
        settled, rest = _settle(piece[line_end:])
        raw += [place, piece[:line_end]]
        if settled:
            yield _Region(tuple(raw), settled)
            raw = []
        raw.append(rest)
    yield _Region(tuple(raw), b"")


def _settle(lines: bytes) -> tuple[bytes, bytes]:
    """Bring the lines up to the last full one with text into relaxed form; give it and what is left over."""
    last = _LAST_FULL_LINE.match(lines)
    end = last.end() if last else 0
    return relaxed_lines(lines[:end]), lines[end:]
