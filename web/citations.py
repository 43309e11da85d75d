"""Serves citations of a paper, an issue and an answer: files for reference managers and for LaTeX."""

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
    records_of_hits,
    records_of_issue,
    records_of_papers,
)
from storage import catalog
from storage.catalog import Confidence
from web.archive import BIGGEST_ID
from web.pages import question
from web.site import site_of

if TYPE_CHECKING:
    from sqlmodel import Session

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
    """Serve the papers that the search page shows for a question, unless they are only the nearest."""
    site, query = site_of(request), question(request)
    if not query:
        raise web.HTTPNotFound
    selection = await site.database.reading(_answer, query, site.language_of(request))
    return await _file(request, selection, "search")


def _answer(session: Session, query: str, language: str) -> Selection:
    given = catalog.search(session, query, language=language)
    if given.confidence is Confidence.NONE:
        return Selection()
    return records_of_hits(session, given.hits)


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
