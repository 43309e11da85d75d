"""Opens a finished mail as its reader's program would: with the standard library, from its bytes."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mailer.preflight.page import Page, read_page

if TYPE_CHECKING:
    from email.message import EmailMessage, Message


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """A mail, opened.

    Attributes:
        raw: Its bytes, as they would leave.
        message: The same, parsed; headers decoded.
        plain: The same, parsed; headers as they stand.
        language: The language it should be in.
        text: The text part; None where there is none.
        html: The HTML part; None where there is none.
        page: The HTML part, read.
    """

    raw: bytes
    message: EmailMessage
    plain: Message
    language: str
    text: str | None
    html: str | None
    page: Page

    def values(self, name: str) -> list[str]:
        """Give the values of a header as they stand, unfolded."""
        found = self.plain.get_all(name, [])
        return [str(value).replace("\r", "").replace("\n", "").strip() for value in found]

    def read(self, name: str) -> Any:  # noqa: ANN401 - each header has a class of its own
        """Give a header as the standard library reads it; None where it is missing.

        Raises:
            ValueError: It cannot be read.
        """
        try:
            return self.message[name]
        except Exception as error:  # its parser stumbles over broken addresses in many ways
            raise ValueError(f"{name} cannot be read") from error


def open_mail(raw: bytes, language: str) -> OpenedMail:
    """Parse a mail.

    Args:
        raw: Its bytes.
        language: The language tag of the edition that it holds.
    """
    message = email.message_from_bytes(raw, policy=email.policy.default)
    html = _content(message, "html")
    return OpenedMail(
        raw=raw,
        message=message,
        plain=email.message_from_bytes(raw),
        language=language,
        text=_content(message, "plain"),
        html=html,
        page=read_page(html or ""),
    )


def _content(message: EmailMessage, subtype: str) -> str | None:
    for part in message.walk():
        if part.get_content_type() == f"text/{subtype}" and not part.is_attachment():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return _decoded(payload, part.get_content_charset("utf-8"))
    return None


def _decoded(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, errors="replace")
    except LookupError:
        return payload.decode("utf-8", errors="replace")
