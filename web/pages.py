"""The pages for reading: home, an issue, a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from web import archive
from web.citations import citable
from web.site import site_of
from web.subscription import form_token
from web.texts import language_name, page_language

if TYPE_CHECKING:
    from web.archive import Line


async def home(request: web.Request) -> web.Response:
    """Show the latest issue and all past ones."""
    site = site_of(request)
    lines = await site.database.reading(archive.issue_lines, site.language_of(request))
    return await site.page(
        request,
        "home.html.j2",
        newest=lines[0] if lines else None,
        years=_by_year(lines[1:]),
        form_token=form_token(request),
    )


async def issue(request: web.Request) -> web.Response:
    """Show an issue in the reader's language, where it has one."""
    site = site_of(request)
    language = site.language_of(request)
    found = await site.database.reading(archive.reading, request.match_info["slug"], language)
    if found is None:
        raise web.HTTPNotFound
    view = found.issue
    return await site.page(
        request,
        "issue.html.j2",
        editions={page_language(it) or "en" for it in view["languages"]},
        issue=view,
        reading=found,
        citable=citable(it for entry in view["entries"] for it in entry["papers"]),
        written_in=None
        if page_language(view["language"]) == language
        else language_name(view["language"]),
        form_token=form_token(request),
    )


async def paper(request: web.Request) -> web.Response:
    """Show a paper with everything that was written about it."""
    site = site_of(request)
    found = await site.database.reading(
        archive.paper_page, int(request.match_info["paper"]), site.language_of(request)
    )
    if found is None:
        raise web.HTTPNotFound
    return await site.page(
        request,
        "paper.html.j2",
        page=found,
        citable=citable([found.paper]),
        language_name=language_name,
    )


def _by_year(lines: list[Line]) -> dict[str, list[Line]]:
    years: dict[str, list[Line]] = {}
    for line in lines:
        years.setdefault(line.month[:4], []).append(line)
    return years
