"""Finding on the web: filters in words and as options, pages of an answer, suggestions, and hostile questions."""

from html import unescape
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from yarl import URL

from tests.integration.web.conftest import EVIL, TITLE, fill_many
from web import asking
from web.answers import MOST, PER_PAGE
from web.limits import MAX_KEYS, SUGGESTIONS, SUGGESTIONS_ALTOGETHER, Throttle
from web.matched import matched
from web.texts import TEXTS

EN = TEXTS["en"]
HOSTILE = [
    EVIL, '"><i>', "'", "_", "\0", "%00", "author:_", 'author:"', "a" * 400, "\u202e", "NEAR(", "🙂", "../..",
]  # fmt: skip


def gadgets(html: str) -> list[int]:
    """Read the numbers of the gadgets on a page."""
    return [int(it.split("<")[0]) for it in html.split(">Gadget number ")[1:]]


@pytest.mark.parametrize(
    ("query", "found"),
    [("topic=scaling", True), ("topic=vision", False), ("author=hoffmann", True), ("author=Turing", False),
     ("year=2022", True), ("year=1999", False), ("issue=2022-04", True), ("issue=2022-03", False),
     ("language=zh", True), ("language=fr", False), ("kind=paper", True), ("q=topic:scaling", True),
     ("q=chinchilla+author:turing", False), ("q=作者:hoffmann+话题:规模扩展", True),
     ("q=chinchilla&topic=规模扩展&author=Jordan+Hoffmann&year=2022&issue=2022-04&language=en", True)],
)  # fmt: skip
async def test_an_answer_is_narrowed_in_words_and_by_options(visitor, query, found) -> None:
    html = await visitor.text(f"/search?{query}&lang=en")
    assert (f">{TITLE}</a></h2>" in html) == found


async def test_both_ways_to_narrow_lead_to_the_same_page(visitor) -> None:
    in_words = await visitor.text("/search?lang=en&q=nets+author:hoffmann+topic:scaling")
    as_options = await visitor.text("/search?lang=en&q=nets&topic=scaling&author=hoffmann")
    assert in_words == as_options


async def test_what_narrows_is_shown_and_each_can_be_removed_by_a_link(visitor) -> None:
    html = await visitor.text("/search?lang=en&q=nets+author:hoffmann&topic=scaling&year=2022")
    for rest in ("q=nets&amp;author=hoffmann&amp;year=2022", "q=nets&amp;topic=scaling&amp;year=2022",
                 "q=nets&amp;topic=scaling&amp;author=hoffmann"):  # fmt: skip
        assert f'<a class="chip" href="/search?lang=en&amp;{rest}">' in html
    assert f'<a class="label" href="/search?lang=en&amp;q=nets">{EN["drop_all"]}</a>' in html
    assert 'name="q" value="nets"' in html
    assert 'name="author" maxlength="100" autocomplete="off"' in html
    assert 'value="hoffmann"' in html
    assert '<option value="scaling" selected>' in html


async def test_more_than_one_value_outlives_the_form(visitor) -> None:
    html = await visitor.text("/search?lang=en&issue=2022-04&issue=2022-01")
    assert '<option value="2022-04" selected>' in html
    assert '<input type="hidden" name="issue" value="2022-01">' in html


async def test_the_language_link_keeps_question_filters_and_page(visitor) -> None:
    fill_many(visitor.database, 30)
    html = await visitor.text("/search?q=gadget&topic=scaling&page=2&lang=en")
    assert 'href="?lang=zh&amp;q=gadget&amp;topic=scaling&amp;page=2"' in html


