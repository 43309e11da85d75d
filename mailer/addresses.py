"""Reads a mail address into the form that may stand on an envelope and in a header, or refuses it.

Domains become A-labels (IDNA 2008). A local part beyond ASCII is kept and needs SMTPUTF8 (RFC 6531).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from mailer.errors import AddressError

LOCAL_OCTETS = 64  # RFC 5321 §4.5.3.1.1
ADDRESS_OCTETS = 254  # RFC 5321 §4.5.3.1.3: 256 for the path with its angle brackets
DOMAIN_OCTETS = 253

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
# atext of RFC 5322 §3.2.3, widened by RFC 6532 §3.2 to everything beyond ASCII
_ATOM = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u00a0-\U0010ffff]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*"')
_SIMPLE = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*", re.ASCII)  # needs no closer look
_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp", "Zs", "Cn"})


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address that may be written as it stands.

    Attributes:
        local: The part before the `@`.
        domain: The part behind it, ASCII.
    """

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a server that offers SMTPUTF8 can take it."""
        return not self.local.isascii()


def read_address(text: str) -> Address:
    """Read a bare address, without a name or angle brackets.

    Raises:
        AddressError: It cannot be written on an envelope; the message does not repeat it.
    """
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise AddressError("The address has no name before or no domain after an @.")
    _check_local(local)
    address = Address(local, ascii_domain(domain))
    if len(local.encode()) + 1 + len(address.domain) > ADDRESS_OCTETS:
        raise AddressError(f"The address is longer than {ADDRESS_OCTETS} octets.")
    return address


@lru_cache(maxsize=1024)  # readers share few domains
def ascii_domain(domain: str) -> str:
    """Give a domain in A-labels (IDNA 2008 after the mapping of UTS 46).

    Raises:
        AddressError: It is no domain name.
    """
    written = domain
    if not domain.isascii():
        try:
            written = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise AddressError("The domain of the address is no valid name (IDNA 2008).") from error
    if len(written) > DOMAIN_OCTETS or not _DOMAIN.fullmatch(written):
        raise AddressError("The domain of the address is no valid name.")
    return written


def ascii_url(url: str) -> str:
    """Write an http or https address in ASCII: the host in A-labels, the rest percent-encoded.

    Raises:
        AddressError: It is no such address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressError("The web address cannot be read.") from error
    if parts.scheme not in {"http", "https"} or parts.username or parts.password:
        raise AddressError("The web address must begin with http:// or https:// and name a host.")
    literal = f"[{host}]" if ":" in host else ascii_domain(host)
    place = literal if port is None else f"{literal}:{port}"
    path, query, fragment = (
        quote(part, safe="/%:@!$&'()*+,;=?~-._")
        for part in (parts.path, parts.query, parts.fragment)
    )
    return urlunsplit((parts.scheme, place, path, query, fragment))


def _check_local(local: str) -> None:
    if len(local) <= LOCAL_OCTETS and _SIMPLE.fullmatch(local):
        return
    if any(unicodedata.category(c) in _UNSAFE and c != " " for c in local):
        raise AddressError("The address holds a control character or a blank.")
    if "=?" in local:
        raise AddressError("The address holds `=?`, which mail programs read as an encoded word.")
    if not (_DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local)):
        raise AddressError("The part of the address before the @ is not valid (RFC 5321 §4.1.2).")
    if len(local.encode()) > LOCAL_OCTETS:
        raise AddressError(f"The part before the @ is longer than {LOCAL_OCTETS} octets.")
