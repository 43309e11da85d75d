"""Reads what stands below a paper as more like it, with the reasons in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from publisher.related import say
from storage import catalog
from storage.tables import Issue, Topic

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.catalog import Hit

MOST: Final = 5


@dataclass(frozen=True, slots=True)
class More:
    """A related paper: where it stands, and why it is shown."""

    hit: Hit
    issue_title: str
    reasons: list[str]  # the strongest first


def more_like(session: Session, paper_id: int, language: str) -> list[More]:
    """Find what else a reader of a paper may want to read; nothing where nothing is near."""
    found = catalog.related(session, paper_id=paper_id, language=language, limit=MOST)
    if not found:
        return []
    names = {it.slug: it.names for it in session.exec(select(Topic))}
    titles = _titles(session, {one.hit.issue for one in found})
    return [
        More(
            one.hit,
            titles.get((one.hit.issue, one.hit.language), one.hit.issue),
            [say(reason, language, names) for reason in one.reasons],
        )
        for one in found
    ]


def _titles(session: Session, slugs: set[str]) -> dict[tuple[str, str], str]:
    query = select(Issue.slug, Issue.language, Issue.title).where(col(Issue.slug).in_(slugs))
    return {(slug, language): title for slug, language, title in session.exec(query)}
