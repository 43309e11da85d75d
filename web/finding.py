"""The pages for finding: the answer to a question, what completes a question, and the topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from storage import catalog
from storage.catalog import Confidence
from web import answers, asking, topics
from web.citations import citable
from web.limits import THROTTLE, reader_network
from web.site import site_of

if TYPE_CHECKING:
    from storage.catalog import Suggestion

MAX_SUGGESTIONS: Final = 8
SUGGESTION_SECONDS: Final = 60  # for which a browser may keep them


async def search(request: web.Request) -> web.Response:
    """Answer a question, and say how sure the answer is."""
    site = site_of(request)
    found = await site.database.reading(
        answers.answer_page, request.query, site.language_of(request), site.search
    )
    meant = (p for it in found.found for p in it.entry["papers"] if p["id"] == it.hit.paper_id)
    return await site.page(
        request,
        "search.html.j2",
        answer=found,
        asking=found.asking,
        citable=found.confidence is not Confidence.NONE and citable(meant),
    )


async def suggest(request: web.Request) -> web.Response:
    """Complete what is being typed, as JSON: `[{"label": …, "value": …}]`."""
    site = site_of(request)
    if not request.app[THROTTLE].may_ask(reader_network(request, site.proxies)):
        return web.json_response([], status=429, headers={"Retry-After": "60"})
    typed = asking.clean(request.query.get("q", ""))
    choices: list[Suggestion] = []
    if typed:
        choices = await site.database.reading(
            catalog.suggest, typed, language=site.language_of(request), limit=MAX_SUGGESTIONS
        )
    response = web.json_response([{"label": it.label, "value": it.value} for it in choices])
    response.headers["Cache-Control"] = f"public, max-age={SUGGESTION_SECONDS}"
    response.headers["Vary"] = "Accept-Language"
    return response


async def every_topic(request: web.Request) -> web.Response:
    """Show the topics with how much was written about each."""
    site = site_of(request)
    found = await site.database.reading(topics.every_topic, site.language_of(request))
    return await site.page(request, "topics.html.j2", topics=found)


async def topic(request: web.Request) -> web.Response:
    """Show what was written about a topic, newest first."""
    site = site_of(request)
    found = await site.database.reading(
        topics.topic_page,
        request.match_info["topic"],
        site.language_of(request),
        asking.page_number(request.query),
    )
    if found is None:
        raise web.HTTPNotFound
    return await site.page(
        request,
        "topic.html.j2",
        page=found,
        topic=found.topic,
        citable=citable(paper for it in found.works for paper in it.entry["papers"]),
    )
