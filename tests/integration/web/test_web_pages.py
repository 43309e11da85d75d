"""The pages for reading: what they show, in which language, and that nothing from outside gets through."""

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select
from yarl import URL

from storage.tables import Entry, Issue
from web.texts import TEXTS, accepted_language, month_name

PAGES = [
    "/", "/issues/2022-04", "/papers/1", "/search?q=chinchilla", "/search", "/subscribe", "/topics",
    "/topics/scaling", "/search?topic=scaling", "/search?kind=news",
]  # fmt: skip
OURS = ("https://news.example.org", "https://arxiv.org/", "https://ar5iv.labs.arxiv.org/")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_pages_are_whole_safe_and_in_the_readers_language(visitor, path, language) -> None:
    response = await visitor.get(path, headers={"Accept-Language": f"{language};q=0.9, fr"})
    html = await response.text()
    assert response.status == 200
    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]
    ours = f'<script src="{visitor.site.script[0]}" defer></script>'
    assert "<script" not in html.replace(ours, "")
    assert 'href="javascript' not in html
    assert html.count("<h1") == 1
    for ours in OURS:
        html = html.replace(ours, "")
    assert "https://" not in html
    assert "http://" not in html


ASKING = ["/suggest?q=chin", "/topics/scaling/feed.xml"]


