"""Buttons and lists that are answered from what they say, so that they work after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import discord
from discord import ui

from bot import archive
from bot.keys import PAPER_BUTTON, EntryKey
from bot.posts import CHOOSE
from bot.replies import belongs_to_presser, owning_up, paper_answer, put, reply_paper, say
from bot.texts import language_of, phrases

if TYPE_CHECKING:
    import re

    from bot.archive import Found
    from bot.client import PaperroundBot


class PaperButton(ui.DynamicItem[ui.Button[Any]], template=PAPER_BUTTON):
    """Opens the card of a paper for the member who presses it."""

    def __init__(self, item: ui.Button[Any], key: EntryKey) -> None:
        super().__init__(item)
        self.key = key

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - the signature is discord.py's
        item: ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Make the button again from what it says."""
        assert isinstance(item, ui.Button)
        return cls(item, EntryKey.of(match))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open the card."""
        async with owning_up(interaction):
            found = await _find(interaction, self.key)
            if found is not None:
                await reply_paper(interaction, found, ephemeral=True)


class PaperChoice(ui.DynamicItem[ui.Select[Any]], template=CHOOSE):
    """Opens the chosen paper: in place where the asker chooses, else for the choosing member alone."""

    def __init__(self, item: ui.Select[Any]) -> None:
        super().__init__(item)

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - the signature is discord.py's
        item: ui.Item[Any],
        match: re.Match[str],  # noqa: ARG003
        /,
    ) -> Self:
        """Make the list again."""
        assert isinstance(item, ui.Select)
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open the card."""
        async with owning_up(interaction):
            found = await _chosen(interaction, self.item.values[0])
            if found is None:
                return
            if belongs_to_presser(interaction) and not _is_post(interaction):
                await put(interaction, *paper_answer(interaction, found))
            else:
                await reply_paper(interaction, found, ephemeral=True)


async def open_chosen(interaction: discord.Interaction[PaperroundBot], value: str) -> None:
    """Open the card of a choice for the choosing member alone."""
    found = await _chosen(interaction, value)
    if found is not None:
        await reply_paper(interaction, found, ephemeral=True)


async def _chosen(interaction: discord.Interaction[PaperroundBot], value: str) -> Found | None:
    key = EntryKey.parse(value)
    return await _find(interaction, key) if key else None


async def _find(interaction: discord.Interaction[PaperroundBot], key: EntryKey) -> Found | None:
    language = language_of(interaction.locale)
    found = await interaction.client.database.reading(archive.open_entry, key, language)
    if found is None:
        await say(interaction, phrases(language).gone)
    return found


def _is_post(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether the list stands in the post of an issue, which must stay."""
    assert interaction.message is not None
    view = ui.LayoutView.from_message(interaction.message)
    return any(isinstance(item, ui.Section) for item in view.walk_children())
