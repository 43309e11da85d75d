"""Reads what the pages show: the list of issues, an issue with its neighbours, a paper."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from publisher.prose import to_text
from publisher.views import best_edition, entry_views, issue_view, latest_issues
from storage.enums import EntryKind
from storage.tables import Entry, EntryPaper, Issue, Paper
from web.related import More, more_like

if TYPE_CHECKING:
    from sqlmodel import Session

    from publisher.ports import EntryView, IssueView, PaperView, TopicView

MAX_ISSUES = 600  # fifty years of a monthly, twelve of a weekly
WORDS_A_MINUTE = 220
HAN_A_MINUTE = 400
_HAN = re.compile(r"[\u3400-\u9fff]")
BIGGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Line:
    """An issue as it stands in a list; a paper's title may be unknown."""

    slug: str
    language: str
    title: str
    month: str
    intro: str
    papers: list[tuple[int, str | None]]  # number and title


@dataclass(frozen=True, slots=True)
class Reading:
    """An issue to read: its edition, how long it takes, and what lies beside it."""

    issue: IssueView
    minutes: int
    newer: tuple[str, str] | None  # slug and title
    older: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Mention:
    """What one edition of an issue said about a paper."""

    slug: str
    language: str
    issue_title: str
    month: str
    entry: EntryView


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A paper, what was written about it, and in which other words."""

    paper: PaperView
    authors: list[str]
    et_al: bool
    mentions: list[tuple[Mention, list[Mention]]]  # the best edition of an issue, then the others
    together: list[PaperView]
    topics: list[TopicView]
    more: list[More]


def issue_lines(session: Session, language: str) -> list[Line]:
    """List the published issues, newest first."""
    issues = latest_issues(session, language, limit=MAX_ISSUES)
    papers: dict[int, list[tuple[int, str | None]]] = {}
    query = (
        select(Entry.issue_id, Entry.number, Entry.position, Entry.title)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(Entry.kind == EntryKind.PAPER, col(Issue.published_at).is_not(None))
        .order_by(col(Entry.issue_id), col(Entry.position))
    )
    for issue_id, number, position, title in session.exec(query):
        papers.setdefault(issue_id, []).append((number or position, title))
    return [
        Line(
            it.slug,
            it.language,
            it.title,
            f"{it.month:%Y-%m}",
            it.intro,
            papers.get(it.id or 0, []),
        )
        for it in issues
    ]


def reading(session: Session, slug: str, language: str) -> Reading | None:
    """Read the edition of a published issue that fits a language, with its neighbours."""
    query = select(Issue).where(Issue.slug == slug, col(Issue.published_at).is_not(None))
    editions = session.exec(query).all()
    if not editions:
        return None
    view = issue_view(session, best_edition(editions, language))
    view["languages"] = sorted(it.language for it in editions)  # drafts are nobody's business
    row = latest_issues(session, language, limit=MAX_ISSUES)
    place = next((n for n, it in enumerate(row) if it.slug == slug), None)
    newer = row[place - 1] if place else None
    older = row[place + 1] if place is not None and place + 1 < len(row) else None
    return Reading(
        view,
        minutes_to_read(view),
        (newer.slug, newer.title) if newer else None,
        (older.slug, older.title) if older else None,
    )


def minutes_to_read(issue: IssueView) -> int:
    """Estimate how long an issue takes to read."""
    parts = [issue["intro"], *issue["news"]]
    for entry in issue["entries"]:
        parts += [entry["why"], entry["insights"]]
    text = "\n".join(map(to_text, parts))
    han = len(_HAN.findall(text))
    words = len(_HAN.sub(" ", text).split())
    return max(1, math.ceil(words / WORDS_A_MINUTE + han / HAN_A_MINUTE))


def paper_page(session: Session, paper_id: int, language: str) -> PaperPage | None:
    """Read a paper and everything that published issues said about it, the fitting edition first."""
    if paper_id > BIGGEST_ID or session.get(Paper, paper_id) is None:
        return None
    query = (
        select(Entry.id, Issue)
        .join(EntryPaper, col(EntryPaper.entry_id) == Entry.id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(EntryPaper.paper_id == paper_id, col(Issue.published_at).is_not(None))
        .order_by(col(Issue.month).desc(), col(Issue.slug), col(Issue.id))
    )
    by_slug: dict[str, list[Mention]] = {}
    issues: dict[str, list[Issue]] = {}
    placed = session.exec(query).all()
    read = entry_views(session, [entry_id for entry_id, _ in placed if entry_id])
    for entry_id, issue in placed:
        entry = read[entry_id or 0][1]
        by_slug.setdefault(issue.slug, []).append(_mention(issue, entry))
        issues.setdefault(issue.slug, []).append(issue)
    mentions = []
    for slug, said in by_slug.items():
        chosen = best_edition(issues[slug], language).language
        first = next(it for it in said if it.language == chosen)
        mentions.append((first, [it for it in said if it is not first]))
    if not mentions:
        return None
    return _paper_page(paper_id, mentions, more_like(session, paper_id, language))


def _mention(issue: Issue, entry: EntryView) -> Mention:
    return Mention(issue.slug, issue.language, issue.title, f"{issue.month:%Y-%m}", entry)


def _paper_page(
    paper_id: int, mentions: list[tuple[Mention, list[Mention]]], more: list[More]
) -> PaperPage:
    entries = [first.entry for first, _ in mentions]
    covered = {paper["id"]: paper for entry in entries for paper in entry["papers"]}
    # An entry about several papers names the authors of all of them; one about this alone knows better.
    known = min(entries, key=lambda it: (not it["authors"], len(it["papers"])))
    return PaperPage(
        covered.pop(paper_id),
        known["authors"],
        known["et_al"],
        mentions,
        list(covered.values()),
        list({it["slug"]: it for entry in entries for it in entry["topics"]}.values()),
        more,
    )
