"""Asking free questions in Discord."""

from __future__ import annotations

from typing import Any

import pytest

from bot.client import create_bot

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=60)


def buttons(parts: Any, result: Any) -> dict[str, Any]:
    return {p["label"]: p for p in parts(result.response.components) if p["type"] == 2}


async def test_a_sure_answer_is_a_list_too_and_says_that_it_is_sure(server: Any, read: Any) -> None:
    result = await server.reader.slash(server.channel, "search", words="chinchilla")
    said = read(result.response.components)
    assert not result.ephemeral
    assert "surely meant" in said
    assert "1\\. **Training Compute\\-Optimal Large Language Models**" in said
    assert "April 2022, no. 2 · found by its name, Chinchilla" in said
    assert "Make" not in said


async def test_a_doubtful_answer_says_why_each_paper_is_in_it(server: Any, read: Any) -> None:
    result = await server.reader.slash(server.channel, "search", words="language models budgets")
    said = read(result.response.components)
    assert "the best first" in said
    assert "found by all your words" in said


async def test_nothing_found_says_so_with_the_nearest_and_the_web(
    server: Any, read: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "search", words="zzqx vvkw", year=2022)
    said = read(result.response.components)
    assert "Nothing found" in said
    assert "zzqx vvkw" in said
    assert said.count("\n-# ") <= 4
    link = buttons(parts, result)["Search the web archive"]["url"]
    assert link == "https://news.example.org/search?q=zzqx+vvkw&year=2022"


async def test_a_slip_of_the_pen_brings_up_the_nearest_three(server: Any, read: Any) -> None:
    result = await server.reader.slash(server.channel, "search", words="chxnchxllx qqq")
    said = read(result.response.components)
    assert "come nearest" in said
    assert "found by the nearest name, Chinchilla" in said
    assert "4\\." not in said


async def test_pages_are_turned_in_place_and_survive_a_restart(
    server: Any, many: Any, read: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "search", words="sheep hill")
    first = read(result.response.components)
    assert "10\\. **Grazing" in first
    assert "11\\." not in first
    assert "Page 1 of 3" in first
    assert buttons(parts, result)["Previous"]["disabled"]
    fresh = create_bot(many, base_url="https://news.example.org", newsletter_name=None)
    await server.env.restart_bot(fresh)
    turned = await server.reader.click(result.response, label="Next")
    turned = await server.reader.click(result.response, label="Next")
    last = read(result.response.components)
    assert not turned.ephemeral
    assert "Page 3 of 3" in last
    assert "25\\. **Grazing" in last
    assert buttons(parts, result)["Next"]["disabled"]
    shown = {line for line in (first + last).splitlines() if "Hill Number" in line}
    assert len(shown) == 15


async def test_somebody_else_who_turns_gets_a_page_of_their_own(
    server: Any, many: Any, read: Any
) -> None:
    result = await server.reader.slash(server.channel, "search", words="sheep hill")
    other = await server.admin.click(result.response, label="Next")
    assert other.ephemeral
    assert "Page 2 of 3" in read(other.response.components)
    assert "Page 1 of 3" in read(result.response.components)
    await server.admin.click(other.response, label="Next")
    assert "Page 3 of 3" in read(other.response.components)


async def test_a_question_too_long_for_a_button_points_to_the_web_instead(
    server: Any, many: Any, read: Any, parts: Any
) -> None:
    words = "sheep hill " * 12
    result = await server.reader.slash(server.channel, "search", words=words)
    assert "Page 1 of" in read(result.response.components)
    assert set(buttons(parts, result)) == {"Search the web archive"}


async def test_the_list_opens_a_card_and_stays(server: Any, read: Any, parts: Any) -> None:
    result = await server.reader.slash(server.channel, "search", words="language models")
    before = read(result.response.components)
    menu = next(p for p in parts(result.response.components) if p["type"] == 3)
    wanted = next(o for o in menu["options"] if "Compute-Optimal" in o["label"])
    opened = await server.reader.select(result.response, [wanted["value"]])
    assert opened.ephemeral
    assert "## Training Compute\\-Optimal" in read(opened.response.components)
    assert read(result.response.components) == before


