"""`/latest` and `/issue`: show a published issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot import archive, markup, options
from bot.links import WebPages
from bot.replies import choices_of, reply_issue, say
from bot.texts import language_of, phrases

if TYPE_CHECKING:
    from bot.client import PaperroundBot

MAX_NAME = 200  # characters; a title is shorter


class Issues(commands.Cog):
    """Showing issues."""

    def __init__(self, bot: PaperroundBot) -> None:
        self.bot = bot

    @app_commands.command(name="latest", description=_("Show the newest issue"))
    @app_commands.describe(private=_("Show the answer to me alone"))
    async def latest(
        self, interaction: discord.Interaction[PaperroundBot], private: bool = False
    ) -> None:
        """Answer with the newest issue."""
        language = language_of(interaction.locale)
        issue = await self.bot.database.reading(archive.newest_issue, language)
        if issue is None:
            await say(interaction, phrases(language).empty_archive)
        else:
            await reply_issue(interaction, issue, ephemeral=private)

    @app_commands.command(name="issue", description=_("Show an issue of your choice"))
    @app_commands.describe(name=_("Which issue"), private=_("Show the answer to me alone"))
    async def issue(
        self,
        interaction: discord.Interaction[PaperroundBot],
        name: app_commands.Range[str, 1, MAX_NAME],
        private: bool = False,
    ) -> None:
        """Answer with the issue of that slug, month or title."""
        language = language_of(interaction.locale)
        issue = await self.bot.database.reading(archive.named_issue, name, language)
        if issue is None:
            text = phrases(language).no_such_issue
            url = WebPages(self.bot.base_url).home()
            await say(interaction, text.format(name=markup.title(name, 100), url=url))
        else:
            await reply_issue(interaction, issue, ephemeral=private)

    @issue.autocomplete("name")
    async def suggest(
        self, interaction: discord.Interaction[PaperroundBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest issues whose month or title contains what was typed, newest first."""
        language = language_of(interaction.locale)
        found = await self.bot.database.reading(options.issues, typed, language)
        return choices_of(found)
