"""Says what goes over one SMTP connection and reads what comes back, without touching the connection itself.

Three ways to speak, the fastest that the server offers:

plain       MAIL, RCPT, DATA, content: each waits for its reply. Four round trips a message.
pipelined   MAIL, RCPT and DATA leave together, and ride with the content of the message before
            (RFC 2920 §3.1). One round trip a message.
chunked     MAIL, RCPT and BDAT with the content leave together (RFC 3030 §4.2), several messages at
            once, as many as the window allows.

Every message that was given gets exactly one outcome. `unknown` is said of those alone whose last byte
was given out and whose reply did not come.
"""

from __future__ import annotations

from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar, assert_never

from mailer.flight import Flight, Offers, dot_stuffed
from mailer.replies import ExchangeOverError, Outcome, ReplyReader, classify, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mailer.replies import Stage

T = TypeVar("T")

_GO_AHEAD: Final = 354
_NO_MORE: Final = 554  # Exim, to the RSET after which it hangs up
_GOODBYE: Final = 421  # RFC 5321 §3.8: the server closes the connection
_COMPLETED: Final = 2  # RFC 5321 §4.2.1: the first digit
# Exim hangs up at the eleventh command of a connection that belongs to no message (smtp_accept_max_nonmail),
# and a refused recipient costs one: RSET. Postfix slows down at ten errors (smtpd_soft_error_limit) and hangs
# up at twenty; a refused recipient costs two, because DATA or BDAT is refused with it.
_PATIENCE: Final = 10
_WEARY: Final = 5  # refusals; later there is no room for several messages at once


# Which command a reply answers; `nothing` is the lone dot behind a DATA that nobody should have gone ahead with.
_Awaited = Literal["rset", "mail", "rcpt", "data", "body", "nothing"]

NO_SMTPUTF8: Final = Outcome(
    "permanent", "not sent",
    "the address has a local part beyond ASCII, and the mail server does not offer SMTPUTF8",
)  # fmt: skip


