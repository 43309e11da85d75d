"""Hands messages to one mail server over one connection, and tells for each what is known of its fate."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import aiosmtplib
import structlog

from mailer.connect import RefusedError, SmtpSettings, connect, reason_of, trust_of
from mailer.errors import MailerError
from mailer.exchange import dot_stuffed
from mailer.replies import Outcome, classify, clean

if TYPE_CHECKING:
    from aiosmtplib.protocol import SMTPProtocol

    from mailer.addresses import Address
    from mailer.replies import Stage

log = structlog.get_logger(__name__)

_GO_AHEAD = 354
_GOODBYE = 421  # RFC 5321 §3.8: the server closes the connection
_COMPLETED = 2  # RFC 5321 §4.2.1: the first digit
# RFC 5321 §4.5.3.2: five minutes for a command, ten for the reply to the final dot. We wait longer in
# proportion and more: giving up there leaves a delivery of which nobody can say whether it was taken.
_FINAL_FACTOR = 10
_GOODBYE_S = 2.0


class SmtpConnection:
    """One connection to a mail server: opened when needed, kept, opened again when it was dropped.

    It serves one caller at a time.

    Args:
        settings: How mail leaves.

    Raises:
        SmtpSettingsError: The certificates to trust cannot be read, or the port is none.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._trust = trust_of(settings)
        self._client: aiosmtplib.SMTP | None = None

    async def hand_over(self, sender: str, recipient: Address, message: bytes) -> Outcome:
        """Hand over one message and wait for the answer.

        Args:
            sender: The envelope sender, an ASCII address.
            recipient: The one recipient.
            message: The message, its lines ended by CRLF.

        Raises:
            MailerError: The message holds a bare CR or LF, which servers read in different ways.
        """
        _check_canonical(message)
        try:
            await self._begin(sender, recipient, len(message))
            await self._name_recipient(recipient)
            return await self._send_content(message)
        except RefusedError as refused:
            return refused.outcome
        except BaseException:
            self._drop()  # cancelled in the middle: what the next reply would answer is unknown
            raise

    async def close(self) -> None:
        """Say goodbye and free the connection."""
        if self._client is not None and self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError, ValueError):
                await self._client.quit(timeout=_GOODBYE_S)
        self._drop()

    async def _begin(self, sender: str, recipient: Address, size: int) -> None:
        """Open the connection if need be and name the sender; try afresh if a kept one turns out dead."""
        kept = self._client is not None and self._client.is_connected
        client = self._client if kept and self._client else await self._connect()
        try:
            reply = await self._say("mail", *_mail_command(client, sender, recipient, size))
        except RefusedError as refused:
            if not (kept and self._client is None):
                raise
            log.info("smtp_reconnect", code=refused.outcome.code)
            client = await self._connect()
            reply = await self._say("mail", *_mail_command(client, sender, recipient, size))
        if reply.verdict != "accepted":
            await self._reset()
            raise RefusedError(reply)

    async def _name_recipient(self, recipient: Address) -> None:
        reply = await self._say("rcpt", f"RCPT TO:<{recipient}>")
        if reply.verdict != "accepted":
            await self._reset()
            raise RefusedError(reply)

    async def _send_content(self, message: bytes) -> Outcome:
        reply = await self._say("data", "DATA", expect=_GO_AHEAD)
        if reply.verdict != "accepted":
            await self._reset()
            return reply
        protocol = self._protocol()
        answer = asyncio.create_task(
            protocol.read_response(self._settings.timeout_s * _FINAL_FACTOR)
        )
        dot_left = False
        try:
            await asyncio.sleep(0)  # the answer is awaited before the first byte leaves
            protocol.write(dot_stuffed(message))
            await self._flushed(protocol, answer)
            if not answer.done():
                protocol.write(b".\r\n")
                dot_left = True
            code, text = await answer
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            if dot_left:
                return Outcome(
                    "unknown", "no reply", f"no reply after the last byte: {reason_of(error)}"
                )
            return _lost("while the message was being sent", error)
        finally:
            await _ended(answer)
        if not dot_left or code == _GOODBYE:
            self._drop()  # it answered before the end: from here on, replies would be misread
        outcome = classify("body", code, text)
        if not dot_left and outcome.verdict == "accepted":
            return Outcome("transient", outcome.code, "it said yes before the message had ended")
        return outcome

    async def _flushed(
        self, protocol: SMTPProtocol, answer: asyncio.Task[aiosmtplib.SMTPResponse]
    ) -> None:
        """Wait until all bytes have left for the kernel, or an early answer makes them pointless."""
        transport = protocol.transport
        if (
            not isinstance(transport, asyncio.WriteTransport)
            or not transport.get_write_buffer_size()
        ):
            return
        transport.set_write_buffer_limits(high=0)
        drain = asyncio.create_task(protocol._drain_helper())  # noqa: SLF001 - what asyncio's own StreamWriter calls
        try:
            await asyncio.wait({drain, answer}, return_when=asyncio.FIRST_COMPLETED)
            if drain.done() and drain.exception() is None and not protocol.is_connected:
                raise aiosmtplib.SMTPServerDisconnected("connection lost")
        finally:
            await _ended(drain)

    async def _say(
        self, stage: Stage, command: str, *options: str, expect: int | None = None
    ) -> Outcome:
        """Say one command; a reply is classed, a lost connection ends the exchange."""
        client = self._client
        try:
            if client is None:
                raise aiosmtplib.SMTPServerDisconnected("connection lost")
            words = [word.encode() for word in (command, *options)]
            code, text = await client.execute_command(*words, timeout=self._settings.timeout_s)
        except aiosmtplib.SMTPResponseException as error:
            self._drop()  # not SMTP
            raise RefusedError(classify(stage, error.code, error.message)) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            raise RefusedError(_lost(f"after {command.partition(' ')[0]}", error)) from error
        if code == _GOODBYE:
            self._drop()
            raise RefusedError(classify(stage, code, text))
        if expect is not None and code == expect:
            return Outcome("accepted", str(code), clean(text))
        if expect is not None and code // 100 == _COMPLETED:
            self._drop()
            raise RefusedError(Outcome("transient", str(code), clean(f"unexpected reply: {text}")))
        return classify(stage, code, text)

    async def _reset(self) -> None:
        """Clear the refused transaction, so that the connection can be used again (RFC 5321 §4.1.1.5)."""
        if self._client is None:
            return
        try:
            await self._client.rset(timeout=self._settings.timeout_s)
        except (aiosmtplib.SMTPException, OSError):
            self._drop()

    async def _connect(self) -> aiosmtplib.SMTP:
        self._drop()
        self._client = await connect(self._settings, self._trust)
        return self._client

    def _protocol(self) -> SMTPProtocol:
        if self._client is None or self._client.protocol is None:
            raise RefusedError(_lost("after DATA", None))
        return self._client.protocol

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _mail_command(client: aiosmtplib.SMTP, sender: str, recipient: Address, size: int) -> list[str]:
    words = [f"MAIL FROM:<{sender}>"]
    if client.supports_extension("size"):
        words.append(f"SIZE={size}")  # RFC 1870 §6
    if recipient.needs_smtputf8:
        if not client.supports_extension("smtputf8"):
            reason = "the address has a local part beyond ASCII, and the mail server does not offer SMTPUTF8"
            raise RefusedError(Outcome("permanent", "not sent", reason))
        words += ["BODY=8BITMIME", "SMTPUTF8"]  # RFC 6531 §3.4
    return words


def _lost(when: str, error: Exception | None) -> Outcome:
    code = "timeout" if isinstance(error, TimeoutError) else "connection lost"
    return Outcome("transient", code, clean(f"{when}: {reason_of(error)}"))


def _check_canonical(message: bytes) -> None:
    """Refuse bare CR and LF: servers disagree on them, which is how mail is smuggled (RFC 5321 §2.3.8)."""
    ends = message.count(b"\r\n")
    if (
        message.count(b"\n") != ends
        or message.count(b"\r") != ends
        or not message.endswith(b"\r\n")
    ):
        raise MailerError("The message holds a bare CR or LF. Write its lines with CRLF.")


async def _ended(
    task: asyncio.Task[object] | asyncio.Task[aiosmtplib.SMTPResponse] | asyncio.Task[None],
) -> None:
    if not task.done():
        task.cancel()
    with suppress(asyncio.CancelledError, aiosmtplib.SMTPException, OSError):
        await task
