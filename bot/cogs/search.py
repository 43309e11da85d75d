"""`/search`: a question in words, narrowed down by options, answered with a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot import answers, options
from bot.asking import Asking
from bot.meant import meant_issue, meant_topic
from bot.replies import choices_of, reply_list
from bot.texts import language_of
from storage.enums import EntryKind

if TYPE_CHECKING:
    from bot.client import PaperroundBot

MAX_WORDS = 200  # characters
MAX_VALUE = 100  # characters of an option
FIRST_YEAR, LAST_YEAR = 1900, 2100
LANGUAGES = [Choice(name="English", value="en"), Choice(name="中文", value="zh")]
KINDS = [
    Choice(name=_("papers"), value=EntryKind.PAPER.value),
    Choice(name=_("news"), value=EntryKind.NEWS.value),
]
Value = app_commands.Range[str, 1, MAX_VALUE]


class Search(commands.Cog):
    """Asking a free question."""

    def __init__(self, bot: PaperroundBot) -> None:
        self.bot = bot

    @app_commands.command(
        name="search", description=_("Search everything that was published, best first")
    )
    @app_commands.describe(
        words=_("What to look for; author:hoffmann or year:2022 work here too"),
        author=_("Only what this author wrote"),
        year=_("Only papers of this year"),
        issue=_("Only what stands in this issue"),
        topic=_("Only what is about this topic"),
        language=_("Only editions in this language"),
        kind=_("Papers or news; papers if left out"),
        private=_("Show the answer to me alone"),
    )
    @app_commands.choices(language=LANGUAGES, kind=KINDS)
    async def search(  # noqa: PLR0913, PLR0917 - these are the command's options
        self,
        interaction: discord.Interaction[PaperroundBot],
        words: app_commands.Range[str, 1, MAX_WORDS],
        author: Value | None = None,
        year: app_commands.Range[int, FIRST_YEAR, LAST_YEAR] | None = None,
        issue: Value | None = None,
        topic: Value | None = None,
        language: Choice[str] | None = None,
        kind: Choice[str] | None = None,
        private: bool = False,
    ) -> None:
        """Answer with the first page of a list, however sure it is."""
        issue_slug = await meant_issue(interaction, issue) if issue else ""
        topic_slug = await meant_topic(interaction, topic) if topic else ""
        if issue_slug is None or topic_slug is None:
            return
        asked = Asking(
            words=" ".join(words.split()),
            author=" ".join((author or "").split()),
            year=str(year or ""),
            issue=issue_slug,
            topic=topic_slug,
            language=language.value if language else "",
            kind=EntryKind(kind.value) if kind else None,
        )
        listing = await self.bot.database.reading(
            answers.answer,
            asked,
            1,
            language_of(interaction.locale),
            self.bot.base_url,
            self.bot.search,
        )
        await reply_list(interaction, listing, ephemeral=private)

    @search.autocomplete("author")
    async def suggest_author(
        self, _interaction: discord.Interaction[PaperroundBot], typed: str
    ) -> list[Choice[str]]:
        """Suggest authors of the newest issues."""
        return choices_of(await self.bot.database.reading(options.authors, typed))

    @search.autocomplete("issue")
    async def suggest_issue(
        self, interaction: discord.Interaction[PaperroundBot], typed: str
    ) -> list[Choice[str]]:
        """Suggest issues, newest first."""
        language = language_of(interaction.locale)
        return choices_of(await self.bot.database.reading(options.issues, typed, language))

    @search.autocomplete("topic")
    async def suggest_topic(
        self, interaction: discord.Interaction[PaperroundBot], typed: str
    ) -> list[Choice[str]]:
        """Suggest topics in the order of the taxonomy."""
        language = language_of(interaction.locale)
        return choices_of(await self.bot.database.reading(options.topics, typed, language))