class Exchange(Generic[T]):
    """The dialogue of one connection after EHLO, TLS and AUTH.

    Give flights while `room` says so, write what `output` gives, pass on what is read, and call
    `lost` when the connection is gone. Outcomes come back from `received` and `lost`.

    Args:
        offers: What the server offered.
        leaving: Called with a flight before its last byte is given out.
        window: How many messages may be under way at once when CHUNKING is offered.
    """

    def __init__(
        self, offers: Offers, leaving: Callable[[Flight[T]], None], *, window: int = 8
    ) -> None:
        self._offers, self._leaving = offers, leaving
        self._way = offers.way
        self._limit = {"plain": 1, "pipelined": 2, "chunked": window}[self._way]
        self._waiting: deque[Flight[T]] = deque()
        self._awaited: deque[tuple[_Awaited, Flight[T] | None]] = deque()
        self._under_way = 0  # flights whose outcome is not known, those that wait included
        self._opening: Flight[T] | None = None  # its commands left, its content did not
        self._unclean = False  # a transaction may be open that must be cleared first
        self._output: list[bytes] = []
        self._written = 0  # octets, of which `output` has given out the first
        self._given_out = 0
        self._reader = ReplyReader()
        self.replies = 0  # heard so far, whole ones
        self._refusals = 0  # of MAIL and RCPT
        self._goodbye: Outcome | None = None  # it said that it hangs up, and did nothing more
        self._parting: Outcome | None = (
            None  # its last word, if it says so only by hanging up behind it
        )
        self._nonsense = ""  # what it said that no server should
        self._known: dict[bytes, Outcome] = {}  # servers repeat themselves

    @property
    def room(self) -> int:
        """How many more flights may be given now."""
        left = _PATIENCE - self._refusals if self._refusals else self._limit
        return min(self._limit, left) - self._under_way

    @property
    def weary(self) -> bool:
        """Whether the server has refused so much on this connection that it may soon hang up."""
        return self._refusals >= _WEARY

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and no reply is awaited."""
        return not self._under_way and not self._awaited

    @property
    def awaits_content_reply(self) -> bool:
        """Whether the next reply is the one to a whole message, for which servers may take long."""
        return bool(self._awaited) and self._awaited[0][0] == "body"

    def give(self, flight: Flight[T]) -> Outcome | None:
        """Take a flight; or say why this server cannot take it."""
        if refused := self._cannot(flight):
            return refused
        self._under_way += 1
        self._waiting.append(flight)
        self._advance()
        return None

    def output(self) -> list[bytes]:
        """Give the bytes to be written now, in order."""
        ready, self._output = self._output, []
        self._given_out = self._written
        return ready

    def received(self, data: bytes, unsent: int = 0) -> Iterator[tuple[Flight[T], Outcome]]:
        """Read what the server said.

        Args:
            data: The bytes.
            unsent: How many of the bytes given out have not left for the kernel.

        Yields:
            Flights whose outcome is now known.

        Raises:
            ExchangeOverError: Close the connection and call `lost`.
        """
        for code, text in self._reader.read(data):
            self.replies += 1
            self._parting = None
            if code == _GOODBYE:
                if self._awaited and (answered := self._next_answered()) is not None:
                    answered.dismissed()
                goodbye = self._class("connect", code, text)
                self._goodbye = goodbye._replace(verdict="transient")
                yield from self._taken_back(goodbye)
                raise ExchangeOverError(goodbye.text, goodbye.code)
            if not self._awaited:
                raise ExchangeOverError("it spoke unasked")
            awaited, flight = self._awaited.popleft()
            if flight is not None and not flight.settled:
                outcome = self._answered(awaited, flight, code, text, self._given_out - unsent)
                if outcome is not None:
                    self._settle(flight)
                    yield flight, outcome
            else:
                self._answered_beside(awaited, code, text)
            if self._nonsense:
                raise ExchangeOverError(self._nonsense)
            self._advance()

    def lost(
        self,
        reason: str,
        code: str = "connection lost",
        unsent: int = 0,
        *,
        in_order: bool = False,
    ) -> list[tuple[Flight[T], Outcome]]:
        """Tell what is known of each flight, now that the connection is gone.

        Args:
            reason: What happened, in words.
            code: The same as a code.
            unsent: How many of the bytes given out surely did not leave for the kernel.
            in_order: Whether the server closed the connection, and we heard everything that it said before.
        """
        farewell = self._goodbye or (self._parting if in_order else None)
        said = {id(f): f for _, f in self._awaited if f is not None and not f.settled}
        found = []
        for flight in [*said.values(), *self._waiting]:
            self._settle(flight)
            flight.drops += farewell is None and id(flight) in said
            if farewell is not None:
                said_to_it = farewell if self._goodbye is None else _as_heard_by(flight, farewell)
                found.append((flight, said_to_it))
            elif 0 < flight.left_at <= self._given_out - unsent:
                text = f"no reply after the last byte: {reason}"
                found.append((flight, Outcome("unknown", "no reply", clean(text))))
            else:
                found.append((flight, Outcome("transient", code, clean(reason))))
        self._waiting.clear()
        self._awaited.clear()
        return found

    def _cannot(self, flight: Flight[T]) -> Outcome | None:
        largest = self._offers.largest
        if flight.utf8 and not self._offers.smtputf8:
            return NO_SMTPUTF8
        if largest and len(flight.content) > largest:
            reason = (
                f"the message has {len(flight.content)} octets, the mail server takes {largest}"
            )
            return Outcome("ours", "not sent", reason)
        return None

    # What is said.

    def _advance(self) -> None:
        """Say what may be said now."""
        while self._waiting and self._opening is None:
            if self._unclean and self._way != "chunked":
                self._say(b"RSET\r\n", "rset", None)  # RFC 5321 §4.1.1.5
                self._unclean = False
            if self._way == "plain" and self._awaited:
                return
            self._open(self._waiting.popleft())

    def _open(self, flight: Flight[T]) -> None:
        match self._way:
            case "plain":
                self._opening = flight
                self._say(self._mail(flight), "mail", flight)
            case "pipelined":
                self._opening = flight
                self._say(self._mail(flight), "mail", flight)
                self._say(self._rcpt(flight), "rcpt", flight)
                self._say(b"DATA\r\n", "data", flight)
            case "chunked":
                self._send_chunk(flight)
            case _:
                assert_never(self._way)

    def _send_chunk(self, flight: Flight[T]) -> None:
        if self._awaited or self._unclean:
            # After a BDAT that failed the state is indeterminate (RFC 3030 §2); whether the one before
            # fails is not known yet.
            self._say(b"RSET\r\n", "rset", None)
            self._unclean = False
        self._say(self._mail(flight), "mail", flight)
        self._say(self._rcpt(flight), "rcpt", flight)
        self._write(b"BDAT %d LAST\r\n" % len(flight.content))
        self._awaited.append(("body", flight))
        self._write_last(flight, flight.content)

    def _write_last(self, flight: Flight[T], data: bytes) -> None:
        self._leaving(flight)
        self._write(data)
        flight.left_at = self._written

    def _say(self, command: bytes, awaited: _Awaited, flight: Flight[T] | None) -> None:
        self._write(command)
        self._awaited.append((awaited, flight))

    def _write(self, data: bytes) -> None:
        self._output.append(data)
        self._written += len(data)

    def _mail(self, flight: Flight[T]) -> bytes:
        offers = self._offers
        line = b"MAIL FROM:<" + flight.sender + b">"
        if offers.size:
            line += b" SIZE=%d" % len(flight.content)  # RFC 1870 §6
        if flight.utf8:
            line += b" BODY=8BITMIME SMTPUTF8"  # RFC 6531 §3.4
        if offers.dsn and flight.envelope_id:
            line += b" RET=HDRS ENVID=" + flight.envelope_id  # RFC 3461 §4.3, §4.4
        return line + b"\r\n"

    def _rcpt(self, flight: Flight[T]) -> bytes:
        line = b"RCPT TO:<" + flight.recipient + b">"
        if self._offers.dsn and flight.original:
            line += b" ORCPT=rfc822;" + flight.original  # RFC 3461 §4.2
        return line + b"\r\n"

    def _nothing_to_say(self) -> None:
        """End a message that goes to nobody: its recipient was refused, yet the server waits for content."""
        self._say(b".\r\n", "nothing", None)  # RFC 2920 §3.1
        self._unclean = False

    # What is heard.

    def _answered(
        self, awaited: _Awaited, flight: Flight[T], code: int, text: bytes, flushed: int
    ) -> Outcome | None:
        """Take the reply to one command of a flight; give its outcome once it is known."""
        match awaited:
            case "mail" | "rcpt" if code // 100 == _COMPLETED:
                self._accepted_so_far(awaited, flight)
                return None
            case "data" if code == _GO_AHEAD:
                self._send_content(flight)
                return None
            case "data" if code // 100 <= _GO_AHEAD // 100:
                self._nonsense = f"it answered DATA with {code}"
                return Outcome("transient", str(code), self._nonsense)
            case "body":
                return self._final(flight, code, text, flushed)
            case "mail" | "rcpt" | "data":
                return self._refused(awaited, flight, code, text)
            case "rset" | "nothing":
                return None
            case _:
                assert_never(awaited)

    def _answered_beside(self, awaited: _Awaited, code: int, text: bytes) -> None:
        """Take the reply to a command that settles nothing."""
        if awaited == "data":
            self._opening = None
            if code == _GO_AHEAD:
                self._nothing_to_say()
        elif awaited == "rset" and code == _NO_MORE:
            # Never refused (RFC 5321 §4.1.1.5) but to hang up, and then what is behind it is not worked on.
            said = clean(text.decode("utf-8", "replace"))
            self._parting = Outcome("transient", str(code), said)

    def _accepted_so_far(self, awaited: _Awaited, flight: Flight[T]) -> None:
        flight.opened = True
        if self._way != "plain":
            return
        if awaited == "mail":
            self._say(self._rcpt(flight), "rcpt", flight)
        else:
            self._say(b"DATA\r\n", "data", flight)

    def _send_content(self, flight: Flight[T]) -> None:
        self._awaited.append(("body", flight))
        self._write(dot_stuffed(flight.content) if flight.dots else flight.content)
        self._write_last(flight, b".\r\n")
        self._opening = None

    def _refused(self, awaited: Stage, flight: Flight[T], code: int, text: bytes) -> Outcome:
        self._refusals += awaited != "data"
        if awaited == "mail":
            flight.dismissed()
        self._unclean = self._unclean or flight.opened
        if self._opening is flight and (self._way == "plain" or awaited == "data"):
            self._opening = None
        return self._class(awaited, code, text)

    def _final(self, flight: Flight[T], code: int, text: bytes, flushed: int) -> Outcome:
        outcome = self._class("body", code, text)
        if outcome.verdict != "accepted":
            # After DATA the transaction is over whatever was said (RFC 5321 §4.1.1.4), after BDAT it is not.
            self._unclean = self._unclean or self._way == "chunked"
            return outcome
        if flushed < flight.left_at:
            self._nonsense = "it said yes before the message had ended"
            return Outcome("transient", outcome.code, self._nonsense)
        return outcome

    def _next_answered(self) -> Flight[T] | None:
        """Give the message that the next reply is about; a RSET is said for the sake of the one behind it."""
        said = (flight for _, flight in self._awaited if flight is not None)
        return next(chain(said, self._waiting), None)

    def _taken_back(self, outcome: Outcome) -> Iterator[tuple[Flight[T], Outcome]]:
        """Settle what had left: nothing behind a goodbye was worked on (RFC 5321 §3.8)."""
        for _, flight in self._awaited:
            if flight is not None and flight.left_at and not flight.settled:
                self._settle(flight)
                yield flight, _as_heard_by(flight, outcome)

    def _settle(self, flight: Flight[T]) -> None:
        flight.settled = True
        self._under_way -= 1

    def _class(self, stage: Stage, code: int, text: bytes) -> Outcome:
        key = b"%s %d %s" % (stage.encode(), code, text)
        found = self._known.get(key)
        if found is None:
            found = classify(stage, code, text.decode("utf-8", "replace"))
            if len(self._known) < 100:  # noqa: PLR2004 - a bound; queue ids make most replies new
                self._known[key] = found
        return found


def _as_heard_by(flight: Flight[T], goodbye: Outcome) -> Outcome:
    """Say what a goodbye means for a message: what it asks for, it asks of the one that it answered.

    For the others the connection ended, no more (RFC 3463 X.4.2): their domains are not asked to be sent less.
    """
    if flight.answered:
        return goodbye
    text = clean(f"the connection ended: {goodbye.text}")
    return Outcome("transient", f"{_GOODBYE} 4.4.2", text)
