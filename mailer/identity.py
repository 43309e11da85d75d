"""Says who sends the mail, and writes the headers and addresses that follow from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from mailer.addresses import Address, ascii_domain, ascii_url, read_address
from mailer.errors import AddressError, HeaderError
from mailer.headers import check_text, mailbox_header, structured_header
from mailer.render import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.dkim import Signer
    from mailer.message import MessageTemplate

_T = TypeVar("_T")
_PHRASE = re.compile(r"[ !#-\[\]-~]+")  # what may stand in a quoted string without a backslash


@dataclass(frozen=True, slots=True)
class MailIdentity:
    """Who sends the mail.

    Attributes:
        newsletter: The newsletter's name.
        sender_name: Name in From.
        sender_address: Address in From.
        reply_to: Address for replies, if not the sender's.
        base_url: Address of the web pages.
        list_id: List-Id (RFC 2919), such as `newsletter.example.org`; for ever the same.
        unsubscribe_address: Mailbox that takes requests to leave.
        postal_address: Postal address of the publisher.
        message_id_domain: Right side of Message-IDs.
        bounce_domain: Domain of envelope senders that catch bounces; None has them sent to the sender.
        signer: Signs each mail (DKIM); None leaves that to the mail server.
    """

    newsletter: str
    sender_name: str
    sender_address: str
    reply_to: str | None
    base_url: str
    list_id: str
    unsubscribe_address: str
    postal_address: str | None
    message_id_domain: str
    bounce_domain: str | None
    signer: Signer | None = None


class Letterhead:
    """What all mails of one identity share; everything in it has been checked.

    Args:
        identity: Who sends the mail.

    Raises:
        HeaderError: Something of it cannot stand in a mail; the message names it.
    """

    def __init__(self, identity: MailIdentity) -> None:
        self.sender = _own("sender_address", identity.sender_address)
        self.reply_to = _own("reply_to", identity.reply_to) if identity.reply_to else None
        self.owner = self.reply_to or self.sender
        self.unsubscribe = _own("unsubscribe_address", identity.unsubscribe_address)
        self.message_id_domain = _checked(
            "message_id_domain", ascii_domain, identity.message_id_domain
        )
        self.list_id = _checked("list_id", ascii_domain, identity.list_id)
        base_url = _checked("base_url", ascii_url, identity.base_url).rstrip("/")
        check_text("newsletter", identity.newsletter)
        self.place = Place(identity.newsletter, base_url, identity.postal_address)
        self.sender_name = identity.sender_name
        self.bounce_domain = (
            _checked("bounce_domain", ascii_domain, identity.bounce_domain)
            if identity.bounce_domain
            else None
        )
        self._signer = identity.signer
        self.from_header = mailbox_header("From", identity.sender_name, self.sender)

    def reply_headers(self) -> bytes:
        """Write From, and Reply-To where it differs."""
        if self.reply_to is None:
            return self.from_header
        return self.from_header + mailbox_header("Reply-To", None, self.reply_to)

    def list_headers(self) -> bytes:
        """Write the List-* headers that every copy shares (RFC 2369, RFC 2919, RFC 8058 §3.1)."""
        name = self.place.newsletter
        phrase = f'"{name}"'.split(" ") if _PHRASE.fullmatch(name) and "  " not in name else []
        return b"".join(
            (
                structured_header("List-Id", *phrase, f"<{self.list_id}>"),
                structured_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                structured_header("List-Archive", f"<{self.place.base_url}/>"),
                structured_header("List-Help", f"<{_mailto(self.owner)}?subject=help>"),
                structured_header("List-Owner", f"<{_mailto(self.owner)}>"),
            )
        )

    def unsubscribe_header(self, token: str) -> bytes:
        """Write List-Unsubscribe, https first (RFC 8058 §3.1)."""
        return structured_header(
            "List-Unsubscribe",
            f"<{self.unsubscribe_url(token)}>,",
            f"<{_mailto(self.unsubscribe)}?subject={token}>",
        )

    def unsubscribe_url(self, token: str) -> str:
        """Give the address under which a reader leaves."""
        return f"{self.place.base_url}/u/{token}"

    def preferences_url(self, token: str) -> str:
        """Give the address under which a reader chooses language and time zone; its token is that to leave."""
        return f"{self.place.base_url}/preferences/{token}"

    def confirm_url(self, token: str) -> str:
        """Give the address under which a reader confirms."""
        return f"{self.place.base_url}/confirm/{token}"

    def message_id(self, *parts: int | str) -> str:
        """Give a Message-ID that is a function of these parts and of the newsletter."""
        seed = "\n".join([self.list_id, *map(str, parts)])
        return f"<{sha256(seed.encode()).hexdigest()[:32]}@{self.message_id_domain}>"

    def feedback_id(self, kind: str, issue: str) -> bytes:
        """Write Feedback-ID; its last field is the same in all our mails and names us to the receiver."""
        ours = sha256(self.list_id.encode()).hexdigest()[:12]
        what = re.sub(r"[^\w.-]", "-", issue, flags=re.ASCII)[:60]
        return structured_header("Feedback-ID", f"{what}:{kind}:{ours}")

    def signed(self, template: MessageTemplate) -> MessageTemplate:
        """Give the template that signs each copy it fills, where mail is signed at all."""
        return self._signer.compile(template) if self._signer else template

    def envelope_sender(self, mark: str) -> str:
        """Give the envelope sender of one delivery: with its mark where bounces are caught (VERP)."""
        return f"{mark}@{self.bounce_domain}" if self.bounce_domain else str(self.sender)


def _own(setting: str, text: str) -> Address:
    address = _checked(setting, read_address, text)
    if address.needs_smtputf8:
        raise HeaderError(
            f"{setting}: our own addresses must be ASCII before the @. Choose another one."
        )
    return address


def _checked(setting: str, read: Callable[[str], _T], text: str) -> _T:
    try:
        return read(text)
    except AddressError as error:
        raise HeaderError(f"{setting} cannot be used in mail: {error}") from error


def _mailto(address: Address) -> str:
    return f"mailto:{quote(address.local, safe='!$*+-._~')}@{address.domain}"
