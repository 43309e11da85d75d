"""Posts an issue to a channel exactly once: a stored nonce first, our own marker in the channel's history later.

Within minutes Discord itself recognises a repeated nonce. Afterwards the channel is searched for a post
of ours that carries the issue's marker; it is adopted if found and sent again if not. Where the history
may not be read, nobody can say, and the outcome is unknown.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
import structlog

from bot.outcome import PostOutcome
from bot.posts import issue_plain, issue_post, post_address
from bot.replies import INVALID_FORM_BODY

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.client import PaperroundBot
    from publisher.ports import Copy, IssueView

NONCE_LIFE = timedelta(minutes=2)  # Discord recognises a nonce for a few minutes; we rely on two
CLOCK_SLACK = timedelta(minutes=1)  # our clock may be ahead of Discord's
MAX_HISTORY = 500  # messages searched for our marker

# What makes a channel unreachable until somebody changes something, and what to tell them.
_BROKEN: Final = {
    50001: "The bot may not see the channel. Give it View Channel there.",
    50013: "The bot may not post in the channel. Give it View Channel, Send Messages and Embed Links there.",
    10003: "The channel is gone.",
    10004: "The server is gone, or the bot was removed from it.",
}

_log = structlog.get_logger()


class Announcer:
    """Posts issues to channels; fits `publisher.ports.Sender`.

    Args:
        bot: Connected, or about to be.
        base_url: Address of the web pages.
        now: Tells the time; tests put their own in.
    """

    def __init__(
        self,
        bot: PaperroundBot,
        base_url: str,
        *,
        now: Callable[[], datetime] = discord.utils.utcnow,
    ) -> None:
        self._bot = bot
        self._base_url = base_url.rstrip("/")
        self._now = now
        self._issue: IssueView | None = None
        # Tries of this process that may have succeeded, by delivery.
        self._doubtful: dict[int, datetime] = {}

    async def prepare(self, issue: IssueView) -> None:
        """Take the issue that the following copies are of."""
        self._issue = issue

    async def hand_off(self, copy: Copy) -> PostOutcome:
        """Post one copy, or find the post that an earlier try has made."""
        if not self._bot.is_ready():
            return PostOutcome(
                "transient", "discord offline", "The bot is not connected yet.", retry_after=5.0
            )
        since = copy.submitting_since or self._doubtful.get(copy.delivery_id)
        started = self._now()
        try:
            if since is not None and started - since >= NONCE_LIFE:
                outcome = await self._adopt(copy, since) or await self._post(copy)
            else:
                outcome = await self._post(copy)
        except _UnreadableError:
            return PostOutcome(
                "unknown",
                "discord history",
                "An earlier try may have succeeded, and the bot may not read the channel's history.",
            )
        except Exception as error:  # noqa: BLE001 - whatever the other side does is an outcome
            outcome = _outcome_of(error)
            if _may_have_succeeded(error):
                self._doubtful[copy.delivery_id] = since or started
        if outcome.verdict != "transient":
            self._doubtful.pop(copy.delivery_id, None)
        return outcome

    async def close(self) -> None:
        """Forget the issue; the connection belongs to the bot."""
        self._issue = None

    async def _post(self, copy: Copy) -> PostOutcome:
        issue = self._prepared()
        language, base_url, role_id = issue["language"], self._base_url, copy.role_id
        channel = self._channel(copy)
        # discord.py sends `enforce_nonce` with every nonce that is given.
        nonce = copy.nonce or f"{copy.send_id}-{copy.delivery_id}"
        allowed = _mentions(role_id)
        try:
            view = issue_post(issue, language, base_url, role_id=role_id)
            message = await channel.send(view=view, nonce=nonce, allowed_mentions=allowed)
        except discord.HTTPException as error:
            if error.code != INVALID_FORM_BODY:
                raise
            _log.error("post_refused", delivery_id=copy.delivery_id, reason=error.text)
            text = issue_plain(issue, language, base_url, role_id=role_id)
            message = await channel.send(text, nonce=nonce, allowed_mentions=allowed)
        return _accepted(message)

    async def _adopt(self, copy: Copy, since: datetime) -> PostOutcome | None:
        """Find the post of an earlier try in the channel's history."""
        if not self._may_read(copy):
            raise _UnreadableError
        issue = self._prepared()
        marker = post_address(issue, self._base_url)
        history = self._channel(copy).history(
            limit=MAX_HISTORY, after=since - CLOCK_SLACK, oldest_first=False
        )
        try:
            async for message in history:
                if self._is_ours(message, issue["slug"], marker):
                    _log.info("post_adopted", delivery_id=copy.delivery_id)
                    return _accepted(message)
        except discord.Forbidden as error:
            raise _UnreadableError from error
        return None

    def _is_ours(self, message: discord.Message, slug: str, marker: str) -> bool:
        """Tell an announcement of this issue from other messages, answers to `/latest` included."""
        if self._bot.user is None or message.author.id != self._bot.user.id:
            return False
        if message.interaction_metadata is not None:
            return False
        if marker in message.content:
            return True
        view = discord.ui.LayoutView.from_message(message)
        return any(
            getattr(item, "url", None) == marker
            or str(getattr(item, "custom_id", None) or "").startswith(f"paper:{slug}:")
            for item in view.walk_children()
        )

    def _may_read(self, copy: Copy) -> bool:
        """Ask the cache; Discord answers an empty history where reading is forbidden."""
        channel = self._bot.get_channel(int(copy.address))
        if not isinstance(channel, discord.abc.GuildChannel):
            return True  # unknown to the cache: Discord will say
        rights = channel.permissions_for(channel.guild.me)
        return rights.read_messages and rights.read_message_history

    def _channel(self, copy: Copy) -> discord.PartialMessageable:
        return self._bot.get_partial_messageable(int(copy.address))

    def _prepared(self) -> IssueView:
        if self._issue is None:
            raise RuntimeError("prepare() was not called before hand_off().")
        return self._issue


