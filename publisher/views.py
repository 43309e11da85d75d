"""Reads an issue with all its parts into the one shape that mail, web, Discord and `--json` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlmodel import col, func, select

from publisher.moments import moment_name
from publisher.ports import EntryView, IssueView, OccasionView, PaperView, TopicView
from storage.catalog import topic_name
from storage.enums import AliasOrigin, EntryKind
from storage.tables import (
    Entry,
    EntryPaper,
    EntryTopic,
    Issue,
    Newsletter,
    Paper,
    PaperAlias,
    Reference,
    Topic,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlmodel import Session

MOST_EDITIONS = 20  # kept while they are being sent


def find_issue(session: Session, slug: str, language: str | None = None) -> Issue | None:
    """Find an issue by slug, in that language if there is such an edition, else the original."""
    editions = session.exec(select(Issue).where(Issue.slug == slug)).all()
    if not editions:
        return None
    return best_edition(editions, language)


def best_edition(editions: Sequence[Issue], language: str | None) -> Issue:
    """Choose the edition for a reader's language: the same, the same main language, else the original."""
    wanted = (language or "").lower()

    def distance(issue: Issue) -> tuple[int, bool, int]:
        have = issue.language.lower()
        same = 0 if have == wanted else 1 if have.split("-")[0] == wanted.split("-")[0] else 2
        return same, issue.translation_of_id is not None, issue.id or 0

    return min(editions, key=distance)


def latest_issues(
    session: Session, language: str | None = None, *, limit: int = 100, drafts: bool = False
) -> list[Issue]:
    """List issues, newest first, each slug once, in the reader's language where there is one."""
    query = select(Issue) if drafts else select(Issue).where(col(Issue.published_at).is_not(None))
    newest = (
        query.with_only_columns(col(Issue.slug))
        .group_by(col(Issue.slug))
        .order_by(func.max(Issue.month).desc(), col(Issue.slug).desc())
        .limit(limit)
    )
    found = query.where(col(Issue.slug).in_(newest))
    by_slug: dict[str, list[Issue]] = {}
    for issue in session.exec(found.order_by(col(Issue.month).desc(), col(Issue.slug).desc())):
        by_slug.setdefault(issue.slug, []).append(issue)
    return [best_edition(editions, language) for editions in by_slug.values()]


def issue_view(session: Session, issue: Issue) -> IssueView:
    """Read an issue with all its parts."""
    newsletter = session.get_one(Newsletter, issue.newsletter_id)
    languages = session.exec(
        select(Issue.language).where(Issue.slug == issue.slug).order_by(Issue.language)
    ).all()
    entries = session.exec(
        select(Entry).where(Entry.issue_id == issue.id).order_by(col(Entry.position))
    ).all()
    references = session.exec(
        select(Reference).where(Reference.issue_id == issue.id).order_by(col(Reference.position))
    ).all()
    ids = [e.id for e in entries if e.id is not None]
    papers = _papers_of(session, ids)
    topics = _topics_of(session, ids)
    return IssueView(
        slug=issue.slug,
        language=issue.language,
        languages=list(languages),
        newsletter=newsletter.name,
        title=issue.title,
        month=f"{issue.month:%Y-%m}",
        month_source=issue.month_source,
        translation_credit=issue.translation_credit,
        sponsor=issue.sponsor,
        events=[_occasion(it, issue.language) for it in issue.occasions],
        intro=issue.intro,
        news=[e.insights for e in entries if e.kind is EntryKind.NEWS],
        entries=[
            _entry(e, papers.get(e.id or 0, []), _called(topics.get(e.id or 0, []), issue.language))
            for e in entries
            if e.kind is EntryKind.PAPER
        ],
        references=[{"number": r.number, "text": r.text, "url": r.url} for r in references],
        published_at=issue.published_at.isoformat() if issue.published_at else None,
    )


def _occasion(kept: dict[str, Any], language: str) -> OccasionView:
    at = kept.get("at")
    when = moment_name(at, language) if at else None
    return {"title": kept["title"], "at": at, "when": when, "url": kept.get("url")}


