"""Hands messages to the mail servers over several connections, which are opened as they are needed and kept."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import structlog

from mailer.connect import RefusedError, SmtpSettings
from mailer.exchange import NO_SMTPUTF8
from mailer.flight import check_canonical
from mailer.line import Line
from mailer.place import Place
from mailer.replies import Outcome
from mailer.rounds import One, Round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.flight import Flight, Offers
    from mailer.rounds import Feed

log = structlog.get_logger(__name__)

T = TypeVar("T")

_AWAY: Final = Outcome(
    "transient",
    "not sent",
    "the mail server that can take it (SMTPUTF8) is not there at the moment",
)
_ALL_DOWN: Final = Outcome("transient", "no connection", "none of the mail servers can be reached")
_MOST_DROPS: Final = 1  # connections that may be lost on one message before it is given up for now
_GREETING_S: Final = 0.5  # how long closing waits for a connection that is being opened
_WATCH_S: Final = 1.0  # between looks whether a server has fallen silent


@dataclass(frozen=True, slots=True)
class Limits:
    """How the mail servers are used.

    Attributes:
        connections: The most connections at once, to all of them together.
        window: The most messages under way on one connection, where CHUNKING is offered; after a
            crash or a lost connection as many may be uncertain.
        messages: How many messages a connection carries before it is closed.
        idle_s: Seconds without work after which a connection is closed.
    """

    connections: int = 10
    window: int = 8
    messages: int = 10_000
    idle_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Server:
    """One of the mail servers.

    Attributes:
        settings: How to reach it.
        weight: Its share of the connections, beside that of the others; of 0, it is there for when
            none of the others can be reached.
    """

    settings: SmtpSettings
    weight: int = 1


class Relay(Generic[T]):
    """The mail servers that take our mail; usually one.

    Args:
        servers: How to reach it, or each of several.
        limits: How much of them to use.

    Raises:
        SmtpSettingsError: A connection cannot be set up as asked.
    """

    def __init__(
        self, servers: SmtpSettings | Sequence[Server], limits: Limits | None = None
    ) -> None:
        listed = [Server(servers)] if isinstance(servers, SmtpSettings) else servers
        self._limits = limits or Limits()
        self._places: list[Place[T]] = [Place(self, it.settings, it.weight) for it in listed]
        self._lines: set[Line[T]] = set()
        self._parting: set[Line[T]] = set()  # ended here, perhaps not yet over there
        self._opening: asyncio.Task[None] | None = None
        self._rounds: deque[Round[T]] = deque()
        self._owners: dict[int, Round[T]] = {}  # id of a flight under way → its round
        self._again: deque[Flight[T]] = deque()  # taken back before they left
        self._most_again = self._limits.connections * self._limits.window
        self._dry = False  # no feed had anything to give when it was last asked
        self._watching: asyncio.TimerHandle | None = None
        self._busy_at = 0.0
        self._users = 0

    async def send(self, feed: Feed[T]) -> Outcome | None:
        """Hand over everything a feed gives.

        Returns:
            None when every message has its outcome; or why there is no connection: then the feed
            keeps what it has not given.
        """
        round_ = Round(feed)
        self._rounds.append(round_)
        try:
            self.poke()
            self._watch()
            return await round_.done
        finally:
            self._rounds.remove(round_)

    async def deliver(self, flight: Flight[T]) -> Outcome:
        """Hand over one message and wait for its outcome.

        Raises:
            MailerError: The message holds a bare CR or LF, which servers read in different ways.
        """
        check_canonical(flight.content)
        feed = One(flight)
        return await self.send(feed) or feed.outcome

    def poke(self) -> None:
        """Look again whether feeds have something to give or have ended."""
        for line in list(self._lines):
            line.pump()
        if not self._lines:
            self.line_full()
        for round_ in list(self._rounds):
            round_.end()

    def join(self) -> None:
        """Count one more user."""
        self._users += 1

    async def leave(self) -> None:
        """Count one user less; the last one closes it."""
        self._users -= 1
        if not self._users:
            await self.close()

    async def close(self) -> None:
        """Say goodbye and free the connections."""
        opening = self._opening
        while opening is not None and not opening.done():
            # Cancelled in the moment of connecting, Python 3.11 forgets the connection, or the cancelling.
            await asyncio.wait([opening], timeout=_GREETING_S)
            opening.cancel()
        for line in list(self._lines):
            line.quit()
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        await asyncio.gather(*(line.closed() for line in self._parting))

    # What the servers ask for.

    @property
    def has_several(self) -> bool:
        """Whether it has more servers than one."""
        return len(self._places) > 1

    def now(self) -> float:
        """Tell the time, in seconds that only rise."""
        return asyncio.get_running_loop().time()

    def has_other(self, place: Place[T]) -> bool:
        """Whether another server works or may be tried now."""
        now = self.now()
        return any(it is not place and (it.works or it.is_up(now)) for it in self._places)

    def next_flight(self, offers: Offers) -> Flight[T] | None:
        """Give a connection the next message of the feeds in turn."""
        for number, again in enumerate(self._again):
            if offers.smtputf8 or not again.utf8:
                self._take_out(number)
                return again
        if len(self._again) >= self._most_again:
            # All wait for other connections; more of them would not obey a pause.
            asyncio.get_running_loop().call_soon(self._make_room)
            return None
        for _ in range(len(self._rounds)):
            round_ = self._rounds[0]
            self._rounds.rotate(-1)
            if round_.done.done():
                continue
            flight = round_.feed.next()
            if flight is not None:
                round_.under_way += 1
                self._owners[id(flight)] = round_
                self._dry = False
                return flight
            if not round_.under_way:
                # The feed may have come to its end without a copy for us, and then no outcome tells.
                asyncio.get_running_loop().call_soon(round_.end)
        self._dry = True
        self._end_doubts_soon()
        return None

    def leaving(self, flight: Flight[T]) -> None:
        """Pass it on."""
        self._owners[id(flight)].feed.leaving(flight)

    def refused(self, flight: Flight[T]) -> bool:
        """Pass it on; a message of its own has no others beside it."""
        feed = self._owners[id(flight)].feed
        feed.refused(flight)
        return not isinstance(feed, One)

    def settled(self, flight: Flight[T], outcome: Outcome) -> None:
        """Pass it on, and end the round that is over."""
        round_ = self._owners.pop(id(flight))
        round_.under_way -= 1
        round_.feed.settled(flight, outcome)
        if not round_.under_way:
            round_.end()

    def line_full(self) -> None:
        """Open another connection if there may be more, or tell that there is none."""
        if self._opening is not None or len(self._lines) >= self._limits.connections:
            return
        if self._wanted() and (not self._lines or self._next_place() is not None):
            self._opening = asyncio.get_running_loop().create_task(self._open())

    def given_back(self, flight: Flight[T], outcome: Outcome) -> None:
        """Try a message on another connection, unless too many have ended on it.

        All that are open may have had their share at once, and their successors soon again.
        """
        most_refusals = 2 * self._limits.connections
        if flight.drops > _MOST_DROPS or flight.refusals > most_refusals:
            self.settled(flight, outcome)
            return
        self._give_again(flight)

    def unfit(self, flight: Flight[T]) -> None:
        """Let a message go over a connection that offers SMTPUTF8; settle it where there is none."""
        if why := self._stranded(flight):
            self.settled(flight, why)
        else:
            self._give_again(flight)
            self.line_full()

    def _give_again(self, flight: Flight[T]) -> None:
        again = flight.anew()
        self._owners[id(again)] = self._owners.pop(id(flight))
        self._again.append(again)
        self._wake()

    def _take_out(self, number: int) -> None:
        if len(self._again) == self._most_again:
            self._wake()  # those that asked for nothing more meanwhile
        del self._again[number]

    def _stranded(self, flight: Flight[T]) -> Outcome | None:
        """Say why no server can take a message now; one of weight 0 may where it serves."""
        able = [it for it in self._places if it.takes(flight) and (it.weight or it.lines)]
        if not able:
            return NO_SMTPUTF8
        now = self.now()
        return None if any(it.lines or it.is_up(now) for it in able) else _AWAY

    def _settle_stranded(self) -> None:
        """Settle what waits for a server that has turned out not to offer SMTPUTF8, or went away."""
        for flight in [it for it in self._again if it.utf8 and self._lines]:
            if why := self._stranded(flight):
                self._take_out(self._again.index(flight))
                self.settled(flight, why)

    def line_ended(self, line: Line[T]) -> None:
        """Open another connection in its stead, if it is needed."""
        self._lines.discard(line)
        self._parting = {line, *(it for it in self._parting if not it.gone)}
        if self._again:
            self._wake()
        if not self._lines:
            self.line_full()
        self._end_doubts_soon()

    def _wake(self) -> None:
        """Let the other lines look soon: they may be idle, with nothing else to wake them."""
        asyncio.get_running_loop().call_soon(self.poke)

    def _end_doubts_soon(self) -> None:
        if any(place.held for place in self._places):
            asyncio.get_running_loop().call_soon(self._end_doubts)

    def _end_doubts(self) -> None:
        """Settle what was refused if nothing else is under way or to come: no acceptance will come beside it."""
        nothing_comes = self._dry or not self._wanted()
        if nothing_comes and sum(place.held for place in self._places) == len(self._owners):
            for place in self._places:
                place.end_doubts()

    def _wanted(self) -> bool:
        return bool(self._again) or any(
            not r.done.done() and not r.feed.ended for r in self._rounds
        )

    def _next_place(self) -> Place[T] | None:
        """Choose the server that has the fewest connections for its weight; None where all are down.

        Those of weight 0 come last. A single server may always be tried when it has no connection.
        """
        now = self.now()
        up = [p for p in self._places if p.is_up(now)]
        if not up and not self.has_several and not self._lines:
            up = self._places
        first = [p for p in up if p.weight] or up
        waited_for = [
            p for p in first if not p.lines and any(f.utf8 and p.takes(f) for f in self._again)
        ]
        return min(
            waited_for or first, key=lambda p: (len(p.lines) + 1) / (p.weight or 1), default=None
        )

    def _make_room(self) -> None:
        """Where every connection is taken, end one, so that a server that was down gets its share again."""
        if len(self._lines) < self._limits.connections:
            return
        now = self.now()
        if any(p.weight and not p.lines and p.is_up(now) for p in self._places):
            crowded = max(self._places, key=lambda p: len(p.lines))
            next(iter(crowded.lines)).retire()

    async def _open(self) -> None:
        try:
            opened = await self._connected()
        except (
            Exception
        ) as error:  # a fault of ours; whoever waits for a connection must hear of it
            log.exception("connecting_broke")
            opened = Outcome("transient", "no connection", type(error).__name__)
        self._opening = None
        if isinstance(opened, Line):
            self._settle_stranded()
            opened.pump()
        elif not self._lines:
            self._unreachable(opened)

    async def _connected(self) -> Line[T] | Outcome:
        """Open a connection to one of the servers; or say why there is none."""
        limits, tried = self._limits, []
        while (place := self._next_place()) is not None and place not in tried:
            tried.append(place)
            with suppress(RefusedError):
                line = await place.open(window=limits.window, most=limits.messages)
                if place.is_up(self.now()) or not self.has_other(place):
                    self._lines.add(line)
                    return line
                line.retire()  # its server failed meanwhile
        # Waiting helps unless it helps with none of them.
        reasons = [place.why_not or _ALL_DOWN for place in self._places]
        return next((it for it in reasons if it.verdict != "ours"), reasons[-1])

    def _unreachable(self, outcome: Outcome) -> None:
        while self._again:
            self.settled(self._again.popleft(), outcome)
        self._dry = True
        self._end_doubts()
        for round_ in list(self._rounds):
            round_.end(outcome)

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        if self._rounds:
            self._busy_at = loop.time()
        for line in list(self._lines):
            line.watch()
            if line.idle and loop.time() - self._busy_at > self._limits.idle_s:
                line.quit()
        if self._watching is not None:
            self._watching.cancel()
        self._make_room()
        self._settle_stranded()
        if self._again:
            self.line_full()
        self._end_doubts()
        again = self._lines or self._rounds
        self._watching = loop.call_later(_WATCH_S, self._watch) if again else None
