"""Answers an interaction with a card, and with plain text where Discord refuses the card."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from bot import markup
from bot.cards import paper_card, paper_plain
from bot.lists import list_plain, list_view
from bot.posts import issue_plain, issue_post
from bot.texts import language_of, phrases
from bot.topics import topics_plain, topics_view
from storage import catalog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from discord import ui

    from bot.archive import Found
    from bot.client import PaperroundBot
    from bot.lists import Listing
    from publisher.ports import IssueView

INVALID_FORM_BODY = 50035
MAX_CHOICES = 25  # of autocomplete, Discord's limit
MAX_CHOICE = 100  # characters of one

_log = structlog.get_logger()


async def reply(
    interaction: discord.Interaction[PaperroundBot],
    view: ui.LayoutView,
    plain: str,
    *,
    ephemeral: bool,
) -> None:
    """Answer with a layout; if Discord refuses it, with its plain form."""
    try:
        await interaction.response.send_message(view=view, ephemeral=ephemeral)
    except discord.HTTPException as error:
        if error.code != INVALID_FORM_BODY:
            raise
        _log.error("card_refused", code=error.code, reason=error.text)
        await interaction.response.send_message(plain, ephemeral=ephemeral)


async def reply_list(
    interaction: discord.Interaction[PaperroundBot], listing: Listing, *, ephemeral: bool
) -> None:
    """Answer with a page of a list."""
    await reply(interaction, list_view(listing), list_plain(listing), ephemeral=ephemeral)


async def turn_list(interaction: discord.Interaction[PaperroundBot], listing: Listing) -> None:
    """Answer a button of a list with another page."""
    await turn(interaction, list_view(listing), list_plain(listing))


async def turn(
    interaction: discord.Interaction[PaperroundBot], view: ui.LayoutView, plain: str
) -> None:
    """Answer a button: in the place of its message to whom that belongs, to anybody else alone."""
    if belongs_to_presser(interaction):
        await put(interaction, view, plain)
    else:
        await reply(interaction, view, plain, ephemeral=True)


def belongs_to_presser(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether the message under a button answers something that the same member asked."""
    message = interaction.message
    if message is None:
        return False
    asked = message.interaction_metadata
    return message.flags.ephemeral or (asked is not None and asked.user.id == interaction.user.id)


async def put(
    interaction: discord.Interaction[PaperroundBot], view: ui.LayoutView, plain: str
) -> None:
    """Put a layout in the place of the message under a button; if Discord refuses it, say its plain form."""
    try:
        await interaction.response.edit_message(view=view)
    except discord.HTTPException as error:
        if error.code != INVALID_FORM_BODY:
            raise
        _log.error("card_refused", code=error.code, reason=error.text)
        await say(interaction, plain)


async def reply_paper(
    interaction: discord.Interaction[PaperroundBot], found: Found, *, ephemeral: bool
) -> None:
    """Answer with the card of a paper."""
    view, plain = paper_answer(interaction, found)
    await reply(interaction, view, plain, ephemeral=ephemeral)


def paper_answer(
    interaction: discord.Interaction[PaperroundBot], found: Found
) -> tuple[ui.LayoutView, str]:
    """Render a paper for the member who asks, as a card and as plain text."""
    language = language_of(interaction.locale)
    base_url = interaction.client.base_url
    return (
        paper_card(found.entry, found.issue, language, base_url),
        paper_plain(found.entry, found.issue, language, base_url),
    )


async def topics_answer(
    interaction: discord.Interaction[PaperroundBot],
) -> tuple[ui.LayoutView, str]:
    """Render all topics for the member who asks, as components and as plain text."""
    bot = interaction.client
    language, name = language_of(interaction.locale), await bot.newsletter()
    found = await bot.database.reading(catalog.topics)
    return (
        topics_view(found, name, language, bot.base_url),
        topics_plain(found, name, language, bot.base_url),
    )


async def reply_issue(
    interaction: discord.Interaction[PaperroundBot], issue: IssueView, *, ephemeral: bool
) -> None:
    """Answer with the post of an issue."""
    language = language_of(interaction.locale)
    base_url = interaction.client.base_url
    view = issue_post(issue, language, base_url)
    await reply(interaction, view, issue_plain(issue, language, base_url), ephemeral=ephemeral)


def choices_of(found: list[tuple[str, str]]) -> list[app_commands.Choice[str]]:
    """Make the choices of autocomplete out of labels and values."""
    return [
        app_commands.Choice(name=markup.cut(label, MAX_CHOICE), value=value)
        for label, value in found
        if len(value) <= MAX_CHOICE
    ][:MAX_CHOICES]


async def say(interaction: discord.Interaction[PaperroundBot], text: str) -> None:
    """Tell the asking member alone."""
    if interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await interaction.response.send_message(text, ephemeral=True)


async def say_trouble(interaction: discord.Interaction[PaperroundBot]) -> None:
    """Tell the asking member that we failed; nothing more can be done where Discord refuses even that."""
    try:
        await say(interaction, phrases(language_of(interaction.locale)).trouble)
    except discord.HTTPException as error:
        _log.warning("apology_failed", code=error.code)


@asynccontextmanager
async def owning_up(interaction: discord.Interaction[PaperroundBot]) -> AsyncIterator[None]:
    """Log what goes wrong behind a button and tell the member; discord.py would only log it."""
    try:
        yield
    except Exception:  # noqa: BLE001 - logged whole, and owned up to
        _log.exception("button_failed")
        await say_trouble(interaction)
