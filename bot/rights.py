"""Which permissions the bot needs in a channel to post there, and which of them are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import discord

# Names as Discord's own settings print them.
_NAMES: Final = {
    "view_channel": ("View Channel", "查看频道"),
    "send_messages": ("Send Messages", "发送消息"),
    "embed_links": ("Embed Links", "嵌入链接"),
    "mention_everyone": (
        "Mention @everyone, @here, and All Roles",
        "提及 @everyone、@here 和所有身份组",
    ),
}
_TO_POST: Final = ("view_channel", "send_messages", "embed_links")


def missing_rights(
    channel: discord.abc.GuildChannel, me: discord.Member, role: discord.Role | None = None
) -> list[str]:
    """List the permissions that are missing to post in a channel and to notify a role there."""
    have = channel.permissions_for(me)
    missing = [right for right in _TO_POST if not getattr(have, right)]
    if role is not None and not role.mentionable and not have.mention_everyone:
        missing.append("mention_everyone")
    return missing


def right_names(rights: list[str], language: str) -> list[str]:
    """Name permissions as Discord's settings in that language do."""
    return [_NAMES[right][1 if language == "zh" else 0] for right in rights]
