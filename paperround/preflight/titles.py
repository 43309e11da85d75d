"""Notices entries of an issue whose titles are not known, as where a saved page has lost them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailer.preflight import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.ports import IssueView

_REMEDY: Final = "Write them into a corrections file, and import again with --corrections."


def check_titles(issue: IssueView) -> Iterator[Finding]:
    """Judge whether each entry says what it is about; an entry on one paper may be known by the paper's title."""
    entries = issue["entries"]
    nameless = [str(it["number"]) for it in entries if not it["title"] and len(it["papers"]) != 1]
    if nameless:
        what = f"{len(nameless)} of {len(entries)} entries have no title; readers are told that it is unknown."
        yield Finding("warn", "titles", what, _REMEDY, f"entries {', '.join(nameless)}")
    else:
        yield Finding("pass", "titles", f"Each of {len(entries)} entries has a title.")
