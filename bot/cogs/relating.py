"""`/related`: what else a reader of a paper would want to read, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.meant import MAX_QUERY, meant_paper, suggested_papers
from bot.relating import RELATED_CHOICE, related_page
from bot.replies import reply_list
from bot.texts import language_of

if TYPE_CHECKING:
    from bot.client import PaperroundBot


class Relating(commands.Cog):
    """Finding more of the same."""

    def __init__(self, bot: PaperroundBot) -> None:
        self.bot = bot

    @app_commands.command(name="related", description=_("Find papers related to one, and why"))
    @app_commands.describe(
        query=_("Short name, title, author, or arXiv id or link"),
        private=_("Show the answer to me alone"),
    )
    async def related(
        self,
        interaction: discord.Interaction[PaperroundBot],
        query: app_commands.Range[str, 1, MAX_QUERY],
        private: bool = False,
    ) -> None:
        """Answer with the related papers, or with those to choose from."""
        found = await meant_paper(interaction, query, RELATED_CHOICE, private=private)
        if found is None:
            return
        language = language_of(interaction.locale)
        listing = await self.bot.database.reading(related_page, found, language, self.bot.base_url)
        await reply_list(interaction, listing, ephemeral=private)

    @related.autocomplete("query")
    async def suggest(
        self, interaction: discord.Interaction[PaperroundBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest papers for what was typed so far; the newest ones for nothing."""
        return await suggested_papers(interaction, typed)
