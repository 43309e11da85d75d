"""Runs every check of an issue, as far as the operator asks, and gathers what they found."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from mailer.errors import MailerError
from mailer.identity import Letterhead
from mailer.preflight import Finding
from mailer.preflight.clients import Rules, laid_over, our_rules
from mailer.preflight.links import check_base_url, fault_of, is_local, links_of, same_site
from mailer.preflight.mail import check_mail
from mailer.tokens import Tokens
from paperround.errors import SettingsError
from paperround.identity import identity_of
from paperround.keys import key_ring
from paperround.preflight.answers import HASTE_S, Question, check_answers
from paperround.preflight.records import check_records_of, is_for_examples
from paperround.preflight.rendering import Edition, editions_of, rendered
from paperround.preflight.report import Report
from paperround.preflight.spam import check_spam
from paperround.preflight.titles import check_titles
from paperround.signing import signer, signing_keys

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.dkim_keys import SigningKey
    from mailer.identity import MailIdentity
    from mailer.preflight.spf import Ask
    from paperround.settings import Settings
    from publisher.ports import IssueView
    from storage.database import Database

_STAND_IN: Final = "newsletter@example.org"
_PUBLIC: Final = "Set PAPERROUND_BASE_URL to the https address that readers reach."
_REPORT_IT: Final = "Correct what it names; `paperround show` prints the issue."


@dataclass(frozen=True, slots=True)
class Preflight:
    """What to look at, and how far.

    Attributes:
        settings: The settings.
        database: The store.
        rules: What mail programs lack.
        ask: Asks DNS; None leaves out DNS and the web.
        ask_links: Whether to ask the links of the editions, too; the one to unsubscribe is always asked.
        given_zone: Whether a zone or a DNS server was named, so that even a domain of examples is looked up.
    """

    settings: Settings
    database: Database
    rules: Rules = field(default_factory=our_rules)
    ask: Ask | None = None
    ask_links: bool = False
    given_zone: bool = False

    def run(self, slug: str) -> Report:
        """Look at every edition of an issue that is in the store."""
        return asyncio.run(self._run(slug))

    async def _run(self, slug: str) -> Report:
        report = Report(slug)
        keys = self._keys(report)
        try:
            identity = self._identity(report)
            letterhead = Letterhead(identity)
        except MailerError as error:
            remedy = "Correct the setting; `paperround settings` shows them."
            report.add([Finding("fail", "sender", str(error), remedy)])
            return report
        with self.database.read() as session:
            views = editions_of(session, slug)
        base_url = letterhead.place.base_url
        report.add(check_base_url(base_url))
        editions = [
            edition for view in views if (edition := await self._edition(report, view, identity))
        ]
        for edition in editions:
            found = check_mail(edition.mail, base_url, self.rules)
            report.add(_but_signing(found) if keys is None else found, edition.language)
            report.add(check_spam(edition.mail.raw), edition.language)
        records = self._records(letterhead, keys or [])
        report.add(_but_signing(records) if keys is None else records)
        report.add(await self._answers(editions, base_url))
        return report

    def _keys(self, report: Report) -> list[SigningKey] | None:
        """Give the keys that sign; None where one cannot be used, which is told at once."""
        try:
            return signing_keys(self.settings)
        except SettingsError as error:
            report.add([Finding("fail", "signature", str(error))])
            return None

    def _identity(self, report: Report) -> MailIdentity:
        settings = self.settings
        if settings.sender_address is None:
            remedy = "Set PAPERROUND_SENDER_ADDRESS and PAPERROUND_SMTP_HOST to send mail."
            what = "Mail is off; it was looked at with a sender who is made up."
            report.add([Finding("warn", "sender", what, remedy)])
            settings = settings.model_copy(update={"sender_address": _STAND_IN})
            return identity_of(settings, self.database, None)
        try:
            return identity_of(settings, self.database, signer(settings))
        except SettingsError:  # a key that cannot be used; told already
            return identity_of(settings, self.database, None)

    async def _edition(
        self, report: Report, view: IssueView, identity: MailIdentity
    ) -> Edition | None:
        language = view["language"]
        try:
            edition = await rendered(view, identity, Tokens(key_ring(self.settings)))
        except MailerError as error:
            report.add([Finding("fail", "render", str(error), _REPORT_IT)], language)
            return None
        if edition.token:
            report.secrets.add(edition.token)
        report.add([Finding("pass", "render", "Rendered for a reader with a long name.")], language)
        report.add(check_titles(view), language)
        return edition

    def _records(self, letterhead: Letterhead, keys: list[SigningKey]) -> list[Finding]:
        sender = letterhead.sender.domain
        if self.settings.sender_address is None:
            return [Finding("skip", "dns", "DNS was not asked: no sender is set.")]
        if self.ask is None:
            return [Finding("skip", "dns", "DNS was not asked (--offline).")]
        if is_for_examples(sender) and not self.given_zone:
            what = f"{sender} is kept for examples or private networks; DNS was not asked."
            remedy = "Set PAPERROUND_SENDER_ADDRESS to an address of a domain of yours."
            return [Finding("warn", "dns", what, remedy)]
        envelope = letterhead.bounce_domain or sender
        return list(check_records_of(sender, envelope, keys, self.ask))

    async def _answers(self, editions: list[Edition], base_url: str) -> list[Finding]:
        if self.ask is None:
            return [Finding("skip", "answers", "No link was asked whether it answers (--offline).")]
        host = urlsplit(base_url).hostname or ""
        found, leaving = [], _leaving(editions)
        if is_for_examples(host) and not is_local(host):
            what = f"{host} is kept for examples; whether one can unsubscribe there was not asked."
            found.append(Finding("warn", "unsubscribe", what, _PUBLIC))
            leaving = []
        if self.ask_links:
            return found + await check_answers(leaving + _linked(editions, base_url), base_url)
        found += await check_answers(leaving, base_url, patience_s=HASTE_S)
        what = "The links were not asked whether they answer (--links asks)."
        return [*found, Finding("skip", "answers", what)]


def preflight_of(  # noqa: PLR0913 - what may be left open; all named
    settings: Settings,
    database: Database,
    *,
    rules: Path | None = None,
    ask: Ask | None = None,
    ask_links: bool = False,
    given_zone: bool = False,
) -> Preflight:
    """Make the checks, with the rule file that is given or set laid over ours.

    Raises:
        SettingsError: The rule file cannot be read.
    """
    path = rules or settings.client_rules
    try:
        known = laid_over(our_rules(), path.read_text(encoding="utf-8")) if path else our_rules()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise SettingsError(
            f"The rule file {path} cannot be read: {reason}. Correct --rules or PAPERROUND_CLIENT_RULES."
        ) from error
    except MailerError as error:
        raise SettingsError(f"{path}: {error}") from error
    return Preflight(settings, database, known, ask, ask_links, given_zone)


def _but_signing(findings: list[Finding]) -> list[Finding]:
    """Leave out what would be said of a sender without a key."""
    return [it for it in findings if it.name not in {"signature", "dkim"}]


def _leaving(editions: list[Edition]) -> list[Question]:
    """Give the address to unsubscribe of one edition; those of the others differ in nothing."""
    return [
        Question(edition.leave_url, f"List-Unsubscribe, {edition.language}", leaves=True)
        for edition in editions
        if edition.leave_url
    ][:1]


def _linked(editions: list[Edition], base_url: str) -> list[Question]:
    """Give what the editions link to, but for pages of the made-up reader, who has no subscription."""
    return [
        Question(link.url, f"{edition.language}, {link.place}", _waits(link.url, edition, base_url))
        for edition in editions
        for link in links_of(edition.mail)
        if link.url.startswith(("http://", "https://")) and not fault_of(link.url, base_url)
        if not (edition.token and edition.token in link.url)
    ]


def _waits(url: str, edition: Edition, base_url: str) -> bool:
    return not edition.is_published and same_site(url, base_url)
