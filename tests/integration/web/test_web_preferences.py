"""Choosing language and time zone: the page shows what holds, only a POST changes it."""

from __future__ import annotations

import re

import pytest
from sqlmodel import select

from storage.enums import EventKind, SubscriberStatus
from storage.tables import Event, Subscriber
from tests.integration.web.test_web_consent import BROKEN_BODIES
from web.texts import TEXTS

CHOSEN = {"language": "zh", "zone": "America/Port_of_Spain"}


def door_of(visitor, **known) -> str:
    """Give the path of a reader's page."""
    ident = visitor.reader()
    with visitor.database.write() as session:
        session.get_one(Subscriber, ident).sqlmodel_update(known)
    return f"/preferences/{visitor.tokens.sign('unsubscribe', ident)}?lang=en"


def chosen(visitor) -> tuple[str, str | None]:
    (one,) = visitor.readers()
    return one.language, one.zone


def events(visitor) -> list[Event]:
    with visitor.database.read() as session:
        return list(session.exec(select(Event)))


async def test_the_page_shows_what_holds_and_nothing_of_who_it_is(visitor) -> None:
    html = await visitor.text(
        door_of(visitor, name="Ann Example", language="zh", zone="Asia/Tokyo")
    )
    assert re.findall(r'value="([^"]*)"[^>]* selected', html) == ["zh", "Asia/Tokyo"]
    assert "Ann Example" not in html
    assert "@" not in html
    assert 'href="/u/' in html


@pytest.mark.parametrize(("language", "zone"), [("de", "US/Pacific"), ("en", None)])
async def test_what_no_list_has_stays_as_it_is(visitor, language, zone) -> None:
    door = door_of(visitor, language=language, zone=zone)
    shown = re.findall(r'value="([^"]*)"[^>]* selected', await visitor.text(door))
    assert shown == ([language, zone] if zone else [language])
    kept = await visitor.post(door, data={"language": language, "zone": zone or ""})
    assert kept.status == 200
    assert chosen(visitor) == (language, zone)
    assert events(visitor) == []


async def test_what_is_chosen_is_kept_and_on_record(visitor) -> None:
    door = door_of(visitor)
    # Browsers send the origin null from a page of `no-referrer`.
    kept = await visitor.post(door, data=CHOSEN, headers={"Origin": "null"})
    assert kept.status == 200
    assert TEXTS["en"]["preferences_kept_title"] in await kept.text()
    assert chosen(visitor) == ("zh", "America/Port_of_Spain")
    (event,) = events(visitor)
    assert (event.kind, event.source) == (EventKind.UPDATED, "preferences page")
    assert event.content == {"changed": "language, zone"}, "what was chosen is forgotten with them"
    assert event.at == visitor.watch.now()
    assert "America/Port of Spain</option>" in await visitor.text(door)


async def test_a_zone_that_is_none_any_more_is_not_known(visitor) -> None:
    door = door_of(visitor, zone="US/Dropped")
    assert "US/Dropped" not in await visitor.text(door)
    assert (await visitor.post(door, data={"language": "en", "zone": ""})).status == 200
    assert chosen(visitor) == ("en", None)


async def test_a_zone_can_be_taken_back(visitor) -> None:
    await visitor.post(door_of(visitor, zone="Asia/Tokyo"), data={"language": "en", "zone": ""})
    assert chosen(visitor) == ("en", None)


@pytest.mark.parametrize(
    "form",
    [{}, {"language": "en"}, {"language": "xx"}, {"language": "en", "zone": "Moon/Base"}, {"language": "../../etc"},
     {"language": "en", "zone": "<script>"}, {"language": "en", "zone": "\0"}],
)  # fmt: skip
async def test_what_is_on_no_list_is_refused_and_the_form_shown_again(visitor, form) -> None:
    response = await visitor.post(door_of(visitor, zone="Asia/Tokyo"), data=form)
    assert response.status == 400
    html = await response.text()
    assert TEXTS["en"]["preferences_wrong"] in html
    assert "<script" not in html
    assert chosen(visitor) == ("en", "Asia/Tokyo")


@pytest.mark.parametrize(("body", "kind"), BROKEN_BODIES)
async def test_no_body_breaks_the_form(visitor, body, kind) -> None:
    response = await visitor.post(door_of(visitor), data=body, headers={"Content-Type": kind})
    assert 400 <= response.status < 500
    assert chosen(visitor) == ("en", None)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_another_sites_form_is_refused(visitor, headers) -> None:
    assert (await visitor.post(door_of(visitor), data=CHOSEN, headers=headers)).status == 403
    assert chosen(visitor) == ("en", None)


@pytest.mark.parametrize("status", [it for it in SubscriberStatus if it.value != "active"])
async def test_who_has_no_subscription_is_told_so(visitor, status) -> None:
    door = door_of(visitor, status=status)
    for response in (await visitor.get(door), await visitor.post(door, data=CHOSEN)):
        assert response.status == 404
        assert 'href="/subscribe?lang=en"' in await response.text()
    assert chosen(visitor) == ("en", None)


@pytest.mark.parametrize("purpose", ["confirm", "form"])
async def test_a_token_of_another_purpose_opens_nothing(visitor, purpose) -> None:
    door = f"/preferences/{visitor.tokens.sign(purpose, visitor.reader())}"
    assert (await visitor.get(door)).status == 404
    assert (await visitor.post(door, data=CHOSEN)).status == 404
    assert chosen(visitor) == ("en", None)


async def test_a_get_changes_nothing_and_is_not_kept(visitor) -> None:
    response = await visitor.get(door_of(visitor) + "&language=zh&zone=Asia/Tokyo")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert chosen(visitor) == ("en", None)


async def test_no_token_reaches_the_log(visitor, caplog, capsys) -> None:
    caplog.set_level("DEBUG")
    door = door_of(visitor)
    await visitor.get(door)
    await visitor.post(door, data=CHOSEN)
    logged = caplog.text + capsys.readouterr().out
    assert "preferences" in logged
    assert door.partition("?")[0].rpartition("/")[2] not in logged
