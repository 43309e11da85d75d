"""The Discord client: which intents it has, which commands it offers, and what it does with an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import INTERNAL_API_VERSION, Route

from bot import archive
from bot.buttons import (
    CiteButton,
    CiteChoice,
    OpenPaper,
    PaperButton,
    PaperChoice,
    RelatedButton,
    RelatedChoice,
)
from bot.cogs.citing import Citing
from bot.cogs.following import Following
from bot.cogs.help import Help
from bot.cogs.issues import Issues
from bot.cogs.papers import Papers
from bot.cogs.relating import Relating
from bot.cogs.search import Search
from bot.cogs.subscribe import Subscribe
from bot.cogs.topics import Topics
from bot.pagers import AllTopics, SearchPage, TopicChoice, TopicPage
from bot.replies import say_trouble
from bot.texts import CommandTranslator
from storage import catalog

if TYPE_CHECKING:
    from storage.database import Database

MAX_RATE_LIMIT_WAIT_S = 60.0  # a longer one is handed back to the ledger instead of slept through

_COGS = (Papers, Search, Topics, Relating, Citing, Issues, Subscribe, Help, Following)

_log = structlog.get_logger()


class CommandTree(app_commands.CommandTree["PaperroundBot"]):
    """The slash commands; an error is logged and owned up to."""

    async def on_error(
        self,
        interaction: discord.Interaction[PaperroundBot],
        error: app_commands.AppCommandError,
        /,
    ) -> None:
        """Log what went wrong and tell the member, unless a check has already told them."""
        if isinstance(error, app_commands.CheckFailure):
            return
        command = interaction.command.qualified_name if interaction.command else None
        _log.error("command_failed", command=command, exc_info=error)
        if interaction.type is not discord.InteractionType.autocomplete:
            await say_trouble(interaction)


class PaperroundBot(commands.AutoShardedBot):
    """Answers members from the local store.

    Args:
        database: Where issues, papers and following channels lie.
        base_url: Address of the web pages, without a slash at the end.
        newsletter_name: Name of the newsletter; None takes it from the newest issue.
        search: What is asked for papers.
    """

    def __init__(
        self,
        database: Database,
        *,
        base_url: str,
        newsletter_name: str | None,
        search: catalog.Search = catalog.search,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,  # never used: messages are not read
            help_command=None,
            tree_cls=CommandTree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=MAX_RATE_LIMIT_WAIT_S,
            max_messages=None,
        )
        self.database, self.search = database, search
        self.base_url = base_url.rstrip("/")
        self._newsletter_name = newsletter_name
        self._mentions: dict[str, str] = {}

    async def setup_hook(self) -> None:
        """Load the cogs and tell Discord our commands; called again after a failed log-in."""
        for cog in _COGS:
            if cog.__cog_name__ not in self.cogs:
                await self.add_cog(cog(self))
        self.add_dynamic_items(PaperButton, PaperChoice, OpenPaper)
        self.add_dynamic_items(RelatedButton, RelatedChoice, CiteButton, CiteChoice)
        self.add_dynamic_items(SearchPage, TopicPage, TopicChoice, AllTopics)
        if self.tree.translator is None:
            await self.tree.set_translator(CommandTranslator())
        await self._sync()

    async def on_ready(self) -> None:
        """Log it; Discord says so after every new session, so nothing may be set up here."""
        _log.info("discord_ready", guilds=len(self.guilds))

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401
        """Log an error of a listener."""
        _log.exception("listener_failed", listener=event_method)

    async def newsletter(self) -> str:
        """Name the newsletter."""
        if self._newsletter_name:
            return self._newsletter_name
        return await self.database.reading(archive.newsletter_name) or "Paperround"

    def mention(self, command: str) -> str:
        """Write a command so that Discord makes it clickable, such as `paper` or `subscribe stop`."""
        command_id = self._mentions.get(command.partition(" ")[0])
        return f"</{command}:{command_id}>" if command_id else f"`/{command}`"

    async def _sync(self) -> None:
        """Replace the commands that Discord knows; the same ones again change nothing there."""
        try:
            synced = await self.tree.sync()
        except discord.HTTPException as error:
            # The commands of the last start still work; a wrong token was refused before this.
            _log.warning("commands_not_synced", code=error.code, reason=error.text)
            return
        self._mentions = {command.name: str(command.id) for command in synced}


def create_bot(  # noqa: PLR0913 - what the settings say
    database: Database,
    *,
    base_url: str,
    newsletter_name: str | None,
    api_base: str | None = None,
    gateway: str | None = None,
    search: catalog.Search = catalog.search,
) -> PaperroundBot:
    """Make the bot; `bot.connection.run_bot` starts it.

    Args:
        database: Where issues, papers and following channels lie.
        base_url: Address of the web pages.
        newsletter_name: Name of the newsletter; None takes it from the newest issue.
        api_base: Another address of Discord's API, with or without `/api/v10`.
        gateway: Another address of Discord's gateway.
        search: What is asked for papers.
    """
    if api_base:
        base = api_base.rstrip("/")
        version = f"/api/v{INTERNAL_API_VERSION}"
        Route.BASE = base if base.endswith(version) else base + version
    if gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    return PaperroundBot(
        database, base_url=base_url, newsletter_name=newsletter_name, search=search
    )
