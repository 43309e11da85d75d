"""Buttons and lists that lead through lists: they turn pages and open topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import answers, markup
from bot.asking import SEARCH_BUTTON, Asking
from bot.finding_texts import finding_phrases
from bot.replies import say, topics_answer, turn, turn_list
from bot.stateless import Stateless
from bot.texts import language_of
from bot.topics import ALL_TOPICS, CHOOSE_TOPIC, TOPIC_BUTTON, topic_page

if TYPE_CHECKING:
    import discord

    from bot.client import PaperroundBot


class SearchPage(Stateless, template=SEARCH_BUTTON):
    """Opens another page of an answer to `/search`."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Ask again, for that page."""
        bot, language = interaction.client, language_of(interaction.locale)
        asked, page = Asking.of(self.match), int(self.match["page"])
        if asked is None:
            await say(interaction, finding_phrases(language).page_lost)
            return
        listing = await bot.database.reading(
            answers.answer, asked, page, language, bot.base_url, bot.search
        )
        await turn_list(interaction, listing)


class TopicPage(Stateless, template=TOPIC_BUTTON):
    """Opens another page of a topic."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Open the page."""
        await _open_topic(interaction, self.match["topic"], int(self.match["page"]))


class TopicChoice(Stateless, template=CHOOSE_TOPIC):
    """Opens the chosen topic."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Open its first page."""
        await _open_topic(interaction, self.chosen, 1)


class AllTopics(Stateless, template=ALL_TOPICS):
    """Leads from one topic back to all."""

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Show all topics."""
        await turn(interaction, *await topics_answer(interaction))


async def _open_topic(
    interaction: discord.Interaction[PaperroundBot], slug: str, page: int
) -> None:
    bot, language = interaction.client, language_of(interaction.locale)
    listing = await bot.database.reading(topic_page, slug, page, language, bot.base_url)
    if listing is None:
        text = finding_phrases(language).topic_unknown
        name = markup.title(slug, 100)
        await say(interaction, text.format(name=name, topics=bot.mention("topics")))
    else:
        await turn_list(interaction, listing)
