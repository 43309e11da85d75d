"""Topics on the web: the list, a topic with its pages and its feed, and chips on what is read."""

from xml.etree import ElementTree as ET

import pytest

from tests.integration.web.conftest import TITLE, TOPIC, fill_many
from web.texts import TEXTS
from web.topics import PER_PAGE

ATOM = "{http://www.w3.org/2005/Atom}"
SHOWN = "Scaling &lt;b&gt;&amp;amp;&lt;/b&gt;"  # the name, escaped


@pytest.mark.parametrize(("language", "name"), [("en", SHOWN), ("zh", "规模扩展")])
async def test_topics_are_listed_in_the_readers_language_with_their_papers(
    visitor, language, name
) -> None:
    """An entry and its translation count once, a draft does not, and an empty topic is not shown."""
    html = await visitor.text(f"/topics?lang={language}")
    assert f'<a href="/topics/scaling?lang={language}"><b>{name}</b>' in html
    assert TEXTS[language]["one_paper"] in html
    assert "/topics/vision" not in html


@pytest.mark.parametrize(("language", "why"), [("en", "Smaller nets."), ("zh", "更小的网络。")])
async def test_a_topic_shows_its_papers_once_in_the_readers_language(
    visitor, language, why
) -> None:
    html = await visitor.text(f"/topics/scaling?lang={language}")
    assert html.count(f">{TITLE}</a></h2>") == 1
    assert why in html
    assert f'href="/search?lang={language}&amp;topic=scaling"' in html


async def test_a_topic_without_papers_says_so(visitor) -> None:
    assert TEXTS["en"]["topic_none"] in await visitor.text("/topics/vision?lang=en")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "path", ["/topics/nothing", "/topics/nothing/feed.xml", "/topics/" + "x" * 41]
)
async def test_an_unknown_topic_is_a_404_in_the_readers_language(visitor, path, language) -> None:
    response = await visitor.get(path, headers={"Accept-Language": language})
    assert response.status == 404
    assert TEXTS[language]["not_found_title"] in await response.text()


@pytest.mark.parametrize(
    ("page", "shown", "papers"), [(1, 1, PER_PAGE), (2, 2, 6), (3, 2, 6), (0, 1, PER_PAGE)]
)
async def test_a_topic_is_paged_newest_first(visitor, page, shown, papers) -> None:
    fill_many(visitor.database, PER_PAGE + 5)
    html = await visitor.text(f"/topics/scaling?page={page}&lang=en")
    assert TEXTS["en"]["page_of"].format(page=shown, pages=2) in html
    assert html.count('<li class="hit">') == papers
    assert (TITLE in html) == (shown == 1)
    assert ('content="noindex, follow"' in html) == (shown > 1)
    kept = "&amp;page=2" if shown > 1 else ""
    assert f'href="?lang=zh{kept}"' in html


async def test_topics_stand_on_papers_issues_and_hits(visitor) -> None:
    for path in ("/papers/1", "/issues/2022-04", "/search?q=chinchilla"):
        html = await visitor.text(f"{path}{'&' if '?' in path else '?'}lang=en")
        assert f'<a class="chip" href="/topics/scaling?lang=en">{SHOWN}</a>' in html
        assert 'href="/topics?lang=en"' in html


@pytest.mark.parametrize("path", ["feed.xml", "feed.en.xml", "feed.zh.xml"])
async def test_the_feed_of_a_topic_is_atom(visitor, path) -> None:
    fill_many(visitor.database, 3)
    response = await visitor.get(f"/topics/scaling/{path}")
    root = ET.fromstring(await response.read())
    assert response.content_type == "application/atom+xml"
    name = "规模扩展" if "zh" in path else TOPIC
    assert root.find(f"{ATOM}title").text == f"The Round: {name}"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"].startswith("https://news.example.org/topics/scaling/feed.")
    entries = root.findall(f"{ATOM}entry")
    assert [it.find(f"{ATOM}title").text for it in entries][:2] == [TITLE, "Gadget number 1"]
    assert len({it.find(f"{ATOM}id").text for it in entries}) == 4
    content = entries[0].find(f"{ATOM}content").text
    assert "<script" not in content
    assert 'href="/' not in content


async def test_the_page_of_a_topic_names_its_feed(visitor) -> None:
    html = await visitor.text("/topics/scaling?lang=zh")
    address = html.split('type="application/atom+xml"')[2].split('href="')[1].split('"')[0]
    assert address == "/topics/scaling/feed.zh.xml"
    assert (await visitor.get(address)).status == 200
