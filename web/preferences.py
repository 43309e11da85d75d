"""Lets a reader choose language and time zone, by the link in each mail; a GET shows, only a POST acts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from storage.new_subscribers import known_zone
from storage.preferences import Preferences, prefer, preferences
from web.site import site_of
from web.subscription import form_of, refuse_foreign
from web.texts import LANGUAGES

if TYPE_CHECKING:
    from aiohttp import web

# The other areas of the time zone database hold old names and clocks of no place.
_AREAS: Final = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
)  # fmt: skip


async def show(request: web.Request) -> web.Response:
    """Show what the reader chose; nothing of it tells who they are, for mails are passed on."""
    site = site_of(request)
    now = await _present(request)
    if now is None:
        return await site.say(request, "preferences_none", status=404)
    return await _page(request, now)


async def save(request: web.Request) -> web.Response:
    """Keep what the reader chose."""
    site = site_of(request)
    refuse_foreign(request, site, null_is_ours=True)
    reader, now = _reader(request), await _present(request)
    if reader is None or now is None:
        return await site.say(request, "preferences_none", status=404)
    form = await form_of(request)
    language, zone = form.get("language"), form.get("zone")
    if language not in _languages(now) or zone not in {"", *_zones(now)}:
        return await _page(request, now, wrong=True)
    chosen = Preferences(language, zone or None)
    if not await site.database.writing(
        prefer, reader, chosen, source="preferences page", now=site.now()
    ):
        return await site.say(request, "preferences_none", status=404)
    return await site.say(request, "preferences_kept")


def _reader(request: web.Request) -> int | None:
    """Give the reader's id: whoever may end a subscription may change it, so both links share a token."""
    site = site_of(request)
    return site.tokens.verify("unsubscribe", request.match_info["token"], now=site.now())


async def _present(request: web.Request) -> Preferences | None:
    reader = _reader(request)
    return None if reader is None else await site_of(request).database.reading(preferences, reader)


async def _page(request: web.Request, now: Preferences, *, wrong: bool = False) -> web.Response:
    return await site_of(request).page(
        request,
        "preferences.html.j2",
        status=400 if wrong else 200,
        private=True,
        now=now,
        choices=_languages(now),
        zones=_zones(now),
        wrong=wrong,
        leave_path=f"/u/{request.match_info['token']}",
    )


def _languages(now: Preferences) -> dict[str, str]:
    return {now.language: now.language} | LANGUAGES


def _zones(now: Preferences) -> list[str]:
    places = _places()
    if now.zone is None or now.zone in places or not known_zone(now.zone):
        return places
    return [now.zone, *places]


@cache
def _places() -> list[str]:
    return sorted(it for it in available_timezones() if it.partition("/")[0] in _AREAS)
