"""Understands what a member named in a command, and tells the member where it names nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot import archive, markup, options
from bot.cards import author_line, entry_title
from bot.finding_texts import finding_phrases
from bot.links import WebPages
from bot.posts import choices
from bot.replies import MAX_CHOICES, choices_of, reply, say
from bot.texts import Phrases, language_of, phrases
from storage import catalog
from storage.catalog import Confidence

if TYPE_CHECKING:
    import discord
    from discord import app_commands

    from bot.archive import Findings, Found
    from bot.client import PaperroundBot
    from bot.keys import EntryKey

MAX_QUERY = 200  # characters; a title is shorter
_SHOWN = 100  # characters of what was typed
_NAMED = 5  # of what was found, above the list to choose from


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


async def meant_paper(
    interaction: discord.Interaction[PaperroundBot], query: str, choose: str, *, private: bool
) -> Found | None:
    """Give the paper that is surely meant; else offer those that may be.

    Args:
        interaction: Not answered yet; it is where None is given.
        query: What was typed.
        choose: The custom_id of the list to choose from, which says what becomes of the choice.
        private: Answer the asker alone.
    """
    bot, language = interaction.client, language_of(interaction.locale)
    findings = await bot.database.reading(archive.look_up, query, language, bot.search)
    if findings.confidence is Confidence.SURE and findings.found:
        return findings.found[0]
    head = _list_head(findings, query, phrases(language))
    if findings.confidence is Confidence.NONE:
        hint = finding_phrases(language).try_search.format(search=bot.mention("search"))
        head = f"{head}\n\n{hint}"
    listed = [_option(found, language) for found in findings.found]
    link = (phrases(language).search_web, WebPages(bot.base_url).search(query))
    view = choices(head, listed, language, link=link, custom_id=choose)
    await reply(interaction, view, f"{head}\n<{link[1]}>", ephemeral=private)
    return None


async def suggested_papers(
    interaction: discord.Interaction[PaperroundBot], typed: str
) -> list[app_commands.Choice[str]]:
    """Suggest papers for what was typed so far; the newest ones for nothing."""
    language = language_of(interaction.locale)
    found = await interaction.client.database.reading(
        catalog.suggest, typed, language=language, limit=MAX_CHOICES
    )
    return choices_of([(one.label, one.value) for one in found])


def _list_head(findings: Findings, query: str, say: Phrases) -> str:
    """Say how sure the answer is, and name the first of what was found."""
    shown = markup.title(query, _SHOWN)
    match findings.confidence:
        case Confidence.SURE | Confidence.CHOICES:
            head = say.did_you_mean.format(query=shown)
        case Confidence.NONE:
            near = say.nearest if findings.found else say.nothing_near
            head = f"{say.nothing_found.format(query=shown)} {near}"
        case _:
            assert_never(findings.confidence)
    titles = [entry_title(found.entry, say.tag) for found in findings.found[:_NAMED]]
    return "\n".join([head, *(f"- {markup.title(title, 120)}" for title in titles)])


def _option(found: Found, language: str) -> tuple[EntryKey, str, str]:
    """Give the key, title and remark of one choice."""
    remark = f"{found.issue.name(language)} · {author_line(found.entry, language)}"
    return found.key, entry_title(found.entry, language), remark
