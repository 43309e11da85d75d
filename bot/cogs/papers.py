"""`/paper`: finds what was written about a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.meant import MAX_QUERY, meant_paper, suggested_papers
from bot.posts import CHOOSE
from bot.replies import reply_paper

if TYPE_CHECKING:
    from bot.client import PaperroundBot


class Papers(commands.Cog):
    """Finding papers."""

    def __init__(self, bot: PaperroundBot) -> None:
        self.bot = bot

    @app_commands.command(
        name="paper", description=_("Find a paper that the newsletter has written about")
    )
    @app_commands.describe(
        query=_("Short name, title, author, or arXiv id or link"),
        private=_("Show the answer to me alone"),
    )
    async def paper(
        self,
        interaction: discord.Interaction[PaperroundBot],
        query: app_commands.Range[str, 1, MAX_QUERY],
        private: bool = False,
    ) -> None:
        """Answer with a card, with a list to choose from, or with what comes nearest."""
        found = await meant_paper(interaction, query, CHOOSE, private=private)
        if found is not None:
            await reply_paper(interaction, found, ephemeral=private)

    @paper.autocomplete("query")
    async def suggest(
        self, interaction: discord.Interaction[PaperroundBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest papers for what was typed so far; the newest ones for nothing."""
        return await suggested_papers(interaction, typed)
