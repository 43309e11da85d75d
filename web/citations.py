"""Serves citations of a paper, an issue, a topic and an answer: files for reference managers and for LaTeX."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final

from aiohttp import web

from publisher.exports import (
    FORMS,
    Form,
    Selection,
    citation_keys,
    is_titled,
    records_of_hits,
    records_of_issue,
    records_of_papers,
)
from storage.catalog import Confidence
from web import answers, asking
from web.archive import BIGGEST_ID
from web.site import site_of
from web.topics import papers_about

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multidict import MultiMapping
    from sqlmodel import Session

    from publisher.ports import PaperView
    from storage.catalog import Search

MOST_OF_TOPIC: Final = 500  # papers; more than anyone cites at once
SUFFIXES: Final = "|".join(re.escape(form.suffix) for form in FORMS.values())  # for the routes
_NOT_OF_A_FILE_NAME: Final = re.compile(r"[^A-Za-z0-9.-]")


async def paper(request: web.Request) -> web.Response:
    """Serve a paper that a published issue noted."""
    number = int(request.match_info["paper"])
    if number > BIGGEST_ID:
        raise web.HTTPNotFound
    selection = await site_of(request).database.reading(records_of_papers, [number])
    return await _file(request, selection, "".join(citation_keys(selection.records).values()))


async def issue(request: web.Request) -> web.Response:
    """Serve the papers of a published issue."""
    site, slug = site_of(request), request.match_info["slug"]
    selection = await site.database.reading(records_of_issue, slug, site.language_of(request))
    return await _file(request, selection or Selection(), slug)


async def search(request: web.Request) -> web.Response:
    """Serve the papers of all pages of an answer, unless they are only the nearest."""
    site = site_of(request)
    selection = await site.database.reading(
        _answer, request.query, site.language_of(request), site.search
    )
    return await _file(request, selection, "search")


async def topic(request: web.Request) -> web.Response:
    """Serve the newest papers of a topic."""
    site, slug = site_of(request), request.match_info["topic"]
    selection = await site.database.reading(_about, slug)
    return await _file(request, selection, slug)


def citable(papers: Iterable[PaperView]) -> bool:
    """Tell whether there is anything to cite."""
    return any(is_titled(paper["title"], paper["arxiv"], paper["doi"]) for paper in papers)


def _answer(
    session: Session, given: MultiMapping[str], language: str, search_: Search
) -> Selection:
    confidence, hits = answers.answer(session, asking.read(session, given), language, search_)
    if confidence is Confidence.NONE:
        return Selection()
    return records_of_hits(session, hits)


def _about(session: Session, slug: str) -> Selection:
    return records_of_papers(session, papers_about(session, slug, MOST_OF_TOPIC))


async def _file(request: web.Request, selection: Selection, name: str) -> web.Response:
    if not selection.records:
        raise web.HTTPNotFound
    form = _form(request)
    text = await asyncio.to_thread(form.write, selection.records)
    response = web.Response(body=text.encode())
    textual = "" if "json" in form.media_type else "; charset=utf-8"  # JSON has one charset
    response.headers["Content-Type"] = form.media_type + textual
    safe = _NOT_OF_A_FILE_NAME.sub("_", name)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}.{form.suffix}"'
    response.headers["Vary"] = "Accept-Language, Accept-Encoding"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    response.enable_compression()
    return response


def _form(request: web.Request) -> Form:
    return next(it for it in FORMS.values() if it.suffix == request.match_info["suffix"])
