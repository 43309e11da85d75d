"""The application: its routes, and the server that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from storage.errors import StorageError
from storage.tables import Newsletter
from web import citations, feed, finding, middleware, pages, preferences, subscription
from web.limits import THROTTLE, Throttle
from web.site import SITE, Site, site_of

if TYPE_CHECKING:
    import asyncio

    from sqlmodel import Session

log = structlog.get_logger()

MAX_BODY: Final = 16 * 1024  # bytes; the largest form is a few hundred
SHUTDOWN_SECONDS: Final = 5.0  # for answers under way
ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" '
    'fill="#a63d2f"/><path d="M10 6v20" stroke="#fff" stroke-opacity=".55" stroke-width="2"/>'
    '<g fill="#fff"><circle cx="10" cy="9" r="3"/><circle cx="10" cy="16" r="3"/>'
    '<circle cx="10" cy="23" r="3"/></g><path d="M17 9h8M17 16h8M17 23h5" stroke="#fff" '
    'stroke-width="2.4" stroke-linecap="round"/></svg>'
)


def create_app(site: Site) -> web.Application:
    """Make the application of a site."""
    app = web.Application(
        middlewares=[middleware.logged, middleware.guarded, middleware.fresh],
        client_max_size=MAX_BODY,
    )
    app[SITE] = site
    app[THROTTLE] = Throttle()
    get, post = app.router.add_get, app.router.add_post
    get("/", pages.home, name="home")
    cited = rf"{{suffix:{citations.SUFFIXES}}}"
    get(rf"/issues/{{slug:[\w.-]{{1,80}}}}.{cited}", citations.issue, name="issue-citations")
    get(rf"/papers/{{paper:[0-9]{{1,12}}}}.{cited}", citations.paper, name="paper-citations")
    get(rf"/search.{cited}", citations.search, name="search-citations")
    get(r"/issues/{slug:[\w.-]{1,80}}", pages.issue, name="issue")
    get(r"/papers/{paper:[0-9]{1,12}}", pages.paper, name="paper")
    get("/search", finding.search, name="search")
    get("/suggest", finding.suggest, name="suggest")
    get("/topics", finding.every_topic, name="topics")
    get(rf"/topics/{{topic:[\w.-]{{1,40}}}}.{cited}", citations.topic, name="topic-citations")
    get(r"/topics/{topic:[\w.-]{1,40}}", finding.topic, name="topic")
    get(r"/topics/{topic:[\w.-]{1,40}}/feed.xml", feed.topic_feed, name="topic-feed")
    get(
        r"/topics/{topic:[\w.-]{1,40}}/feed.{language}.xml",
        feed.topic_feed,
        name="topic-feed-language",
    )
    get("/subscribe", subscription.show_subscribe, name="subscribe")
    post("/subscribe", subscription.subscribe, name="subscribe-form")
    get("/confirm/{token}", subscription.show_confirm, name="confirm")
    post("/confirm/{token}", subscription.confirm, name="confirm-form")
    get("/u/{token}", subscription.show_leave, name="unsubscribe")
    post("/u/{token}", subscription.leave, name="unsubscribe-form")
    get("/preferences/{token}", preferences.show, name="preferences")
    post("/preferences/{token}", preferences.save, name="preferences-form")
    get("/feed.xml", feed.feed, name="feed")
    get("/feed.{language}.xml", feed.feed, name="feed-language")
    get("/healthz", _health, name="health")
    get("/robots.txt", _robots, name="robots")
    get("/icon.svg", _icon, name="icon")
    get(site.style[0], _style, name="style")
    get(site.script[0], _script, name="script")
    return app


async def serve(site: Site, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until told to stop; answers under way are finished.

    Raises:
        OSError: The port cannot be had.
    """
    runner = web.AppRunner(create_app(site), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        log.info("web_serving", host=host, port=port)
        await stop.wait()
    finally:
        await runner.cleanup()


async def _health(request: web.Request) -> web.Response:
    """Say whether the store answers."""
    try:
        await site_of(request).database.reading(_ping)
    except (StorageError, SQLAlchemyError) as error:
        log.warning("unhealthy", error=type(error).__name__)
        return _health_answer("failing", "not answering", 503)
    return _health_answer("ok", "ok", 200)


def _health_answer(status: str, database: str, code: int) -> web.Response:
    return web.json_response(
        {"status": status, "database": database}, status=code, headers={"Cache-Control": "no-store"}
    )


def _ping(session: Session) -> None:
    session.exec(select(Newsletter.id).limit(1)).first()


async def _robots(_request: web.Request) -> web.Response:
    return web.Response(
        text="User-agent: *\nDisallow: /u/\nDisallow: /confirm/\nDisallow: /preferences/\nDisallow: /search\n"
        "Disallow: /suggest\n"
    )


async def _icon(_request: web.Request) -> web.Response:
    return web.Response(
        text=ICON, content_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"}
    )


async def _style(request: web.Request) -> web.Response:
    return _for_ever(site_of(request).style[1], "text/css")


async def _script(request: web.Request) -> web.Response:
    return _for_ever(site_of(request).script[1], "text/javascript")


def _for_ever(body: bytes, content_type: str) -> web.Response:
    """Answer with what has another address as soon as its content changes."""
    response = web.Response(body=body, content_type=content_type, charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    response.enable_compression()
    return response
