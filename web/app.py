"""The application: its routes, the headers every answer carries, and errors as friendly pages."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from sqlmodel import select

from storage.errors import StorageError
from storage.tables import Newsletter
from web import feed, pages, subscription
from web.site import CONTENT_POLICY, SITE, Site, site_of
from web.subscription import THROTTLE, Throttle

if TYPE_CHECKING:
    import asyncio

    from aiohttp.typedefs import Handler
    from sqlmodel import Session

log = structlog.get_logger()

MAX_BODY: Final = 16 * 1024  # bytes; the largest form is a few hundred
ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" '
    'fill="#a63d2f"/><path d="M8 9h16M8 14h16M8 19h10M8 24h6" stroke="#fff" stroke-width="2.4" '
    'stroke-linecap="round"/></svg>'
)


def create_app(site: Site) -> web.Application:
    """Make the application of a site."""
    app = web.Application(middlewares=[_logged, _guarded, _fresh], client_max_size=MAX_BODY)
    app[SITE] = site
    app[THROTTLE] = Throttle()
    get, post = app.router.add_get, app.router.add_post
    get("/", pages.home, name="home")
    get(r"/issues/{slug:[\w.-]{1,80}}", pages.issue, name="issue")
    get(r"/papers/{paper:\d{1,12}}", pages.paper, name="paper")
    get("/search", pages.search, name="search")
    post("/subscribe", subscription.subscribe, name="subscribe")
    get("/confirm/{token}", subscription.show_confirm, name="confirm")
    post("/confirm/{token}", subscription.confirm)
    get("/u/{token}", subscription.show_leave, name="unsubscribe")
    post("/u/{token}", subscription.leave)
    get("/feed.xml", feed.feed, name="feed")
    get("/feed.{language}.xml", feed.feed, name="feed-language")
    get("/healthz", _health, name="health")
    get("/robots.txt", _robots, name="robots")
    get("/icon.svg", _icon, name="icon")
    get(site.style[0], _style, name="style")
    return app


async def serve(site: Site, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until told to stop; answers under way are finished.

    Raises:
        OSError: The port cannot be had.
    """
    runner = web.AppRunner(create_app(site), access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        log.info("web_serving", host=host, port=port)
        await stop.wait()
    finally:
        await runner.cleanup()


@web.middleware
async def _logged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log the route, never the path: it may hold a token."""
    started = time.perf_counter()
    response = await handler(request)
    route = request.match_info.route.name or "-"
    log.debug(
        "request",
        route=route,
        method=request.method,
        status=response.status,
        ms=round(1000 * (time.perf_counter() - started), 1),
    )
    return response


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add the security headers and turn errors into pages."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = await _error_page(request, error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except StorageError as error:
        log.error("page_failed", route=request.match_info.route.name, reason=str(error))  # noqa: TRY400
        response = web.Response(status=503, text="503", headers={"Retry-After": "30"})
    except Exception:
        log.exception("page_failed", route=request.match_info.route.name)
        response = await _error_page(request, 500)
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    return response


@web.middleware
async def _fresh(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 304 where the reader has the same page already (RFC 9110 §13)."""
    response = await handler(request)
    if (
        request.method in {"GET", "HEAD"}
        and isinstance(response, web.Response)
        and response.status == 200  # noqa: PLR2004
        and isinstance(response.body, bytes)
        and "no-store" not in response.headers.get("Cache-Control", "")
    ):
        tag = _tag(response.body)
        response.headers["ETag"] = f'"{tag}"'
        if any(known.value == tag for known in request.if_none_match or ()):
            kept = {
                k: v for k, v in response.headers.items() if k in {"ETag", "Vary", "Cache-Control"}
            }
            return web.Response(status=304, headers=kept)
    return response


def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:20]


async def _error_page(request: web.Request, status: int) -> web.Response:
    name = {403: "refused", 404: "not_found"}.get(status, "not_found" if status < 500 else "error")  # noqa: PLR2004
    return await site_of(request).page(
        request, "say.html.j2", status=status, title=f"{name}_title", text=f"{name}_text"
    )


async def _health(request: web.Request) -> web.Response:
    """Say whether the store answers."""
    try:
        await site_of(request).database.reading(_ping)
    except StorageError:
        return web.json_response({"status": "failing", "database": "not answering"}, status=503)
    return web.json_response(
        {"status": "ok", "database": "ok"}, headers={"Cache-Control": "no-store"}
    )


def _ping(session: Session) -> None:
    session.exec(select(Newsletter.id).limit(1)).first()


async def _robots(_request: web.Request) -> web.Response:
    return web.Response(
        text="User-agent: *\nDisallow: /u/\nDisallow: /confirm/\nDisallow: /search\n"
    )


async def _icon(_request: web.Request) -> web.Response:
    return web.Response(
        text=ICON, content_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"}
    )


async def _style(request: web.Request) -> web.Response:
    response = web.Response(
        body=site_of(request).style[1], content_type="text/css", charset="utf-8"
    )
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.enable_compression()
    return response
