"""Checks the SPF record of the domain that bounces go to (RFC 7208): whom it lets send, somebody but not anybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import TYPE_CHECKING, Final, TypeVar

from mailer.errors import NoAnswerError
from mailer.preflight.finding import Finding
from mailer.preflight.spf_record import BrokenRecordError, read_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.preflight.spf_record import Network, Term

N = TypeVar("N", IPv4Network, IPv6Network)

# Gives the TXT records of a name, each its strings joined; raises NoAnswerError where nobody said.
Ask = Callable[[str], Sequence[str]]

MOST_LOOKUPS: Final = 10  # RFC 7208 §4.6.4
_SHOWN: Final = 3  # ranges that a finding names
_ASKING: Final = frozenset({"include", "a", "mx", "ptr", "exists"})


@dataclass(frozen=True, slots=True)
class _Reach:
    """Whom a record lets send.

    Attributes:
        others: What a server gets that it does not name: `+`, `-`, `~` or `?`; "" where it does not say.
        names_some: Whether it lets some server send.
        why: The term that decides of the others, and whose it is, or the ranges that do together.
        named: The addresses that it lets send by naming them.
    """

    others: str
    names_some: bool
    why: str = "no all"
    named: AbstractSet[Network] = frozenset()


_UNKNOWN: Final = _Reach("-", names_some=True)  # takes the best, for what nobody said is told apart


class _Walk:
    """Follows a record into those that it includes, and counts what a receiver has to ask."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.lookups = 0
        self.unknown: list[str] = []  # names of which nobody said anything
        self.unread: list[str] = []  # terms behind an all
        self.uses_ptr = False

    def follow(self, domain: str) -> _Reach:
        """Read the record of a domain up to where a receiver stops at the latest."""
        record = read_record(domain, self._ask(domain))
        names_some = False
        named: set[Network] = set()
        for at, term in enumerate(record.terms):
            inner = self._inner(term)
            if term.names_all or (inner is not None and inner.others == "+"):
                if term.mechanism == "all":
                    self.unread += [it.word for it in record.terms[at + 1 :]]
                return _Reach(term.sign, names_some, f"{term.word} of {domain}", named)
            if term.sign == "+":
                names_some |= inner is None or inner.names_some
                named.update(inner.named if inner else [term.network] if term.network else [])
                if everybody := _everybody(named):
                    return _Reach("+", names_some, everybody)
        if not record.redirect:
            return _Reach("", names_some, named=named)
        self._count()
        inner = self._within(record.redirect)
        named |= inner.named
        if everybody := _everybody(named):
            return _Reach("+", names_some, everybody)
        return replace(inner, names_some=names_some or inner.names_some, named=named)

    def _inner(self, term: Term) -> _Reach | None:
        self.uses_ptr = self.uses_ptr or term.mechanism == "ptr"
        if term.mechanism in _ASKING:
            self._count()
        return self._within(term.value) if term.mechanism == "include" else None

    def _within(self, domain: str) -> _Reach:
        if "%" in domain:  # differs from mail to mail
            return _UNKNOWN
        try:
            return self.follow(domain)
        except NoAnswerError:
            self.unknown.append(domain)
            return _UNKNOWN

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise BrokenRecordError(
                f"The record makes receivers ask DNS more than {MOST_LOOKUPS} times, which they refuse"
            )


def _everybody(named: AbstractSet[Network]) -> str:
    """Name the ranges that cover all of IPv4 or all of IPv6 together, without those inside others; "" for none."""
    fours = {it for it in named if isinstance(it, IPv4Network)}
    sixes = {it for it in named if isinstance(it, IPv6Network)}
    return _together(fours) or _together(sixes)


def _together(ranges: AbstractSet[N]) -> str:
    if all(it.prefixlen for it in collapse_addresses(ranges)):
        return ""
    needed = [
        it
        for it in sorted(ranges)
        if not any(it.supernet(bits) in ranges for bits in range(1, it.prefixlen + 1))
    ]
    names = [str(it) for it in needed[:_SHOWN]]
    more = len(needed) - len(names)
    last = f"{more} more" if more else names.pop()
    return f"{', '.join(names)} and {last} together"


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
        reach = walk.follow(domain)
    except BrokenRecordError as error:
        remedy = (
            'Publish one TXT record such as "v=spf1 include:PROVIDER ~all", or "v=spf1 mx ~all".'
        )
        yield Finding("fail", "spf", f"{error}.", remedy, domain)
        return
    wrong = list(_openness(domain, reach))
    if walk.unread and not wrong:
        what = f"Receivers stop at all and never read {', '.join(walk.unread)}."
        wrong.append(Finding("warn", "spf", what, "Move all to the end of the record.", domain))
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


def _openness(domain: str, reach: _Reach) -> Iterator[Finding]:
    remedy = "End the record with ~all or -all."
    if reach.others == "+":
        what = f"The record lets anybody send in your name ({reach.why})."
        yield Finding("fail", "spf", what, f"Take that out of it. {remedy}", domain)
    elif reach.others in {"", "?"}:
        what = f"The record says nothing of other servers ({reach.why})."
        yield Finding("warn", "spf", what, remedy, domain)
    elif not reach.names_some:
        what = f"The record of {domain} allows no server to send."
        remedy = "Name your mail server or provider in it, before all."
        yield Finding("fail", "spf", what, remedy, domain)
