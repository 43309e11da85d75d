"""Puts together what an issue is made of: the copies of each edition, its translations, an editor's corrections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from publisher.merge import Source, correct, lend, merge, numbered
from publisher.readers.edition import Edition
from storage.tables import Copy, Correction, Issue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Whole:
    """An issue in every language, made of its copies and corrections."""

    issues: list[Issue]
    original: Issue
    final: dict[str, Edition]  # by language
    conflicts: dict[str, tuple[str, ...]]


def gather(session: Session, slug: str) -> Whole:
    """Put an issue together of whose copies there is at least one."""
    sources = [(issue, _sources(session, issue)) for issue in editions_of(session, slug)]
    issues = [issue for issue, copies in sources if copies]
    merged = {issue.language: merge(copies) for issue, copies in sources if copies}
    editions = {language: m.edition for language, m in merged.items()}
    return Whole(
        issues=issues,
        original=min(issues, key=_originality),
        final={i.language: _final(session, slug, i.language, editions) for i in issues},
        conflicts={language: m.conflicts for language, m in merged.items()},
    )


def editions_of(session: Session, slug: str) -> list[Issue]:
    """List the editions of an issue, by language."""
    return list(session.exec(select(Issue).where(Issue.slug == slug).order_by(col(Issue.language))))


def _final(session: Session, slug: str, language: str, editions: Mapping[str, Edition]) -> Edition:
    """Complete an edition by its translations, and let the editor have the last word."""
    edition = editions[language]
    for other in sorted(editions):
        if other != language:
            edition = lend(edition, editions[other])
    return correct(numbered(edition), _corrections(session, slug, language))


def _originality(issue: Issue) -> tuple[bool, bool, int]:
    """The English edition is the original where there is one, else the one that came first."""
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
    return [c.content | {"number": c.number} for c in kept]
