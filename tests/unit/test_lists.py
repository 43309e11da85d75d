"""Lists of papers and of topics: within Discord's limits, valid by Discord's own schema, and safe."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from discord import ui
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.archive import Found
from bot.asking import SEARCH_BUTTON, Asking
from bot.cards import IssueHead
from bot.finding_texts import EN, ZH
from bot.links import WebPages
from bot.lists import Listing, line_of, list_plain, list_view, turning
from bot.matched import matched
from bot.topics import topics_plain, topics_view
from storage.catalog import Filters, TopicCount
from storage.enums import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE = "https://news.example.org"
LONG = "Räume *und* **Zeiten** mit [Link](https://example.org/a_(b)) @everyone, " * 8


def found(number: int = 1, **changes: Any) -> Found:
    entry: Any = {
        "number": number, "title": LONG, "papers": [], "authors": [LONG[:80]] * 20, "et_al": True,
        "why": "", "insights": LONG, "related": [], "links": [], "topics": [],
    }  # fmt: skip
    head = IssueHead("2022-04-" + "a" * 60, "zh-Hant", "2022-12", "Trends in Papers")
    given: dict[str, Any] = {"title": LONG, "matched": f"cited in this entry: {LONG}", **changes}
    return Found(head, entry, 1, **given)


def listing(count: int = 10, language: str = "en", **changes: Any) -> Listing:
    lines = [line_of(found(n, **changes), language, WebPages(BASE)) for n in range(count)]
    head = EN.found_none.format(query="\\*" * 50) + "\n-# " + "\\_" * 180
    turn = turning(2, 6, ("search:1:wx", "search:3:wx"), language)
    return Listing(
        head, lines, language, 50, "Page 2 of 6", turn, [("Search the web archive", f"{BASE}/s")]
    )


def topics(count: int) -> list[TopicCount]:
    return [TopicCount(f"t{n}", {"en": LONG[:200], "zh": "话" * 90}, n % 3) for n in range(count)]


VIEWS = {
    "a page": lambda: list_view(listing()),
    "a page of news": lambda: list_view(listing(is_news=True)),
    "a page in Chinese": lambda: list_view(listing(language="zh")),
    "an empty page": lambda: list_view(Listing("### Nothing", [], "en")),
    "topics": lambda: topics_view(topics(18), LONG, "en", BASE),
    "very many topics": lambda: topics_view(topics(300), LONG, "zh", BASE),
    "no topics": lambda: topics_view([], "Trends", "en", BASE),
}


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from walk(component.get("components") or [])


@pytest.mark.parametrize("name", VIEWS)
def test_what_discord_allows_is_kept_to(name: str, shared: Path) -> None:
    components = VIEWS[name]().to_components()
    parts = list(walk(components))
    assert len(parts) <= 40
    assert sum(len(p["content"]) for p in parts if p["type"] == 10) <= 4000
    assert all(len(p["components"]) <= 3 for p in parts if p["type"] == 1)
    ids = [p["custom_id"] for p in parts if "custom_id" in p]
    assert len(ids) == len(set(ids))
    for menu in (p for p in parts if p["type"] == 3):
        assert 1 <= len(menu["options"]) <= 25
        assert len({o["value"] for o in menu["options"]}) == len(menu["options"])
    spec = json.loads((shared / "data/discord-openapi.json").read_text(encoding="utf-8"))
    body = {"$ref": "#/components/schemas/MessageCreateRequest", "components": spec["components"]}
    answer = {"components": components, "flags": 1 << 15}
    jsonschema.Draft202012Validator(body).validate(answer)


def test_plain_forms_fit_a_message_and_keep_the_address() -> None:
    for text in (
        list_plain(listing()),
        list_plain(listing(is_news=True)),
        topics_plain(topics(300), LONG, "en", BASE),
    ):
        assert len(text) <= 2000
        assert text.endswith((f"<{BASE}/s>", f"<{BASE}/topics>"))


def test_titles_and_reasons_are_shown_not_obeyed() -> None:
    line = line_of(found(title="# @everyone [x](y)"), "en", WebPages(BASE))
    assert line.text == "**\\# \\@everyone \\[x\\]\\(y\\)**"
    assert "\\*und\\*" in line.remark
    assert "\\@everyone" not in line.title


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        ("author", "its author", "作者"),
        ("all words", "all your words", "包含全部词语"),
        ("cited in this entry: A *b*", "a work it cites, A \\*b\\*", "文中引用的文献：A \\*b\\*"),
        ("arXiv 2203.15556", "arXiv 2203.15556", "arXiv 2203.15556"),
        ("a title!", "its title", "标题"),
        ("Chinchilla", "its name, Chinchilla", "名称：Chinchilla"),
        ("filter", "", ""),
    ],
)
def test_why_something_was_found_is_said_in_both_languages(
    said: str, english: str, chinese: str
) -> None:
    assert matched(said, "A Title", EN) == english
    assert matched(said, "A Title", ZH) == chinese


def test_a_page_is_turned_by_two_buttons_or_by_none() -> None:
    first, last = turning(1, 2, ("a:0", "a:2"), "en"), turning(2, 2, ("a:1", "a:3"), "en")
    assert [(b.custom_id, b.disabled) for b in (*first, *last)] == [
        ("a:0", True), ("a:2", False), ("a:1", False), ("a:3", True),
    ]  # fmt: skip
    assert turning(1, 1, ("a:0", "a:2"), "en") == []
    assert turning(1, 2, (None, "a:2"), "en") == []
    assert isinstance(first[0], ui.Button)


text = st.text(alphabet="ab ;%3Bé论\\:&=", max_size=12).map(lambda it: " ".join(it.split()))


@settings(max_examples=200, deadline=None)
@given(text, text, st.sampled_from(["", "2022"]), st.sampled_from([None, *EntryKind]))
def test_a_question_comes_back_out_of_its_button(
    words: str, author: str, year: str, kind: EntryKind | None
) -> None:
    asked = Asking(words, author=author, year=year, topic="scaling", kind=kind)
    button = asked.button(12)
    if button is not None:
        match = re.fullmatch(SEARCH_BUTTON, button)
        assert match is not None
        assert match["page"] == "12"
        assert Asking.of(match) == asked


def test_a_question_that_does_not_fit_has_no_button() -> None:
    assert Asking("x" * 80).button(1)
    assert Asking("x" * 95).button(1) is None


@pytest.mark.parametrize("asked", ["zwhat", "kposter", "wnets;zwhat"])
def test_a_button_that_holds_no_question_is_not_one(asked: str) -> None:
    match = re.fullmatch(SEARCH_BUTTON, f"search:1:{asked}")
    assert match is not None
    assert Asking.of(match) is None


def test_options_become_what_the_catalog_and_the_web_take() -> None:
    asked = Asking("nets", author="Ada", issue="2022-04", kind=EntryKind.NEWS)
    assert asked.filters == Filters(authors=("Ada",), issues=("2022-04",), kind=EntryKind.NEWS)
    assert WebPages(BASE).search(asked.words, asked.narrowed) == (
        f"{BASE}/search?q=nets&author=Ada&issue=2022-04&kind=news"
    )
