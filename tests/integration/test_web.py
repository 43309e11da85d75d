"""The public pages: what they show, that a GET changes nothing, and that nothing from outside gets through."""

import base64
import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlmodel import select

from storage import catalog, subscribers
from storage.database import Database
from storage.enums import AliasOrigin, EntryKind, SubscriberStatus
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Newsletter, Paper, PaperAlias, Subscriber
from web import subscription
from web.app import create_app
from web.site import Site
from web.texts import TEXTS, accepted_language

NOW = datetime(2022, 5, 1, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"


class Tokens:
    """Signs as the real ones do, with a key of the test's."""

    def sign(self, purpose: str, ident: int, *, expires: datetime | None = None) -> str:
        body = f"{ident}.{int(expires.timestamp()) if expires else ''}"
        digest = hmac.digest(b"key", f"{purpose}|{body}".encode(), "sha256")[:16]
        return f"{body}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    def verify(self, purpose: str, token: str, *, now: datetime) -> int | None:
        ident, _, rest = token.partition(".")
        until = rest.partition(".")[0]
        if not ident.isdigit() or (until and (not until.isdigit() or int(until) < now.timestamp())):
            return None
        expires = datetime.fromtimestamp(int(until), UTC) if until else None
        return int(ident) if self.sign(purpose, int(ident), expires=expires) == token else None

    def hash_address(self, key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()


TOKENS = Tokens()


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        newsletter = Newsletter(slug="n", name="The Round", languages=["en", "zh"])
        session.add(newsletter)
        session.flush()
        paper = Paper(title="Training Compute-Optimal Large Language Models", arxiv="2203.15556",
                      title_key=name_key("Training Compute-Optimal Large Language Models"))  # fmt: skip
        session.add(paper)
        session.flush()
        session.add(PaperAlias(paper_id=paper.id, name="Chinchilla", key="chinchilla",
                               origin=AliasOrigin.EDITOR))  # fmt: skip
        original = None
        for language, title, why in (
            ("en", f"April {EVIL}", f"Smaller nets. {EVIL} [x](javascript:alert(1))"),
            ("zh", "四月", "更小的网络。"),
        ):
            issue = Issue(newsletter_id=newsletter.id, slug="2022-04", language=language, title=title,
                          month=date(2022, 4, 1), month_source="given", intro="Hello.",
                          published_at=NOW, translation_of_id=original)  # fmt: skip
            session.add(issue)
            session.flush()
            original = original or issue.id
            for number, name in ((1, "Training Compute-Optimal Large Language Models"), (2, None)):
                entry = Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=number, number=number,
                              title=name, authors=["Jordan Hoffmann"], et_al=True, why=why)  # fmt: skip
                session.add(entry)
                session.flush()
                if name:
                    session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id))
            session.add(
                Entry(issue_id=issue.id, kind=EntryKind.NEWS, position=1, insights=f"News {EVIL}")
            )
            catalog.index_issue(session, issue.id)
        draft = Issue(newsletter_id=newsletter.id, slug="2022-06", language="en", title="Secret June",
                      month=date(2022, 6, 1), month_source="given")  # fmt: skip
        session.add(draft)
    return database


@pytest.fixture
async def client(filled: Database, monkeypatch):
    monkeypatch.setattr(subscription, "MIN_FILL_SECONDS", 0)
    site = Site(filled, TOKENS, "https://news.example.org")
    server = TestServer(create_app(site))
    await server.start_server(access_log=None)  # as `web.app.serve` does
    async with TestClient(server) as client:
        yield client


def reader(database: Database, status=SubscriberStatus.ACTIVE) -> int:
    with database.write() as session:
        one = Subscriber(address="ann@example.org", address_key="ann@example.org", status=status)
        session.add(one)
        session.flush()
        return one.id


def status_of(database: Database, ident: int) -> SubscriberStatus:
    with database.read() as session:
        return session.get_one(Subscriber, ident).status


@pytest.mark.parametrize(
    "path", ["/", "/issues/2022-04", "/papers/1", "/search?q=chinchilla", "/search"]
)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_pages_are_whole_safe_and_in_the_readers_language(client, path, language) -> None:
    response = await client.get(path, headers={"Accept-Language": f"{language};q=0.9, fr"})
    html = await response.text()
    assert response.status == 200
    assert response.headers["Content-Language"] == language
    assert "<script" not in html
    assert "javascript:" not in html.replace("[x](javascript:alert(1))", "")
    assert 'href="javascript' not in html
    assert html.count("<h1") == 1
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "https://" not in html.replace("https://news.example.org", "").replace(
        "https://arxiv.org", ""
    ).replace("https://ar5iv.org", "")
    assert len(html.encode()) < 100_000


