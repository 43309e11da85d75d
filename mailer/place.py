"""One of the mail servers at work: its connections, whether it can be used, and what it says of our mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import structlog

from mailer.connect import RefusedError, connect, trust_of
from mailer.doubt import PERMANENT, Doubt
from mailer.line import Line

if TYPE_CHECKING:
    from mailer.connect import SmtpSettings
    from mailer.flight import Flight, Offers
    from mailer.replies import Outcome

log = structlog.get_logger(__name__)

T = TypeVar("T")

_REST_S: Final = 5.0  # after a failure
_SHORT_REST_S: Final = 1.0  # where it takes mail on other connections: it may allow no more of them
_LONGEST_REST_S: Final = 60.0


class Desk(Protocol[T]):
    """Where a server's messages come from, and where what became of them goes; the relay."""

    @property
    def has_several(self) -> bool:
        """Whether it has more servers than one."""

    def now(self) -> float:
        """Tell the time, in seconds that only rise."""

    def next_flight(self, offers: Offers) -> Flight[T] | None:
        """Give the next message to send on a connection with these offers; None when there is none now."""

    def leaving(self, flight: Flight[T]) -> None:
        """Take note that a message's last byte leaves now."""

    def refused(self, flight: Flight[T]) -> bool:
        """Take note that a message was refused; tell whether others beside it may show what that means."""

    def settled(self, flight: Flight[T], outcome: Outcome) -> None:
        """Take a message's outcome."""

    def given_back(self, flight: Flight[T], outcome: Outcome) -> None:
        """Take back a message that may go over another connection; this one's outcome if there is none."""

    def unfit(self, flight: Flight[T]) -> None:
        """Take back a message that only a server with SMTPUTF8 can take."""

    def has_other(self, place: Place[T]) -> bool:
        """Whether another server may be tried now."""

    def line_ended(self, line: Line[T]) -> None:
        """Take note that a connection is gone and what was under way on it settled."""

    def line_full(self) -> None:
        """Take note that a connection has as much under way as it may."""


