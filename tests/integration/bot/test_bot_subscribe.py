"""Following the newsletter in a Discord channel."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from storage import channels
from storage.enums import ChannelStatus

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=60)


def stored(archive: Any, channel_id: int) -> Any:
    with archive.write() as session:
        return channels.find(session, channel_id)


def break_channel(archive: Any, channel_id: int) -> None:
    with archive.write() as session:
        row = channels.find(session, channel_id)
        row.status, row.broken_reason = ChannelStatus.BROKEN, "The bot may not post there."


async def test_a_channel_follows_and_following_again_changes_nothing_else(
    server: Any, archive: Any
) -> None:
    for _ in range(2):
        result = await server.admin.slash(server.channel, "subscribe channel", language="zh")
        assert result.ephemeral
        assert server.channel.mention in result.response.content
    row = stored(archive, server.channel.id)
    assert (row.status, row.language, row.guild_name) == (
        ChannelStatus.ACTIVE,
        "zh",
        "Reading group",
    )
    assert row.added_by == server.admin.id


async def test_another_channel_and_a_role_to_notify(server: Any, archive: Any) -> None:
    role = server.guild.create_role("Readers", mentionable=True)
    other = server.guild.create_text_channel("issues")
    result = await server.admin.slash(server.channel, "subscribe channel", channel=other, role=role)
    assert role.mention in result.response.content
    assert stored(archive, other.id).role_id == role.id
    assert stored(archive, server.channel.id) is None


async def test_missing_permissions_are_listed_and_nothing_is_stored(
    server: Any, archive: Any
) -> None:
    deny = discord.PermissionOverwrite(send_messages=False, embed_links=False)
    closed = server.guild.create_text_channel(
        "closed", overwrites={server.guild.default_role: deny}
    )
    result = await server.admin.slash(server.channel, "subscribe channel", channel=closed)
    assert "**Send Messages**, **Embed Links**" in result.response.content
    assert "View Channel" not in result.response.content
    assert stored(archive, closed.id) is None


async def test_a_role_that_nobody_may_mention_is_refused(server: Any, archive: Any) -> None:
    role = server.guild.create_role("Quiet", mentionable=False)
    deny = discord.PermissionOverwrite(mention_everyone=False)
    quiet = server.guild.create_text_channel("quiet", overwrites={server.guild.default_role: deny})
    result = await server.admin.slash(quiet, "subscribe channel", role=role)
    assert "Mention @everyone" in result.response.content
    assert stored(archive, quiet.id) is None


async def test_everyone_is_not_a_role_to_notify(server: Any, archive: Any) -> None:
    result = await server.admin.slash(
        server.channel, "subscribe channel", role=server.guild.default_role
    )
    assert "@everyone cannot be chosen" in result.response.content
    assert stored(archive, server.channel.id) is None


async def test_a_member_whom_the_server_lets_see_the_command_is_refused_by_us(
    server: Any, archive: Any
) -> None:
    """A server can open a command to anybody; storing a channel stays with who manages the server."""
    command = server.env.backend.find_command("subscribe", None)
    server.guild.set_command_permissions(int(command["id"]), {server.reader: True})
    result = await server.reader.slash(server.channel, "subscribe channel")
    assert "Manage Server" in result.response.content
    assert stored(archive, server.channel.id) is None
    assert [type(e).__name__ for e in server.env.errors] == ["CheckFailure"]


async def test_status_and_stop(server: Any, archive: Any) -> None:
    result = await server.admin.slash(server.channel, "subscribe status")
    assert "No channel of this server follows" in result.response.content
    await server.admin.slash(server.channel, "subscribe channel")
    result = await server.admin.slash(server.channel, "subscribe status")
    assert f"{server.channel.mention}: ready, in English" in result.response.content
    result = await server.admin.slash(server.channel, "subscribe stop")
    assert "no longer follows" in result.response.content
    assert stored(archive, server.channel.id).status is ChannelStatus.REMOVED
    result = await server.admin.slash(server.channel, "subscribe stop")
    assert "does not follow" in result.response.content


async def test_status_says_why_posts_fail_and_heals_what_works_again(
    server: Any, archive: Any
) -> None:
    await server.admin.slash(server.channel, "subscribe channel")
    break_channel(archive, server.channel.id)
    result = await server.admin.slash(server.channel, "subscribe status")
    assert "works again" in result.response.content
    assert stored(archive, server.channel.id).status is ChannelStatus.ACTIVE


async def test_a_broken_channel_heals_when_its_permission_comes_back(
    server: Any, archive: Any
) -> None:
    await server.admin.slash(server.channel, "subscribe channel")
    break_channel(archive, server.channel.id)
    channel = server.env.bot.get_channel(server.channel.id)
    allow = discord.PermissionOverwrite(send_messages=True)
    await channel.set_permissions(server.guild.me, overwrite=allow)
    await server.env.settle()
    assert stored(archive, server.channel.id).status is ChannelStatus.ACTIVE


async def test_a_deleted_channel_stops_following(server: Any, archive: Any) -> None:
    await server.admin.slash(server.channel, "subscribe channel")
    await server.env.bot.get_channel(server.channel.id).delete()
    await server.env.settle()
    assert stored(archive, server.channel.id).status is ChannelStatus.REMOVED


async def test_a_chinese_locale_is_answered_in_chinese(
    server: Any, archive: Any, chinese: None
) -> None:
    result = await server.admin.slash(server.channel, "subscribe channel")
    assert "已订阅 Trends in Papers" in result.response.content
    assert stored(archive, server.channel.id).language == "zh"