async def test_the_issue_page_shows_every_part(client) -> None:
    html = await (await client.get("/issues/2022-04?lang=en")).text()
    for part in (
        "April",
        "Hello.",
        "News",
        "Jordan Hoffmann et al.",
        "arXiv 2203.15556",
        "Title unknown",
    ):
        assert part in html


async def test_the_chinese_edition_is_shown_to_a_chinese_reader(client) -> None:
    html = await (await client.get("/issues/2022-04?lang=zh")).text()
    assert "更小的网络。" in html
    assert TEXTS["zh"]["why"] in html


@pytest.mark.parametrize(
    "path",
    ["/issues/2022-06", "/issues/none", "/papers/999", "/papers/99999999999", "/nothing", "/issues/%00",
     "/feed.fr.xml", "/issues/..%2f..%2fetc%2fpasswd", "/papers/x"],
)  # fmt: skip
async def test_drafts_and_unknown_pages_are_friendly_404s(client, path) -> None:
    response = await client.get(path, headers={"Accept-Language": "en"})
    assert response.status == 404
    assert TEXTS["en"]["not_found_title"] in await response.text()


async def test_a_draft_is_nowhere(client) -> None:
    for path in ("/", "/search?q=secret+june", "/feed.xml"):
        assert "Secret June" not in await (await client.get(path)).text()


async def test_search_says_how_sure_it_is(client) -> None:
    sure = await (await client.get("/search?q=chinchilla&lang=en")).text()
    none = await (await client.get("/search?q=zzzz&lang=en")).text()
    assert TEXTS["en"]["found_sure"] in sure
    assert TEXTS["en"]["found_nothing"] in none


@pytest.mark.parametrize(
    "query", ['"', "%00", "a%20AND", "%F0%9F%98%80", "<b>", "%E2%80%AE", "x" * 3000, "%ff"]
)
async def test_no_question_breaks_search(client, query) -> None:
    response = await client.get(f"/search?q={query}")
    assert response.status == 200