class Place(Generic[T]):
    """A mail server; its lines work for it.

    Args:
        desk: Whom it works for.
        settings: How to reach it.
        weight: Its share of the connections; of 0, it is there for when no other can be used.

    Raises:
        SmtpSettingsError: A connection cannot be set up as asked.
    """

    def __init__(self, desk: Desk[T], settings: SmtpSettings, weight: int) -> None:
        self.settings, self.weight = settings, weight
        self.lines: set[Line[T]] = set()
        self.why_not: Outcome | None = None  # the last connection could not be opened
        self._desk = desk
        self._trust = trust_of(settings)
        self._doubt: Doubt[T] = Doubt()
        self._failures = 0
        self._down_until = 0.0
        self._has_smtputf8 = True  # by the last connection; before that it is not known

    @property
    def held(self) -> int:
        """How many messages have an outcome that is not certain yet."""
        return self._doubt.held

    def is_up(self, now: float) -> bool:
        """Whether another connection may be tried."""
        return now >= self._down_until

    @property
    def works(self) -> bool:
        """Whether mail is being accepted on one of its connections."""
        return any(line.accepted for line in self.lines)

    def takes(self, flight: Flight[T]) -> bool:
        """Whether it offers what a message needs (SMTPUTF8, RFC 6531), as far as it is known.

        Behind a load balancer one connection may offer it, and the next not.
        """
        offers = any(it.offers.smtputf8 for it in self.lines) if self.lines else self._has_smtputf8
        return offers or not flight.utf8

    async def open(self, *, window: int, most: int) -> Line[T]:
        """Open a connection.

        Args:
            window: How many messages may be under way on it with CHUNKING.
            most: How many it carries before it is closed.

        Raises:
            RefusedError: There is none, and the server is left alone for a while.
        """
        try:
            client = await connect(self.settings, self._trust)
            line = Line.over(
                client, self, window=window, most=most, timeout_s=self.settings.timeout_s
            )
        except RefusedError as refused:
            self.why_not = refused.outcome
            self._failed(refused.outcome)
            raise
        self.why_not = None
        self.lines.add(line)
        self._has_smtputf8 = line.offers.smtputf8
        return line

    def end_doubts(self) -> None:
        """Settle what was refused, now that nothing else is under way that could be accepted."""
        for flight, outcome in self._doubt.end():
            self._settle(flight, outcome)

    # What its lines tell.

    def next_flight(self, line: Line[T]) -> Flight[T] | None:
        """Give a line the next message to send; None when there is none at the moment."""
        flight = self._desk.next_flight(line.offers)
        if flight is not None:
            self._doubt.begin(flight)
        return flight

    def leaving(self, flight: Flight[T]) -> None:
        """Take note that a message's last byte leaves now."""
        self._desk.leaving(flight)

    def settled(self, line: Line[T], flight: Flight[T], outcome: Outcome) -> None:
        """Take a message's outcome, or let it go over another connection."""
        if outcome.verdict == "accepted":
            self._failures = 0
        elif flight.utf8 and not line.offers.smtputf8:
            self._desk.unfit(flight)
            return
        elif not flight.opened and self._turned_away(line, flight, outcome):
            return
        elif outcome.verdict in {"permanent", "ours"} and not self._desk.refused(flight):
            self._desk.settled(flight, outcome)
            return
        for certain, what in self._doubt.weigh(flight, outcome):
            self._settle(certain, what)

    def line_ended(
        self, line: Line[T], reason: str, unsettled: list[tuple[Flight[T], Outcome]]
    ) -> None:
        """Take back what had not left, if the line had worked or there is another server; settle the rest."""
        self.lines.discard(line)
        if unsettled:
            log.info("smtp_line_ended", reason=reason, under_way=len(unsettled))
        elsewhere = bool(line.accepted) or self._desk.has_other(self)
        if unsettled and not line.accepted:
            self._failed(unsettled[0][1])
        for flight, outcome in unsettled:
            if elsewhere and flight.may_go_elsewhere(outcome):
                self._desk.given_back(flight, outcome)
            else:
                self._desk.settled(flight, outcome)
        self._desk.line_ended(line)

    def line_full(self) -> None:
        """Take note that a line has as much under way as it may."""
        self._desk.line_full()

    def _turned_away(self, line: Line[T], flight: Flight[T], outcome: Outcome) -> bool:
        """Let a message whose MAIL was refused go over another connection, where that may help.

        It helps where this one has had its share, or where another server may think better of us.
        """
        if outcome.verdict == "transient" and line.accepted:
            if not flight.may_go_elsewhere(outcome):
                return False
        elif outcome.verdict not in {"transient", "ours"} or not self._desk.has_other(self):
            return False
        elif not self.works:
            self._failed(outcome)
            self._retire()
        line.retire()
        self._desk.given_back(flight, outcome)
        return True

    def _settle(self, flight: Flight[T], outcome: Outcome) -> None:
        """Settle a message; what this server refused as it refuses everything may go to another one."""
        doubted = outcome.verdict == "ours" or (
            outcome.verdict == "transient" and outcome.code.startswith(PERMANENT)
        )
        if doubted and flight.opened and self._desk.has_other(self):
            self._failed(outcome)
            self._retire()
            flight.drops += 1
            self._desk.given_back(flight, outcome)
        else:
            self._desk.settled(flight, outcome)

    def _retire(self) -> None:
        for line in list(self.lines):
            line.retire()

    def _failed(self, why: Outcome) -> None:
        """Leave it alone for a while, longer each time."""
        now = self._desk.now()
        if now < self._down_until:
            return  # it is told of several connections at once
        if self.works:
            self._down_until = now + _SHORT_REST_S
            return
        self._down_until = now + min(_REST_S * 2.0 ** min(self._failures, 30), _LONGEST_REST_S)
        self._failures += 1
        if self._desk.has_several:
            log.warning("mail_server_rests", server=self.settings.host, reason=why.text)
