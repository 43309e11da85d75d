"""Names the concrete classes: makes the parts of the process from the settings."""

from __future__ import annotations

import asyncio
import errno
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog

from bot.announce import Announcer
from bot.client import PaperroundBot, create_bot
from bot.connection import run_bot
from bot.errors import BotError
from mailer.compiler import IssueCompiler
from mailer.confirmation import ConfirmationMailer
from mailer.connect import SmtpSettings
from mailer.errors import MailerError
from mailer.relay import Limits, Relay, Server
from mailer.sender import MailSender
from mailer.tokens import Tokens
from paperround.catchup import keep_embedded
from paperround.embeddings import embedder_of
from paperround.errors import SettingsError, UserError
from paperround.identity import identity_of
from paperround.keys import key_ring
from paperround.media import REMEDIES, quiet_hours
from paperround.searching import search_of
from paperround.signing import signer
from paperround.supervisor import Part
from publisher.consent import ConsentDesk
from publisher.engines.embedded import EmbeddedEngine
from publisher.limits import Limit, WarmUp, read_domain_limit, read_limit
from publisher.limits import Limits as Speeds
from publisher.pace import Pace
from publisher.prose import to_html, to_text
from publisher.schedule import SystemClock
from publisher.throttle import Throttle
from storage.enums import Medium
from storage.names import mailbox_key
from web.app import serve
from web.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.identity import MailIdentity
    from paperround.settings import Settings
    from publisher.ports import BulkSender, Clock, Sender
    from storage.database import Database

log = structlog.get_logger(__name__)

MAIL_BATCHES = 3  # at work at once, so that the connections are busy while one batch ends
# What the system says of an address that cannot be listened on.
NOT_TO_BE_HAD = {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}


