"""Finds the issue that a command names, or says which there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paperround.cli.app import fail
from publisher.views import find_issue, latest_issues

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.tables import Issue

SHOWN = 5


def issue_named(session: Session, slug: str) -> Issue:
    """Find an issue by slug, drafts too.

    Raises:
        UserError: There is none; names the newest there are.
    """
    found = find_issue(session, slug)
    if found is None:
        known = [issue.slug for issue in latest_issues(session, limit=SHOWN, drafts=True)]
        advice = f"The newest are {', '.join(known)}." if known else "Import one first."
        raise fail(f"There is no issue {slug!r}. {advice}")
    return found
