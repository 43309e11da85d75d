"""Finding more of the same in Discord."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import col, select

from bot.client import create_bot
from storage import catalog
from storage.tables import Entry, Issue

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=60)

LATER = [("2205.01068", "Cheaper @everyone *Rodents*", ["Jordan Hoffmann", "*Eve* <@1>"], [])]
HIDDEN = [("2209.07777", "A Secret Successor", ["Jordan Hoffmann"], [])]


def menu(parts: Any, result: Any) -> dict[str, Any]:
    return next(p for p in parts(result.response.components) if p["type"] == 3)


@pytest.fixture
def kin(with_topics: Any, publish: Any) -> Any:
    """Give the archive with a paper that cites Chinchilla, and a draft of another that does."""
    with with_topics.write() as session:
        publisher = publish(session)
        later = publisher.issue("2022-06", "en", "Later", LATER)
        hidden = publisher.issue("2022-08", "en", "Hidden", HIDDEN, published=False)
        for issue in (later, hidden):
            query = select(Entry).where(Entry.issue_id == issue, Entry.number == 1)
            session.exec(query).one().related = [
                {"title": "Chinchilla", "url": None, "arxiv": "2203.15556"}
            ]
            session.flush()
            catalog.index_issue(session, issue)
    return with_topics


async def test_a_sure_question_is_answered_with_related_papers_and_why(
    server: Any, kin: Any, valid: Any
) -> None:
    result = await server.reader.slash(server.channel, "related", query="chinchilla")
    said = valid(result)
    assert not result.ephemeral
    assert said.startswith("### Related to Training Compute\\-Optimal Large Language Models")
    first, second = (said.partition(f"\n{n}\\. **")[2] for n in (1, 2))
    assert first.startswith("Cheaper")
    assert "-# June 2022, no. 1 · cites this paper · also by Jordan Hoffmann\n" in first
    assert "-# April 2022, no. 3 · same topic: Scaling\n" in second


async def test_the_paper_itself_and_its_translation_are_not_related_to_it(
    server: Any, kin: Any, read: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "related", query="chinchilla")
    listed = read(result.response.components).partition("\n1\\.")[2]
    assert "Compute" not in listed
    values = [option["value"] for option in menu(parts, result)["options"]]
    assert len(values) == len({value.split(":")[0] + value[-1] for value in values})
    assert {"2022-04:en:1", "2022-04:en:3", "2022-06:en:1"} <= set(values)


async def test_a_chinese_member_is_told_the_reasons_in_chinese(
    server: Any, kin: Any, valid: Any, parts: Any, chinese: None
) -> None:
    result = await server.reader.slash(server.channel, "related", query="chinchilla")
    said = valid(result)
    assert "### 与 Training Compute\\-Optimal Large Language Models 相关的论文" in said
    assert "2022年6月，第 1 条 · 它引用了本文 · 同一作者：Jordan Hoffmann" in said
    assert "2022年4月，第 3 条 · 同一话题：规模扩展" in said
    assert "2022-04:zh:3" in [option["value"] for option in menu(parts, result)["options"]]


async def test_a_doubtful_question_offers_a_list_and_the_choice_leads_on(
    server: Any, kin: Any, valid: Any
) -> None:
    result = await server.reader.slash(server.channel, "related", query="language models")
    assert "Did you mean" in valid(result)
    other = await server.admin.select(result.response, ["2022-04:en:2"])
    assert other.ephemeral
    assert "### Related to Training" in valid(other)
    assert "Did you mean" in valid(result)
    chosen = await server.reader.select(result.response, ["2022-04:en:2"])
    assert not chosen.ephemeral
    assert "### Related to Training" in valid(result)


async def test_nothing_related_says_so_and_points_to_the_paper(
    server: Any, kin: Any, valid: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "related", query="DSI")
    assert "Nothing that was published is related to **Transformer Memory" in valid(result)
    (link,) = [p["url"] for p in parts(result.response.components) if p.get("url")]
    assert link.startswith("https://news.example.org/papers/")
    assert not [p for p in parts(result.response.components) if p["type"] == 3]


async def test_nothing_found_offers_the_nearest_and_the_search(server: Any, valid: Any) -> None:
    result = await server.reader.slash(server.channel, "related", query="zzqx vvkw")
    said = valid(result)
    assert "Nothing found" in said
    assert "</search:" in said


async def test_a_related_paper_opens_as_a_card_and_the_list_stays(
    server: Any, kin: Any, valid: Any
) -> None:
    result = await server.reader.slash(server.channel, "related", query="chinchilla")
    before = valid(result)
    opened = await server.reader.select(result.response, ["2022-04:en:3"])
    assert opened.ephemeral
    assert "## Make\\-A\\-Scene" in valid(opened)
    assert valid(result) == before


async def test_the_button_of_a_card_works_for_anybody_and_after_a_restart(
    server: Any, kin: Any, valid: Any
) -> None:
    card = await server.reader.slash(server.channel, "paper", query="chinchilla")
    before = valid(card)
    fresh = create_bot(kin, base_url="https://news.example.org", newsletter_name=None)
    await server.env.restart_bot(fresh)
    for member in (server.reader, server.admin):
        pressed = await member.click(card.response, label="More like this")
        assert pressed.ephemeral
        assert "1\\. **Cheaper" in valid(pressed)
    assert valid(card) == before


async def test_the_button_of_a_chinese_card_answers_in_chinese(
    server: Any, kin: Any, valid: Any, chinese: None
) -> None:
    card = await server.reader.slash(server.channel, "paper", query="chinchilla")
    pressed = await server.reader.click(card.response, label="相似论文")
    assert "它引用了本文" in valid(pressed)


async def test_the_list_to_choose_from_works_after_a_restart(
    server: Any, kin: Any, valid: Any
) -> None:
    result = await server.reader.slash(server.channel, "related", query="language models")
    fresh = create_bot(kin, base_url="https://news.example.org", newsletter_name=None)
    await server.env.restart_bot(fresh)
    await server.reader.select(result.response, ["2022-04:en:2"])
    assert "### Related to Training" in valid(result)


async def test_a_draft_is_neither_related_nor_asked_about(
    server: Any, kin: Any, valid: Any
) -> None:
    related = await server.reader.slash(server.channel, "related", query="chinchilla")
    asked = await server.reader.slash(server.channel, "related", query="2209.07777")
    typed = await server.reader.autocomplete(server.channel, "related", "query", "A Secret")
    assert "Secret" not in valid(related)
    assert "Secret" not in valid(asked)
    assert not [choice for choice in typed if "Secret" in choice["name"]]


async def test_a_paper_that_was_taken_back_is_said_to_be_gone(server: Any, kin: Any) -> None:
    card = await server.reader.slash(server.channel, "paper", query="chinchilla")
    with kin.write() as session:
        for issue in session.exec(select(Issue)).all():
            issue.published_at = None
    pressed = await server.reader.click(card.response, label="More like this")
    assert pressed.ephemeral
    assert "no longer in the archive" in pressed.response.content


async def test_private_shows_the_answer_to_the_asker_alone(
    server: Any, kin: Any, valid: Any
) -> None:
    for query in ("chinchilla", "language models", "DSI", "zzqx"):
        result = await server.reader.slash(server.channel, "related", query=query, private=True)
        assert result.ephemeral, query
        assert valid(result)


async def test_titles_and_names_from_outside_stay_text(server: Any, kin: Any, valid: Any) -> None:
    with kin.write() as session:
        hoffmann = select(Entry).where(col(Entry.title).startswith("Training"))
        for one in session.exec(hoffmann).all():
            one.authors = ["*Eve* <@1>"]
            session.flush()
            catalog.index_issue(session, one.issue_id)
    result = await server.reader.slash(server.channel, "related", query="chinchilla")
    said = valid(result)
    assert "**Cheaper \\@everyone \\*Rodents\\***" in said
    assert "\\*Eve\\* \\<\\@1\\>" in said
    assert not result.response.message.mention_everyone
    assert result.response.message.mentions == []


async def test_autocomplete_suggests_papers(server: Any, kin: Any) -> None:
    found = await server.reader.autocomplete(server.channel, "related", "query", "chinch")
    assert any("Compute-Optimal" in choice["name"] for choice in found)
    assert await server.reader.autocomplete(server.channel, "related", "query", "")


async def test_very_long_titles_and_reasons_still_fit_a_message(
    server: Any, archive: Any, publish: Any, valid: Any, parts: Any
) -> None:
    names = [f"{'*Maria* ' * 20}{n}" for n in range(4)]
    works = [
        {"title": f"{'[work](x) ' * 40}{n}", "url": None, "arxiv": f"2101.0000{n}"}
        for n in range(4)
    ]
    papers = [(f"2207.0000{n}", f"{'Räume *und* Zeiten ' * 20}{n}", names, []) for n in range(8)]
    with archive.write() as session:
        issue = publish(session).issue("2022-07", "en", "Long", papers)
        for entry in session.exec(select(Entry).where(Entry.issue_id == issue)).all():
            entry.related = works
        session.flush()
        catalog.index_issue(session, issue)
    result = await server.reader.slash(server.channel, "related", query="2207.00003")
    said = valid(result)
    assert "5\\. **Räume" in said
    assert "cites the same: \\[work" in said
    assert "also by \\*Maria" in said
    assert len(menu(parts, result)["options"]) == 5
