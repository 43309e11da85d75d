"""Signs what stands in our links, bounce addresses and suppression list; puts no address in any of them.

A token is `base64url(head | id | expiry | MAC)`: one byte that tells the lengths, the row id, the
expiry in whole minutes if there is one, and 128 bits of HMAC-SHA256 over purpose and payload.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from mailer.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAC_BYTES = 16
_ID_LIMIT = 2**63
_MINUTES_BYTES = 4  # enough until the year 10136
_EXPIRES = 0x10
_KEY_BYTES_LEAST = 16
_BOUNCE = re.compile(r"b\+([0-9]{1,19})\.([0-9a-f]{32})", re.ASCII | re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tokens:
    """A ring of keys: the first one signs, all of them verify.

    Args:
        keys: Secrets of at least 16 bytes, the present one first, older ones behind it.

    Raises:
        TokenError: There is no key, or one is too short.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise TokenError("There is no key to sign with. Set a secret key.")
        if any(len(key) < _KEY_BYTES_LEAST for key in keys):
            raise TokenError(
                f"A secret key is shorter than {_KEY_BYTES_LEAST} bytes. Make a longer one."
            )
        self._link_keys = [_derive(key, b"link") for key in keys]
        self._bounce_keys = [_derive(key, b"bounce") for key in keys]
        self._address_keys = [_derive(key, b"address") for key in keys]

    def __repr__(self) -> str:
        return f"Tokens({len(self._link_keys)} keys)"

    def sign(self, purpose: str, ident: int, *, expires: datetime | None = None) -> str:
        """Sign a row id for one purpose; url-safe, at most 43 characters.

        Args:
            purpose: What the token may be used for, such as `unsubscribe`; no other use verifies.
            ident: The row id.
            expires: Aware time from which on it verifies no more; kept to the minute, rounded up.

        Raises:
            TokenError: The id is out of range or the time is naive.
        """
        payload = _payload(ident, expires)
        return _encode(payload + _mac(self._link_keys[0], purpose, payload))

    def verify(self, purpose: str, token: str, *, now: datetime) -> int | None:
        """Give the row id if this token was signed for this purpose and has not expired, else None."""
        raw = _decode(token)
        if raw is None or len(raw) <= _MAC_BYTES:
            return None
        payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if not _signed_by_any(self._link_keys, purpose, payload, mac):
            return None
        return _ident(payload, now)

    def hash_address(self, address_key: str) -> str:
        """Hash an address (in the form in which addresses are compared) under the present key, in hex."""
        return _hash(self._address_keys[0], address_key)

    def hash_address_ring(self, address_key: str) -> tuple[str, ...]:
        """Hash an address under every key, the present one first: how an older suppression is found."""
        return tuple(_hash(key, address_key) for key in self._address_keys)

    def bounce_local_part(self, delivery_id: int) -> str:
        """Give the local part of the envelope sender of one delivery (VERP): `b+<id>.<mac>`.

        It is lower case, because some servers change the case, and at most 54 characters
        (RFC 5321 §4.5.3.1.1 allows 64).
        """
        _check_ident(delivery_id)
        mac = _mac(self._bounce_keys[0], "bounce", str(delivery_id).encode())
        return f"b+{delivery_id}.{mac.hex()}"

    def verify_bounce(self, local_part: str) -> int | None:
        """Give the delivery that a bounce came back to, None if we never wrote that address."""
        match = _BOUNCE.fullmatch(local_part)
        if match is None:
            return None
        digits, mac = match[1], bytes.fromhex(match[2])
        if not _signed_by_any(self._bounce_keys, "bounce", digits.encode(), mac):
            return None
        return int(digits)


def _derive(key: bytes, use: bytes) -> HMAC:
    """Derive the key of one use, kept as an HMAC that has taken it in and is copied for each message."""
    derived = hmac.digest(key, b"paperround mailer 1 " + use, "sha256")
    return HMAC(derived, SHA256())


def _digest(key: HMAC, message: bytes) -> bytes:
    # `hmac.digest` would let go of the interpreter each time, and wait for other threads to give it back;
    # a copy of the standard library's own object takes twice as long.
    mac = key.copy()
    mac.update(message)
    return mac.finalize()


def _mac(key: HMAC, purpose: str, payload: bytes) -> bytes:
    name = purpose.encode()
    return _digest(key, len(name).to_bytes(2) + name + payload)[:_MAC_BYTES]


def _hash(key: HMAC, address_key: str) -> str:
    return _digest(key, address_key.encode("utf-8", "surrogatepass")).hex()


def _signed_by_any(keys: Sequence[HMAC], purpose: str, payload: bytes, mac: bytes) -> bool:
    # Every key is tried, so that the time taken does not tell which one it was.
    matches = [hmac.compare_digest(_mac(key, purpose, payload), mac) for key in keys]
    return any(matches)


def _check_ident(ident: int) -> None:
    if not 0 <= ident < _ID_LIMIT:
        raise TokenError(f"The row id {ident} cannot be signed. It must be from 0 to 2**63-1.")


def _payload(ident: int, expires: datetime | None) -> bytes:
    _check_ident(ident)
    number = ident.to_bytes((ident.bit_length() + 7) // 8)
    if expires is None:
        return bytes([len(number)]) + number
    if expires.tzinfo is None:
        raise TokenError(f"The expiry {expires.isoformat()} has no time zone. Give an aware time.")
    minutes = -((_EPOCH - expires) // timedelta(minutes=1))
    return bytes([len(number) | _EXPIRES]) + number + minutes.to_bytes(_MINUTES_BYTES)


def _ident(payload: bytes, now: datetime) -> int | None:
    length = payload[0] & 0x0F
    number, rest = payload[1 : 1 + length], payload[1 + length :]
    if payload[0] & _EXPIRES and now >= _EPOCH + timedelta(minutes=int.from_bytes(rest)):
        return None
    return int.from_bytes(number)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(token: str) -> bytes | None:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    # Spare bits at the end would give one token several spellings.
    return raw if _encode(raw) == token else None
