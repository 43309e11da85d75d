"""Sends an issue by mail: fills each reader's part into its template, hands the copy to the mail server.

`MailSender` has the shape of `publisher.ports.Sender` and imports nothing of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from mailer.addresses import read_address
from mailer.compiler import PREFERENCES, UNSUBSCRIBE
from mailer.copy_headers import CopyHeaders
from mailer.errors import AddressError, MailerError
from mailer.flight import Flight, xtext
from mailer.replies import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.addresses import Address
    from mailer.compiler import IssueCompiler
    from mailer.message import MessageTemplate
    from mailer.relay import Relay
    from mailer.tokens import Tokens


class Copy(Protocol):
    """What is asked of a copy; `publisher.ports.Copy` has it."""

    @property
    def delivery_id(self) -> int:
        """Give the delivery's row id."""

    @property
    def send_id(self) -> int:
        """Give the send's row id."""

    @property
    def recipient_id(self) -> int:
        """Give the subscriber's row id."""

    @property
    def address(self) -> str:
        """Give the subscriber's address."""

    @property
    def name(self) -> str | None:
        """Give the subscriber's name."""


class Ticket(NamedTuple):
    """What the relay knows a message by."""

    copy: Copy
    message_id: str


class CopyFeed(Protocol):
    """Where copies come from, and where their outcomes go."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""

    def next(self) -> Copy | None:
        """Give the next copy; None when there is none at the moment."""

    def leaving(self, copy: Copy) -> None:
        """Take note that a copy's last byte leaves now; again where it goes over another connection."""

    def refused(self, copy: Copy) -> None:
        """Take note that a copy was refused; its outcome follows."""

    def settled(self, copy: Copy, outcome: Outcome) -> None:
        """Take a copy's outcome."""


class MailSender:
    """Hands copies of one issue to the mail server; serves one worker at a time.

    Args:
        relay: The mail server; it may serve other senders too, and whoever made it closes it.
        compiler: Makes templates of issues; it may serve other senders too.
        tokens: Signs the links to readers' own pages and the bounce addresses.
    """

    def __init__(self, relay: Relay[Ticket], compiler: IssueCompiler, tokens: Tokens) -> None:
        self._compiler, self._letterhead = compiler, compiler.letterhead
        self._headers = CopyHeaders(self._letterhead)
        self._tokens = tokens
        self._relay = relay
        relay.join()
        self._template: MessageTemplate | None = None

    async def prepare(self, issue: Mapping[str, Any]) -> None:
        """Take up an issue, of the shape of `publisher.ports.IssueView`: the copies from now on are of it.

        Raises:
            HeaderError: The title cannot stand in Subject.
            MailTemplateError: A template asks for what the issue does not have.
        """
        self._template = None
        self._template = await self._compiler.template(issue)

    async def hand_off(self, copy: Copy) -> Outcome:
        """Hand over one copy and wait for the answer.

        Raises:
            MailerError: No issue was prepared.
        """
        try:
            flight = self._flight(copy)
        except AddressError as error:
            return _impossible(error)
        return _with_id(await self._relay.deliver(flight), flight.ticket.message_id)

    async def stream(self, feed: CopyFeed) -> Outcome | None:
        """Hand over everything a feed gives, several copies at once.

        Returns:
            None when every copy has its outcome; or why there is no connection: then the feed keeps
            what it has not given.

        Raises:
            MailerError: No issue was prepared.
        """
        return await self._relay.send(_Flights(self, feed))

    def poke(self) -> None:
        """Look again whether feeds have something to give or have ended."""
        self._relay.poke()

    async def close(self) -> None:
        """Let go of the mail server; the last one says goodbye to it."""
        await self._relay.leave()

    def _flight(self, copy: Copy) -> Flight[Ticket]:
        address = read_address(copy.address)
        message_id = self._message_id(copy)
        recipient = str(address).encode()
        mark = self._tokens.bounce_local_part(copy.delivery_id)
        return Flight(
            Ticket(copy, message_id),
            self._letterhead.envelope_sender(mark).encode("ascii"),
            recipient,
            self._write(copy, address, message_id, datetime.now(UTC)),
            dots=False,  # quoted-printable leaves none at the beginning of a line
            utf8=address.needs_smtputf8,
            envelope_id=xtext(mark.encode("ascii")),
            original=None if address.needs_smtputf8 else xtext(recipient),
        )

    def _message_id(self, copy: Copy) -> str:
        return self._letterhead.message_id(copy.send_id, copy.recipient_id)

    def message(
        self, copy: Copy, address: Address | None = None, *, now: datetime | None = None
    ) -> bytes:
        """Write the message of one copy.

        Args:
            copy: The recipient.
            address: Its address, if it was read already.
            now: The time in Date and of signing; the present by default.

        Raises:
            AddressError: The address cannot be used in mail.
            MailerError: No issue was prepared.
        """
        return self._write(
            copy,
            address or read_address(copy.address),
            self._message_id(copy),
            now or datetime.now(UTC),
        )

    def _write(self, copy: Copy, address: Address, message_id: str, now: datetime) -> bytes:
        if self._template is None:
            raise MailerError("No issue was prepared. Call prepare before the copies.")
        token = self._tokens.sign(UNSUBSCRIBE, copy.recipient_id)
        written = self._headers
        headers = {
            "To": written.to(copy.name, address),
            "Date": written.date(now),
            "Message-ID": written.message_id(message_id),
            "List-Unsubscribe": written.unsubscribe(token),
        }
        values = {
            UNSUBSCRIBE: self._letterhead.unsubscribe_url(token),
            PREFERENCES: self._letterhead.preferences_url(token),
        }
        return self._template.personalise(headers, values, now=now)


class _Flights:
    """Makes messages of the copies of a feed, each when its turn comes."""

    def __init__(self, sender: MailSender, feed: CopyFeed) -> None:
        self._sender, self._feed = sender, feed

    @property
    def ended(self) -> bool:
        return self._feed.ended

    def next(self) -> Flight[Ticket] | None:
        while (copy := self._feed.next()) is not None:
            try:
                return self._sender._flight(copy)  # noqa: SLF001 - its own other half
            except AddressError as error:
                self._feed.settled(copy, _impossible(error))
            except Exception as error:  # noqa: BLE001 - a fault of ours must not end what is under way
                reason = f"the message of delivery {copy.delivery_id} could not be made ({type(error).__name__})"
                self._feed.settled(copy, Outcome("ours", "not sent", reason))
        return None

    def leaving(self, flight: Flight[Ticket]) -> None:
        self._feed.leaving(flight.ticket.copy)

    def refused(self, flight: Flight[Ticket]) -> None:
        self._feed.refused(flight.ticket.copy)

    def settled(self, flight: Flight[Ticket], outcome: Outcome) -> None:
        copy, message_id = flight.ticket
        self._feed.settled(copy, _with_id(outcome, message_id))


def _impossible(error: AddressError) -> Outcome:
    return Outcome("permanent", "not sent", str(error))


def _with_id(outcome: Outcome, message_id: str) -> Outcome:
    if outcome.verdict not in {"accepted", "unknown"}:
        return outcome
    return Outcome(outcome.verdict, outcome.code, outcome.text, message_id)
