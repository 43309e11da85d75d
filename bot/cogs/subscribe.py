"""`/subscribe`: lets a channel follow the newsletter, shows which do, and stops it; told to the asker alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot import markup
from bot.cards import MAX_PLAIN
from bot.replies import say
from bot.rights import missing_rights, right_names
from bot.texts import Phrases, language_of, main_language, phrases
from storage import channels
from storage.enums import ChannelStatus

if TYPE_CHECKING:
    from bot.client import PaperroundBot
    from storage.channels import Follower

LANGUAGES = [Choice(name="English", value="en"), Choice(name="中文", value="zh")]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Subscribe(
    commands.GroupCog,
    group_name="subscribe",
    group_description=_("Follow the newsletter in this server"),
):
    """Following the newsletter."""

    def __init__(self, bot: PaperroundBot) -> None:
        self.bot = bot
        super().__init__()

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let in who may manage the server; Discord's own check can be overridden by a server."""
        words = phrases(language_of(interaction.locale))
        if interaction.guild is None:
            await say(interaction, words.need_server)
            return False
        if not interaction.permissions.manage_guild:
            await say(interaction, words.need_manage)
            return False
        return True

    @app_commands.command(name="channel", description=_("Let a channel follow the newsletter"))
    @app_commands.describe(
        channel=_("Where to post; this channel if left out"),
        language=_("Language of the posts"),
        role=_("Role to notify with each issue"),
    )
    @app_commands.choices(language=LANGUAGES)
    async def channel(
        self,
        interaction: discord.Interaction[PaperroundBot],
        channel: discord.TextChannel | None = None,
        language: Choice[str] | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Store the channel once everything that a post needs is there."""
        assert interaction.guild is not None
        words = phrases(language_of(interaction.locale))
        target = channel or interaction.channel
        if not isinstance(target, discord.TextChannel):
            await say(interaction, words.need_text_channel)
            return
        if role is not None and role.is_default():
            await say(interaction, words.everyone_role)
            return
        missing = missing_rights(target, interaction.guild.me, role)
        if missing:
            rights = words.list_comma.join(f"**{r}**" for r in right_names(missing, words.tag))
            await say(
                interaction, words.missing_rights.format(channel=target.mention, rights=rights)
            )
            return
        chosen = language.value if language else language_of(interaction.locale)
        wish = channels.Following(
            guild_id=interaction.guild.id,
            channel_id=target.id,
            guild_name=interaction.guild.name,
            channel_name=target.name,
            language=phrases(chosen).tag,
            role_id=role.id if role else None,
            added_by=interaction.user.id,
        )
        _row, is_new = await self.bot.database.writing(channels.follow, wish)
        await say(interaction, await self._confirmation(wish, words, is_new=is_new))

    @app_commands.command(
        name="status", description=_("See which channels follow, and whether posts arrive")
    )
    async def status(self, interaction: discord.Interaction[PaperroundBot]) -> None:
        """List the channels that follow; one that works again is healed."""
        assert interaction.guild is not None
        words = phrases(language_of(interaction.locale))
        name = await self._name()
        rows = await self.bot.database.reading(channels.for_guild, interaction.guild.id)
        if not rows:
            await say(interaction, words.status_none.format(newsletter=name))
            return
        states = [f"- {await self._state(interaction.guild, row, words)}" for row in rows]
        text = "\n".join([words.status_head.format(newsletter=name), *states])
        await say(interaction, text[:MAX_PLAIN])

    @app_commands.command(name="stop", description=_("Stop following in a channel"))
    @app_commands.describe(channel=_("Which channel; this one if left out"))
    async def stop(
        self,
        interaction: discord.Interaction[PaperroundBot],
        channel: discord.TextChannel | None = None,
    ) -> None:
        """Take the channel off the list."""
        words = phrases(language_of(interaction.locale))
        channel_id = channel.id if channel else interaction.channel_id
        assert channel_id is not None
        stopped = await self.bot.database.writing(channels.unfollow, channel_id)
        text = words.stopped if stopped else words.not_following
        await say(
            interaction, text.format(channel=f"<#{channel_id}>", newsletter=await self._name())
        )

    async def _confirmation(self, wish: channels.Following, words: Phrases, *, is_new: bool) -> str:
        text = words.following if is_new else words.following_again
        lines = [
            text.format(
                channel=f"<#{wish.channel_id}>",
                newsletter=await self._name(),
                language=phrases(wish.language).language,
            )
        ]
        if wish.role_id:
            lines.append(words.following_role.format(role=f"<@&{wish.role_id}>"))
        return "\n".join([*lines, words.following_next])

    async def _state(self, guild: discord.Guild, row: Follower, words: Phrases) -> str:
        channel = guild.get_channel(row.channel_id)
        language = phrases(main_language(row.language)).language
        mention = f"<#{row.channel_id}>"
        if channel is None:
            name = f"#{markup.title(row.channel_name, 100)}"
            return words.status_broken.format(
                channel=name, language=language, reason=words.broken_lost
            )
        missing = missing_rights(channel, guild.me, guild.get_role(row.role_id or 0))
        if missing:
            rights = words.list_comma.join(right_names(missing, words.tag))
            reason = words.missing_short.format(rights=rights)
            return words.status_broken.format(channel=mention, language=language, reason=reason)
        if row.status is ChannelStatus.BROKEN:
            await self.bot.database.writing(channels.heal, row.channel_id)
            return words.status_healed.format(channel=mention, language=language)
        return words.status_fine.format(channel=mention, language=language)

    async def _name(self) -> str:
        return markup.title(await self.bot.newsletter(), 100)