def entry_view(session: Session, entry_id: int) -> tuple[Issue, EntryView]:
    """Read one paper entry and the issue it stands in."""
    return entry_views(session, [entry_id])[entry_id]


def entry_views(session: Session, entry_ids: Collection[int]) -> dict[int, tuple[Issue, EntryView]]:
    """Read entries and the issues they stand in, in as many statements as one; by id."""
    placed = session.exec(
        select(Entry, Issue)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(col(Entry.id).in_(entry_ids))
    ).all()
    papers = _papers_of(session, entry_ids)
    topics = _topics_of(session, entry_ids)
    return {
        entry.id: (
            issue,
            _entry(
                entry, papers.get(entry.id, []), _called(topics.get(entry.id, []), issue.language)
            ),
        )
        for entry, issue in placed
        if entry.id is not None
    }


def _entry(entry: Entry, papers: list[PaperView], topics: list[TopicView]) -> EntryView:
    return EntryView(
        number=entry.number or entry.position,
        title=entry.title,
        papers=papers,
        authors=entry.authors,
        et_al=entry.et_al,
        why=entry.why,
        insights=entry.insights,
        related=[
            {"title": r["title"], "url": r.get("url"), "arxiv": r.get("arxiv")}
            for r in entry.related
        ],
        links=[{"label": link["label"], "url": link.get("url")} for link in entry.links],
        topics=topics,
    )


def _topics_of(session: Session, entry_ids: Collection[int]) -> dict[int, list[Topic]]:
    rows = session.exec(
        select(EntryTopic.entry_id, Topic)
        .join(Topic, col(Topic.slug) == EntryTopic.topic)
        .where(col(EntryTopic.entry_id).in_(entry_ids))
        .order_by(col(Topic.position))
    )
    found: dict[int, list[Topic]] = {}
    for entry_id, topic in rows:
        found.setdefault(entry_id, []).append(topic)
    return found


def _called(topics: Sequence[Topic], language: str) -> list[TopicView]:
    return [
        TopicView(slug=it.slug, name=topic_name(it.names, language), names=it.names)
        for it in topics
    ]


def _papers_of(session: Session, entry_ids: Collection[int]) -> dict[int, list[PaperView]]:
    rows = session.exec(
        select(EntryPaper.entry_id, Paper)
        .join(Paper, col(Paper.id) == EntryPaper.paper_id)
        .where(col(EntryPaper.entry_id).in_(entry_ids))
        .order_by(EntryPaper.entry_id, col(EntryPaper.position))  # type: ignore[arg-type]
    ).all()
    names: dict[int, list[str]] = {}
    guessed: dict[int, list[str]] = {}
    aliases = select(PaperAlias).where(
        col(PaperAlias.paper_id).in_({paper.id for _, paper in rows}),
        col(PaperAlias.forbidden).is_(False),
    )
    for alias in session.exec(aliases.order_by(col(PaperAlias.id))):
        names.setdefault(alias.paper_id, []).append(alias.name)
        if alias.origin is AliasOrigin.GUESSED:
            guessed.setdefault(alias.paper_id, []).append(alias.name)
    found: dict[int, list[PaperView]] = {}
    for entry_id, paper in rows:
        found.setdefault(entry_id, []).append(
            PaperView(
                id=paper.id or 0,
                title=paper.title,
                arxiv=paper.arxiv,
                doi=paper.doi,
                aliases=names.get(paper.id or 0, []),
                guessed=guessed.get(paper.id or 0, []),
            )
        )
    return found


class Editions:
    """The editions that are being sent; each is read again only when it was changed."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[datetime, IssueView]] = {}

    def get(self, session: Session, issue_id: int) -> IssueView:
        """Read an edition."""
        changed = session.exec(select(Issue.updated_at).where(Issue.id == issue_id)).one()
        known = self._known.get(issue_id)
        if known is None or known[0] != changed:
            known = (changed, issue_view(session, session.get_one(Issue, issue_id)))
            self._known = {issue_id: known} if len(self._known) > MOST_EDITIONS else self._known
            self._known[issue_id] = known
        return known[1]
