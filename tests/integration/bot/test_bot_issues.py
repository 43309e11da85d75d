"""Showing issues and help in Discord."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import delete

from storage.tables import Entry, EntryPaper, Issue

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=60)


async def test_latest_shows_the_newest_published_issue(server: Any, read: Any, parts: Any) -> None:
    result = await server.reader.slash(server.channel, "latest")
    said = read(result.response.components)
    assert "# Scaling, tuned" in said
    assert "April 2022 · 3 papers" in said
    assert "A chip was shown" in said
    links = [p["url"] for p in parts(result.response.components) if p.get("url")]
    assert "https://news.example.org/issues/2022-04?lang=en" in links


async def test_latest_is_chinese_for_a_chinese_locale(
    server: Any, read: Any, chinese: None
) -> None:
    result = await server.reader.slash(server.channel, "latest")
    assert "规模与调参" in read(result.response.components)
    assert "2022年4月" in read(result.response.components)


async def test_latest_of_an_empty_archive_says_what_will_come(server: Any, archive: Any) -> None:
    with archive.write() as session:
        for table in (EntryPaper, Entry, Issue):
            session.exec(delete(table))
    result = await server.reader.slash(server.channel, "latest")
    assert "Nothing has been published yet" in result.response.content


@pytest.mark.parametrize("name", ["2022-03", "search WITHOUT an index"])
async def test_an_issue_is_found_by_slug_and_by_title(server: Any, read: Any, name: str) -> None:
    result = await server.reader.slash(server.channel, "issue", name=name, private=True)
    assert result.ephemeral
    assert "Search without an index" in read(result.response.components)


async def test_issue_suggests_published_issues_newest_first(server: Any) -> None:
    choices = await server.reader.autocomplete(server.channel, "issue", "name", "")
    assert [c["value"] for c in choices] == ["2022-04", "2022-03"]
    choices = await server.reader.autocomplete(server.channel, "issue", "name", "march")
    assert [c["value"] for c in choices] == ["2022-03"]


async def test_a_draft_is_neither_suggested_nor_shown(server: Any) -> None:
    result = await server.reader.slash(server.channel, "issue", name="2022-09")
    assert result.ephemeral
    assert "no issue **2022\\-09**" in result.response.content


async def test_help_lists_the_commands_as_clickable_mentions(server: Any) -> None:
    result = await server.reader.slash(server.channel, "help")
    assert result.ephemeral
    assert "</paper:" in result.response.content
    assert "</subscribe channel:" in result.response.content


async def test_commands_are_described_in_chinese_too(server: Any) -> None:
    paper = server.env.backend.find_command("paper", None)
    assert paper["description_localizations"]["zh-CN"] == "查找通讯写过的论文"
