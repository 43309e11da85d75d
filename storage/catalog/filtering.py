"""Narrows an answer down to the entries that filters admit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, func, or_, select

from storage.catalog.document import author_token, topic_token, year_token
from storage.catalog.editions import Candidate
from storage.catalog.fulltext import holding
from storage.catalog.initials import person
from storage.catalog.matched import FILTER
from storage.catalog.retrieve import documents
from storage.catalog.topics import topic_named
from storage.enums import EntryKind
from storage.tables import Entry, Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from storage.catalog.question import Filters

MAX_ADMITTED = 20_000
MAX_LISTED = 60
FEW = 1_000  # entries whose issues are looked up
FIRST_ISSUES, ISSUES_AT_ONCE = 4, 200  # whose entries are looked through, twice as many each time


def allowed(session: Session, filters: Filters) -> set[int] | None:
    """Give the entries that authors, years, issues and topics admit; None when nothing narrows."""
    sets = [_by_author(session, author) for author in filters.authors]
    sets += [
        set(
            holding(
                session, "words", [[(year_token(y),) for y in filters.years]], limit=MAX_ADMITTED
            )
        )
        for _ in filters.years[:1]
    ]
    sets += [_by_issue(session, filters.issues) for _ in filters.issues[:1]]
    sets += [_by_topic(session, topic) for topic in filters.topics]
    return set.intersection(*sets) if sets else None


def everything(
    session: Session, filters: Filters, *, drafts: bool, limit: int = MAX_LISTED
) -> list[Candidate]:
    """List what filters alone admit: newest issue first, in the order of the issue."""
    query = select(Issue.id).order_by(col(Issue.month).desc(), col(Issue.slug), col(Issue.id))
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    if filters.languages:
        own = func.lower(Issue.language)
        regional = [own.startswith(f"{wanted}-", autoescape=True) for wanted in filters.languages]
        query = query.where(or_(own.in_(filters.languages), *regional))
    kind, within = filters.kind or EntryKind.PAPER, allowed(session, filters)
    if within is not None and len(within) <= FEW:
        holding_them = select(Entry.issue_id).where(col(Entry.id).in_(within))
        query = query.where(col(Issue.id).in_(holding_them))
    issues = session.exec(query).all()
    ids: list[int] = []
    # Issue by issue, so that the work is bounded by what is listed and not by what is admitted.
    start, together = 0, FIRST_ISSUES
    while start < len(issues) and len(ids) < limit:
        ids += _entries(session, issues[start : start + together], kind, within)
        start, together = start + together, min(2 * together, ISSUES_AT_ONCE)
    listed = enumerate(ids[:limit])
    return [Candidate(e, None, 50.0 - place / 100, FILTER) for place, e in listed]


def _entries(
    session: Session, issues: Sequence[int | None], kind: EntryKind, within: set[int] | None
) -> list[int]:
    order = {issue_id: place for place, issue_id in enumerate(issues)}
    rows = session.exec(
        select(Entry.issue_id, Entry.position, Entry.id).where(
            col(Entry.issue_id).in_(issues), Entry.kind == kind
        )
    )
    found = [row for row in rows if within is None or row[2] in within]
    return [e for _, _, e in sorted(found, key=lambda row: (order[row[0]], row[1])) if e]


def _by_author(session: Session, author: str) -> set[int]:
    one = person(author)
    if not one.names:  # a name without a letter is nobody's
        return set()
    groups = [[(author_token(author),), one.names]]
    found = holding(session, "words", groups, limit=MAX_ADMITTED)
    if len(found) > MAX_ADMITTED // 10:
        if not one.initials:
            return set(found)
        found = found[
            : MAX_ADMITTED // 10
        ]  # a letter says little; only the newest are looked through
    return {
        entry_id
        for entry_id, document in documents(session, found).items()
        if any(map(one.is_among, document.authors))
    }


def _by_topic(session: Session, topic: str) -> set[int]:
    slug = topic_named(session, topic)
    if slug is None:
        return set()
    return set(holding(session, "words", [[(topic_token(slug),)]], limit=MAX_ADMITTED))


def _by_issue(session: Session, issues: tuple[str, ...]) -> set[int]:
    months = [slug for slug in issues if len(slug) == len("2022-04") and slug[4] == "-"]
    query = (
        select(Entry.id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(or_(col(Issue.slug).in_(issues), *(col(Issue.slug).contains(m) for m in months)))
    )
    return {entry_id for entry_id in session.exec(query) if entry_id is not None}
