"""Keeps the bot connected: patient while Discord does not answer, plain about what cannot be waited out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
import structlog

from bot.errors import GatewayRefusedError, TokenRefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.client import PaperroundBot

FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 60.0

# What passes by itself: no network, no answer, an answer that is none.
_PASSING: Final = (
    OSError,
    asyncio.TimeoutError,
    aiohttp.ClientError,
    discord.GatewayNotFound,
    discord.HTTPException,
    discord.RateLimited,
    RecursionError,  # discord.py retries a shard by calling itself
    AttributeError,  # discord.py, when the very first handshake fails
)

_log = structlog.get_logger()


async def run_bot(bot: PaperroundBot, token: str, *, first_wait_s: float = FIRST_WAIT_S) -> None:
    """Log in and stay connected until cancelled or closed; the token is never logged.

    Args:
        bot: Not yet started; it is closed at the end.
        token: The bot's token.
        first_wait_s: Seconds to wait after the first failure; each further one doubles it, up to a
            minute.

    Raises:
        TokenRefusedError: Discord does not accept the token.
        GatewayRefusedError: Discord closed the connection and would do so again.
    """
    try:
        async with bot:
            await _patiently("log_in", lambda: _log_in(bot, token), bot, first_wait_s)
            await _patiently("connect", bot.connect, bot, first_wait_s)
    except discord.LoginFailure as error:
        raise TokenRefusedError from error
    except discord.PrivilegedIntentsRequired as error:
        raise GatewayRefusedError(
            "Discord refuses our intents, though none is privileged."
        ) from error
    except discord.ConnectionClosed as error:
        raise GatewayRefusedError(_explain(error.code)) from error


async def _log_in(bot: PaperroundBot, token: str) -> None:
    try:
        await bot.login(token)
    except BaseException:
        # The session of the failed log-in stays open otherwise, and its connector closed.
        await bot.http.close()
        bot.http.connector = discord.utils.MISSING
        raise


async def _patiently(
    step: str, attempt: Callable[[], Awaitable[None]], bot: PaperroundBot, wait: float
) -> None:
    while True:
        try:
            await attempt()
        except (discord.LoginFailure, discord.ConnectionClosed):
            raise
        except _PASSING as error:
            if bot.is_closed():
                return
            _log.warning(
                "discord_unreachable", step=step, error=type(error).__name__, retry_in_s=wait
            )
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)
        else:
            return


def _explain(code: int) -> str:
    match code:
        case 4004:
            return (
                "Discord refuses the bot's token (4004). Copy it again from the Bot page of the "
                "Developer Portal into PAPERROUND_DISCORD_TOKEN."
            )
        case 4013 | 4014:
            return f"Discord refuses our intents ({code}), though none is privileged. Update Paperround."
        case _:
            return (
                f"Discord closed the connection for good (code {code}). Look it up in Discord's list "
                "of gateway close codes, then start again."
            )
