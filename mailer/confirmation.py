"""Mails the link that confirms a subscription; the mail holds nothing that stood in the form.

A form can be filled in with somebody else's address: a name or a text in this mail would let strangers
write to them in our name.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from mailer.addresses import Address, read_address
from mailer.errors import AddressError
from mailer.flight import Flight
from mailer.headers import mailbox_header, structured_header, text_header
from mailer.identity import Letterhead, MailIdentity
from mailer.message import Markers, compile_message
from mailer.relay import Limits, Relay
from mailer.render import MailRenderer
from mailer.replies import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.connect import SmtpSettings
    from mailer.relay import Server
    from mailer.tokens import Tokens

CONFIRM: Final = "confirm"  # the purpose of the tokens in the links to confirm
GOOD_FOR: Final = timedelta(days=7)


class ConfirmationMailer:
    """Mails confirmation links over a connection of its own; serves one caller at a time.

    Args:
        servers: How mail leaves: the mail server, or each of several.
        identity: Who sends it.
        tokens: Signs the links.

    Raises:
        HeaderError: Something of the identity cannot stand in a mail.
        SmtpSettingsError: The connection cannot be set up as asked.
    """

    def __init__(
        self, servers: SmtpSettings | Sequence[Server], identity: MailIdentity, tokens: Tokens
    ) -> None:
        self._letterhead = Letterhead(identity)
        self._tokens = tokens
        self._renderer = MailRenderer(str, str)
        self._relay: Relay[int] = Relay(servers, Limits(connections=1))

    async def send_confirmation(self, subscriber_id: int, address: str, language: str) -> Outcome:
        """Mail the link, good for seven days, and wait for the answer."""
        try:
            recipient = read_address(address)
        except AddressError as error:
            return Outcome("permanent", "not sent", str(error))
        now = datetime.now(UTC)
        message = self.message(subscriber_id, recipient, language, now=now)
        sender = str(self._letterhead.sender).encode("ascii")
        utf8 = recipient.needs_smtputf8
        flight = Flight(subscriber_id, sender, str(recipient).encode(), message, utf8=utf8)
        return await self._relay.deliver(flight)

    async def close(self) -> None:
        """Say goodbye and free the connection."""
        await self._relay.close()

    def message(
        self, subscriber_id: int, recipient: Address, language: str, *, now: datetime
    ) -> bytes:
        """Write the message."""
        letterhead = self._letterhead
        token = self._tokens.sign(CONFIRM, subscriber_id, expires=now + GOOD_FOR)
        mail = self._renderer.confirmation(
            letterhead.place, language, letterhead.confirm_url(token)
        )
        head = [
            letterhead.reply_headers(),
            mailbox_header("To", None, recipient),
            text_header("Subject", mail.subject),
            structured_header("Date", *format_datetime(now).split(" ")),
            structured_header(
                "Message-ID", letterhead.message_id(CONFIRM, subscriber_id, now.isoformat())
            ),
            structured_header("Auto-Submitted", "auto-generated"),  # RFC 3834 §5
            letterhead.feedback_id("confirmation", "confirmation"),
            structured_header("Content-Language", mail.language),
        ]
        template = compile_message(
            head, text=mail.text, html=mail.html, language=mail.language, markers=Markers()
        )
        return letterhead.signed(template).personalise({}, {}, now=now)
