"""Folds what is kept of an issue, its copies and an editor's corrections, into one edition per language.

It writes no row of an issue: the same fold tells an import what to write, and the names of a paper what each
issue that writes about it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlmodel import col, select

from publisher.merge import Source, correct, lend, merge, numbered
from publisher.readers.edition import Edition
from storage.tables import Copy, Correction, Issue

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

NAMES = "names"  # in a correction: what an editor said of names by command, see `publisher.words`


class Fold(NamedTuple):
    """An edition as it is to be, and what its copies disagree about."""

    edition: Edition
    conflicts: tuple[str, ...]


def editions_of(session: Session, slug: str) -> list[Issue]:
    """List the editions of an issue, by language."""
    return list(session.exec(select(Issue).where(Issue.slug == slug).order_by(col(Issue.language))))


def fold_issue(session: Session, slug: str) -> dict[str, Fold]:
    """Fold every edition of an issue from what is kept of it; by language, in order."""
    sources = [(issue, _sources(session, issue)) for issue in editions_of(session, slug)]
    merged = {issue.language: merge(copies) for issue, copies in sources if copies}
    folded: dict[str, Fold] = {}
    for language, own in merged.items():
        edition = own.edition
        for other in sorted(merged):
            if other != language:
                edition = lend(edition, merged[other].edition)
        edition = correct(numbered(edition), _corrections(session, slug, language))
        folded[language] = Fold(edition, own.conflicts)
    return folded


def original_of(issues: Collection[Issue]) -> Issue:
    """Give the original among the editions of an issue.

    It is the English one where there is one, else the one that came first.
    """
    return min(issues, key=_originality)


def _originality(issue: Issue) -> tuple[bool, bool, int]:
    return issue.translation_credit is not None, issue.language != "en", issue.id or 0


def _sources(session: Session, issue: Issue) -> list[Source]:
    copies = session.exec(select(Copy).where(Copy.issue_id == issue.id).order_by(Copy.origin)).all()
    return [Source(c.origin, c.form, Edition.from_json(c.edition)) for c in copies]


def _corrections(session: Session, slug: str, language: str) -> list[dict[str, Any]]:
    """Give the corrections for an edition: those for every language first, its own after them."""
    kept = session.exec(
        select(Correction)
        .where(Correction.slug == slug, col(Correction.language).in_(["", language]))
        .order_by(Correction.language, col(Correction.number))
    )
    contents = [({k: v for k, v in c.content.items() if k != NAMES}, c.number) for c in kept]
    return [content | {"number": number} for content, number in contents if content]
