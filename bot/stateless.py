"""The one shape of our buttons and lists: what they do stands in their custom_id, so no memory is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from discord import ui

from bot.replies import owning_up

if TYPE_CHECKING:
    import re

    import discord

NEVER = r"(?!)"  # matches no custom_id


class Stateless(ui.DynamicItem[Any], template=NEVER):
    """A button or a list that is answered from what it says.

    Attributes:
        match: Of its custom_id.
    """

    def __init__(self, item: ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item)
        self.match = match

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - the signature is discord.py's
        item: ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Make the item again from what it says."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer, and own up to what goes wrong."""
        async with owning_up(interaction):
            await self.answer(interaction)

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the item is for."""
        raise NotImplementedError

    @property
    def chosen(self) -> str:
        """What was chosen from the list."""
        assert isinstance(self.item, ui.Select)
        return str(self.item.values[0])
