"""Runs every check that a finished mail itself can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.preflight.clients import check_clients
from mailer.preflight.header_checks import check_headers, check_signature, check_unsubscribe
from mailer.preflight.links import check_links
from mailer.preflight.page_checks import check_access, check_language, check_size
from mailer.preflight.wording import check_text_part

if TYPE_CHECKING:
    from mailer.preflight.clients import Rules
    from mailer.preflight.finding import Finding
    from mailer.preflight.opened import OpenedMail


def check_mail(mail: OpenedMail, base_url: str, rules: Rules) -> list[Finding]:
    """Judge a mail by its bytes alone.

    Args:
        mail: The mail, opened.
        base_url: Where our own pages are.
        rules: What mail programs lack.
    """
    return [
        *check_headers(mail),
        *check_unsubscribe(mail),
        *check_signature(mail),
        *check_size(mail),
        *check_language(mail),
        *check_access(mail),
        *check_links(mail, base_url),
        *check_text_part(mail),
        *check_clients(mail, rules),
    ]
