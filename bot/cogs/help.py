"""`/help`: what the bot can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot import markup
from bot.links import WebPages
from bot.replies import say
from bot.texts import language_of, phrases

if TYPE_CHECKING:
    from bot.client import PaperroundBot


class Help(commands.Cog):
    """Explaining the commands."""

    def __init__(self, bot: PaperroundBot) -> None:
        self.bot = bot

    @app_commands.command(name="help", description=_("What this bot can do"))
    async def help(self, interaction: discord.Interaction[PaperroundBot]) -> None:
        """List the commands for the asking member."""
        words = phrases(language_of(interaction.locale))
        name = await self.bot.newsletter()
        lines = [f"- {self.bot.mention(command)} {text}" for command, text in words.help_lines]
        more = words.help_more.format(url=WebPages(self.bot.base_url).home())
        head = words.help_head.format(newsletter=markup.title(name, 100))
        await say(interaction, "\n".join([head, *lines, "", more]))
