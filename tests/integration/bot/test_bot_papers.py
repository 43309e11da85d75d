"""Looking papers up in Discord."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import delete, text

from bot.client import create_bot
from storage.tables import Entry, EntryPaper

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=60)


async def test_a_short_name_is_answered_with_the_card(server: Any, read: Any, parts: Any) -> None:
    result = await server.reader.slash(server.channel, "paper", query="chinchilla")
    said = read(result.response.components)
    assert not result.ephemeral
    assert not result.deferred
    assert "Training Compute\\-Optimal Large Language Models" in said
    assert "Jordan Hoffmann" in said
    assert "It changes budgets" in said
    links = {p["label"]: p["url"] for p in parts(result.response.components) if p.get("url")}
    assert links["arXiv"] == "https://arxiv.org/abs/2203.15556"
    assert {"PDF", "ar5iv", "Web page"} <= links.keys()


async def test_an_arxiv_link_works_as_a_query(server: Any, read: Any) -> None:
    result = await server.reader.slash(
        server.channel, "paper", query="https://arxiv.org/abs/2203.15556v2"
    )
    assert "Compute\\-Optimal" in read(result.response.components)


async def test_private_shows_the_card_to_the_asker_alone(server: Any) -> None:
    result = await server.reader.slash(server.channel, "paper", query="chinchilla", private=True)
    assert result.ephemeral


async def test_a_chinese_locale_gets_the_chinese_entry(
    server: Any, read: Any, chinese: None
) -> None:
    result = await server.reader.slash(server.channel, "paper", query="chinchilla")
    said = read(result.response.components)
    assert "为什么重要" in said
    assert "它改变了预算" in said


async def test_autocomplete_suggests_by_short_name_and_by_title(server: Any) -> None:
    for typed in ("chinch", "compute"):
        choices = await server.reader.autocomplete(server.channel, "paper", "query", typed)
        assert any("Compute-Optimal" in choice["name"] for choice in choices), typed
        assert len(choices) <= 25
        assert all(len(c["name"]) <= 100 and len(c["value"]) <= 100 for c in choices)


async def test_autocomplete_of_nothing_suggests_published_papers_only(server: Any) -> None:
    choices = await server.reader.autocomplete(server.channel, "paper", "query", "")
    assert choices
    assert len({choice["name"] for choice in choices}) == len(choices)


async def test_a_suggestion_taken_as_it_is_finds_its_paper(server: Any, read: Any) -> None:
    """What autocomplete offers is a query with a sure answer."""
    choices = await server.reader.autocomplete(server.channel, "paper", "query", "make-a")
    result = await server.reader.slash(server.channel, "paper", query=choices[0]["value"])
    assert "## Make\\-A\\-Scene" in read(result.response.components)


@pytest.mark.parametrize("typed", ["author:hof", "2203.155", "https://arxiv.org/abs/2203.155"])
async def test_a_filter_and_part_of_an_id_are_completed_and_find_the_paper(
    server: Any, read: Any, typed: str
) -> None:
    choices = await server.reader.autocomplete(server.channel, "paper", "query", typed)
    result = await server.reader.slash(server.channel, "paper", query=choices[0]["value"])
    assert "Compute\\-Optimal" in read(result.response.components)


async def test_several_hits_are_offered_and_the_choice_becomes_the_card(
    server: Any, read: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "paper", query="language models")
    assert "Did you mean" in read(result.response.components)
    menu = next(p for p in parts(result.response.components) if p["type"] == 3)
    wanted = next(o for o in menu["options"] if "Compute-Optimal" in o["label"])
    await server.reader.select(result.response, [wanted["value"]])
    assert "## Training Compute\\-Optimal" in read(result.response.components)


async def test_somebody_else_who_chooses_gets_a_card_of_their_own(
    server: Any, read: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "paper", query="language models")
    menu = next(p for p in parts(result.response.components) if p["type"] == 3)
    other = await server.admin.select(result.response, [menu["options"][0]["value"]])
    assert other.ephemeral
    assert "Did you mean" in read(result.response.components)


async def test_nothing_found_points_to_the_web_archive(server: Any, read: Any, parts: Any) -> None:
    result = await server.reader.slash(server.channel, "paper", query="zzqx vvkw")
    assert "Nothing found" in read(result.response.components)
    links = [p["url"] for p in parts(result.response.components) if p.get("url")]
    assert links == ["https://news.example.org/search?q=zzqx+vvkw"]


async def test_a_query_full_of_markup_stays_text(server: Any, read: Any) -> None:
    hostile = "@everyone <@123> **x** [y](https://evil.example) `z` ||s|| <#1>"
    result = await server.reader.slash(server.channel, "paper", query=hostile)
    said = read(result.response.components)
    assert "\\@everyone \\<\\@123\\> \\*\\*x" in said
    assert result.response.message.mentions == []
    assert not result.response.message.mention_everyone


async def test_a_long_query_still_gets_an_answer(server: Any) -> None:
    result = await server.reader.slash(server.channel, "paper", query="é" * 200)
    assert result.acknowledged


async def test_a_button_of_a_post_opens_the_card_after_a_restart(
    server: Any, read: Any, archive: Any
) -> None:
    result = await server.reader.slash(server.channel, "latest")
    fresh = create_bot(archive, base_url="https://news.example.org", newsletter_name=None)
    await server.env.restart_bot(fresh)
    pressed = await server.admin.click(result.response, custom_id="paper:2022-04:en:2")
    assert pressed.ephemeral
    assert "Compute\\-Optimal" in read(pressed.response.components)


async def test_a_failure_of_ours_is_owned_up_to(server: Any, archive: Any) -> None:
    result = await server.reader.slash(server.channel, "latest")
    with archive.write() as session:
        session.exec(text("ALTER TABLE issue RENAME TO lost"))
    pressed = await server.reader.click(result.response, custom_id="paper:2022-04:en:2")
    asked = await server.reader.slash(server.channel, "latest")
    for answer in (pressed, asked):
        assert answer.ephemeral
        assert "it is our fault" in answer.response.content
    assert server.env.errors


async def test_a_button_whose_paper_is_gone_says_so(server: Any, archive: Any) -> None:
    result = await server.reader.slash(server.channel, "latest")
    with archive.write() as session:
        session.exec(delete(EntryPaper))
        session.exec(delete(Entry))
    pressed = await server.reader.click(result.response, custom_id="paper:2022-04:en:2")
    assert "no longer in the archive" in pressed.response.content
