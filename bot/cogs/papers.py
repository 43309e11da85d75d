"""`/paper`: finds what was written about a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot import archive, markup
from bot.cards import author_line, entry_title
from bot.keys import EntryKey
from bot.links import WebPages
from bot.posts import choices
from bot.replies import reply, reply_paper
from bot.texts import Phrases, language_of, phrases
from storage import catalog

if TYPE_CHECKING:
    from bot.archive import Findings, Found
    from bot.client import PaperroundBot

MAX_QUERY = 200  # characters; a title is shorter
MAX_CHOICES = 25  # of autocomplete, Discord's limit
MAX_CHOICE = 100  # characters of one
MAX_NAMED = 5  # of what was found, above the list to choose from


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
        language = language_of(interaction.locale)
        findings = await self.bot.database.reading(
            archive.look_up, query, language, self.bot.search
        )
        if findings.confidence is catalog.Confidence.SURE and findings.found:
            await reply_paper(interaction, findings.found[0], ephemeral=private)
            return
        head = _list_head(findings, query, phrases(language))
        listed = [_option(found, language) for found in findings.found]
        link = (phrases(language).search_web, WebPages(self.bot.base_url).search(query))
        view = choices(head, listed, language, link=link)
        await reply(interaction, view, f"{head}\n<{link[1]}>", ephemeral=private)

    @paper.autocomplete("query")
    async def suggest(
        self, interaction: discord.Interaction[PaperroundBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest papers for what was typed so far; the newest ones for nothing."""
        language = language_of(interaction.locale)
        found = await self.bot.database.reading(
            catalog.suggest, typed, language=language, drafts=False, limit=MAX_CHOICES
        )
        return [
            app_commands.Choice(name=markup.cut(s.label, MAX_CHOICE), value=s.value[:MAX_CHOICE])
            for s in found[:MAX_CHOICES]
        ]


def _list_head(findings: Findings, query: str, say: Phrases) -> str:
    """Say how sure the answer is, and name the first of what was found."""
    shown = markup.title(query, 100)
    match findings.confidence:
        case catalog.Confidence.SURE | catalog.Confidence.CHOICES:
            head = say.did_you_mean.format(query=shown)
        case catalog.Confidence.NONE:
            near = say.nearest if findings.found else say.nothing_near
            head = f"{say.nothing_found.format(query=shown)} {near}"
        case _:
            assert_never(findings.confidence)
    titles = [entry_title(found.entry, say.tag) for found in findings.found[:MAX_NAMED]]
    return "\n".join([head, *(f"- {markup.title(title, 120)}" for title in titles)])


def _option(found: Found, language: str) -> tuple[EntryKey, str, str]:
    """Give the key, title and remark of one choice."""
    key = EntryKey(found.issue.slug, found.issue.language, found.entry["number"])
    remark = f"{found.issue.name(language)} · {author_line(found.entry, language)}"
    return key, entry_title(found.entry, language), remark
