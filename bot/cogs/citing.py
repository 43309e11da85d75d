"""`/cite`: the citation of a paper in the formats of reference managers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.citing import answer_citation
from bot.meant import MAX_QUERY, meant_paper, suggested_papers
from publisher.exports import FORMS, Format

if TYPE_CHECKING:
    from bot.client import PaperroundBot

FORMATS = [Choice(name=form.name, value=own.value) for own, form in FORMS.items()]


class Citing(commands.Cog):
    """Citing papers."""

    def __init__(self, bot: PaperroundBot) -> None:
        self.bot = bot

    @app_commands.command(name="cite", description=_("Cite a paper"))
    @app_commands.describe(
        query=_("Short name, title, author, or arXiv id or link"),
        format=_("BibTeX if left out"),
        private=_("Show the answer to me alone"),
    )
    @app_commands.choices(format=FORMATS)
    async def cite(
        self,
        interaction: discord.Interaction[PaperroundBot],
        query: app_commands.Range[str, 1, MAX_QUERY],
        format: Choice[str] | None = None,  # noqa: A002 - the option is called so
        private: bool = False,
    ) -> None:
        """Answer with the citation, or with the papers to choose from."""
        form = Format(format.value) if format else Format.BIBTEX
        found = await meant_paper(interaction, query, f"cite-as:{form}", private=private)
        if found is not None:
            await answer_citation(interaction, found, form, private=private)

    @cite.autocomplete("query")
    async def suggest(
        self, interaction: discord.Interaction[PaperroundBot], typed: str
    ) -> list[Choice[str]]:
        """Suggest papers for what was typed so far; the newest ones for nothing."""
        return await suggested_papers(interaction, typed)
