"""An SMTP server that keeps every mail in memory, so that the demo's mail arrives somewhere to be read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP

if TYPE_CHECKING:
    from email.message import EmailMessage

KEPT = 1_000
OK = "250 2.0.0 kept for reading"


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail as it came over the wire."""

    number: int
    recipient: str
    source: bytes
    caught_at: datetime

    @property
    def message(self) -> EmailMessage:
        """The parsed mail."""
        return BytesParser(policy=policy.default).parsebytes(self.source)

    def part(self, subtype: str) -> str:
        """Give the decoded text of the `html` or `plain` part, empty if there is none."""
        body = self.message.get_body((subtype,))
        return "" if body is None else str(body.get_content())


@dataclass
class MailCatcher:
    """Accepts mail on a loopback port and keeps the latest thousand."""

    host: str = "127.0.0.1"
    port: int = 0
    mails: list[CaughtMail] = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; the port is known afterwards."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(
                self, hostname="inbox.localhost", enable_SMTPUTF8=True, ident="Demo inbox"
            ),
            self.host,
            self.port,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's hook
        """Keep a mail, once per recipient."""
        for recipient in envelope.rcpt_tos:
            number = self.mails[-1].number + 1 if self.mails else 1
            mail = CaughtMail(number, recipient, envelope.content, datetime.now(UTC))
            self.mails.append(mail)
        del self.mails[:-KEPT]
        return OK

    def mail(self, number: int) -> CaughtMail | None:
        """Find a mail by its number."""
        return next((m for m in self.mails if m.number == number), None)