async def test_a_page_that_did_not_change_is_not_sent_again(client) -> None:
    first = await client.get("/issues/2022-04")
    again = await client.get("/issues/2022-04", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert await again.read() == b""


async def test_head_works(client) -> None:
    assert (await client.head("/issues/2022-04")).status == 200


async def form(client, address="ann@example.org", **more):
    token = TOKENS.sign("form", int((datetime.now(UTC) - timedelta(seconds=5)).timestamp()))
    data = {"address": address, "token": token, "website": "", **more}
    return await client.post("/subscribe?lang=en", data=data)


async def test_subscribing_asks_and_queues_and_nothing_more(client, filled) -> None:
    response = await form(client)
    assert response.status == 200
    with filled.read() as session:
        one = session.exec(select(Subscriber)).one()
    assert one.status is SubscriberStatus.PENDING
    assert one.asked_at is not None
    assert one.confirmation_mailed_at is None


async def test_new_known_and_blocked_addresses_get_one_answer(client, filled) -> None:
    new = await (await form(client)).text()
    known = await (await form(client)).text()
    with filled.write() as session:
        subscribers.forget(session, subscribers.find(session, "ann@example.org"),
                           hash_address=TOKENS.hash_address, source="t", now=NOW)  # fmt: skip
    blocked = await (await form(client)).text()
    assert new == known == blocked


@pytest.mark.parametrize(
    ("address", "more", "status"),
    [("not an address", {}, 400), ("a@example.org", {"token": "forged"}, 400),
     ("a@example.org", {"website": "http://spam"}, 200), ("a" * 20_000, {}, 413)],
)  # fmt: skip
async def test_wrong_and_robotic_forms_change_nothing(
    client, filled, address, more, status
) -> None:
    assert (await form(client, address, **more)).status == status
    with filled.read() as session:
        assert session.exec(select(Subscriber)).all() == []


async def test_another_sites_form_is_refused(client) -> None:
    response = await client.post("/subscribe", headers={"Origin": "https://evil.example"})
    assert response.status == 403


async def test_too_many_forms_from_one_network_are_slowed_down(client) -> None:
    answers = [(await form(client, f"a{n}@example.org")).status for n in range(12)]
    assert answers.count(429) == 2


async def test_a_get_confirms_and_unsubscribes_nobody(client, filled) -> None:
    waiting = reader(filled, SubscriberStatus.PENDING)
    token = TOKENS.sign("confirm", waiting)
    shown = await client.get(f"/confirm/{token}")
    assert shown.status == 200
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Cache-Control"] == "no-store"
    assert status_of(filled, waiting) is SubscriberStatus.PENDING
    assert (await client.post(f"/confirm/{token}")).status == 200
    assert status_of(filled, waiting) is SubscriberStatus.ACTIVE
    leave = TOKENS.sign("unsubscribe", waiting)
    assert (await client.get(f"/u/{leave}")).status == 200
    assert status_of(filled, waiting) is SubscriberStatus.ACTIVE
    assert (await client.post(f"/u/{leave}")).status == 200
    assert status_of(filled, waiting) is SubscriberStatus.UNSUBSCRIBED


async def test_one_click_needs_no_cookie_no_redirect_and_no_origin(client, filled) -> None:
    """RFC 8058 §3.1."""
    one = reader(filled)
    response = await client.post(
        f"/u/{TOKENS.sign('unsubscribe', one)}",
        data={"List-Unsubscribe": "One-Click"},
        headers={"Origin": "https://mail.example"},
        allow_redirects=False,
    )
    assert response.status == 200
    assert "Set-Cookie" not in response.headers
    assert status_of(filled, one) is SubscriberStatus.UNSUBSCRIBED


@pytest.mark.parametrize("purpose", ["confirm", "form"])
async def test_a_token_of_another_purpose_does_not_unsubscribe(client, filled, purpose) -> None:
    one = reader(filled)
    assert (await client.post(f"/u/{TOKENS.sign(purpose, one)}")).status == 404
    assert status_of(filled, one) is SubscriberStatus.ACTIVE


async def test_an_expired_link_to_confirm_says_so(client, filled) -> None:
    one = reader(filled, SubscriberStatus.PENDING)
    token = TOKENS.sign("confirm", one, expires=NOW)
    assert (await client.get(f"/confirm/{token}")).status == 410
    assert (await client.post(f"/confirm/{token}")).status == 410
    assert status_of(filled, one) is SubscriberStatus.PENDING


@pytest.mark.parametrize("path", ["/feed.xml", "/feed.zh.xml"])
async def test_the_feed_is_atom(client, path) -> None:
    response = await client.get(path)
    root = ET.fromstring(await response.read())
    atom = "{http://www.w3.org/2005/Atom}"
    assert response.content_type == "application/atom+xml"
    assert root.tag == f"{atom}feed"
    entries = root.findall(f"{atom}entry")
    assert len(entries) == 1
    for tag in ("id", "title", "updated", "published"):
        assert entries[0].find(f"{atom}{tag}").text
    assert "<script" not in entries[0].find(f"{atom}content").text


async def test_health_and_style(client) -> None:
    assert await (await client.get("/healthz")).json() == {"status": "ok", "database": "ok"}
    html = await (await client.get("/")).text()
    path = html.split('rel="stylesheet" href="')[1].split('"')[0]
    style = await client.get(path)
    assert style.status == 200
    assert "immutable" in style.headers["Cache-Control"]


async def test_no_token_and_no_address_reaches_the_log(client, filled, caplog, capsys) -> None:
    caplog.set_level("DEBUG")
    token = TOKENS.sign("unsubscribe", reader(filled))
    await client.get(f"/u/{token}")
    await form(client, "carl@example.org")
    logged = caplog.text + capsys.readouterr().out
    assert "unsubscribe" in logged
    assert token not in logged
    assert "carl" not in logged


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr,en;q=0.5", "en"), ("fr", None), ("", None),
     ("en;q=0.1,zh;q=0.9", "zh"), ("en;q=x", None), ("zh;q=0", None)],
)  # fmt: skip
def test_the_browsers_languages_are_weighed(header, language) -> None:
    assert accepted_language(header) == language


def test_both_languages_say_everything() -> None:
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()
