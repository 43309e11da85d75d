"""Links are asked over real HTTP: what answers passes, what is gone fails, and nothing private is asked."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from paperround.preflight.answers import AT_ONCE_PER_HOST, Question, check_answers


@pytest.fixture
async def site():
    """A server whose pages answer with the status in their name, and that keeps what it was asked."""
    asked, now, most = [], 0, 0

    async def answer(request):
        nonlocal now, most
        asked.append(request)
        name = request.path.strip("/")
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        if name == "get-only" and request.method == "HEAD":
            return web.Response(status=405)
        if name == "slow":
            await asyncio.sleep(60)
        if name == "circle":
            raise web.HTTPFound("/circle")
        if name == "moved":
            raise web.HTTPMovedPermanently("/200")
        if name == "inside":
            raise web.HTTPFound("http://127.0.0.1:1/admin")
        if name == "leads-away":
            raise web.HTTPFound("ftp://example.com/")
        return web.Response(status=int(name) if name.isdigit() else 200)

    app = web.Application()
    app.router.add_route("*", "/{name}", answer)
    app.router.add_route("*", "/u/{name}", answer)
    async with TestServer(app) as server:
        server.asked = asked
        server.most = lambda: most
        server.base = str(server.make_url("")).rstrip("/")
        yield server


async def judged(site, path, **question):
    *found, summary = await check_answers(
        [Question(f"{site.base}{path}", "en, HTML, line 1", **question)], site.base, patience_s=1
    )
    return found, summary


@pytest.mark.parametrize("path", ["/200", "/204", "/moved", "/get-only"])
async def test_what_answers_passes(site, path):
    found, summary = await judged(site, path)
    assert found == []
    assert (summary.level, summary.what[:6]) == ("pass", "1 of 1")


@pytest.mark.parametrize(
    ("path", "level", "says"),
    [
        ("/404", "fail", "answers with 404"),
        ("/410", "fail", "answers with 410"),
        ("/400", "fail", "answers with 400"),
        ("/403", "warn", "answers with 403"),
        ("/429", "warn", "answers with 429"),
        ("/500", "warn", "answers with 500"),
        ("/circle", "warn", "redirects again and again"),
        ("/slow", "warn", "in time"),
        ("/inside", "fail", "private network"),
        ("/leads-away", "fail", "private network"),
    ],
)
async def test_what_does_not_answer_is_named_with_place_and_remedy(site, path, level, says):
    (finding,), summary = await judged(site, path)
    assert (finding.level, finding.name) == (level, "answers")
    assert says in finding.what
    assert path in finding.what
    assert finding.remedy
    assert finding.place == "en, HTML, line 1"
    assert summary.what.startswith("0 of 1")


async def test_a_page_that_appears_with_the_issue_is_left_out(site):
    (finding,), _ = await judged(site, "/404", waits=True)
    assert finding.level == "skip"
    (finding,), _ = await judged(site, "/500", waits=True)
    assert finding.level == "warn"


async def test_a_port_that_nobody_listens_on_fails():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
    finding, _ = await check_answers([Question(f"{base}/x", "en")], base)
    assert finding.level == "fail"
    assert "did not answer" in finding.what
    finding, _ = await check_answers([Question(f"{base}/u/x", "en", leaves=True)], base)
    assert (finding.level, finding.name) == ("fail", "unsubscribe")
    assert "PAPERROUND_BASE_URL" in finding.remedy


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/200", "http://localhost:{port}/200", "http://127.1:{port}/200",
            "http://[::ffff:127.0.0.1]:{port}/200", "http://0x7f.1:{port}/200"],
)  # fmt: skip
async def test_nothing_private_is_asked_under_whatever_name(site, url):
    """Our own pages may be private; what only looks public and leads inside is refused before it is asked."""
    finding, _ = await check_answers(
        [Question(url.format(port=site.port), "en")], "https://news.example.org", patience_s=5
    )
    assert finding.level == "fail"
    assert site.asked == []


async def test_each_address_is_asked_once_and_few_at_a_time_by_a_client_that_says_who_it_is(site):
    pages = [f"{site.base}/p{number}" for number in range(12)]
    questions = [Question(page + f"#{n}", "en") for page in pages for n in range(3)]
    (summary,) = await check_answers(questions, site.base)
    assert summary.what.startswith("12 of 12")
    assert len(site.asked) == 12
    assert site.most() <= AT_ONCE_PER_HOST
    assert {request.method for request in site.asked} == {"HEAD"}
    assert all(r.headers["User-Agent"].startswith("Paperround/") for r in site.asked)
    assert all("Cookie" not in request.headers for request in site.asked)


async def test_the_way_to_leave_is_only_looked_at_and_its_token_not_told(site):
    (finding,), _ = await judged(site, "/u/SECRET", leaves=True)
    assert (finding.level, finding.name) == ("pass", "unsubscribe")
    assert [request.method for request in site.asked] == ["GET"]
    (finding,), _ = await judged(site, "/404", leaves=True)
    assert finding.level == "fail"
    assert "another key" in finding.what
    (finding,), _ = await judged(site, "/500", leaves=True)
    assert finding.level == "fail"
    assert "SECRET" not in f"{finding.what}{finding.place}{finding.remedy}"
