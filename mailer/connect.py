"""Opens a connection to a mail server: TCP, TLS or STARTTLS, EHLO, AUTH; says why when there is none."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import aiosmtplib

from mailer.errors import MailerError, SmtpSettingsError
from mailer.replies import Outcome, classify, clean

if TYPE_CHECKING:
    from mailer.replies import Stage

_LARGEST_PORT = 65535
_LEAST_CODE, _PERMANENT = 200, 5


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How mail leaves.

    Attributes:
        host: The mail server.
        port: Its port.
        tls: `tls` from the first byte, `starttls` (never sent in the clear if it is not offered), or
            `none`.
        user: User name for AUTH; None sends without.
        password: Its password; never shown.
        timeout_s: Seconds to wait for a reply; ten times that for the reply to the final dot.
        local_name: The name we give in EHLO; None takes the name of this machine.
        ca_file: Certificates to trust instead of the system's.
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 60.0
    local_name: str | None = None
    ca_file: str | None = None


class RefusedError(MailerError):
    """The exchange ended before a message was taken."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


async def connect(settings: SmtpSettings, trust: ssl.SSLContext | None) -> aiosmtplib.SMTP:
    """Open a connection that is ready for MAIL.

    Args:
        settings: How mail leaves.
        trust: What `trust_of` gave for them.

    Raises:
        RefusedError: There is none; its outcome says why, and whether waiting can help.
    """
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        local_hostname=settings.local_name,
        timeout=settings.timeout_s,
        use_tls=settings.tls == "tls",
        start_tls=False,
        tls_context=trust,
    )
    stage: Stage = "connect"
    try:
        await client.connect()
        stage = "ehlo"
        await _greet(client, settings)
        if settings.tls == "starttls":
            stage = "starttls"
            await client.starttls(server_hostname=settings.host, tls_context=trust)
            await client.ehlo()
        if settings.user is not None:
            stage = "auth"
            await client.login(settings.user, settings.password or "")
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        client.close()
        raise RefusedError(_no_connection(stage, settings, error)) from error
    except BaseException:
        client.close()
        raise
    return client


async def _greet(client: aiosmtplib.SMTP, settings: SmtpSettings) -> None:
    """Say EHLO; or HELO to a server that knows no other, where nothing is asked of it that needs EHLO."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as refused:
        needed = settings.tls == "starttls" or settings.user is not None
        if needed or refused.code // 100 != _PERMANENT:
            raise
        await client.helo()  # RFC 5321 §3.2


def trust_of(settings: SmtpSettings) -> ssl.SSLContext | None:
    """Give the certificates to trust; None where nothing is encrypted.

    Raises:
        SmtpSettingsError: They cannot be read, or the port is none.
    """
    if not 0 < settings.port <= _LARGEST_PORT:
        raise SmtpSettingsError(f"{settings.port} is no port. Give one from 1 to {_LARGEST_PORT}.")
    if settings.tls == "none":
        return None
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SmtpSettingsError(
            f"The certificates in {settings.ca_file} cannot be read. Give a file in PEM form."
        ) from error


def reason_of(error: Exception | None) -> str:
    """Say an error in words."""
    return str(error) or type(error).__name__ if error else "the connection is gone"


def _no_connection(stage: Stage, settings: SmtpSettings, error: Exception) -> Outcome:
    """Say why there is no connection, and whether waiting can help."""
    where = f"{settings.host}:{settings.port}"
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code < _LEAST_CODE:
        return Outcome(
            "transient", "no connection", clean(f"{where} speaks no SMTP: {error.message}")
        )
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return classify(stage, error.code, error.message)
    certificate = _certificate_error(error)
    if certificate is not None:
        text = f"the certificate of {where} is not trusted: {certificate}"
        return Outcome("ours", "no connection", clean(text))
    if isinstance(error, TimeoutError):
        return Outcome(
            "transient", "timeout", f"{where} did not answer within {settings.timeout_s:g} s"
        )
    if stage in {"starttls", "auth"} and not isinstance(error, OSError):
        wanted = "STARTTLS" if stage == "starttls" else "a way to log in that we know"
        return Outcome("ours", "no connection", clean(f"{where} does not offer {wanted}: {error}"))
    return Outcome("transient", "no connection", clean(f"{where}: {_unreached(error)}"))


def _unreached(error: Exception) -> str:
    """Say why a place was not reached; those who raise it name the place again, and more than once."""
    cause = error.__cause__ if isinstance(error, aiosmtplib.SMTPConnectError) else None
    if isinstance(cause, socket.gaierror | ssl.SSLError):  # whose numbers are their own
        return cause.strerror or reason_of(cause)
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno)
    return reason_of(error)


def _certificate_error(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message or str(error)
        error = error.__cause__ or error.__context__
    return None
