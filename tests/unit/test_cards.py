"""Cards and posts: within Discord's limits, valid by Discord's own schema, and safe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import markup
from bot.cards import IssueHead, paper_card, paper_plain
from bot.keys import EntryKey
from bot.posts import choices, issue_plain, issue_post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE = "https://news.example.org"
HEAD = IssueHead("2022-04", "en", "2022-04", "Trends in Papers")
LONG = "Räume *und* **Zeiten** mit [Link](https://example.org/a_(b)) @everyone, " * 80


def an_entry(number: int = 1, **changes: Any) -> Any:
    paper = {"id": 1, "title": "A Title", "arxiv": "2203.15556", "doi": None, "aliases": ["Short"]}
    entry = {
        "number": number, "title": "A Title", "papers": [paper], "authors": ["Ada", "Ben"],
        "et_al": False, "why": "Because.", "insights": "- one\n- two", "related": [], "links": [],
        "topics": [],
    }  # fmt: skip
    return {**entry, **changes}


def an_issue(count: int = 10, **changes: Any) -> Any:
    issue = {
        "slug": "2022-04", "language": "en", "languages": ["en", "zh"], "newsletter": "Trends",
        "title": "April", "month": "2022-04", "month_source": "", "translation_credit": None,
        "sponsor": None, "events": [], "intro": "Hello.", "news": ["One.", "Two."],
        "entries": [an_entry(n + 1) for n in range(count)], "references": [], "published_at": None,
    }  # fmt: skip
    return {**issue, **changes}


def longest(number: int = 1) -> Any:
    related = [{"title": LONG[:200], "url": f"{BASE}/{n}", "arxiv": None} for n in range(9)]
    papers = [
        {
            "id": n,
            "title": LONG[:250],
            "arxiv": f"2203.1555{n}",
            "doi": None,
            "aliases": [LONG[:90]],
        }
        for n in range(4)
    ]
    return an_entry(
        number, title=LONG[:600], papers=papers, authors=[f"{LONG[:80]} {n}" for n in range(40)],
        why=LONG, insights=f"{LONG}\n\n- {LONG}", related=related,
        topics=[{"slug": f"t{n}", "name": "", "names": {"en": LONG[:90]}} for n in range(9)],
    )  # fmt: skip


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        if "accessory" in component:
            yield from walk([component["accessory"]])


def texts(view: Any) -> str:
    return "\n".join(c["content"] for c in walk(view.to_components()) if c["type"] == 10)


def within_limits(view: Any) -> None:
    parts = list(walk(view.to_components()))
    assert len(parts) <= 40
    assert sum(len(p["content"]) for p in parts if p["type"] == 10) <= 4000
    for row in (p for p in parts if p["type"] == 1):
        assert 1 <= len(row["components"]) <= 3, "three buttons side by side are what a phone shows"
    for button in (p for p in parts if p["type"] == 2):
        assert len(button["label"]) <= 80
        assert len(button.get("url", "")) <= 512
        assert len(button.get("custom_id", "")) <= 100


@pytest.fixture(scope="module")
def message_schema(shared: Path) -> Any:
    """Give a validator of the body of Discord's Create Message."""
    spec = json.loads((shared / "data/discord-openapi.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/MessageCreateRequest", "components": spec["components"]}
    )


