"""Signs mail (DKIM, RFC 6376): relaxed/relaxed, oversigned, with RSA and, if given, Ed25519 (RFC 8463).

A template is prepared once; a copy costs the hash of what stands behind its first slot and a signature.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mailer.dkim_canonical import BodyHash, relaxed_header
from mailer.errors import DkimError
from mailer.headers import LINE, structured_header
from mailer.message import HeaderSlot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from mailer.dkim_keys import SigningKey
    from mailer.message import MessageTemplate

_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_ROOM = LINE - len(" b=")

# Each is signed once more often than it stands in the mail, so that none can be added (RFC 6376
# §5.4.2, §8.15). Both unsubscribe headers are among them (RFC 8058 §4).
SIGNED: Final = (
    "From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Language",
    "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Archive", "List-Help", "List-Owner",
    "Feedback-ID", "Auto-Submitted",
)  # fmt: skip


class Signer:
    """Signs every mail with each of its keys, in their order.

    Args:
        keys: The keys; RSA first, because not everybody verifies Ed25519 (RFC 8463 §5).
        lifetime: How long a signature holds (`x=`); for ever by default.

    Raises:
        DkimError: There is no key.
    """

    def __init__(self, keys: Sequence[SigningKey], *, lifetime: timedelta | None = None) -> None:
        if not keys:
            raise DkimError("There is no key to sign with. Give at least one.")
        self._keys = tuple(keys)
        self._seconds = int(lifetime.total_seconds()) if lifetime else None

    def compile(self, template: MessageTemplate) -> MessageTemplate:
        """Give the same template, which signs each copy it fills.

        Raises:
            DkimError: Its headers cannot be read.
        """
        head, body = _halves(template)
        headers = _Headers(head)
        signatures = tuple(_Signature(key, headers.signed) for key in self._keys)
        return replace(template, stamp=_Stamp(headers, BodyHash(body), signatures, self._seconds))


@dataclass(frozen=True, slots=True)
class _Stamp:
    """Writes the signatures of one copy of a template."""

    headers: _Headers
    body: BodyHash
    signatures: tuple[_Signature, ...]
    seconds: int | None

    def of(self, values: Sequence[bytes], at: datetime) -> bytes:
        """Write the headers that stand on top.

        Args:
            values: What stands in the slots, in their order.
            at: The time of signing.
        """
        seconds = int(at.timestamp())
        until = f" x={seconds + self.seconds};" if self.seconds else ""
        body_hash = base64.b64encode(self.body.digest(values[self.headers.slots :])).decode()
        last_tags = f" t={seconds};{until} bh={body_hash};\r\n b=".encode()
        headers = self.headers.hash(values)
        return b"".join([one.write(headers.copy(), last_tags) for one in self.signatures])


class _Signature:
    """Writes the signatures of one key over the same choice of headers."""

    def __init__(self, key: SigningKey, signed: Sequence[str]) -> None:
        self._sign = key.sign
        self._tags = structured_header(
            "DKIM-Signature", "v=1;", f"a={key.kind}-sha256;", "c=relaxed/relaxed;",
            f"d={key.domain};", f"s={key.selector};", *f"h={':|'.join(signed)};".split("|"),
        )  # fmt: skip
        self._relaxed_tags = relaxed_header(self._tags)[:-2]

    def write(self, headers: hashlib._Hash, last_tags: bytes) -> bytes:
        """Write the header; `headers` is the hash of those that are signed."""
        # The header itself goes in last, with an empty `b=` and no CRLF (RFC 6376 §3.7).
        headers.update(self._relaxed_tags)
        headers.update(last_tags.replace(b"\r\n", b""))
        text = base64.b64encode(self._sign(headers.digest()))
        lines = [text[start : start + _ROOM] for start in range(0, len(text), _ROOM)]
        return b"%b%b%b\r\n" % (self._tags, last_tags, b"\r\n ".join(lines))


class _Headers:
    """The headers of a template: which are signed, and the hash of their relaxed forms.

    Those that are the same in each copy come first and are hashed once.

    Args:
        head: Written headers, and slots.

    Raises:
        DkimError: One cannot be read.
    """

    def __init__(self, head: Sequence[bytes | HeaderSlot]) -> None:
        self.slots = 0
        found: dict[str, list[bytes | int]] = {name.lower(): [] for name in SIGNED}
        for piece in head:
            if isinstance(piece, HeaderSlot):
                found.get(piece.name.lower(), []).append(self.slots)
                self.slots += 1
                continue
            for field in _FIELD_END.split(piece)[:-1]:
                written = relaxed_header(field)
                found.get(written.partition(b":")[0].decode(errors="replace"), []).append(written)
        names = sorted(
            SIGNED, key=lambda name: any(isinstance(p, int) for p in found[name.lower()])
        )
        self.signed = [":".join([name] * (len(found[name.lower()]) + 1)) for name in names]
        # Of headers of one name the last comes first (RFC 6376 §5.4.2).
        chosen = [piece for name in names for piece in reversed(found[name.lower()])]
        self._start = hashlib.sha256()
        while chosen and isinstance(first := chosen[0], bytes):
            self._start.update(first)
            del chosen[0]
        self._rest = tuple(chosen)

    def hash(self, values: Sequence[bytes]) -> hashlib._Hash:
        """Hash the headers of one copy; the result goes on with the signature's own."""
        headers = self._start.copy()
        for piece in self._rest:
            headers.update(piece if isinstance(piece, bytes) else relaxed_header(values[piece]))
        return headers


def _halves(template: MessageTemplate) -> tuple[list[bytes | HeaderSlot], list[bytes]]:
    """Give the headers, and what is fixed in the body."""
    headers = [slot for slot in template.slots if isinstance(slot, HeaderSlot)]
    last = template.fixed[len(headers)]
    # The empty line may follow a slot at once.
    end = (b"\r\n" + last).find(b"\r\n\r\n")
    if template.slots[: len(headers)] != tuple(headers) or end < 0:
        raise DkimError("The template's headers do not end where its body begins. Compile it anew.")
    head: list[bytes | HeaderSlot] = []
    for fixed, slot in zip(template.fixed, headers, strict=False):
        head += [fixed, slot]
    return [*head, last[:end]], [last[end + 2 :], *template.fixed[len(headers) + 1 :]]
