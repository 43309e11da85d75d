"""What happens around every page: security headers, errors as friendly pages, 304, and the log."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from storage.errors import StorageError
from web.site import CONTENT_POLICY, site_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler

log = structlog.get_logger()

_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}
_ERRORS: Final[Mapping[int, str]] = {
    403: "refused",
    404: "not_found",
    413: "too_large",
    503: "unavailable",
}
_KEPT_IN_304: Final = ("ETag", "Vary", "Cache-Control", "Content-Language")  # RFC 9110 §15.4.5
# A form's token is new in every answer. It counts for the ETag by the hour, so that a page with a form
# can be reused for so long, while its token is still good.
_FORM_TOKEN: Final = re.compile(rb'name="token" value="[^"]*"')
_FORM_SECONDS: Final = 3600


@web.middleware
async def logged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log the route, never the path, the query or who asked: a path may hold a token."""
    started = time.perf_counter()
    response = await handler(request)
    log.debug(
        "request",
        route=request.match_info.route.name or "-",
        method=request.method,
        status=response.status,
        ms=round(1000 * (time.perf_counter() - started), 1),
    )
    return response


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add the security headers and turn errors into pages."""
    route = request.match_info.route.name or "-"
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = await _error_page(request, error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except StorageError as error:
        log.error("page_failed", route=route, reason=str(error))  # noqa: TRY400 - it says all
        response = await _error_page(request, 503)
        response.headers["Retry-After"] = "30"
    except Exception:
        log.exception("page_failed", route=route)
        response = await _error_page(request, 500)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@web.middleware
async def fresh(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 304 where the reader has the same page already (RFC 9110 §13)."""
    response = await handler(request)
    if not _may_be_known(request, response) or not isinstance(response, web.Response):
        return response
    body = response.body if isinstance(response.body, bytes) else b""
    hour = int(site_of(request).now().timestamp()) // _FORM_SECONDS
    tag = hashlib.sha256(_FORM_TOKEN.sub(b"%d" % hour, body)).hexdigest()[:20]
    response.headers["ETag"] = f'W/"{tag}"'  # weak: the same for every content coding
    if any(known.value in {tag, "*"} for known in request.if_none_match or ()):
        kept = {name: response.headers[name] for name in _KEPT_IN_304 if name in response.headers}
        return web.Response(status=304, headers=kept)
    return response


def _may_be_known(request: web.Request, response: web.StreamResponse) -> bool:
    return (
        request.method in {"GET", "HEAD"}
        and response.status == 200  # noqa: PLR2004
        and "no-store" not in response.headers.get("Cache-Control", "")
    )


async def _error_page(request: web.Request, status: int) -> web.Response:
    name = _ERRORS.get(status, "bad" if status < 500 else "error")  # noqa: PLR2004
    return await site_of(request).say(request, name, status)