@pytest.mark.parametrize(
    "path", [*PAGES, *ASKING, "/nothing", "/feed.xml", "/healthz", "/u/x", "/icon.svg"]
)
async def test_every_answer_carries_the_strict_headers(visitor, path) -> None:
    headers = (await visitor.get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    script = "; script-src 'self'; connect-src 'self'"
    assert policy.replace(script, "").count("script") == 0
    assert (script in policy) == (path in PAGES)
    for part in ("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert "Set-Cookie" not in headers


async def test_the_issue_page_shows_every_part(visitor) -> None:
    html = await visitor.text("/issues/2022-04?lang=en")
    for part in ("April 2022", "Hello.", "News", "Jordan Hoffmann et al.", "arXiv 2203.15556", "Lost link",
                 "Title unknown", 'value="10"', "Talk", "1 min read", "March", "2 papers"):  # fmt: skip
        assert part in html


async def test_the_time_of_an_event_is_written_for_readers(visitor) -> None:
    assert "3 June 2026, 16:00 (UTC+2)" in await visitor.text("/issues/2022-04?lang=en")
    assert "2026年6月3日 16:00（UTC+2）" in await visitor.text("/issues/2022-04?lang=zh")


async def test_the_time_of_an_event_has_a_direction_of_its_own(visitor) -> None:
    """It is in English where the text around it runs from right to left."""
    with visitor.database.write() as session:
        april = session.exec(
            select(Issue).where(Issue.slug == "2022-04", Issue.language == "en")
        ).one()
        april.language = "ar"
    html = await visitor.text("/issues/2022-04?lang=en")
    assert 'lang="ar" dir="rtl"' in html
    assert '<span class="label" dir="auto">3 June 2026, 16:00 (UTC+2)</span>' in html


async def test_the_chinese_edition_is_shown_to_a_chinese_reader(visitor) -> None:
    html = await visitor.text("/issues/2022-04?lang=zh")
    assert "更小的网络。" in html
    assert TEXTS["zh"]["why"] in html
    assert "2022年4月" in html
    assert '<html lang="zh-CN">' in html


async def test_an_issue_without_translation_says_so_and_names_one_address(visitor) -> None:
    """A draft of the translation is not offered, and search engines get the edition that there is."""
    html = await visitor.text("/issues/2022-03?lang=zh")
    assert "以下为English原文" in html
    assert '<link rel="canonical" href="https://news.example.org/issues/2022-03?lang=en">' in html
    assert 'hreflang="zh" href="https://news' not in html
    assert "三月草稿" not in html


async def test_a_translated_issue_names_both_addresses(visitor) -> None:
    html = await visitor.text("/issues/2022-04?lang=en")
    for language in ("en", "zh"):
        link = (
            f'hreflang="{language}" href="https://news.example.org/issues/2022-04?lang={language}"'
        )
        assert link in html


async def test_the_paper_page_holds_all_that_was_written_in_every_language(visitor) -> None:
    html = await visitor.text("/papers/1?lang=en")
    for part in ("Chinchilla", "Smaller nets.", "更小的网络。", "The same in 中文",
                 "https://arxiv.org/abs/2203.15556", "https://arxiv.org/pdf/2203.15556",
                 "https://ar5iv.labs.arxiv.org/html/2203.15556"):  # fmt: skip
        assert part in html
    assert "Unpublished thoughts" not in html


async def test_home_lists_past_issues_by_year(visitor) -> None:
    html = await visitor.text("/?lang=en")
    assert html.index("April") < html.index(">2022<") < html.index("March")
    assert "#entry-2" in html


@pytest.mark.parametrize(
    "path",
    ["/issues/2022-06", "/issues/none", "/papers/999", "/papers/99999999999", "/nothing", "/issues/%00",
     "/feed.fr.xml", "/topics/nothing", "/topics/nothing/feed.xml", "/topics/scaling/feed.fr.xml",
     "/issues/..%2f..%2fetc%2fpasswd", "/papers/x", "/papers/%D9%A1", "/style.0.css"],
)  # fmt: skip
async def test_drafts_and_unknown_pages_are_friendly_404s(visitor, path) -> None:
    response = await visitor.get(path, headers={"Accept-Language": "en"})
    html = await response.text()
    assert response.status == 404
    assert TEXTS["en"]["not_found_title"] in html
    assert "noindex" in html


async def test_a_draft_is_nowhere(visitor) -> None:
    for path in ("/", "/search?q=secret+june", "/feed.xml", "/issues/2022-04", "/papers/1",
                 "/topics/scaling", "/search?topic=scaling", "/suggest?q=secret", "/search"):  # fmt: skip
        assert "Secret June" not in await visitor.text(path)


async def test_search_says_how_sure_it_is(visitor) -> None:
    sure = await visitor.text("/search?q=chinchilla&lang=en")
    assert TEXTS["en"]["found_sure"] in sure
    assert "https://arxiv.org/abs/2203.15556" in sure
    none = await visitor.text("/search?q=zzzzqqqq&lang=en")
    assert TEXTS["en"]["found_nothing"] in none or TEXTS["en"]["found_none"] in none


async def test_search_keeps_the_question_when_the_language_is_switched(visitor) -> None:
    html = await visitor.text("/search?q=a%26b+%3Ci%3E&lang=en")
    assert 'href="?lang=zh&amp;q=a%26b%20%3Ci%3E"' in html
    assert 'value="a&amp;b &lt;i&gt;"' in html


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(max_size=60), language=st.text(max_size=8))
async def test_no_question_breaks_search(visitor, query, language) -> None:
    response = await visitor.get(
        URL("/search").with_query(
            {
                "q": query.encode(errors="ignore").decode(),
                "lang": language.encode(errors="ignore").decode(),
            }
        )
    )
    assert response.status == 200
    assert (await response.text()).count("<script") == 1


@pytest.mark.parametrize(
    "query", ["%00", "%ff%fe", "x" * 3000, '"', "a%20AND", "NEAR(", "%E2%80%AE", "*"]
)
async def test_no_raw_question_breaks_search(visitor, query) -> None:
    assert (await visitor.get(URL(f"/search?q={query}", encoded=True))).status == 200


@pytest.mark.parametrize("path", ["/issues/2022-04", "/", "/feed.xml", "/papers/1"])
async def test_a_page_that_did_not_change_is_not_sent_again(visitor, path) -> None:
    first = await visitor.get(path)
    visitor.watch.wait(60)  # the token of the form is a new one, the page the same
    again = await visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert await again.read() == b""
    visitor.watch.wait(3600)
    later = await visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert later.status == (200 if "form" in await later.text() else 304)


@pytest.mark.parametrize("path", [*PAGES, *ASKING, "/feed.xml", "/robots.txt"])
async def test_head_answers_as_get_without_a_body(visitor, path) -> None:
    response = await visitor.head(path)
    assert response.status == 200
    assert await response.read() == b""


async def test_a_long_issue_is_small_over_the_wire(visitor) -> None:
    """Twice the text of a long issue stays far below 100 KB, style sheet and icon included."""
    with visitor.database.write() as session:
        for entry in session.exec(select(Entry)):
            entry.insights = " ".join(f"word{n}" for n in range(4000))
    wire = 0
    for path in ("/issues/2022-04", visitor.site.style[0], visitor.site.script[0], "/icon.svg"):
        response = await visitor.client.session.get(
            visitor.client.make_url(path),
            headers={"Accept-Encoding": "gzip"},
            auto_decompress=False,
        )
        body = await response.read()
        wire += len(body)
        if response.headers.get("Content-Encoding") == "gzip":
            assert gzip.decompress(body)
    assert wire < 100_000


async def test_the_style_sheet_is_kept_for_ever(visitor) -> None:
    html = await visitor.text("/")
    path = html.split('rel="stylesheet" href="')[1].split('"')[0]
    style = await visitor.get(path)
    assert style.status == 200
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    script = await visitor.get(visitor.site.script[0])
    assert script.headers["Cache-Control"] == style.headers["Cache-Control"]
    assert script.content_type == "text/javascript"
    assert "url(" not in await style.text()
    assert "@import" not in await style.text()


async def test_the_database_failing_is_said_kindly(visitor, tmp_path) -> None:
    visitor.database.close()
    (tmp_path / "paperround.sqlite3").unlink()
    (tmp_path / "paperround.sqlite3").mkdir()
    response = await visitor.get("/", headers={"Accept-Language": "zh"})
    assert response.status == 503
    assert TEXTS["zh"]["unavailable_title"] in await response.text()
    health = await visitor.get("/healthz")
    assert health.status == 503
    assert (await health.json())["status"] == "failing"


async def test_health(visitor) -> None:
    assert await (await visitor.get("/healthz")).json() == {"status": "ok", "database": "ok"}


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr,en;q=0.5", "en"), ("fr", None), ("", None),
     ("en;q=0.1,zh;q=0.9", "zh"), ("en;q=x", None), ("zh;q=0", None), ("en;q=nan,zh;q=0.1", "zh")],
)  # fmt: skip
def test_the_browsers_languages_are_weighed(header, language) -> None:
    assert accepted_language(header) == language


def test_both_languages_say_everything() -> None:
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()


def test_months_are_written_as_people_do() -> None:
    assert (month_name("2022-06", "en"), month_name("2022-06", "zh-CN")) == (
        "June 2022",
        "2022年6月",
    )
