"""What the bot reads from the store to answer a member: published issues and their entries, never drafts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlmodel import col, or_, select

from bot.cards import IssueHead
from bot.keys import EntryKey
from bot.texts import main_language
from publisher.views import best_edition, entry_views, issue_view, latest_issues
from storage import catalog
from storage.enums import EntryKind
from storage.tables import Entry, Issue, Newsletter

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

    from publisher.ports import EntryView, IssueView

MAX_FOUND = 10
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with the issue it stands in, which paper of it is meant, and why it was found."""

    issue: IssueHead
    entry: EntryView
    entry_id: int
    paper_id: int | None = None
    title: str = ""
    matched: str = ""
    is_news: bool = False

    @property
    def key(self) -> EntryKey:
        """Name the entry by what is printed."""
        return EntryKey(self.issue.slug, self.issue.language, self.entry["number"])


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer to a query: one sure entry, several to choose from, or the nearest to nothing."""

    confidence: catalog.Confidence
    found: list[Found]


def look_up(
    session: Session, query: str, language: str, search: catalog.Search = catalog.search
) -> Findings:
    """Find entries for a query, the one in the reader's language first."""
    answer = search(session, query, language=language, drafts=False, limit=MAX_FOUND)
    match answer.confidence:
        case catalog.Confidence.SURE:
            hits = answer.hits[:1]
        case catalog.Confidence.CHOICES:
            hits = answer.hits
        case catalog.Confidence.NONE:
            hits = answer.hits[:NEAREST]
    return Findings(answer.confidence, found_by(session, hits))


def found_by(session: Session, hits: Sequence[catalog.Hit]) -> list[Found]:
    """Read the entries of hits."""
    ids = {hit.entry_id for hit in hits}
    read = found_entries(session, ids)
    news = set(
        session.exec(select(Entry.id).where(col(Entry.id).in_(ids), Entry.kind == EntryKind.NEWS))
    )
    return [
        replace(
            read[hit.entry_id],
            paper_id=hit.paper_id,
            title=hit.title or "",
            matched=hit.matched,
            is_news=hit.entry_id in news,
        )
        for hit in hits
    ]


def open_entry(session: Session, key: EntryKey, language: str) -> Found | None:
    """Find the entry of a button: in the reader's language where there is one, else as the button says."""
    published = [i for i in _editions(session, key.slug) if i.published_at is not None]
    if not published:
        return None
    chosen = best_edition(published, language)
    if main_language(chosen.language) != main_language(language):
        chosen = best_edition(published, key.language)
    entry = session.exec(
        select(Entry)
        .where(
            Entry.issue_id == chosen.id,
            Entry.kind == EntryKind.PAPER,
            or_(
                col(Entry.number) == key.number,
                col(Entry.number).is_(None) & (col(Entry.position) == key.number),
            ),
        )
        .order_by(col(Entry.position))
    ).first()
    return found_in(session, entry.id) if entry and entry.id else None


def newest_issue(session: Session, language: str) -> IssueView | None:
    """Read the newest published issue, in the reader's language where there is one."""
    issues = latest_issues(session, language, limit=1)
    return issue_view(session, issues[0]) if issues else None


def named_issue(session: Session, name: str, language: str) -> IssueView | None:
    """Read a published issue by its slug, its month (`2022-04`) or its title."""
    issue = issue_called(session, name, language)
    return issue_view(session, issue) if issue else None


def issue_called(session: Session, name: str, language: str) -> Issue | None:
    """Find a published issue by its slug, its month (`2022-04`) or its title."""
    wanted = name.strip().casefold()
    for issue in latest_issues(session, language, limit=10_000):
        titles = {e.title.casefold() for e in _editions(session, issue.slug)}
        if wanted in {issue.slug.casefold(), f"{issue.month:%Y-%m}", *titles}:
            return issue
    return None


def issue_names(session: Session, language: str) -> list[tuple[str, str, str]]:
    """List slug, month and title of the published issues, newest first."""
    issues = latest_issues(session, language, limit=10_000)
    return [(issue.slug, f"{issue.month:%Y-%m}", issue.title) for issue in issues]


def newsletter_name(session: Session) -> str | None:
    """Name the newsletter of the newest published issue."""
    issues = latest_issues(session, limit=1)
    return session.get_one(Newsletter, issues[0].newsletter_id).name if issues else None


def _editions(session: Session, slug: str) -> list[Issue]:
    return list(session.exec(select(Issue).where(Issue.slug == slug)))


def found_in(session: Session, entry_id: int) -> Found:
    """Read an entry with its issue."""
    return found_entries(session, [entry_id])[entry_id]


def found_entries(session: Session, entry_ids: Collection[int]) -> dict[int, Found]:
    """Read entries with their issues; by id."""
    read = entry_views(session, entry_ids)
    rows = session.exec(
        select(Newsletter.id, Newsletter.name).where(
            col(Newsletter.id).in_({issue.newsletter_id for issue, _ in read.values()})
        )
    )
    names = dict(rows.all())
    return {
        entry_id: Found(IssueHead.of(issue, names[issue.newsletter_id]), entry, entry_id)
        for entry_id, (issue, entry) in read.items()
    }