class House:
    """The parts of one process on one store.

    Args:
        settings: The settings.
        database: The store, its schema up to date.
        bot: A bot that somebody else keeps connected (the demo's Discord); None makes one where
            there is a token.
        clock: Where the engine gets the time from; the machine by default.
        pace: The engine's intervals and limits; those of real service by default.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        bot: PaperroundBot | None = None,
        *,
        clock: Clock | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.settings, self.database = settings, database
        self._clock, self.pace = clock, pace or Pace()
        self.tokens = Tokens(key_ring(settings))
        self._signer = signer(settings) if settings.mail_is_on else None
        self._embedder = embedder_of(settings)
        self.search = search_of(settings, self._embedder)
        self._connects_bot = bot is None and settings.discord_token is not None
        self.bot = bot or (self._make_bot() if self._connects_bot else None)

    def parts(self) -> list[Part]:
        """Give every part that the settings allow; say in the log what is off and how to turn it on."""
        parts = [Part("web", self._serve_web), Part("engine", self.engine().run)]
        if self.settings.mail_is_on:
            parts.append(Part("consent", self._consent))
            if self._signer is None:
                log.info(
                    "dkim_is_off", remedy="`paperround dkim keygen`, or let the mail server sign"
                )
        else:
            log.warning("mail_is_off", remedy=REMEDIES[Medium.EMAIL])
        if self._embedder is not None:
            parts.append(Part("meaning", self._embed))
        if self._connects_bot:
            parts.append(Part("discord", self._connect_bot))
        elif self.bot is None:
            log.warning("discord_is_off", remedy=REMEDIES[Medium.DISCORD])
        return parts

    def engine(self) -> EmbeddedEngine:
        """Make the engine with a sender for each medium that is on."""
        senders = self._mail_senders()
        if (bot := self.bot) is not None:
            base_url = self.settings.base_url
            senders[Medium.DISCORD] = lambda: Announcer(bot, base_url)
        return self._engine(senders)

    def mail_engine(self) -> EmbeddedEngine:
        """Make an engine that delivers mail alone."""
        return self._engine(self._mail_senders())

    def _mail_senders(self) -> dict[Medium, Callable[[], Sender | BulkSender]]:
        if not self.settings.mail_is_on:
            return {}
        relay, compiler = self.relay(), self.issue_compiler()
        return {Medium.EMAIL: lambda: MailSender(relay, compiler, self.tokens)}

    def _engine(self, senders: dict[Medium, Callable[[], Sender | BulkSender]]) -> EmbeddedEngine:
        return EmbeddedEngine(
            self.database,
            senders,
            data_dir=self.settings.data_dir,
            hash_address=lambda address: self.tokens.hash_address(mailbox_key(address)),
            throttles={Medium.EMAIL: self.throttle()},
            workers={Medium.EMAIL: MAIL_BATCHES},
            clock=self._clock,
            pace=self.pace,
        )

    def site(self) -> Site:
        """Make the public site."""
        return Site(
            self.database,
            self.tokens,
            self.settings.base_url,
            self.settings.newsletter_name,
            self.settings.default_language,
            search=self.search,
        )

    def identity(self) -> MailIdentity:
        """Say who sends the mail.

        Raises:
            SettingsError: No sender is set.
        """
        return identity_of(self.settings, self.database, self._signer)

    def servers(self) -> list[Server]:
        """Say by which mail servers mail leaves.

        Raises:
            SettingsError: No mail server is set.
        """
        settings = self.settings
        if settings.smtp_host is None:
            raise SettingsError("There is no mail server. Set PAPERROUND_SMTP_HOST.")
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        return [
            Server(
                SmtpSettings(
                    host=place.host,
                    port=place.port or settings.smtp_port_or_default,
                    tls=settings.smtp_tls,
                    user=settings.smtp_user,
                    password=password,
                    timeout_s=settings.smtp_timeout,
                    ca_file=str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
                ),
                place.weight,
            )
            for place in settings.mail_servers
        ]

    def relay(self) -> Relay[Any]:
        """Make the connections to the mail servers, which all workers share.

        Raises:
            SettingsError: They cannot be set up as asked.
        """
        limits = Limits(
            connections=self.settings.smtp_connections, window=self.settings.smtp_window
        )
        try:
            return Relay(self.servers(), limits)
        except MailerError as error:
            raise SettingsError(str(error)) from error

    def throttle(self) -> Throttle:
        """Say how fast mail of issues may leave."""
        settings = self.settings
        domains: dict[str, list[Limit]] = {}
        for name, limit in map(read_domain_limit, settings.mail_domain_limits):
            domains.setdefault(name, []).append(limit)
        warm_up = (
            WarmUp(settings.warm_up_from, settings.warm_up_messages, settings.warm_up_growth)
            if settings.warm_up_from
            else None
        )
        overall = [read_limit(it) for it in settings.mail_limits]
        return Throttle(Speeds(overall, domains, warm_up, quiet_hours(settings)))

    def issue_compiler(self) -> IssueCompiler:
        """Make what compiles issues for all mail workers.

        Raises:
            SettingsError: Something of the sender cannot stand in a mail.
        """
        try:
            return IssueCompiler(self.identity(), to_html, to_text)
        except MailerError as error:
            raise SettingsError(str(error)) from error

    def _make_bot(self) -> PaperroundBot:
        settings = self.settings
        return create_bot(
            self.database,
            base_url=settings.base_url,
            newsletter_name=settings.newsletter_name,
            api_base=settings.discord_api_url,
            gateway=settings.discord_gateway_url,
            search=self.search,
        )

    async def _serve_web(self, stop: asyncio.Event) -> None:
        host, port = self.settings.web_host, self.settings.web_port
        try:
            await serve(self.site(), host, port, stop)
        except OSError as error:
            if error.errno not in NOT_TO_BE_HAD:
                raise
            raise UserError(
                f"The web pages cannot be served on {host}:{port}: {error.strerror or error}. "
                "Stop what uses the port, or set PAPERROUND_WEB_PORT."
            ) from error

    async def _consent(self, stop: asyncio.Event) -> None:
        mailer = ConfirmationMailer(self.servers(), self.identity(), self.tokens)
        try:
            await ConsentDesk(self.database, mailer, SystemClock()).run(stop)
        finally:
            await mailer.close()

    async def _embed(self, stop: asyncio.Event) -> None:
        if self._embedder is not None:
            await keep_embedded(self.database, self._embedder, stop)

    async def _connect_bot(self, stop: asyncio.Event) -> None:
        if self.bot is None or self.settings.discord_token is None or stop.is_set():
            return
        if self.bot.is_closed():
            self.bot.clear()
        connection = asyncio.create_task(
            run_bot(self.bot, self.settings.discord_token.get_secret_value())
        )
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({connection, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if connection.done():
                connection.result()
        except BotError as error:
            # The rest of the house goes on: mail must not wait for a Discord token.
            log.error("discord_is_off", reason=str(error))  # noqa: TRY400 - no traceback for a setting
            await stop.wait()
        finally:
            stopped.cancel()
            connection.cancel()
            with suppress(asyncio.CancelledError, BotError):
                await connection
