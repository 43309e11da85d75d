"""Subscribe, confirm, unsubscribe: a GET shows, only a POST acts."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

from storage import subscribers
from storage.subscribers import AddressError
from web.site import site_of
from web.texts import TEXTS

if TYPE_CHECKING:
    from web.site import Site

MIN_FILL_SECONDS: Final = 2  # nobody types an address faster
MAX_FILL_SECONDS: Final = 12 * 3600
WINDOW_SECONDS: Final = 3600.0
PER_NETWORK: Final = 10  # forms per network and hour
ALTOGETHER: Final = 1000  # forms per hour
MAX_NETWORKS: Final = 10_000  # remembered at once


class Throttle:
    """Counts forms per network and hour, in memory, and forgets them again."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}

    def allows(self, network: str) -> bool:
        """Count one form; tell whether it is still within the limits."""
        return self._count("*", ALTOGETHER) and self._count(network, PER_NETWORK)

    def _count(self, key: str, most: int) -> bool:
        now = time.monotonic()
        if len(self._times) > MAX_NETWORKS:
            self._times = {k: t for k, t in self._times.items() if now - t[-1] < WINDOW_SECONDS}
        times = self._times.setdefault(key, deque(maxlen=most + 1))
        while times and now - times[0] > WINDOW_SECONDS:
            times.popleft()
        times.append(now)
        return len(times) <= most


THROTTLE: Final = web.AppKey("throttle", Throttle)


async def subscribe(request: web.Request) -> web.Response:
    """Note the wish; the answer is the same for new, known and blocked addresses."""
    site = site_of(request)
    _refuse_foreign(request, site)
    form = await request.post()
    words = TEXTS[site.language_of(request)]
    if form.get("website"):  # a field that people do not see
        return await _asked(request, site)
    if not request.app[THROTTLE].allows(_network(request)):
        return await _asked(request, site, "asked_often", 429)
    if not _filled_by_hand(site, str(form.get("token", ""))):
        return await _asked(request, site, "asked_slow", 400)
    try:
        await site.database.writing(
            subscribers.ask,
            str(form.get("address", "")),
            language=site.language_of(request),
            source="web form",
            wording=f"{words['subscribe_title']}: {words['subscribe_text']} [{words['subscribe']}]",
            now=site.now(),
            hash_address=site.tokens.hash_address,
        )
    except AddressError:
        return await _asked(request, site, "asked_wrong", 400)
    return await _asked(request, site)


async def show_confirm(request: web.Request) -> web.Response:
    """Show the button that confirms; mail scanners that follow the link change nothing."""
    site = site_of(request)
    ident = site.tokens.verify("confirm", request.match_info["token"], now=site.now())
    if ident is None:
        return await _say(request, site, "confirm_old", status=410)
    return await site.page(request, "act.html.j2", private=True, name="confirm")


async def confirm(request: web.Request) -> web.Response:
    """Confirm a subscription."""
    site = site_of(request)
    _refuse_foreign(request, site)
    ident = site.tokens.verify("confirm", request.match_info["token"], now=site.now())
    words = TEXTS[site.language_of(request)]
    confirmed = ident is not None and await site.database.writing(
        subscribers.confirm,
        ident,
        source="confirmation link",
        wording=f"{words['confirm_text']} [{words['confirm']}]",
        now=site.now(),
    )
    return await _say(request, site, *(("confirmed", 200) if confirmed else ("confirm_old", 410)))


async def show_leave(request: web.Request) -> web.Response:
    """Show the button that unsubscribes."""
    site = site_of(request)
    if site.tokens.verify("unsubscribe", request.match_info["token"], now=site.now()) is None:
        return await _say(request, site, "leave_wrong", status=404)
    return await site.page(request, "act.html.j2", private=True, name="leave")


async def leave(request: web.Request) -> web.Response:
    """Unsubscribe, by the page's button or by a mail program's one-click POST (RFC 8058 §3.1).

    The token alone suffices: no cookie, no login, no redirect, and any origin, because a mail program
    sends none of ours. All it can ever do is unsubscribe.
    """
    site = site_of(request)
    ident = site.tokens.verify("unsubscribe", request.match_info["token"], now=site.now())
    form = await request.post()
    one_click = form.get("List-Unsubscribe") == "One-Click"
    known = ident is not None and await site.database.writing(
        subscribers.unsubscribe,
        ident,
        source="one-click" if one_click else "unsubscribe page",
        now=site.now(),
    )
    return await _say(request, site, *(("left", 200) if known else ("leave_wrong", 404)))


def _filled_by_hand(site: Site, token: str) -> bool:
    shown = site.tokens.verify("form", token, now=site.now())
    if shown is None:
        return False
    return MIN_FILL_SECONDS <= site.now().timestamp() - shown <= MAX_FILL_SECONDS


def _refuse_foreign(request: web.Request, site: Site) -> None:
    """Refuse a form that another site's page sent."""
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        raise web.HTTPForbidden
    origin = request.headers.get("Origin")
    if origin and origin != "null":
        ours = {urlsplit(site.base_url).netloc, request.host}
        if urlsplit(origin).netloc not in ours:
            raise web.HTTPForbidden


def _network(request: web.Request) -> str:
    """Name the network a request comes from: IPv4 /24, IPv6 /56."""
    address = request.remote or ""
    if ":" in address:
        return ":".join(address.split(":")[:4])[:-2]
    return address.rpartition(".")[0]


async def _asked(
    request: web.Request, site: Site, text: str = "asked_text", status: int = 200
) -> web.Response:
    return await site.page(
        request, "say.html.j2", status=status, private=True, title="asked_title", text=text
    )


async def _say(request: web.Request, site: Site, name: str, status: int = 200) -> web.Response:
    return await site.page(
        request,
        "say.html.j2",
        status=status,
        private=True,
        title=f"{name}_title",
        text=f"{name}_text",
    )
