"""The pages for reading: home, an issue, a paper, search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web
from sqlmodel import col, select

from publisher.views import best_edition, entry_view, issue_view, latest_issues
from storage import catalog
from storage.enums import EntryKind
from storage.tables import Entry, EntryPaper, Issue, Paper
from web.site import site_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from publisher.ports import EntryView, IssueView
    from storage.catalog import Hit

MAX_QUERY = 300


@dataclass(frozen=True, slots=True)
class Line:
    """An issue as it stands in a list."""

    slug: str
    title: str
    month: str
    intro: str
    papers: list[str]
    count: int


@dataclass(frozen=True, slots=True)
class Mention:
    """What one issue said about a paper."""

    slug: str
    language: str
    issue_title: str
    entry: EntryView


async def home(request: web.Request) -> web.Response:
    """Show the latest issue and all past ones."""
    site = site_of(request)
    lines = await site.database.reading(issue_lines, site.language_of(request))
    form_token = site.tokens.sign("form", int(site.now().timestamp()))
    return await site.page(request, "home.html.j2", lines=lines, form_token=form_token)


async def issue(request: web.Request) -> web.Response:
    """Show an issue in the reader's language, where it has one."""
    site = site_of(request)
    view = await site.database.reading(
        published_issue, request.match_info["slug"], site.language_of(request)
    )
    if view is None:
        raise web.HTTPNotFound
    return await site.page(request, "issue.html.j2", issue=view)


async def paper(request: web.Request) -> web.Response:
    """Show a paper with everything that was written about it."""
    site = site_of(request)
    found = await site.database.reading(
        paper_mentions, int(request.match_info["paper"]), site.language_of(request)
    )
    if found is None:
        raise web.HTTPNotFound
    work, aliases, mentions = found
    return await site.page(request, "paper.html.j2", paper=work, aliases=aliases, mentions=mentions)


async def search(request: web.Request) -> web.Response:
    """Answer a question, and say how sure the answer is."""
    site = site_of(request)
    query = request.query.get("q", "")[:MAX_QUERY].strip()
    answer = None
    if query:
        answer = await site.database.reading(_answer, query, site.language_of(request))
    return await site.page(request, "search.html.j2", query=query, answer=answer)


def issue_lines(session: Session, language: str) -> list[Line]:
    """List the published issues, newest first."""
    lines = []
    for one in latest_issues(session, language):
        query = (
            select(Entry.title)
            .where(Entry.issue_id == one.id, Entry.kind == EntryKind.PAPER)
            .order_by(col(Entry.position))
        )
        titles = list(session.exec(query))
        named = [title for title in titles if title]
        lines.append(Line(one.slug, one.title, f"{one.month:%Y-%m}", one.intro, named, len(titles)))
    return lines


def published_issue(session: Session, slug: str, language: str) -> IssueView | None:
    """Read the edition of a published issue that fits a language."""
    query = select(Issue).where(Issue.slug == slug, col(Issue.published_at).is_not(None))
    editions = session.exec(query).all()
    return issue_view(session, best_edition(editions, language)) if editions else None


def paper_mentions(
    session: Session, paper_id: int, language: str
) -> tuple[Paper, list[str], list[Mention]] | None:
    """Read a paper and what published issues said about it, each in the language that fits best."""
    if paper_id >= 2**31 or (work := session.get(Paper, paper_id)) is None:
        return None
    query = (
        select(Entry.id, Issue)
        .join(EntryPaper, col(EntryPaper.entry_id) == Entry.id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(EntryPaper.paper_id == paper_id, col(Issue.published_at).is_not(None))
        .order_by(col(Issue.month).desc(), col(Issue.id))
    )
    by_slug: dict[str, list[tuple[int, Issue]]] = {}
    for entry_id, one in session.exec(query):
        by_slug.setdefault(one.slug, []).append((entry_id or 0, one))
    mentions = []
    for editions in by_slug.values():
        chosen = best_edition([one for _, one in editions], language)
        entry_id = next(number for number, one in editions if one.id == chosen.id)
        entry = entry_view(session, entry_id)[1]
        mentions.append(Mention(chosen.slug, chosen.language, chosen.title, entry))
    if not mentions:
        return None
    aliases = next(
        (p["aliases"] for m in mentions for p in m.entry["papers"] if p["id"] == paper_id), []
    )
    return work, aliases, mentions


def _answer(session: Session, query: str, language: str) -> tuple[str, list[tuple[Hit, EntryView]]]:
    answer = catalog.search(session, query, language=language)
    return answer.confidence.value, [(h, entry_view(session, h.entry_id)[1]) for h in answer.hits]
