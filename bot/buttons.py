"""Buttons and lists that are answered from what they say, so that they work after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import discord
from discord import ui

from bot import archive
from bot.keys import PAPER_BUTTON, EntryKey
from bot.posts import CHOOSE
from bot.replies import INVALID_FORM_BODY, owning_up, paper_answer, reply_paper, say
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
            key = EntryKey.parse(self.item.values[0])
            found = await _find(interaction, key) if key else None
            if found is None:
                return
            if _is_answer_to(interaction):
                await _replace(interaction, found)
            else:
                await reply_paper(interaction, found, ephemeral=True)


async def _find(interaction: discord.Interaction[PaperroundBot], key: EntryKey) -> Found | None:
    language = language_of(interaction.locale)
    found = await interaction.client.database.reading(archive.open_entry, key, language)
    if found is None:
        await say(interaction, phrases(language).gone)
    return found


def _is_answer_to(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether the list is the answer to a `/paper` of the same member."""
    asked = interaction.message.interaction_metadata if interaction.message else None
    return (
        asked is not None
        and asked.type is discord.InteractionType.application_command
        and asked.user.id == interaction.user.id
        and not _is_post(interaction)
    )


def _is_post(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether the list stands in the post of an issue, which must stay."""
    assert interaction.message is not None
    view = ui.LayoutView.from_message(interaction.message)
    return any(isinstance(item, ui.Section) for item in view.walk_children())


async def _replace(interaction: discord.Interaction[PaperroundBot], found: Found) -> None:
    view, plain = paper_answer(interaction, found)
    try:
        await interaction.response.edit_message(view=view)
    except discord.HTTPException as error:
        if error.code != INVALID_FORM_BODY:
            raise
        await say(interaction, plain)
