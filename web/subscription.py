"""Subscribe, confirm, unsubscribe: a GET shows, only a POST acts."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.web import RequestPayloadError

from storage import subscribers
from storage.addresses import MAX_ADDRESS, AddressError, checked_address
from web.limits import THROTTLE, reader_network
from web.site import site_of
from web.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from web.site import Site

MIN_FILL_SECONDS: Final = 2  # nobody types an address faster
MAX_FILL_SECONDS: Final = 12 * 3600
_SAME_ORIGIN: Final = frozenset({None, "same-origin", "none"})
# What reading a hostile body raises: broken boundaries, unknown charsets and codings, bad compression.
_UNREADABLE: Final = (
    ValueError, LookupError, AssertionError, RuntimeError, zlib.error, HttpProcessingError,
    RequestPayloadError,
)  # fmt: skip


def form_token(request: web.Request) -> str:
    """Sign the time at which a form is shown."""
    site = site_of(request)
    return site.tokens.sign("form", int(site.now().timestamp()))


async def show_subscribe(request: web.Request) -> web.Response:
    """Show the form."""
    return await site_of(request).page(
        request, "subscribe.html.j2", form_token=form_token(request), wrong=None, typed=""
    )


async def subscribe(request: web.Request) -> web.Response:
    """Note the wish; the answer is the same for new, known and blocked addresses."""
    site = site_of(request)
    refuse_foreign(request, site, null_is_ours=False)
    form = await form_of(request)
    words = TEXTS[site.language_of(request)]
    address = form.get("address", "").strip()
    if form.get("website"):  # a field that people do not see
        return await site.say(request, "asked")
    if not _filled_by_hand(site, form.get("token", "")):
        return await _again(request, site, "asked_slow", address, 400)
    try:
        kept = checked_address(address)
    except AddressError:
        return await _again(request, site, "asked_wrong", address, 400)
    network, domain = reader_network(request, site.proxies), kept.rpartition("@")[2]
    if not request.app[THROTTLE].allows(network, domain):
        return await _again(request, site, "asked_often", address, 429)
    await site.database.writing(
        subscribers.ask,
        kept,
        language=site.language_of(request),
        source="web form",
        wording=f"{words['subscribe_title']}: {words['subscribe_text']} [{words['subscribe']}]",
        now=site.now(),
        hashes=site.tokens.hash_address_ring,
        zone=zone if subscribers.known_zone(zone := form.get("zone", "")) else None,
    )
    return await site.say(request, "asked")


async def show_confirm(request: web.Request) -> web.Response:
    """Show the button that confirms; mail scanners that follow the link change nothing."""
    site = site_of(request)
    if site.tokens.verify("confirm", request.match_info["token"], now=site.now()) is None:
        return await site.say(request, "confirm_old", status=410)
    return await site.page(request, "act.html.j2", private=True, name="confirm")


async def confirm(request: web.Request) -> web.Response:
    """Confirm a subscription."""
    site = site_of(request)
    refuse_foreign(request, site, null_is_ours=True)
    ident = site.tokens.verify("confirm", request.match_info["token"], now=site.now())
    words = TEXTS[site.language_of(request)]
    confirmed = ident is not None and await site.database.writing(
        subscribers.confirm,
        ident,
        source="confirmation link",
        wording=f"{words['confirm_text']} [{words['confirm']}]",
        now=site.now(),
    )
    if not confirmed:
        return await site.say(request, "confirm_old", status=410)
    return await site.say(request, "confirmed")


async def show_leave(request: web.Request) -> web.Response:
    """Show the button that unsubscribes."""
    site = site_of(request)
    if site.tokens.verify("unsubscribe", request.match_info["token"], now=site.now()) is None:
        return await site.say(request, "leave_wrong", status=404)
    return await site.page(request, "act.html.j2", private=True, name="leave")


async def leave(request: web.Request) -> web.Response:
    """Unsubscribe, by the page's button or by a mail program's one-click POST (RFC 8058 §3.1).

    The token alone suffices: no cookie, no login, no redirect, and any origin, because a mail program
    sends none of ours. All it can ever do is unsubscribe; so even a body that cannot be read does.
    """
    site = site_of(request)
    ident = site.tokens.verify("unsubscribe", request.match_info["token"], now=site.now())
    try:
        one_click = (await form_of(request)).get("List-Unsubscribe") == "One-Click"
    except web.HTTPException:
        one_click = False
    known = ident is not None and await site.database.writing(
        subscribers.unsubscribe,
        ident,
        source="one-click" if one_click else "unsubscribe page",
        now=site.now(),
    )
    if not known:
        return await site.say(request, "leave_wrong", status=404)
    return await site.say(request, "left")


async def form_of(request: web.Request) -> Mapping[str, str]:
    """Read a form's text fields.

    Raises:
        web.HTTPBadRequest: The body is no form.
        web.HTTPRequestEntityTooLarge: It is longer than any form of ours.
    """
    try:
        fields = await request.post()
    except _UNREADABLE as error:
        raise web.HTTPBadRequest from error
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _filled_by_hand(site: Site, token: str) -> bool:
    shown = site.tokens.verify("form", token, now=site.now())
    if shown is None:
        return False
    return MIN_FILL_SECONDS <= site.now().timestamp() - shown <= MAX_FILL_SECONDS


def refuse_foreign(request: web.Request, site: Site, *, null_is_ours: bool) -> None:
    """Refuse a form that another site's page sent.

    Args:
        request: The request.
        site: The site.
        null_is_ours: Whether the form stands on a page of `no-referrer`, from which browsers send the
            origin `null` (Fetch §3.2); its token is then what tells it apart.
    """
    fetched = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if fetched not in _SAME_ORIGIN:
        raise web.HTTPForbidden
    if origin == "null":
        if not null_is_ours and fetched != "same-origin":
            raise web.HTTPForbidden
    elif origin and urlsplit(origin).netloc not in {urlsplit(site.base_url).netloc, request.host}:
        raise web.HTTPForbidden


async def _again(
    request: web.Request, site: Site, wrong: str, address: str, status: int
) -> web.Response:
    """Show the form once more, with what was typed and what is wrong with it."""
    return await site.page(
        request,
        "subscribe.html.j2",
        status=status,
        private=True,
        form_token=form_token(request),
        wrong=wrong,
        typed=address[:MAX_ADDRESS],
    )
