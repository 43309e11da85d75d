"""Compiles a message once into bytes with slots, and personalises it by joining bytes.

A slot in a body starts on a line of its own behind a soft break, so a value of any length fits
without touching the bytes around it.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from mailer import quoted_printable
from mailer.errors import MailerError
from mailer.flight import check_canonical
from mailer.headers import structured_header
from mailer.quoted_printable import SOFT_BREAK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# `=_` cannot occur in quoted-printable (RFC 2045 §6.7), so no body can hold this line.
_BOUNDARY = "=_paperround"
# C0 and C1 controls but tab and line feed; they mean nothing in a mail and some servers refuse them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class HeaderSlot:
    """Stands among the headers of a message for one that differs from copy to copy."""

    name: str


@dataclass(frozen=True, slots=True)
class Markers:
    """Stand-ins for the values of slots while the bodies are rendered; no text can contain them."""

    secret: str = field(default_factory=lambda: secrets.token_hex(12))

    def of(self, slot: str) -> str:
        """Give the stand-in of a slot; letters and digits only, so that no escaping changes it."""
        return f"zq{self.secret}{slot.encode().hex()}qz"

    def pattern(self) -> re.Pattern[str]:
        """Match any stand-in; the group is the slot's name in hex."""
        return re.compile(rf"zq{self.secret}([0-9a-f]*)qz")


class Stamp(Protocol):
    """Writes the headers that are made from all of a copy and stand above it; `mailer.dkim` has one."""

    def of(self, values: Sequence[bytes], at: datetime) -> bytes:
        """Write them, given what stands in the slots, in their order, and the time."""


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A message with slots: `fixed[0] slot[0] fixed[1] slot[1] … fixed[n]`.

    Attributes:
        fixed: What is the same in each copy.
        slots: What differs; those of headers first.
        stamp: What signs each copy, if something does.
    """

    fixed: tuple[bytes, ...]
    slots: tuple[HeaderSlot | str, ...]
    stamp: Stamp | None = None

    def personalise(
        self,
        headers: Mapping[str, bytes],
        values: Mapping[str, str],
        *,
        now: datetime | None = None,
    ) -> bytes:
        """Fill the slots of one copy, and sign it if the template does.

        Args:
            headers: Written headers, each with its CRLF, by the name of their slot.
            values: Texts by the name of their slot in the bodies.
            now: The time of signing; the present by default.

        Raises:
            MailerError: A slot has no value.
        """
        encoded = {name: quoted_printable.encode(_clean(text)) for name, text in values.items()}
        try:
            filled = [
                headers[slot.name] if isinstance(slot, HeaderSlot) else encoded[slot]
                for slot in self.slots
            ]
        except KeyError as error:
            raise MailerError(f"The message has no value for its slot {error}.") from error
        pieces = [b""] * (len(self.fixed) + len(filled))
        pieces[::2], pieces[1::2] = self.fixed, filled
        if self.stamp is not None:
            pieces.insert(0, self.stamp.of(filled, now or datetime.now(UTC)))
        return b"".join(pieces)


def compile_message(
    head: Sequence[bytes | HeaderSlot], *, text: str, html: str, language: str, markers: Markers
) -> MessageTemplate:
    """Compile a multipart/alternative message (RFC 2046 §5.1.4), plain text first.

    Args:
        head: Written headers, and slots for those of each copy; the MIME headers are added.
        text: The text part, with markers where slots are.
        html: The HTML part, with markers where slots are.
        language: The language tag of both parts.
        markers: The stand-ins used in both.
    """
    pieces: list[bytes | HeaderSlot | str] = [*head]
    pieces.append(structured_header("MIME-Version", "1.0"))
    content_type = f'multipart/alternative; boundary="{_BOUNDARY}"'
    pieces.append(structured_header("Content-Type", *content_type.split(" ")) + b"\r\n")
    for subtype, body in (("plain", text), ("html", html)):
        pieces.append(f"--{_BOUNDARY}\r\n".encode())
        pieces.append(structured_header("Content-Type", f"text/{subtype};", "charset=utf-8"))
        pieces.append(structured_header("Content-Transfer-Encoding", "quoted-printable"))
        pieces.append(structured_header("Content-Language", language) + b"\r\n")
        pieces.extend(_body(body, markers))
        pieces.append(b"\r\n")
    pieces.append(f"--{_BOUNDARY}--\r\n".encode())
    return _template(pieces)


def _body(body: str, markers: Markers) -> list[bytes | HeaderSlot | str]:
    clean = _clean(body)
    parts = markers.pattern().split(clean if clean.endswith("\n") else f"{clean}\n")
    pieces: list[bytes | HeaderSlot | str] = []
    for place, part in enumerate(parts):
        if place % 2:
            pieces.append(bytes.fromhex(part).decode())
            continue
        fixed = quoted_printable.encode(part)
        before = SOFT_BREAK if place and not part.startswith("\n") else b""
        behind = b"" if place == len(parts) - 1 or not part or part.endswith("\n") else SOFT_BREAK
        pieces.append(before + fixed + behind)
    return pieces


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _template(pieces: Sequence[bytes | HeaderSlot | str]) -> MessageTemplate:
    fixed, slots = [b""], []
    for piece in pieces:
        if isinstance(piece, bytes):
            fixed[-1] += piece
        else:
            slots.append(piece)
            fixed.append(b"")
    check_canonical(b"".join(fixed))
    return MessageTemplate(tuple(fixed), tuple(slots))
