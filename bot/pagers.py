"""Buttons and lists of a list: they turn its pages and open its cards, after a restart too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import discord
from discord import ui

from bot import answers, markup
from bot.asking import SEARCH_BUTTON, Asking
from bot.buttons import open_chosen
from bot.finding_texts import finding_phrases
from bot.lists import OPEN
from bot.replies import owning_up, say, topics_answer, turn, turn_list
from bot.texts import language_of
from bot.topics import ALL_TOPICS, CHOOSE_TOPIC, TOPIC_BUTTON, topic_page

if TYPE_CHECKING:
    import re


class SearchPage(ui.DynamicItem[ui.Button[Any]], template=SEARCH_BUTTON):
    """Opens another page of an answer to `/search`."""

    def __init__(self, item: ui.Button[Any], asked: Asking | None, page: int) -> None:
        super().__init__(item)
        self.asked = asked
        self.page = page

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
        return cls(item, Asking.of(match), int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Ask again, for that page."""
        async with owning_up(interaction):
            bot, language = interaction.client, language_of(interaction.locale)
            if self.asked is None:
                await say(interaction, finding_phrases(language).page_lost)
                return
            listing = await bot.database.reading(
                answers.answer, self.asked, self.page, language, bot.base_url
            )
            await turn_list(interaction, listing)


class OpenPaper(ui.DynamicItem[ui.Select[Any]], template=OPEN):
    """Opens the chosen paper for the choosing member alone; the list stays."""

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
            await open_chosen(interaction, self.item.values[0])


class TopicPage(ui.DynamicItem[ui.Button[Any]], template=TOPIC_BUTTON):
    """Opens another page of a topic."""

    def __init__(self, item: ui.Button[Any], topic: str, page: int) -> None:
        super().__init__(item)
        self.topic = topic
        self.page = page

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
        return cls(item, match["topic"], int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open the page."""
        async with owning_up(interaction):
            await _open_topic(interaction, self.topic, self.page)


class TopicChoice(ui.DynamicItem[ui.Select[Any]], template=CHOOSE_TOPIC):
    """Opens the chosen topic."""

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
        """Open the first page."""
        async with owning_up(interaction):
            await _open_topic(interaction, self.item.values[0], 1)


class AllTopics(ui.DynamicItem[ui.Button[Any]], template=ALL_TOPICS):
    """Leads from one topic back to all."""

    def __init__(self, item: ui.Button[Any]) -> None:
        super().__init__(item)

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - the signature is discord.py's
        item: ui.Item[Any],
        match: re.Match[str],  # noqa: ARG003
        /,
    ) -> Self:
        """Make the button again."""
        assert isinstance(item, ui.Button)
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show all topics."""
        async with owning_up(interaction):
            await turn(interaction, *await topics_answer(interaction))


async def _open_topic(interaction: discord.Interaction[Any], slug: str, page: int) -> None:
    bot, language = interaction.client, language_of(interaction.locale)
    listing = await bot.database.reading(topic_page, slug, page, language, bot.base_url)
    if listing is None:
        text = finding_phrases(language).topic_unknown
        name = markup.title(slug, 100)
        await say(interaction, text.format(name=name, topics=bot.mention("topics")))
    else:
        await turn_list(interaction, listing)
