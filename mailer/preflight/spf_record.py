"""Reads an SPF record into its terms, as strictly as receivers do (RFC 7208 §4.6, §5, §6)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_VERSION: Final = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM: Final = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::((?:%\{[^}]*\}|[^/])*))?((?:/.*)?)",
    re.IGNORECASE,
)
_MODIFIER: Final = re.compile(r"([a-z][\w.-]*)=(.*)", re.IGNORECASE)
_LENGTHS: Final = re.compile(r"(?:/(\d{1,3}))?(?://(\d{1,3}))?", re.ASCII)
_LONGEST: Final = {"ip4": (32, -1), "ip6": (128, -1), "a": (32, 128), "mx": (32, 128)}
_NEEDS_VALUE: Final = frozenset({"include", "exists", "ip4", "ip6"})


class BrokenRecordError(Exception):
    """A record that receivers cannot follow; the message says why."""


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism of a record.

    Attributes:
        word: It, as it stands.
        sign: What a server gets that it matches: `+`, `-`, `~` or `?`.
        mechanism: Its name, in small letters.
        value: What stands behind the colon, without a prefix length; "" where nothing does.
        names_all: Whether it matches every server, by its own form: `all`, or a prefix length of 0.
        network: The addresses that it matches, where it names them itself.
    """

    word: str
    sign: str
    mechanism: str
    value: str
    names_all: bool
    network: Network | None


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record, read.

    Attributes:
        terms: Its mechanisms, in order.
        redirect: The domain whose record counts where none of them matches; "" where none is named.
    """

    terms: Sequence[Term]
    redirect: str


def read_record(domain: str, texts: Sequence[str]) -> SpfRecord:
    """Read the one SPF record among the TXT records of a domain.

    Raises:
        BrokenRecordError: There is none or more than one, or it cannot be read.
    """
    records = [text for text in texts if _VERSION.match(text)]
    if not records:
        raise BrokenRecordError(f"{domain} has no SPF record")
    if len(records) > 1:
        raise BrokenRecordError(f"{domain} has {len(records)} SPF records, so receivers heed none")
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in records[0].split()[1:]:
        modifier = _MODIFIER.fullmatch(word)
        if modifier is None:
            terms.append(_term(domain, word))
            continue
        name, value = modifier[1].lower(), modifier[2].removesuffix(".")
        if name in {"redirect", "exp"} and (name in modifiers or not value):  # RFC 7208 §6
            raise _unreadable(domain, word)
        modifiers[name] = value
    return SpfRecord(terms, modifiers.get("redirect", ""))


def _term(domain: str, word: str) -> Term:
    match = _TERM.fullmatch(word)
    lengths = _LENGTHS.fullmatch(match[4]) if match else None
    if match is None or lengths is None:
        raise _unreadable(domain, word)
    mechanism, value = match[2].lower(), (match[3] or "").removesuffix(".")
    given = [-1 if it is None else int(it) for it in lengths.groups()]
    too_long = any(
        it > most for it, most in zip(given, _LONGEST.get(mechanism, (-1, -1)), strict=True)
    )
    lacks_value = match[3] == "" or (mechanism in _NEEDS_VALUE and not value)
    has_too_much = mechanism == "all" and match[3] is not None
    if too_long or lacks_value or has_too_much:
        raise _unreadable(domain, word)
    network = _network(value, given[0]) if mechanism in {"ip4", "ip6"} else None
    if mechanism in {"ip4", "ip6"} and (network is None or network.version != int(mechanism[-1])):
        raise _unreadable(domain, word)
    return Term(word, match[1] or "+", mechanism, value, mechanism == "all" or 0 in given, network)


def _network(text: str, length: int) -> Network | None:
    try:
        address = ipaddress.ip_address(text)
        most = address.max_prefixlen
        return ipaddress.ip_network((address, most if length < 0 else length), strict=False)
    except ValueError:
        return None


def _unreadable(domain: str, word: str) -> BrokenRecordError:
    return BrokenRecordError(f"The SPF record of {domain} cannot be read at {word[:60]!a}")
