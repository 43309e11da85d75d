"""Says who sends the mail, by the settings and, for the newsletter's name, by what was imported last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.identity import MailIdentity
from paperround.errors import SettingsError
from publisher.views import latest_issues
from storage.tables import Newsletter

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailer.dkim import Signer
    from paperround.settings import Settings
    from storage.database import Database


def identity_of(settings: Settings, database: Database, signer: Signer | None) -> MailIdentity:
    """Say who sends the mail.

    Raises:
        SettingsError: No sender is set.
    """
    if settings.sender_address is None:
        raise SettingsError("There is no sender. Set PAPERROUND_SENDER_ADDRESS.")
    domain = settings.sender_address.rpartition("@")[2]
    with database.read() as session:
        newsletter = settings.newsletter_name or _newest_name(session) or "Paperround"
    return MailIdentity(
        newsletter=newsletter,
        sender_name=settings.sender_name or newsletter,
        sender_address=settings.sender_address,
        reply_to=settings.reply_to,
        base_url=settings.base_url,
        list_id=settings.list_id or f"newsletter.{domain}",
        unsubscribe_address=settings.unsubscribe_address or f"unsubscribe@{domain}",
        postal_address=settings.postal_address,
        message_id_domain=settings.message_id_domain or domain,
        bounce_domain=settings.bounce_domain,
        signer=signer,
    )


def _newest_name(session: Session) -> str | None:
    newest = latest_issues(session, limit=1, drafts=True)
    return session.get_one(Newsletter, newest[0].newsletter_id).name if newest else None
