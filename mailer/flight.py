"""A message on its way to a mail server, and what a server offers to take it by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar

from mailer.errors import MailerError

if TYPE_CHECKING:
    from mailer.replies import Outcome

T = TypeVar("T")

_BY_POLICY: Final = " 4.7."
_NOT_XTEXT: Final = re.compile(rb"[^!-<>-~]")  # beside `+`


Way = Literal["plain", "pipelined", "chunked"]  # how messages follow one another on a connection


@dataclass(frozen=True, slots=True)
class Offers:
    """What a server offered in its answer to EHLO.

    Attributes:
        pipelining: RFC 2920.
        chunking: RFC 3030.
        smtputf8: RFC 6531.
        dsn: RFC 3461.
        size: Whether SIZE may be declared (RFC 1870).
        largest: The most octets a message may have; 0 where nothing was said.
    """

    pipelining: bool = False
    chunking: bool = False
    smtputf8: bool = False
    dsn: bool = False
    size: bool = False
    largest: int = 0

    @property
    def way(self) -> Way:
        """The fastest way to speak."""
        if not self.pipelining:
            return "plain"
        return "chunked" if self.chunking else "pipelined"


@dataclass(slots=True)
class Flight(Generic[T]):
    """One message on its way.

    Attributes:
        ticket: What the giver knows it by.
        sender: The envelope sender, ASCII.
        recipient: The one recipient.
        content: The message, canonical (see `check_canonical`), not dot-stuffed.
        dots: Whether a line of it may begin with a dot.
        utf8: Whether the recipient's local part goes beyond ASCII.
        envelope_id: ENVID of RFC 3461 §4.4, in xtext; None asks for nothing.
        original: ORCPT of RFC 3461 §4.2, in xtext.
    """

    ticket: T
    sender: bytes
    recipient: bytes
    content: bytes
    dots: bool = True
    utf8: bool = False
    envelope_id: bytes | None = None
    original: bytes | None = None
    left_at: int = field(
        default=0, init=False
    )  # octets written when its last byte was; 0: it did not leave
    serial: int = field(default=0, init=False)  # among those of its server
    settled: bool = field(default=False, init=False)
    opened: bool = field(default=False, init=False)  # the server took its MAIL
    answered: bool = field(default=False, init=False)  # by a refusal of its MAIL, or a goodbye
    refusals: int = field(default=0, init=False)  # of its MAIL, for now
    drops: int = field(default=0, init=False)  # connections that were lost on it

    def dismissed(self) -> None:
        """Take note that the server answered it with a refusal or a goodbye."""
        self.answered = True
        if self.opened:
            self.drops += 1
        else:
            self.refusals += 1

    def may_go_elsewhere(self, outcome: Outcome) -> bool:
        """Whether it may be handed over on another connection, where its own had taken others.

        Exim says 421 when a connection has carried enough, OpenSMTPD 452 to each MAIL from then on. What the
        server asks by policy (RFC 3463 X.7.X) of the message that it answered holds on every connection;
        those that only waited behind it may go on elsewhere.
        """
        was_cut_off = self.opened and self.left_at
        by_policy = self.answered and _BY_POLICY in outcome.code
        return outcome.verdict == "transient" and not was_cut_off and not by_policy

    def anew(self) -> Flight[T]:
        """Give the same message for another connection; this one may still be answered on its own."""
        again = replace(self)
        again.refusals, again.drops = self.refusals, self.drops
        return again


def xtext(text: bytes) -> bytes:
    """Write a text of ASCII as a parameter of DSN (RFC 3461 §4)."""
    return _NOT_XTEXT.sub(lambda match: b"+%02X" % match[0][0], text.replace(b"+", b"+2B"))


def dot_stuffed(message: bytes) -> bytes:
    """Double a dot at the beginning of a line (RFC 5321 §4.5.2)."""
    if message.startswith(b"."):
        message = b"." + message
    return message.replace(b"\r\n.", b"\r\n..") if b"\r\n." in message else message


def check_canonical(message: bytes) -> None:
    """Refuse bare CR and LF: servers disagree on them, which is how mail is smuggled (RFC 5321 §2.3.8).

    Raises:
        MailerError: There is one, or the last line does not end.
    """
    ends = message.count(b"\r\n")
    if (
        message.count(b"\n") != ends
        or message.count(b"\r") != ends
        or not message.endswith(b"\r\n")
    ):
        raise MailerError("The message holds a bare CR or LF. Write its lines with CRLF.")
