"""Understands what a member named in a command, and tells the member where it names nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import markup, options
from bot.finding_texts import finding_phrases
from bot.links import WebPages
from bot.replies import say
from bot.texts import language_of, phrases
from storage import catalog

if TYPE_CHECKING:
    import discord

    from bot.client import PaperroundBot

_SHOWN = 100  # characters of what was typed


async def meant_issue(interaction: discord.Interaction[PaperroundBot], name: str) -> str | None:
    """Give the slug of an issue by its slug, month or title; tell the member where there is none."""
    bot, language = interaction.client, language_of(interaction.locale)
    slug = await bot.database.reading(options.issue_slug, name, language)
    if slug is None:
        text = phrases(language).no_such_issue
        url = WebPages(bot.base_url).home()
        await say(interaction, text.format(name=markup.title(name, _SHOWN), url=url))
    return slug


async def meant_topic(interaction: discord.Interaction[PaperroundBot], name: str) -> str | None:
    """Give the slug of a topic by its slug or a name; tell the member where there is none."""
    bot = interaction.client
    slug = await bot.database.reading(catalog.topic_named, name)
    if slug is None:
        text = finding_phrases(language_of(interaction.locale)).topic_unknown
        topics = bot.mention("topics")
        await say(interaction, text.format(name=markup.title(name, _SHOWN), topics=topics))
    return slug
