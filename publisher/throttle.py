"""Holds mail back: so many in a second or an hour, to everybody and to each receiving domain.

A domain that asks to be sent less is left alone for a while, longer each time; the others go on.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from publisher.limits import EVERY_DOMAIN, Limit, Limits, WarmUp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from publisher.ports import Outcome

log = structlog.get_logger()

LONGEST_HOLD_S = 30.0  # where everything must wait longer, its batch is given back
LONGEST_TURN_S = 5.0  # a copy that its domain keeps waiting longer is put off into the ledger
_ROUNDING = 1e-6  # of a token
_BURSTS = 60  # in an hour
MOST_DOMAINS = 10_000  # that are remembered though they neither rest nor wait
_FIRST_REST_S, _LONGEST_REST_S = 60.0, 3600.0
_ASKED_TO_SLOW_DOWN = re.compile(
    r"^421\b(?! 4\.4\.2\b)|\b4\.7\.(?!3\d)\d+\b|\b4\.4\.5\b|\b4\.3\.2\b"
)
# RFC 3463 §3.2-3.5: an address, a mailbox, the server's own state or a connection that ended, whatever the words say.
_SAYS_OTHERWISE = re.compile(r"\b4\.(?:[123]\.\d+|4\.2)\b")
_WORDS = re.compile(
    r"\b(rate|throttl\w*|too (many (?!recipients|open)|much|fast|frequent\w*)|slow down"
    r"|temporarily (deferred|limited))\b",
    re.IGNORECASE,
)


class _Bucket:
    """A token bucket: fills evenly, holds a burst, gives whole tokens."""

    def __init__(self, limit: Limit, now: float) -> None:
        # Of an hour's messages a minute's may leave at once; that is taken off the rest, so that no hour
        # sees more than the limit.
        burst = limit.messages / _BURSTS if limit.seconds > 1 else 0.0
        self._most = max(1.0, burst)
        self._each_s = (limit.messages - burst) / limit.seconds
        self.spacing = 1.0 / self._each_s
        self._tokens, self._at = self._most, now

    def wait(self, now: float) -> float:
        """Tell in how many seconds there will be a token; 0 if there is one."""
        self._tokens = min(self._most, self._tokens + max(0.0, now - self._at) * self._each_s)
        self._at = now
        return 0.0 if self._tokens >= 1.0 - _ROUNDING else (1.0 - self._tokens) * self.spacing

    def take(self) -> None:
        """Take a token."""
        self._tokens -= 1.0


@dataclass(slots=True)
class _Domain:
    """A receiving domain that is limited or at rest."""

    buckets: list[_Bucket]
    rests_until: float = 0.0
    rest_s: float = 0.0
    held: int = 0  # copies that wait for it in memory
    # When the last copy of each send that was put off may leave. By send, because nobody waits any more
    # in that of a cancelled one.
    lines: dict[int, float] = field(default_factory=dict)

    @property
    def spacing(self) -> float:
        """Seconds from one of many copies to the next."""
        return max((bucket.spacing for bucket in self.buckets), default=0.0)

    def wait(self, now: float) -> float:
        """Tell in how many seconds the next copy may leave."""
        return max(0.0, self.rests_until - now, *(bucket.wait(now) for bucket in self.buckets))


class Throttle:
    """What may leave at this moment; one for all workers of a process.

    Args:
        limits: The limits; none by default.
        uptime: Gives seconds that only rise.
        clock: Tells the time, in UTC.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        uptime: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._limits, self._uptime, self._clock = limits or Limits(), uptime, clock
        self._fixed = [_Bucket(limit, uptime()) for limit in self._limits.overall]
        self._overall = self._fixed
        self._warm: tuple[date, _Bucket] | None = None
        self._domains: dict[str, _Domain] = {}
        self._many = MOST_DOMAINS  # when so many are known, those that are idle are forgotten

    def wait(self) -> float:
        """Tell in how many seconds anything at all may leave."""
        quiet = self._limits.quiet
        if quiet is not None and (left := quiet.left(self._clock())):
            return left
        if self._limits.warm_up is not None:
            self._warm_up(self._limits.warm_up)
        if not self._overall:
            return 0.0
        now = self._uptime()
        return max(bucket.wait(now) for bucket in self._overall)

    def wait_for(self, address: str) -> float:
        """Tell in how many seconds a copy to this address may leave; 0: it may, and is counted.

        Args:
            address: The recipient; `wait` has just said that anything may leave.
        """
        if not (self._overall or self._domains or self._limits.domains):
            return 0.0
        domain = self._domain(address)
        if domain is not None and (wait := domain.wait(self._uptime())):
            return wait
        for bucket in [*self._overall, *(domain.buckets if domain else [])]:
            bucket.take()
        return 0.0

    def queue_for(self, address: str) -> float:
        """Tell how many seconds those copies take that are held for the domain of this address."""
        domain = self._domain(address)
        return domain.held * domain.spacing if domain else 0.0

    def held(self, name: str, change: int) -> None:
        """Take note that so many more copies are held for a domain, or less."""
        if domain := self._domains.get(name):
            domain.held += change

    def put_off(self, address: str, send_id: int) -> float:
        """Give a copy the next place behind those of its send that were put off for its domain.

        It is when to try again, and nothing is counted: what leaves meanwhile, or never comes back, makes
        no token be given twice or lost.

        Returns:
            In how many seconds that place comes.
        """
        domain = self._domain(address)
        if domain is None:
            return 0.0
        now = self._uptime()
        if send_id not in domain.lines:
            domain.lines = {send: end for send, end in domain.lines.items() if end > now}
        behind = domain.lines.get(send_id, 0.0) + domain.spacing
        domain.lines[send_id] = max(behind, now + domain.wait(now))
        return domain.lines[send_id] - now

    def heard(self, address: str, outcome: Outcome) -> None:
        """Learn from an answer: a domain that asks for less gets a rest, one that accepts has had it."""
        if outcome.verdict == "accepted":
            known = self._domains.get(domain_of(address)) if self._domains else None
            if known is not None and self._uptime() >= known.rests_until:
                known.rest_s = 0.0  # what was under way when it asked says nothing
        elif outcome.verdict == "transient" and asks_for_less(outcome):
            self._rest(domain_of(address), outcome.retry_after)

    def _warm_up(self, warm_up: WarmUp) -> None:
        today = self._clock().date()
        if self._warm is None or self._warm[0] != today:
            self._warm = (today, _Bucket(warm_up.on(today), self._uptime()))
            self._overall = [*self._fixed, self._warm[1]]

    def _rest(self, name: str, asked: float | None) -> None:
        now = self._uptime()
        domain = self._domains.get(name) or self._remembered(name)
        if now < domain.rests_until:
            return  # answers to what was under way
        domain.rest_s = min(max(domain.rest_s * 2, asked or _FIRST_REST_S), _LONGEST_REST_S)
        domain.rests_until = now + domain.rest_s
        log.info("domain_rests", domain=name, seconds=round(domain.rest_s))

    def _domain(self, address: str) -> _Domain | None:
        name = domain_of(address)
        known = self._domains.get(name)
        if known is None and self._limits.domains:
            known = self._remembered(name)
        return known

    def _forget_idle(self) -> None:
        now = self._uptime()
        self._domains = {name: it for name, it in self._domains.items() if it.held or it.wait(now)}
        self._many = max(MOST_DOMAINS, 2 * len(self._domains))  # not for each of many that wait

    def _remembered(self, name: str) -> _Domain:
        if len(self._domains) >= self._many:
            self._forget_idle()
        limits = self._limits.domains
        found = limits.get(name, limits.get(EVERY_DOMAIN, ()))
        domain = _Domain([_Bucket(limit, self._uptime()) for limit in found])
        self._domains[name] = domain
        return domain


def domain_of(address: str) -> str:
    """Give the domain of an address, in lower case."""
    return address.rpartition("@")[2].lower()


def asks_for_less(outcome: Outcome) -> bool:
    """Whether a refusal for now means that the receiver gets too much of us.

    421 says so unless the connection just ended (4.4.2), and so do 4.3.2, 4.4.5 and 4.7.x but 4.7.3x (RFC 3463);
    else its words tell, where no code lays it to something else.
    """
    if not outcome.code[:1].isdigit():
        return False
    if _ASKED_TO_SLOW_DOWN.search(outcome.code):
        return True
    return not _SAYS_OTHERWISE.search(outcome.code) and bool(_WORDS.search(outcome.text))
