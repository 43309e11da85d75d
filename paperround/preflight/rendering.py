"""Renders every edition of an issue as a reader would get it, for a reader who is made up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import select

from mailer.compiler import IssueCompiler
from mailer.connect import SmtpSettings
from mailer.preflight.opened import OpenedMail, open_mail
from mailer.relay import Relay
from mailer.sender import MailSender
from publisher.ports import Copy
from publisher.prose import to_html, to_text
from publisher.views import issue_view
from storage.tables import Issue

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailer.identity import MailIdentity
    from mailer.tokens import Tokens
    from publisher.ports import IssueView

# Long, in three scripts, with what must be quoted: whoever gets this gets everything.
_NAME: Final = (
    'Dr. Wilhelmina "Mina" van der Schoonhoven-Rosenbaum, Ελένη Παπαδοπούλου-Ζαχαρία, 欧阳晓明'
)
_ADDRESS: Final = "wilhelmina.van.der.schoonhoven-rosenbaum+the.round@students.example.org"
_NOBODY: Final = 0  # no subscriber has this row id, so that its link to leave unsubscribes no one
_TOKEN: Final = re.compile(r"/u/([\w.-]+)>")


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition, rendered.

    Attributes:
        language: Its language.
        is_published: Whether its pages are on the web already.
        mail: The copy of the made-up reader.
    """

    language: str
    is_published: bool
    mail: OpenedMail

    @property
    def leave_url(self) -> str | None:
        """Give the web address in List-Unsubscribe."""
        values = self.mail.values("List-Unsubscribe")
        found = re.search(r"<(https?://[^<>]*)>", values[0]) if values else None
        return found[1] if found else None

    @property
    def token(self) -> str | None:
        """Give the token in that address."""
        found = _TOKEN.search(" ".join(self.mail.values("List-Unsubscribe")))
        return found[1] if found else None


def editions_of(session: Session, slug: str) -> list[IssueView]:
    """Read each edition of an issue, the original first."""
    issues = session.exec(select(Issue).where(Issue.slug == slug).order_by(Issue.language)).all()
    ordered = sorted(issues, key=lambda it: it.translation_of_id is not None)
    return [issue_view(session, issue) for issue in ordered]


async def rendered(view: IssueView, identity: MailIdentity, tokens: Tokens) -> Edition:
    """Render one edition with the parts that a send uses; nothing is connected to.

    Raises:
        MailerError: It cannot be rendered; says why.
    """
    relay: Relay[Any] = Relay(SmtpSettings("localhost", 25, tls="none"))
    sender = MailSender(relay, IssueCompiler(identity, to_html, to_text), tokens)
    try:
        await sender.prepare(view)
        raw = sender.message(Copy(0, 0, _NOBODY, _ADDRESS, _NAME, view["language"]))
    finally:
        await sender.close()
    published = view["published_at"] is not None
    return Edition(view["language"], published, open_mail(raw, view["language"]))
