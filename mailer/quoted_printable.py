"""Encodes text as quoted-printable (RFC 2045 §6.7), in pieces that may be cut out and put back.

No line of the result begins with a dot or with `From `, so neither dot-stuffing (RFC 5321 §4.5.2)
nor an mbox on the way changes it.
"""

from __future__ import annotations

import re

LINE = 76  # RFC 2045 §6.7 rule 5; its last octet is left for the `=` of a soft break
SOFT_BREAK = b"=\r\n"
_PLAIN = frozenset(range(33, 127)) - {ord("=")}
_TABLE = tuple(bytes([b]) if b in _PLAIN or b in b" \t" else b"=%02X" % b for b in range(256))
_UNTOUCHED = re.compile(rb"(?!\.|From )(?:[\t -<>-~]{0,74}[!-<>-~])?")


def encode(text: str) -> bytes:
    """Encode a text; its line ends (LF) become CRLF, a blank before one or at the end is protected."""
    return b"\r\n".join([_line(line) for line in text.split("\n")])


def _line(text: str) -> bytes:
    raw = text.encode()
    if _UNTOUCHED.fullmatch(raw):
        return raw
    tokens = [_TABLE[byte] for byte in raw]
    if tokens and tokens[-1] in {b" ", b"\t"}:
        tokens[-1] = b"=%02X" % tokens[-1][0]
    lines: list[bytes] = []
    line: list[bytes] = []
    length = 0
    for place, token in enumerate(tokens):
        if length and length + len(token) > LINE - 1:
            lines.append(b"".join(line))
            line, length = [], 0
        written = token if length else _first(token, raw[place : place + 5])
        line.append(written)
        length += len(written)
    return SOFT_BREAK.join([*lines, b"".join(line)])


def _first(token: bytes, ahead: bytes) -> bytes:
    if token == b"." or ahead == b"From ":
        return b"=%02X" % ahead[0]
    return token
