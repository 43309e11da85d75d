"""Subscribing, confirming and leaving: a GET changes nothing, and the answer betrays nobody."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlmodel import select

from storage import database, subscribers
from storage.enums import SubscriberStatus
from storage.tables import Event
from web.limits import PER_DOMAIN, PER_NETWORK, Throttle
from web.texts import TEXTS

ACTIVE, PENDING = SubscriberStatus.ACTIVE, SubscriberStatus.PENDING


async def test_subscribing_asks_and_queues_and_nothing_more(visitor) -> None:
    response = await visitor.fill_in(" Ann@EXAMPLE.org ")
    assert response.status == 200
    (one,) = visitor.readers()
    assert one.status is PENDING
    assert one.asked_at == visitor.watch.now()
    assert one.confirmation_mailed_at is None
    assert "ann" not in (await response.text()).lower()


async def test_the_words_agreed_to_are_on_record(visitor) -> None:
    await visitor.fill_in()
    with visitor.database.read() as session:
        event = session.exec(select(Event)).one()
    assert event.source == "web form"
    assert TEXTS["en"]["subscribe_text"] in event.content["wording"]


async def test_new_known_left_and_blocked_addresses_get_one_answer(visitor) -> None:
    answers = [await (await visitor.fill_in()).text() for _ in range(2)]  # new, waiting
    with visitor.database.write() as session:
        one = subscribers.find(session, "ann@example.org")
        subscribers.confirm(session, one.id, source="t", wording="", now=visitor.watch.now())
    answers.append(await (await visitor.fill_in()).text())  # active
    with visitor.database.write() as session:
        subscribers.unsubscribe(session, one.id, source="t", now=visitor.watch.now())
    answers.append(await (await visitor.fill_in()).text())  # left
    with visitor.database.write() as session:
        subscribers.forget(session, subscribers.find(session, "ann@example.org"), source="t",
                           hash_address=visitor.tokens.hash_address, now=visitor.watch.now())  # fmt: skip
    answers.append(await (await visitor.fill_in()).text())  # forgotten
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    ("address", "more", "status"),
    [("not an address", {}, 400), ("a@example.org", {"token": "forged"}, 400),
     ("a@example.org", {"website": "http://spam"}, 200), ("a" * 20_000, {}, 413),
     ("a@example.org", {"seconds": 0}, 400), ("a@example.org", {"seconds": 13 * 3600}, 400),
     ("<script>@example.org", {}, 400), ("a\r\nBcc: b@example.org", {}, 400)],
)  # fmt: skip
async def test_wrong_and_robotic_forms_change_nothing(visitor, address, more, status) -> None:
    response = await visitor.fill_in(address, **more)
    assert response.status == status
    assert visitor.readers() == []
    assert "<script" not in await response.text()


async def test_a_wrong_form_is_shown_again_with_what_was_typed(visitor) -> None:
    html = await (await visitor.fill_in('ann "at" example.org')).text()
    assert 'value="ann &#34;at&#34; example.org"' in html
    assert TEXTS["en"]["asked_wrong"] in html


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Origin": "https://evil.example"}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403),
     ({"Origin": "null"}, 403), ({"Origin": "https://news.example.org"}, 200),
     ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200), ({}, 200)],
)  # fmt: skip
async def test_another_sites_form_is_refused(visitor, headers, status) -> None:
    assert (await visitor.fill_in(headers=headers)).status == status
    assert len(visitor.readers()) == (status == 200)


FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n'
BROKEN_BODIES = [
    (b"\xff\xfe=%zz&&&", FORM),
    (b"a=1", f"{FORM}; charset=klingon"),
    (b"\xff", f"{FORM}; charset=utf-8"),
    (b"no boundary", "multipart/form-data"),
    (b"--x\r\nbroken", PARTS),
    (b"--x\r\nContent-Disposition: form-data\r\n\r\nb\r\n--x--\r\n", PARTS),
    (PART + b"Content-Type: text/plain; charset=klingon\r\n\r\nb\r\n--x--\r\n", PARTS),
    (PART + b"Content-Transfer-Encoding: klingon\r\n\r\nb\r\n--x--\r\n", PARTS),
    (PART + b"Content-Transfer-Encoding: base64\r\n\r\n*\r\n--x--\r\n", PARTS),
    (PART + b"Content-Encoding: deflate\r\n\r\nb\r\n--x--\r\n", PARTS),
    (PART + b"Content-Encoding: klingon\r\n\r\nb\r\n--x--\r\n", PARTS),
    (b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n", PARTS),
    (b"{}", "application/json"),
    (b"", "text/plain"),
    (b"a=" + b"x" * 40_000, FORM),
]


@pytest.mark.parametrize(("body", "kind"), BROKEN_BODIES)
async def test_no_body_breaks_the_form(visitor, body, kind) -> None:
    response = await visitor.post("/subscribe", data=body, headers={"Content-Type": kind})
    assert 400 <= response.status < 500
    assert visitor.readers() == []


@pytest.mark.parametrize(("body", "kind"), BROKEN_BODIES)
async def test_whatever_the_body_a_genuine_link_unsubscribes(visitor, body, kind) -> None:
    token = visitor.tokens.sign("unsubscribe", visitor.reader())
    response = await visitor.post(f"/u/{token}", data=body, headers={"Content-Type": kind})
    assert response.status == 200
    assert visitor.status() is SubscriberStatus.UNSUBSCRIBED


async def test_too_many_forms_from_one_network_are_slowed_down(visitor) -> None:
    answers = [(await visitor.fill_in(f"a{n}@example.org")).status for n in range(PER_NETWORK + 2)]
    assert answers == [200] * PER_NETWORK + [429] * 2


async def test_networks_behind_our_own_web_server_are_told_apart(visitor) -> None:
    """Its header is believed from the loopback; what a visitor wrote into it before is not."""
    for n in range(PER_NETWORK + 2):
        forged = f"198.51.100.{n}, 203.0.{n}.7"
        response = await visitor.fill_in(f"a{n}@example.org", headers={"X-Forwarded-For": forged})
        assert response.status == 200
    seen = []
    for n in range(PER_NETWORK + 2):
        forged = f"198.51.{n}.1, 192.0.2.9"
        headers = {"X-Forwarded-For": forged}
        seen.append((await visitor.fill_in(f"b{n}@example.org", headers=headers)).status)
    assert seen[-2:] == [429, 429]


def test_one_domain_is_not_flooded_from_many_networks_and_others_do_not_suffer() -> None:
    time = [0.0]
    throttle = Throttle(lambda: time[0])
    asked = [throttle.allows(f"10.0.{n}.0/24", "example.org") for n in range(PER_DOMAIN + 5)]
    assert asked.count(True) == PER_DOMAIN
    assert throttle.allows("10.0.0.0/24", "example.net")
    time[0] = 3600.0
    assert throttle.allows("10.0.0.0/24", "example.org")


def test_the_throttle_forgets_and_never_grows_without_end() -> None:
    throttle = Throttle(lambda: 0.0)
    for n in range(25_000):
        throttle.allows(f"network {n}", "example.org")
    assert len(throttle._times) <= 10_001


async def test_a_get_confirms_and_unsubscribes_nobody(visitor) -> None:
    waiting = visitor.reader(PENDING)
    for path, after in (
        (f"/confirm/{visitor.tokens.sign('confirm', waiting)}", ACTIVE),
        (f"/u/{visitor.tokens.sign('unsubscribe', waiting)}", SubscriberStatus.UNSUBSCRIBED),
    ):
        before = visitor.status()
        for method in (visitor.get, visitor.head):
            shown = await method(path)
            assert shown.status == 200
            assert shown.headers["Referrer-Policy"] == "no-referrer"
            assert shown.headers["Cache-Control"] == "no-store"
            assert visitor.status() is before
        # Browsers send the origin null from a page of `no-referrer`.
        posted = await visitor.post(path, headers={"Origin": "null"})
        assert posted.status == 200
        assert posted.headers["Referrer-Policy"] == "no-referrer"
        assert visitor.status() is after


async def test_one_click_needs_no_cookie_no_redirect_and_no_origin(visitor) -> None:
    """RFC 8058 §3.1, as a form and as multipart."""
    one = visitor.reader()
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        body = (
            "List-Unsubscribe=One-Click" if "urlencoded" in kind
            else '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
        )  # fmt: skip
        response = await visitor.post(
            f"/u/{visitor.tokens.sign('unsubscribe', one)}",
            data=body,
            headers={
                "Origin": "https://mail.example",
                "Content-Type": kind,
                "Sec-Fetch-Site": "cross-site",
            },
            allow_redirects=False,
        )
        assert response.status == 200
        assert "Set-Cookie" not in response.headers
        assert visitor.status() is SubscriberStatus.UNSUBSCRIBED
        with visitor.database.write() as session:
            assert (
                session.exec(select(Event).order_by(Event.id.desc())).first().source == "one-click"
            )
            session.get_one(type(visitor.readers()[0]), one).status = ACTIVE


async def test_who_leaves_while_the_store_is_locked_is_told_that_it_must_be_done_again(
    visitor, monkeypatch
) -> None:
    """A mail program that clicks gets 503, which asks it to come back (RFC 9110 §15.6.4)."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    door = f"/u/{visitor.tokens.sign('unsubscribe', visitor.reader())}"
    visitor.database.close()
    with closing(sqlite3.connect(visitor.database.url.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        response = await visitor.post(door, headers={"Accept-Language": "en"})
        other.rollback()
    assert (response.status, response.headers["Retry-After"]) == (503, "30")
    assert TEXTS["en"]["unavailable_text"] in await response.text()
    assert visitor.status() is ACTIVE
    assert (await visitor.post(door)).status == 200
    assert visitor.status() is SubscriberStatus.UNSUBSCRIBED


@pytest.mark.parametrize("purpose", ["confirm", "form"])
async def test_a_token_of_another_purpose_does_not_unsubscribe(visitor, purpose) -> None:
    one = visitor.reader()
    assert (await visitor.post(f"/u/{visitor.tokens.sign(purpose, one)}")).status == 404
    assert visitor.status() is ACTIVE


@pytest.mark.parametrize("token", ["x", "%00", "é", "A" * 5000, "..%2f"])
@pytest.mark.parametrize("door", ["u", "confirm", "preferences"])
async def test_no_token_breaks_the_doors(visitor, door, token) -> None:
    for method in (visitor.get, visitor.post):
        assert (await method(f"/{door}/{token}")).status in {404, 410}


async def test_a_genuine_token_of_nobody_is_refused(visitor) -> None:
    for ident in (999, 2**63 - 1):
        token = visitor.tokens.sign("unsubscribe", ident)
        assert (await visitor.post(f"/u/{token}")).status == 404


async def test_an_expired_link_to_confirm_says_so(visitor) -> None:
    one = visitor.reader(PENDING)
    token = visitor.tokens.sign("confirm", one, expires=visitor.watch.now() - timedelta(days=1))
    assert (await visitor.get(f"/confirm/{token}")).status == 410
    assert (await visitor.post(f"/confirm/{token}")).status == 410
    assert visitor.status() is PENDING


async def test_leaving_offers_the_way_back(visitor) -> None:
    token = visitor.tokens.sign("unsubscribe", visitor.reader())
    html = await (await visitor.post(f"/u/{token}?lang=zh")).text()
    assert TEXTS["zh"]["left_title"] in html
    assert 'href="/subscribe?lang=zh"' in html


async def test_no_token_and_no_address_reaches_the_log(visitor, caplog, capsys) -> None:
    caplog.set_level("DEBUG")
    token = visitor.tokens.sign("unsubscribe", visitor.reader())
    await visitor.get(f"/u/{token}")
    await visitor.post(f"/u/{token}")
    await visitor.fill_in("carl@example.org")
    await visitor.get(f"/nothing/{token}")
    logged = caplog.text + capsys.readouterr().out
    assert "unsubscribe" in logged
    assert token not in logged
    assert "carl" not in logged
    assert "127.0.0.1" not in logged


async def test_wrong_methods_are_refused(visitor) -> None:
    response = await visitor.client.request("DELETE", "/subscribe")
    assert response.status == 405
    assert "POST" in response.headers["Allow"]
