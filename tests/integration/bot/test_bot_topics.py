"""Looking through the topics in Discord."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import delete, select

from bot.client import create_bot
from storage.enums import EntryKind, TopicOrigin
from storage.tables import Entry, EntryTopic, Issue, Topic

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=60)


def labels(parts: Any, result: Any) -> list[str]:
    return [p["label"] for p in parts(result.response.components) if p["type"] == 2]


@pytest.fixture
def long_topic(many: Any, with_topics: Any) -> Any:
    """Give the archive where all of May is about vision."""
    with many.write() as session:
        issue = session.exec(select(Issue).where(Issue.slug == "2022-05")).one()
        for entry in session.exec(select(Entry).where(Entry.issue_id == issue.id)).all():
            if entry.kind is EntryKind.PAPER:
                row = EntryTopic(entry_id=entry.id, topic="vision", origin=TopicOrigin.EDITOR)
                session.add(row)
    return many


async def test_topics_are_listed_with_how_many_papers_each_has(
    server: Any, with_topics: Any, read: Any
) -> None:
    """A paper and its translation count once."""
    result = await server.reader.slash(server.channel, "topics")
    said = read(result.response.components)
    assert "Topics of Trends in Papers" in said
    assert "**Scaling** · 3 papers" in said
    assert "Nothing yet: Vision" in said


async def test_topics_are_called_by_their_chinese_names_in_chinese(
    server: Any, with_topics: Any, read: Any, chinese: None
) -> None:
    result = await server.reader.slash(server.channel, "topics", topic="scaling")
    said = read(result.response.components)
    assert "### 规模扩展\n3 篇论文" in said
    result = await server.reader.slash(server.channel, "topics")
    assert "**规模扩展** · 3 篇论文" in read(result.response.components)


async def test_a_store_without_topics_says_so(server: Any, read: Any) -> None:
    result = await server.reader.slash(server.channel, "topics")
    assert "No topics are known yet" in read(result.response.components)


async def test_a_chosen_topic_replaces_the_list_and_there_is_a_way_back(
    server: Any, with_topics: Any, read: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "topics")
    menu = next(p for p in parts(result.response.components) if p["type"] == 3)
    assert [o["value"] for o in menu["options"]] == ["scaling"]
    await server.reader.select(result.response, ["scaling"])
    said = read(result.response.components)
    assert "### Scaling\n3 papers" in said
    assert "2\\. **Training Compute\\-Optimal" in said
    assert "April 2022, no. 2" in said
    other = await server.admin.click(result.response, label="All topics")
    assert other.ephemeral
    await server.reader.click(result.response, label="All topics")
    assert "Topics of Trends in Papers" in read(result.response.components)


async def test_pages_of_a_topic_are_turned_after_a_restart(
    server: Any, long_topic: Any, read: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "topics", topic="Vision")
    assert "Page 1 of 3" in read(result.response.components)
    fresh = create_bot(long_topic, base_url="https://news.example.org", newsletter_name=None)
    await server.env.restart_bot(fresh)
    await server.reader.click(result.response, label="Next")
    await server.reader.click(result.response, label="Next")
    said = read(result.response.components)
    assert "Page 3 of 3" in said
    assert "25\\. **Grazing Sheep Seen from Hill Number 25**" in said
    await server.reader.click(result.response, label="Previous")
    assert "11\\. **Grazing Sheep Seen from Hill Number 11**" in read(result.response.components)


async def test_a_paper_of_a_topic_opens_as_a_card_that_names_its_topics(
    server: Any, with_topics: Any, read: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "topics", topic="scaling", private=True)
    assert result.ephemeral
    opened = await server.reader.select(result.response, ["2022-04:en:2"])
    said = read(opened.response.components)
    assert "## Training Compute\\-Optimal" in said
    assert "-# Topics: Scaling" in said


async def test_a_topic_without_papers_and_one_that_does_not_exist(
    server: Any, with_topics: Any, read: Any
) -> None:
    result = await server.reader.slash(server.channel, "topics", topic="vision")
    assert "Nothing has been published about this yet" in read(result.response.components)
    result = await server.reader.slash(server.channel, "topics", topic="<@1> gardening")
    assert result.ephemeral
    assert "no topic **\\<\\@1\\> gardening**" in result.response.content
    assert "</topics:" in result.response.content


async def test_a_button_of_a_topic_that_was_taken_away_says_so(
    server: Any, long_topic: Any
) -> None:
    result = await server.reader.slash(server.channel, "topics", topic="vision")
    with long_topic.write() as session:
        for table in (EntryTopic, Topic):
            session.exec(delete(table))
    pressed = await server.reader.click(result.response, label="Next")
    assert pressed.ephemeral
    assert "no topic **vision**" in pressed.response.content
