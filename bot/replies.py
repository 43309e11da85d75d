"""Answers an interaction with a card, and with plain text where Discord refuses the card."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import discord
import structlog

from bot.cards import paper_card, paper_plain
from bot.posts import issue_plain, issue_post
from bot.texts import language_of, phrases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from discord import ui

    from bot.archive import Found
    from bot.client import PaperroundBot
    from publisher.ports import IssueView

INVALID_FORM_BODY = 50035

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


async def reply_issue(
    interaction: discord.Interaction[PaperroundBot], issue: IssueView, *, ephemeral: bool
) -> None:
    """Answer with the post of an issue."""
    language = language_of(interaction.locale)
    base_url = interaction.client.base_url
    view = issue_post(issue, language, base_url)
    await reply(interaction, view, issue_plain(issue, language, base_url), ephemeral=ephemeral)


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
