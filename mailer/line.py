"""Keeps one connection to a mail server busy: writes what the exchange says, passes on what is answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from mailer.connect import RefusedError, reason_of
from mailer.exchange import Exchange
from mailer.flight import Flight, Offers
from mailer.replies import ExchangeOverError, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    import aiosmtplib


T = TypeVar("T")

_GOODBYE_S: Final = 2.0
_ROOM: Final = 16_384  # octets
# RFC 5321 §4.5.3.2: five minutes for a command, ten for the reply to the final dot. We wait longer in
# proportion and more: giving up there leaves a delivery of which nobody can say whether it was taken.
FINAL_FACTOR: Final = 10


class Owner(Protocol[T]):
    """Whom a line works for."""

    def next_flight(self, line: Line[T]) -> Flight[T] | None:
        """Give a line the next message to send; None when there is none at the moment."""

    def leaving(self, flight: Flight[T]) -> None:
        """Take note that a message's last byte leaves now."""

    def settled(self, line: Line[T], flight: Flight[T], outcome: Outcome) -> None:
        """Take what the server said of a message, or what kept it from being sent."""

    def line_ended(
        self, line: Line[T], reason: str, unsettled: list[tuple[Flight[T], Outcome]]
    ) -> None:
        """Take back what was under way on a line that is gone."""

    def line_full(self) -> None:
        """Take note that a line has as much under way as it may."""


class Line(asyncio.BufferedProtocol, Generic[T]):
    """One connection, after EHLO, TLS and AUTH.

    Args:
        owner: Whom it works for.
        offers: What the server offered.
        window: How many messages may be under way with CHUNKING.
        most: How many messages it carries before it is closed.
        timeout_s: Seconds to wait for a reply; ten times that for the reply to a whole message.
    """

    def __init__(
        self, owner: Owner[T], offers: Offers, *, window: int, most: int, timeout_s: float
    ) -> None:
        self._owner, self._left, self._timeout_s = owner, most, timeout_s
        self.offers = offers
        self._exchange: Exchange[T] = Exchange(offers, owner.leaving, window=window)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        # Replies are short; asyncio would make room for 256 KB each time it reads one.
        self._room = memoryview(bytearray(_ROOM))
        self._full = False  # the kernel takes no more for now
        self._buffered = 0
        self._heard = self._loop.time()
        self._gone = asyncio.Event()
        self.accepted = 0

    @classmethod
    def over(
        cls, client: aiosmtplib.SMTP, owner: Owner[T], *, window: int, most: int, timeout_s: float
    ) -> Line[T]:
        """Take over an open connection.

        Raises:
            RefusedError: It is gone already.
        """
        line = cls(owner, offers_of(client), window=window, most=most, timeout_s=timeout_s)
        transport = client.protocol.transport if client.protocol else None
        if not isinstance(transport, asyncio.Transport):
            reason = "the server closed the connection"
            raise RefusedError(Outcome("transient", "no connection", reason))
        transport.set_protocol(line)
        line.connection_made(transport)
        return line

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self._exchange.idle

    @property
    def gone(self) -> bool:
        """Whether the connection is closed on both sides."""
        return self._gone.is_set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # Told at once when the kernel takes no more, and again when it has taken everything.
        transport.set_write_buffer_limits(high=1, low=0)  # of 0, TLS transports think it full

    def pump(self) -> None:
        """Take as many messages as there is room for, and write."""
        exchange = self._exchange
        if exchange.weary:
            self._left = 0
        while not self._full and exchange.room > 0 and self._left > 0:
            flight = self._owner.next_flight(self)
            if flight is None:
                break
            refused = exchange.give(flight)
            if refused is not None:
                self._owner.settled(self, flight, refused)
                continue
            self._left -= 1
        else:
            self._owner.line_full()
        self._write(exchange.output())
        if self._left <= 0 and exchange.idle:
            self.quit()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's own guess
        """Give the place for what the server says next."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Read replies, settle what they answer, and go on."""
        transport = self._transport
        if transport is None:
            return
        owner, replies = self._owner, self._exchange.replies
        try:
            unsent = transport.get_write_buffer_size()
            for flight, outcome in self._exchange.received(bytes(self._room[:nbytes]), unsent):
                self.accepted += outcome.verdict == "accepted"
                owner.settled(self, flight, outcome)
        except ExchangeOverError as over:
            self.fail(str(over), over.code)
        else:
            if self._exchange.replies > replies:
                self._heard = self._loop.time()  # a part of one is none: it could come for hours
            self.pump()

    def eof_received(self) -> bool:
        """Let the connection close."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell what is known of what was under way."""
        self._gone.set()
        if self._transport is not None:
            self._transport = None
            reason = reason_of(exc) if exc else "the server closed the connection"
            self._owner.line_ended(self, reason, self._lost(reason, in_order=exc is None))

    def pause_writing(self) -> None:
        """Take nothing more until the kernel has taken what was written."""
        self._full = True

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        self.pump()

    def watch(self) -> None:
        """Give up a server that has not answered for too long."""
        transport = self._transport
        if transport is None or self._exchange.idle:
            self._heard = self._loop.time()
            return
        buffered = transport.get_write_buffer_size()
        if buffered < self._buffered:
            self._heard = self._loop.time()  # it reads, if slowly
        self._buffered = buffered
        limit = self._timeout_s * (FINAL_FACTOR if self._exchange.awaits_content_reply else 1)
        if self._loop.time() - self._heard > limit:
            self.fail(f"no answer within {limit:g} s", "timeout")

    def fail(self, reason: str, code: str = "connection lost") -> None:
        """Give the connection up at once."""
        transport, self._transport = self._transport, None
        if transport is not None:
            unsettled = self._lost(reason, code)
            transport.abort()
            self._owner.line_ended(self, reason, unsettled)

    def retire(self) -> None:
        """Take nothing more, and say goodbye once nothing is under way."""
        self._left = 0
        if self._exchange.idle:
            self.quit()

    def quit(self) -> None:
        """Say goodbye (RFC 5321 §4.1.1.10); for an idle line."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        transport.write(b"QUIT\r\n")
        transport.write_eof() if transport.can_write_eof() else transport.close()
        self._loop.call_later(_GOODBYE_S, transport.abort)
        self._owner.line_ended(self, "closed", [])

    async def closed(self) -> None:
        """Wait until the connection is gone, which takes two seconds at most."""
        await self._gone.wait()

    def _lost(
        self, reason: str, code: str = "connection lost", *, in_order: bool = False
    ) -> list[tuple[Flight[T], Outcome]]:
        return self._exchange.lost(reason, code, unsent=int(self._full), in_order=in_order)

    def _write(self, output: Iterable[bytes]) -> None:
        data = b"".join(output)
        if data and self._transport is not None:
            self._transport.write(data)


def offers_of(client: aiosmtplib.SMTP) -> Offers:
    """Read what a server offered in its last EHLO."""
    words = {name.lower(): value for name, value in client.esmtp_extensions.items()}
    size = words.get("size", "").strip()
    return Offers(
        pipelining="pipelining" in words,
        chunking="chunking" in words,
        smtputf8="smtputf8" in words,
        dsn="dsn" in words,
        size="size" in words,
        largest=int(size) if size.isdecimal() else 0,
    )