@pytest.mark.parametrize(
    ("query", "said"),
    [("chinchilla", "found_sure"), ("gadget", "found_choices"), ("training", "found_one"),
     ("topic:scaling", "found_listed"), ("zzzzqqqq", "found_none")],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_page_says_how_sure_it_is(visitor, query, said, language) -> None:
    fill_many(visitor.database, 2)
    html = unescape(await visitor.text(f"/search?q={query}&lang={language}"))
    assert TEXTS[language][said] in html


async def test_an_answer_that_is_none_offers_the_nearest_and_examples_that_work(visitor) -> None:
    html = await visitor.text("/search?q=zzzzqqqq+author:hoffmann&lang=en")
    assert EN["ask_unnarrowed"] in html
    for example in ("2203.15556", "author:Hoffmann", "Chinchilla"):
        address = f"/search?lang=en&q={quote(example)}"
        assert f'href="{address.replace("&", "&amp;")}"' in html
        assert TITLE in await visitor.text(address)


async def test_news_are_found_and_lead_to_the_news_of_their_issue(visitor) -> None:
    html = await visitor.text("/search?kind=news&lang=en")
    assert 'href="/issues/2022-04?lang=en#news"' in html
    assert 'id="news"' in await visitor.text("/issues/2022-04?lang=en")


async def test_every_page_of_an_answer_continues_the_one_before(visitor) -> None:
    fill_many(visitor.database, 25)
    seen: list[int] = []
    for page in (1, 2, 3):
        html = await visitor.text(f"/search?q=topic:scaling+issue:2022-01&page={page}&lang=en")
        assert EN["page_of"].format(page=page, pages=3) in html
        assert ('rel="prev"' in html) == (page > 1)
        assert ('rel="next"' in html) == (page < 3)
        seen += gadgets(html)
    assert seen == list(range(1, 26))


@pytest.mark.parametrize(
    ("page", "shown"),
    [("", 1), ("0", 1), ("-1", 1), ("x", 1), ("٣", 1), ("1e9", 1), ("3", 3), ("4", 3), ("9" * 30, 1), ("9999", 3)],
)  # fmt: skip
async def test_a_page_that_is_none_is_the_first_or_the_last(visitor, page, shown) -> None:
    fill_many(visitor.database, 25)
    html = await visitor.text(f"/search?q=topic:scaling+issue:2022-01&page={quote(page)}&lang=en")
    assert EN["page_of"].format(page=shown, pages=3) in html


@pytest.mark.parametrize("count", [PER_PAGE, PER_PAGE + 1])
async def test_a_full_page_has_no_next_one(visitor, count) -> None:
    fill_many(visitor.database, count)
    html = await visitor.text("/search?q=issue:2022-01&lang=en")
    assert ('rel="next"' in html) == (count > PER_PAGE)


async def test_a_long_answer_ends_and_stays_small(visitor) -> None:
    fill_many(visitor.database, 200)
    html = await visitor.text("/search?q=gadget&page=9999&lang=en")
    assert EN["page_of"].format(page=MOST // PER_PAGE, pages=MOST // PER_PAGE) in html
    assert len(html.encode()) < 100_000


@pytest.mark.parametrize("name", [*asking.FIELDS, "q", "page", "lang"])
async def test_nothing_hostile_gets_through(visitor, name) -> None:
    for value in HOSTILE:
        response = await visitor.get(URL("/search").with_query({"q": "nets", name: value}))
        html = await response.text()
        assert response.status == 200, value
        assert html.count("<script") == 1, value
        assert "<i>" not in html


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from([*asking.FIELDS, "q", "page"]), st.text(max_size=30)), max_size=6
    )
)
def test_an_address_written_from_what_was_read_reads_the_same(pairs, filled) -> None:
    clean = [(name, value.encode(errors="ignore").decode()) for name, value in pairs]
    with filled.read() as session:
        once = asking.read(session, MultiDict(clean))
        again = asking.read(session, URL(f"/?{once.query}", encoded=True).query)
    assert again == once


@pytest.fixture
def filled(visitor):
    return visitor.database


async def test_suggestions_complete_what_is_typed(visitor) -> None:
    response = await visitor.get("/suggest?q=chin&lang=en")
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=60"
    found = await response.json()
    assert found[0]["value"] == TITLE
    assert found[0]["label"].startswith("Chinchilla – ")
    assert all(it.keys() == {"label", "value"} for it in found)


@pytest.mark.parametrize("query", ["", "q=", "q=%20", "q=%00", "q=zzzzzzzz%F0%9F%99%82"])
async def test_nothing_typed_is_completed_by_nothing(visitor, query) -> None:
    response = await visitor.get(f"/suggest?{query}")
    assert response.status == 200
    assert isinstance(await response.json(), list)


async def test_a_network_that_asks_too_often_waits_a_minute(visitor) -> None:
    for _ in range(SUGGESTIONS):
        assert (await visitor.get("/suggest")).status == 200
    refused = await visitor.get("/suggest?q=chin")
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "60"
    assert await refused.json() == []
    assert (await visitor.get("/search?q=chinchilla")).status == 200
    other = {"X-Forwarded-For": "198.51.100.7"}
    assert (await visitor.get("/suggest?q=chin", headers=other)).status == 200


def test_the_minute_is_everybodys_and_ends() -> None:
    time = [0.0]
    throttle = Throttle(lambda: time[0])
    allowed = sum(throttle.may_ask(f"10.{n % 250}.{n // 250}.0/24") for n in range(MAX_KEYS))
    assert allowed == SUGGESTIONS_ALTOGETHER
    time[0] = 59.9
    assert not throttle.may_ask("192.0.2.0/24")
    time[0] = 60.0
    assert throttle.may_ask("192.0.2.0/24")
    assert throttle.allows("192.0.2.0/24", "example.org")  # forms are counted apart


async def test_every_page_that_search_engines_see_has_a_box_to_search(visitor) -> None:
    for path in (
        "/",
        "/issues/2022-04",
        "/papers/1",
        "/topics",
        "/topics/scaling",
        "/search",
        "/no",
    ):
        html = await visitor.text(path)
        assert html.count('role="search"') == 1
        assert html.count('type="search" name="q"') == 1


@pytest.mark.parametrize("path", ["/u/x", "/confirm/x", "/no"])
async def test_pages_whose_address_may_hold_a_token_run_no_script(visitor, path) -> None:
    response = await visitor.get(path)
    assert "<script" not in await response.text()
    assert "script-src" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("said", "en", "zh"),
    [("filter", "", ""), ("author", "its author", "作者"), ("Chinchilla", "its name, Chinchilla", "名称：Chinchilla"),
     ("Some Title", "its title", "标题"), ("arXiv 2203.15556", "arXiv 2203.15556", "arXiv 2203.15556"),
     ("cited in this entry: BERT", "a work it cites, BERT", "文中引用的文献：BERT"),
     ("nearest name: {x}", "the nearest name, {x}", "最接近的名称：{x}")],
)  # fmt: skip
def test_why_a_hit_is_there_is_said_in_both_languages(said, en, zh) -> None:
    hit = asking.catalog.Hit(1, "Some title", None, 1, "2022-04", "en", 1, said, 1.0)
    assert (matched(hit, "en"), matched(hit, "zh")) == (en, zh)