async def test_options_narrow_down_as_words_do(server: Any, with_topics: Any, read: Any) -> None:
    for options in (
        {"words": "models", "author": "Hoffmann"},
        {"words": "author:hoffmann models"},
        {"words": "models", "issue": "Scaling, tuned", "topic": "规模扩展", "author": "hoffmann"},
    ):
        result = await server.reader.slash(server.channel, "search", **options)
        said = read(result.response.components)
        assert "Compute\\-Optimal" in said, options
        assert "Interactive" not in said, options
    assert "Narrowed to author hoffmann, issue 2022\\-04, topic Scaling." in said


async def test_a_year_or_a_language_where_there_is_nothing_finds_nothing(
    server: Any, read: Any
) -> None:
    for options in ({"year": 1999}, {"language": "zh", "issue": "2022-03"}):
        result = await server.reader.slash(server.channel, "search", words="models", **options)
        assert "Nothing found" in read(result.response.components), options


async def test_news_is_found_and_points_to_its_issue(server: Any, read: Any, parts: Any) -> None:
    result = await server.reader.slash(server.channel, "search", words="chip", kind="news")
    said = read(result.response.components)
    assert "A chip was shown" in said
    assert "(https://news.example.org/issues/2022-04?lang=en)" in said
    assert not [p for p in parts(result.response.components) if p["type"] == 3]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"issue": "*no* such"}, "no issue **\\*no\\* such**"),
        ({"topic": "*no* such"}, "no topic **\\*no\\* such**"),
    ],
)
async def test_an_option_that_names_nothing_is_said_to(
    server: Any, options: Any, said: str
) -> None:
    result = await server.reader.slash(server.channel, "search", words="models", **options)
    assert result.ephemeral
    assert said in result.response.content


async def test_autocomplete_of_the_options(server: Any, with_topics: Any) -> None:
    async def names(option: str, typed: str) -> list[str]:
        found = await server.reader.autocomplete(server.channel, "search", option, typed)
        return [choice["name"] for choice in found]

    assert await names("topic", "") == ["Scaling", "Vision"]
    assert await names("topic", "视") == ["Vision"]
    assert await names("author", "hoff") == ["Jordan Hoffmann"]
    assert await names("author", "ordan") == []
    assert await names("issue", "march") == ["March 2022 · Search without an index"]


async def test_a_hostile_question_stays_text_and_mentions_nobody(server: Any, read: Any) -> None:
    hostile = "@everyone <@123> **x** [y](https://evil.example) `z` ||s|| <#1> ; % \x00"
    result = await server.reader.slash(
        server.channel, "search", words=hostile, author="# @here", private=True
    )
    said = read(result.response.components)
    assert result.ephemeral
    assert "\\@everyone \\<\\@123\\> \\*\\*x" in said
    assert not result.response.message.mention_everyone


async def test_it_works_in_a_direct_message_and_in_chinese(
    server: Any, many: Any, read: Any, chinese: None
) -> None:
    user = server.env.create_user("mei")
    result = await user.slash("search", words="sheep hill")
    assert "第 1 页，共 3 页" in read(result.response.components)
    await user.click(result.response, label="下一页")
    assert "第 2 页，共 3 页" in read(result.response.components)
    result = await user.slash("search", words="chinchilla")
    assert "匹配依据：名称：Chinchilla" in read(result.response.components)


async def test_paper_hints_at_search_where_it_finds_nothing(server: Any, read: Any) -> None:
    result = await server.reader.slash(server.channel, "paper", query="zzqx vvkw")
    assert "</search:" in read(result.response.components)


async def test_an_answer_is_valid_by_discords_own_schema(
    server: Any, many: Any, valid: Any
) -> None:
    result = await server.reader.slash(server.channel, "search", words="sheep hill")
    assert "Grazing" in valid(result)
