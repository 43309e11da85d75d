"""Buttons and lists that stand for a paper: they open its card, what is related to it, and its citation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ui

from bot import archive
from bot.citing import CITE_CHOICE, answer_citation
from bot.keys import CITE_BUTTON, PAPER_BUTTON, RELATED_BUTTON, EntryKey
from bot.lists import OPEN
from bot.posts import CHOOSE
from bot.relating import RELATED_CHOICE, related_page
from bot.replies import (
    belongs_to_presser,
    paper_answer,
    put,
    reply_list,
    reply_paper,
    say,
    turn_list,
)
from bot.stateless import Stateless
from bot.texts import language_of, phrases
from publisher.exports import Format

if TYPE_CHECKING:
    import discord

    from bot.archive import Found
    from bot.client import PaperroundBot
    from bot.lists import Listing


class PaperButton(Stateless, template=PAPER_BUTTON):
    """Opens the card of a paper for the member who presses it."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Open the card."""
        found = await _find(interaction, EntryKey.of(self.match))
        if found is not None:
            await reply_paper(interaction, found, ephemeral=True)


class PaperChoice(Stateless, template=CHOOSE):
    """Opens the chosen paper: in place where the asker chooses, else for the choosing member alone."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Open the card."""
        found = await _find(interaction, EntryKey.parse(self.chosen))
        if found is None:
            return
        if belongs_to_presser(interaction) and not _is_post(interaction):
            await put(interaction, *paper_answer(interaction, found))
        else:
            await reply_paper(interaction, found, ephemeral=True)


class OpenPaper(Stateless, template=OPEN):
    """Opens the chosen paper for the choosing member alone; the list stays."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Open the card."""
        found = await _find(interaction, EntryKey.parse(self.chosen))
        if found is not None:
            await reply_paper(interaction, found, ephemeral=True)


class RelatedButton(Stateless, template=RELATED_BUTTON):
    """Shows what is related to a paper to the member who presses it."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Show the list."""
        found = await _find(interaction, EntryKey.of(self.match))
        if found is not None:
            await reply_list(interaction, await _related(interaction, found), ephemeral=True)


class RelatedChoice(Stateless, template=RELATED_CHOICE):
    """Shows what is related to the chosen paper."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Show the list."""
        found = await _find(interaction, EntryKey.parse(self.chosen))
        if found is not None:
            await turn_list(interaction, await _related(interaction, found))


class CiteButton(Stateless, template=CITE_BUTTON):
    """Gives the citation of a paper to the member who presses it, and again in another format."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Give the citation."""
        found = await _find(interaction, EntryKey.of(self.match))
        if found is not None:
            await answer_citation(interaction, found, Format(self.match["format"]))


class CiteChoice(Stateless, template=CITE_CHOICE):
    """Gives the citation of the chosen paper."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Give the citation."""
        found = await _find(interaction, EntryKey.parse(self.chosen))
        if found is not None:
            await answer_citation(interaction, found, Format(self.match["format"]))


async def _find(
    interaction: discord.Interaction[PaperroundBot], key: EntryKey | None
) -> Found | None:
    language = language_of(interaction.locale)
    database = interaction.client.database
    found = await database.reading(archive.open_entry, key, language) if key else None
    if found is None:
        await say(interaction, phrases(language).gone)
    return found


async def _related(interaction: discord.Interaction[PaperroundBot], found: Found) -> Listing:
    bot, language = interaction.client, language_of(interaction.locale)
    return await bot.database.reading(related_page, found, language, bot.base_url)


def _is_post(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether the list stands in the post of an issue, which must stay."""
    assert interaction.message is not None
    view = ui.LayoutView.from_message(interaction.message)
    return any(isinstance(item, ui.Section) for item in view.walk_children())