class _UnreadableError(Exception):
    """The channel's history may not be read."""


def _accepted(message: discord.Message) -> PostOutcome:
    return PostOutcome("accepted", "discord 200", "Posted.", remote_id=str(message.id))


def _mentions(role_id: int | None) -> discord.AllowedMentions:
    if role_id is None:
        return discord.AllowedMentions.none()
    roles = [discord.Object(role_id)]
    return discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False)


def _may_have_succeeded(error: Exception) -> bool:
    """Tell a try whose answer was lost from one that was refused."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500  # noqa: PLR2004 - HTTP's server errors
    return isinstance(error, OSError | aiohttp.ClientError | asyncio.TimeoutError)


def _outcome_of(error: Exception) -> PostOutcome:
    match error:
        case discord.RateLimited():
            text = "Discord asks us to wait."
            return PostOutcome("transient", "discord 429", text, retry_after=error.retry_after)
        case discord.HTTPException():
            return _outcome_of_answer(error)
        case OSError() | aiohttp.ClientError() | asyncio.TimeoutError():
            text = f"The connection to Discord failed ({type(error).__name__})."
            return PostOutcome("transient", "discord connection", text)
        case _:
            _log.error("post_failed", exc_info=error)
            text = f"The post could not be made ({type(error).__name__}); see the log."
            return PostOutcome("ours", "discord error", text)


def _outcome_of_answer(error: discord.HTTPException) -> PostOutcome:
    code = f"discord {error.code or error.status}"
    reason = _BROKEN.get(error.code)
    if reason is not None:
        return PostOutcome("permanent", code, reason)
    match error.status:
        case 429:
            return PostOutcome("transient", "discord 429", "Discord asks us to wait.")
        case status if status >= 500:  # noqa: PLR2004 - HTTP's server errors
            return PostOutcome("transient", code, f"Discord has a problem (HTTP {status}).")
        case 401:
            return PostOutcome("ours", "discord 401", "Discord refuses the bot's token.")
        case 403 | 404:
            text = f"Discord refuses the post (HTTP {error.status}, code {error.code})."
            return PostOutcome("permanent", code, text)
        case _:
            text = f"Discord refuses what we sent (HTTP {error.status}, code {error.code})."
            return PostOutcome("ours", code, text)
