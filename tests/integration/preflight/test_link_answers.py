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
    question = Question(f"{site.base}{path}", "en, HTML, line 1", **question)
    return await check_answers([question], site.base, patience_s=1)


@pytest.mark.parametrize("path", ["/200", "/204", "/moved", "/get-only"])
async def test_what_answers_passes(site, path):
    (finding,) = await judged(site, path)
    assert (finding.level, finding.what) == ("pass", "1 addresses answer as they should.")


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
    (finding,) = await judged(site, path)
    assert (finding.level, finding.name) == (level, "answers")
    assert says in finding.what
    assert path in finding.what
    assert finding.remedy
    assert finding.place == "en, HTML, line 1"


async def test_a_page_that_appears_with_the_issue_is_left_out(site):
    finding, *_ = await judged(site, "/404", waits=True)
    assert finding.level == "skip"
    (finding,) = await judged(site, "/500", waits=True)
    assert finding.level == "warn"


@pytest.mark.parametrize(("path", "leaves"), [("/x", False), ("/u/x", True)])
async def test_pages_of_this_machine_that_do_not_run_yet_are_a_warning(path, leaves):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
    (finding,) = await check_answers([Question(f"{base}{path}", "en", leaves=leaves)], base)
    assert (finding.level, finding.name) == ("warn", "unsubscribe" if leaves else "answers")
    assert "nothing answers now" in finding.what
    assert "PAPERROUND_BASE_URL" in finding.remedy


NOWHERE = "https://news.round.invalid"  # RFC 2606 §2: no DNS anywhere knows .invalid


@pytest.mark.parametrize(
    ("base", "remedy"), [(NOWHERE, "PAPERROUND_BASE_URL"), ("https://example.org", "issue says")]
)
async def test_a_host_that_is_not_found_fails_and_the_remedy_names_whose_it_is(base, remedy):
    (finding,) = await check_answers([Question(f"{NOWHERE}/x", "en")], base, knows=lambda _: True)
    assert finding.level == "fail"
    assert "not found" in finding.what
    assert remedy in finding.remedy


async def test_where_dns_is_closed_a_host_that_is_not_found_is_a_warning_and_dns_is_asked_once():
    questions = [Question(f"{NOWHERE}/{n}", "en", leaves=not n) for n in range(9)]
    found = await check_answers(questions, NOWHERE)
    assert [(it.level, it.name) for it in found] == [
        ("warn", "unsubscribe"), *[("warn", "answers")] * 8,
    ]  # fmt: skip
    asked = []
    await check_answers(questions, NOWHERE, knows=lambda top: asked.append(top) or False)
    assert asked == ["invalid"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/200", "http://localhost:{port}/200", "http://127.1:{port}/200",
            "http://[::ffff:127.0.0.1]:{port}/200", "http://0x7f.1:{port}/200"],
)  # fmt: skip
async def test_nothing_private_is_asked_under_whatever_name(site, url):
    """Our own pages may be private; what only looks public and leads inside is refused before it is asked."""
    (finding,) = await check_answers(
        [Question(url.format(port=site.port), "en")], "https://news.example.org", patience_s=5
    )
    assert finding.level == "fail"
    assert site.asked == []


async def test_each_address_is_asked_once_and_few_at_a_time_by_a_client_that_says_who_it_is(site):
    pages = [f"{site.base}/p{number}" for number in range(12)]
    questions = [Question(page + f"#{n}", "en") for page in pages for n in range(3)]
    (summary,) = await check_answers(questions, site.base)
    assert summary.what.startswith("12 addresses")
    assert len(site.asked) == 12
    assert site.most() <= AT_ONCE_PER_HOST
    assert {request.method for request in site.asked} == {"HEAD"}
    assert all(r.headers["User-Agent"].startswith("Paperround/") for r in site.asked)
    assert all("Cookie" not in request.headers for request in site.asked)


async def test_the_way_to_leave_is_only_looked_at_and_its_token_not_told(site):
    finding, *_ = await judged(site, "/u/SECRET", leaves=True)
    assert (finding.level, finding.name) == ("pass", "unsubscribe")
    assert [request.method for request in site.asked] == ["GET"]
    (finding,) = await judged(site, "/404", leaves=True)
    assert finding.level == "fail"
    assert "another key" in finding.what
    (finding,) = await judged(site, "/500", leaves=True)
    assert finding.level == "fail"
    assert "SECRET" not in f"{finding.what}{finding.place}{finding.remedy}"
