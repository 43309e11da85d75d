"""Email addresses as subscribers are kept under them: checked, and brought into one spelling."""

from __future__ import annotations

import idna

from storage.errors import StorageError
from storage.names import mailbox_key

MAX_ADDRESS = 254  # octets, RFC 5321 §4.5.3.1.3 without the angle brackets
MAX_LOCAL = 64  # octets, RFC 5321 §4.5.3.1.1
_FORBIDDEN = frozenset('()<>[]:;,\\"@')  # RFC 5322 §3.2.3; quoted local parts are not taken


class AddressError(StorageError):
    """This is not an email address."""


def checked_address(address: str) -> str:
    """Give an address as it is kept: trimmed, its domain in lower case and in letters, not in `xn--`.

    Raises:
        AddressError: It cannot be an address; says what is wrong with it, without repeating it.
    """
    trimmed = address.strip()
    local, at, domain = trimmed.rpartition("@")
    if not (local and at and domain):
        raise AddressError("An email address looks like name@example.org.")
    _check_local(local)
    in_ascii, in_letters = _domain(domain)
    kept = f"{local}@{in_letters}"
    longest = max(len(f"{local}@{in_ascii}".encode()), len(kept.encode()), len(mailbox_key(kept)))
    if longest > MAX_ADDRESS:
        raise AddressError("This email address is too long.")
    return kept


def _check_local(local: str) -> None:
    if any(c.isspace() or not c.isprintable() or c in _FORBIDDEN for c in local):
        raise AddressError("This email address has a character that none may have.")
    if len(local.encode()) > MAX_LOCAL:
        raise AddressError("The part before the @ is too long.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise AddressError("The part before the @ has a dot too many.")


def _domain(domain: str) -> tuple[str, str]:
    """Give a domain in A-labels and in U-labels (RFC 5890 §2.3.2)."""
    try:
        in_ascii = idna.encode(domain.lower(), uts46=True).decode("ascii")
        in_letters = idna.decode(in_ascii)
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressError("The part after the @ is not a domain.") from error
    top = in_ascii.rpartition(".")[2]
    if "." not in in_ascii or not top or top.isdigit():
        raise AddressError("The part after the @ is not a domain.")
    return in_ascii, in_letters
