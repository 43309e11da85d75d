"""Checks the SPF record of the domain that bounces go to (RFC 7208); says nothing of which servers it names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from mailer.errors import NoAnswerError
from mailer.preflight.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

# Gives the TXT records of a name, each its strings joined; raises NoAnswerError where nobody said.
Ask = Callable[[str], Sequence[str]]

MOST_LOOKUPS: Final = 10  # RFC 7208 §4.6.4
_VERSION: Final = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM: Final = re.compile(
    r"([+?~-]?)(?:(all)|(include|a|mx|ptr|ip4|ip6|exists)(?::(.*)|/.*)?)", re.IGNORECASE
)
_MODIFIER: Final = re.compile(r"([a-z][\w.-]*)=(.*)", re.IGNORECASE)
_ASKING: Final = frozenset({"include", "a", "mx", "ptr", "exists"})
_NEEDS_VALUE: Final = frozenset({"include", "exists", "ip4", "ip6"})
_EVERYBODY: Final = "The record lets anybody send in your name ({})."


class _BrokenError(Exception):
    """A record that receivers cannot follow; the message says why."""


class _Walk:
    """Follows a record into those that it includes, and counts what a receiver has to ask."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.lookups = 0
        self.unknown: list[str] = []  # names of which nobody said anything
        self.uses_ptr = False

    def follow(self, domain: str) -> list[tuple[str, str, str]]:
        """Give the terms of a domain's own record: (qualifier, mechanism, value)."""
        terms, redirect = _read(domain, self._records(domain))
        for _, mechanism, value in terms:
            self._count(mechanism, value)
        if redirect and all(mechanism != "all" for _, mechanism, _ in terms):
            self._count("redirect", redirect)
            terms.append(("+", "redirect", redirect))
        return terms

    def _count(self, mechanism: str, value: str) -> None:
        self.uses_ptr = self.uses_ptr or mechanism == "ptr"
        if mechanism not in _ASKING and mechanism != "redirect":
            return
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise _BrokenError(
                f"The record makes receivers ask DNS more than {MOST_LOOKUPS} times, which they refuse"
            )
        if mechanism in {"include", "redirect"} and "%" not in value:
            try:
                self.follow(value)
            except NoAnswerError:
                self.unknown.append(value)

    def _records(self, domain: str) -> list[str]:
        return [record for record in self._ask(domain) if _VERSION.match(record)]


def check_spf(domain: str, ask: Ask) -> Iterator[Finding]:
    """Judge the record of a domain, and those that it includes.

    Args:
        domain: The domain of the envelope sender.
        ask: Gives TXT records.

    Raises:
        NoAnswerError: Nobody said what the domain has.
    """
    walk = _Walk(ask)
    try:
        terms = walk.follow(domain)
    except _BrokenError as error:
        remedy = (
            'Publish one TXT record such as "v=spf1 include:PROVIDER ~all", or "v=spf1 mx ~all".'
        )
        yield Finding("fail", "spf", f"{error}.", remedy, domain)
        return
    wrong = list(_openness(domain, terms))
    if walk.uses_ptr:
        what = "The record uses ptr, which is slow and not to be used (RFC 7208 §5.5)."
        wrong.append(
            Finding("warn", "spf", what, "Name the servers with ip4, ip6, a or mx.", domain)
        )
    if walk.unknown:
        what = f"Nobody said what {', '.join(walk.unknown)} includes; receivers may ask more."
        wrong.append(Finding("warn", "spf", what, "Check again without --zone.", domain))
    what = f"{domain} has one record; receivers ask {walk.lookups} times at most, 10 are allowed."
    yield from wrong or [Finding("pass", "spf", what, place=domain)]


def _read(domain: str, records: list[str]) -> tuple[list[tuple[str, str, str]], str]:
    if not records:
        raise _BrokenError(f"{domain} has no SPF record")
    if len(records) > 1:
        raise _BrokenError(f"{domain} has {len(records)} SPF records, so receivers heed none")
    terms, redirect = [], ""
    for word in records[0].split()[1:]:
        if (match := _TERM.fullmatch(word)) is not None:
            mechanism, value = (match[2] or match[3]).lower(), match[4] or ""
            terms.append((match[1] or "+", mechanism, value))
            _check_value(domain, mechanism, value)
        elif (modifier := _MODIFIER.fullmatch(word)) is not None:
            redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
        else:
            raise _unreadable(domain, word)
    return terms, redirect


def _check_value(domain: str, mechanism: str, value: str) -> None:
    if mechanism in _NEEDS_VALUE and not value:
        raise _unreadable(domain, mechanism)
    if mechanism in {"ip4", "ip6"}:
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError as error:
            raise _unreadable(domain, f"{mechanism}:{value}") from error
        if network.version != int(mechanism[-1]):
            raise _unreadable(domain, f"{mechanism}:{value}")


def _unreadable(domain: str, term: str) -> _BrokenError:
    return _BrokenError(f"The SPF record of {domain} cannot be read at {term[:60]!a}")


def _openness(domain: str, terms: list[tuple[str, str, str]]) -> Iterator[Finding]:
    last = next((sign for sign, mechanism, _ in terms if mechanism == "all"), None)
    redirected = any(mechanism == "redirect" for _, mechanism, _ in terms)
    remedy = "End the record with ~all or -all."
    if last == "+":
        yield Finding("fail", "spf", _EVERYBODY.format("+all"), remedy, domain)
    elif last == "?" or (last is None and not redirected):
        what = f"The record says nothing of other servers ({'?all' if last else 'no all'})."
        yield Finding("warn", "spf", what, remedy, domain)
    elif not [term for term in terms if term[1] != "all" and term[0] == "+"]:
        what = f"The record of {domain} allows no server to send."
        yield Finding("fail", "spf", what, "Name your mail server or provider in it.", domain)
