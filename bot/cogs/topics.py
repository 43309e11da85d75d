"""`/topics`: what the newsletter writes about, and the newest papers of one topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot import options
from bot.meant import meant_topic
from bot.replies import choices_of, reply, reply_list, topics_answer
from bot.texts import language_of
from bot.topics import topic_page

if TYPE_CHECKING:
    from bot.client import PaperroundBot

MAX_NAME = 100  # characters


class Topics(commands.Cog):
    """Looking through topics."""

    def __init__(self, bot: PaperroundBot) -> None:
        self.bot = bot

    @app_commands.command(name="topics", description=_("See the topics, or the papers of one"))
    @app_commands.describe(
        topic=_("Which topic; all of them if left out"), private=_("Show the answer to me alone")
    )
    async def topics(
        self,
        interaction: discord.Interaction[PaperroundBot],
        topic: app_commands.Range[str, 1, MAX_NAME] | None = None,
        private: bool = False,
    ) -> None:
        """Answer with all topics, or with the newest papers of one."""
        if topic is None:
            view, plain = await topics_answer(interaction)
            await reply(interaction, view, plain, ephemeral=private)
            return
        slug = await meant_topic(interaction, topic)
        if slug is None:
            return
        language = language_of(interaction.locale)
        listing = await self.bot.database.reading(topic_page, slug, 1, language, self.bot.base_url)
        assert listing is not None
        await reply_list(interaction, listing, ephemeral=private)

    @topics.autocomplete("topic")
    async def suggest(
        self, interaction: discord.Interaction[PaperroundBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest topics in the order of the taxonomy."""
        language = language_of(interaction.locale)
        return choices_of(await self.bot.database.reading(options.topics, typed, language))
