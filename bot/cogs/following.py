"""Keeps the list of following channels true while servers change: gone, left, forbidden, allowed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from discord.ext import commands

from bot.rights import missing_rights
from storage import channels
from storage.enums import ChannelStatus

if TYPE_CHECKING:
    import discord

    from bot.client import PaperroundBot

_log = structlog.get_logger()


class Following(commands.Cog):
    """Watching the channels that follow."""

    def __init__(self, bot: PaperroundBot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a server: none of its channels follows any longer."""
        gone = await self.bot.database.writing(
            channels.unfollow_guild, guild.id, reason="removed from the server"
        )
        if gone:
            _log.info("guild_left", guild_id=guild.id, channels=gone)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted: it does not follow any longer."""
        await self.bot.database.writing(channels.unfollow, channel.id, reason="channel deleted")

    @commands.Cog.listener()
    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """A channel's permissions may have changed."""
        if before.overwrites != after.overwrites:
            await self.heal(after.guild)

    @commands.Cog.listener()
    async def on_guild_role_update(self, _before: discord.Role, after: discord.Role) -> None:
        """A role's permissions may have changed."""
        await self.heal(after.guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server came back, after a start or an outage."""
        await self.heal(guild)

    async def heal(self, guild: discord.Guild) -> None:
        """Mark the broken channels of a server as working where nothing is missing any more."""
        rows = await self.bot.database.reading(channels.for_guild, guild.id)
        for row in rows:
            channel = guild.get_channel(row.channel_id)
            if row.status is not ChannelStatus.BROKEN or channel is None:
                continue
            if not missing_rights(channel, guild.me, guild.get_role(row.role_id or 0)):
                await self.bot.database.writing(channels.heal, row.channel_id)
                _log.info("channel_healed", channel_id=row.channel_id)