VIEWS = {
    "a card": lambda: paper_card(an_entry(), HEAD, "en", BASE),
    "the longest card": lambda: paper_card(longest(), HEAD, "zh", BASE),
    "an untitled card": lambda: paper_card(
        an_entry(title=None, papers=[], authors=[], why="", insights=""), HEAD, "en", BASE
    ),
    "an empty post": lambda: issue_post(an_issue(0, news=[], intro=""), "en", BASE),
    "a post": lambda: issue_post(an_issue(), "en", BASE, role_id=1),
    "the longest post": lambda: issue_post(
        an_issue(
            title=LONG[:400], intro=LONG, news=[LONG] * 30,
            entries=[longest(n) for n in range(1, 11)], languages=["en", "nl", "zh"],
        ), "en", BASE, role_id=2**63,
    ),
    "a post of thirty": lambda: issue_post(
        an_issue(entries=[longest(n) for n in range(1, 31)]), "zh", BASE, role_id=1
    ),
    "a list": lambda: choices(
        "### Several", [(EntryKey("2022-04", "en", n), LONG[:300], LONG[:300]) for n in range(30)],
        "en", link=("Search", f"{BASE}/search?q=x"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VIEWS)
def test_what_discord_allows_is_kept_to(name: str) -> None:
    within_limits(VIEWS[name]())


@pytest.mark.parametrize("name", VIEWS)
def test_every_body_is_valid_by_discords_own_schema(name: str, message_schema: Any) -> None:
    body = {"components": VIEWS[name]().to_components(), "flags": 1 << 15, "nonce": "N" * 25}
    message_schema.validate(body)


def test_ten_papers_a_role_and_two_editions_come_to_exactly_forty_components() -> None:
    view = issue_post(an_issue(10), "en", BASE, role_id=1)
    assert len(list(walk(view.to_components()))) == 40


def test_an_unknown_title_is_said_to_be_unknown() -> None:
    untitled = an_entry(title=None, papers=[])
    assert "Title not known yet" in texts(paper_card(untitled, HEAD, "en", BASE))
    assert "标题尚不可知" in texts(paper_card(untitled, HEAD, "zh", BASE))
    post = texts(issue_post(an_issue(entries=[untitled]), "en", BASE))
    assert "Title not known yet (Ada, Ben)" in post


def test_a_card_names_the_topics_in_the_readers_language() -> None:
    topics = [
        {"slug": "scaling", "name": "Scaling", "names": {"en": "Scaling", "zh": "规模扩展"}},
        {"slug": "odd", "name": "*Odd*", "names": {"en": "*Odd*"}},
    ]
    entry = an_entry(topics=topics)
    assert "-# Topics: Scaling, \\*Odd\\*" in texts(paper_card(entry, HEAD, "en", BASE))
    assert "-# 话题：规模扩展、" in texts(paper_card(entry, HEAD, "zh", BASE))
    assert "Topics" not in texts(paper_card(an_entry(), HEAD, "en", BASE))


def test_sponsor_and_occasions_are_announced_in_each_members_own_time() -> None:
    events = [
        {"title": "Live *talk*", "at": "2022-05-02T17:00:00+02:00", "when": "2 May 2022, 17:00 (UTC+2)",
         "url": f"{BASE}/talk"},
        {"title": "Meet-up", "at": "in May", "when": "in May", "url": None},
    ]  # fmt: skip
    issue = an_issue(events=events, sponsor="Paid for by [Acme](https://acme.example).")
    said = texts(issue_post(issue, "en", BASE))
    assert f"- **[Live \\*talk\\*]({BASE}/talk)** <t:1651503600:F>" in said
    assert "- **Meet\\-up** in May" in said
    assert "-# Sponsor: Paid for by [Acme](https://acme.example)." in said


def test_a_day_without_a_time_is_announced_in_words() -> None:
    events = [
        {"title": "Fair", "at": "2022-05-02", "when": "2 May 2022", "url": None},
        {"title": "Vote", "at": None, "when": None, "url": None},
    ]
    said = texts(issue_post(an_issue(events=events), "en", BASE))
    assert "- **Fair** 2 May 2022\n- **Vote**" in said


def test_an_entry_on_two_papers_links_both() -> None:
    papers = [
        {"id": 1, "title": "Pathways", "arxiv": "2203.12533", "doi": None, "aliases": []},
        {"id": 2, "title": "PaLM", "arxiv": "2204.02311", "doi": None, "aliases": []},
    ]
    view = paper_card(an_entry(papers=papers), HEAD, "en", BASE)
    labels = [p["label"] for p in walk(view.to_components()) if p["type"] == 2]
    assert labels[:4] == ["arXiv · Pathways", "PDF · Pathways", "ar5iv · Pathways", "arXiv · PaLM"]


def test_markup_in_a_title_is_shown_not_obeyed() -> None:
    hostile = an_entry(title="# @everyone <@1> [x](https://evil.example) ||y|| `z`")
    said = texts(paper_card(hostile, HEAD, "en", BASE))
    assert "\\# \\@everyone \\<\\@1\\> \\[x\\]\\(" in said
    assert "[x](https" not in said


def test_plain_forms_fit_a_message_and_carry_the_address() -> None:
    for issue in (an_issue(0), an_issue(entries=[longest(n) for n in range(1, 31)])):
        text = issue_plain(issue, "en", BASE, role_id=2**63)
        assert len(text) <= 2000
        assert text.endswith(f"{BASE}/issues/2022-04?lang=en")
    text = paper_plain(longest(), HEAD, "en", BASE)
    assert len(text) <= 2000
    assert f"{BASE}/issues/2022-04?lang=en#entry-1" in text


def test_a_key_survives_its_button_and_strangers_are_refused() -> None:
    key = EntryKey("2022-04", "zh", 12)
    assert EntryKey.parse(str(key)) == key
    assert EntryKey.parse("2022-04:zh") is None
    assert EntryKey("s" * 95, "en", 1).button is None


@pytest.mark.parametrize(
    ("source", "limit", "shown"),
    [
        ("one two three", 100, "one two three"),
        ("one two three", 9, "one two…"),
        ("*one two three*", 10, "*one two*…"),
        ("see [the long label](https://e.org/x) now", 20, "see…"),
        ("一二三四五六", 4, "一二三…"),
        ("a_b*c", 100, "a\\_b\\*c"),
        ("[l](mailto:a@b.example)", 100, "l"),
        ("[l](javascript:x)", 100, "\\[l\\]\\(javascript:x\\)"),
        ("[https://good.org](https://evil.org)", 100, "https://evil.org"),
        ("- a\n- b\n\nc", 100, "- a\n- b\n\nc"),
        ("> quoted\n\n# not a heading", 100, "quoted\n\n\\# not a heading"),
    ],
)
def test_prose_is_rendered_and_cut_between_words(source: str, limit: int, shown: str) -> None:
    assert markup.prose(source, limit) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("It is new. It is big.", "It is new."),
        (
            "Models, e.g. Chinchilla, are *small*. They are cheap.",
            "Models, e.g. Chinchilla, are *small*.",
        ),
        ("By Ahn et al. in 2022. Then more.", "By Ahn et al. in 2022."),
        ("它是新的。它很大。", "它是新的。"),
        ("no end here\nat all", "no end here at all"),
        ("", ""),
    ],
)
def test_a_first_sentence_ends_where_it_ends(source: str, shown: str) -> None:
    assert markup.first_sentence(source, 100) == shown


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab *_[]()`\\<>@#-\n|~h:/.一", max_size=80), st.integers(1, 60))
def test_no_text_exceeds_its_limit_or_mentions_anybody(text: str, limit: int) -> None:
    for rendered in (markup.prose(text, limit), markup.title(text, limit)):
        assert len(rendered) <= limit
        assert "<@" not in rendered
        assert "<#" not in rendered
        assert not rendered.replace("\\\\", "").endswith("\\")
