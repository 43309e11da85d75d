"""Compiles an issue into a template, once for all workers that send it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mailer.headers import structured_header, text_header
from mailer.identity import Letterhead
from mailer.message import HeaderSlot, Markers, MessageTemplate, compile_message
from mailer.render import MailRenderer, ReaderPages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailer.identity import MailIdentity

UNSUBSCRIBE: Final = "unsubscribe"  # the slot of the link to leave, and the purpose of its token
PREFERENCES: Final = "preferences"  # the slot of the link to what a reader chooses
_MOST_TEMPLATES: Final = 8  # that are kept: languages of an issue, and issues that are sent at once


class _Compilation(NamedTuple):
    """An issue that is compiled, or being compiled."""

    issue: Mapping[str, Any]
    task: asyncio.Task[MessageTemplate]

    @property
    def is_broken(self) -> bool:
        """Whether it gave no template."""
        task = self.task
        return task.done() and (task.cancelled() or task.exception() is not None)


class IssueCompiler:
    """Compiles issues for one sender of mail, and keeps the templates of the latest.

    Args:
        identity: Who sends it.
        to_html: Makes safe HTML of an editor's Markdown.
        to_text: Makes plain text of it.

    Raises:
        HeaderError: Something of the identity cannot stand in a mail.
    """

    def __init__(
        self, identity: MailIdentity, to_html: Callable[[str], str], to_text: Callable[[str], str]
    ) -> None:
        self.letterhead = Letterhead(identity)
        self._renderer = MailRenderer(to_html, to_text)
        self._known: dict[tuple[str, str], _Compilation] = {}

    async def template(self, issue: Mapping[str, Any]) -> MessageTemplate:
        """Give the template of an issue; workers that ask while it is being compiled get the same one.

        Args:
            issue: Of the shape of `publisher.ports.IssueView`.

        Raises:
            HeaderError: The title cannot stand in Subject.
            MailTemplateError: A template asks for what the issue does not have.
        """
        edition = issue["slug"], issue["language"]
        known = self._known.pop(edition, None)
        if known is None or known.issue != issue or known.is_broken:
            task = asyncio.create_task(asyncio.to_thread(self._compile, issue))
            known = _Compilation(issue, task)
        self._known[edition] = known
        if len(self._known) > _MOST_TEMPLATES:
            del self._known[next(iter(self._known))]
        return await asyncio.shield(known.task)  # others wait for it, though this one be cancelled

    def _compile(self, issue: Mapping[str, Any]) -> MessageTemplate:
        markers = Markers()
        letterhead = self.letterhead
        own = ReaderPages(markers.of(UNSUBSCRIBE), markers.of(PREFERENCES))
        mail = self._renderer.issue(issue, letterhead.place, own)
        head: list[bytes | HeaderSlot] = [
            letterhead.reply_headers(),
            HeaderSlot("To"),
            text_header("Subject", mail.subject),
            HeaderSlot("Date"),
            HeaderSlot("Message-ID"),
            letterhead.list_headers(),
            HeaderSlot("List-Unsubscribe"),
            structured_header("Auto-Submitted", "auto-generated"),  # RFC 3834 §5
            letterhead.feedback_id("issue", f"{issue['slug']}:{mail.language}"),
            structured_header("Content-Language", mail.language),
        ]
        template = compile_message(
            head, text=mail.text, html=mail.html, language=mail.language, markers=markers
        )
        return letterhead.signed(template)
