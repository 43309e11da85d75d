"""A Discord inside the process: the real bot, a server with channels, and a page in which to talk to it."""

from __future__ import annotations

import asyncio
import contextvars
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
import simcord

from storage.channels import Following, follow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from bot.client import PaperroundBot
    from storage.database import Database

SERVER = "Reading group"
CHANNELS = (("papers", "en"), ("vision-and-robots", "en"), ("论文速递", "zh"))
REFRESH_SECONDS = 0.3
CLOCK_DRIFT_S = 20.0  # by which the simulated clock may lag behind


@dataclass(frozen=True)
class LocalDiscord:
    """The running simulation.

    SimCord follows every task that is started in its own context and shows it a simulated clock. The
    parts of our process must not be followed, so they start in the context from before it.
    """

    env: Any
    preview: Any
    channel: Any
    outside: contextvars.Context

    @property
    def url(self) -> str:
        """Where to talk to the bot."""
        return str(self.preview.url)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start work of ours outside the simulation."""
        return asyncio.get_running_loop().create_task(work, context=self.outside.copy())

    async def keep_current(self) -> None:
        """Show new posts in the open page, and keep the simulated clock near the real one."""
        seen = 0
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            newest = max(self.env.backend.messages.get(self.channel.id, {}), default=0)
            late = (datetime.now(UTC) - self.env.now()).total_seconds()
            if newest == seen and late < CLOCK_DRIFT_S:
                continue
            try:
                if late >= CLOCK_DRIFT_S:
                    await self.env.advance_time(late)
                await self.preview.refresh()
                seen = newest
            except (simcord.SetupError, TimeoutError):
                continue  # a click is being answered; come round again


@asynccontextmanager
async def local_discord(
    bot: PaperroundBot, database: Database, port: int
) -> AsyncIterator[LocalDiscord]:
    """Run the bot in a simulated Discord whose channels follow the newsletter."""
    outside = contextvars.copy_context()
    async with simcord.run(bot, shard_count=1, check_errors=False) as env:
        env.backend.bot_user.name = "Paperround"
        await env.advance_time((datetime.now(UTC) - env.now()).total_seconds())
        guild = env.create_guild(SERVER)
        channels = [guild.create_text_channel(name) for name, _ in CHANNELS]
        with database.write() as session:
            for channel, (name, language) in zip(channels, CHANNELS, strict=True):
                follow(session, Following(guild.id, channel.id, SERVER, name, language, None, None))
        managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
        reader = guild.add_member(env.create_user("ada", global_name="Ada"), roles=[managers])
        async with env.preview(
            channels[0], viewers=[reader], layout="channel", port=port
        ) as preview:
            yield LocalDiscord(env, preview, channels[0], outside)
