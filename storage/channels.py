"""Discord channels that follow the newsletter: follow, unfollow, and whether posts reach them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from storage.enums import ChannelStatus, EventKind
from storage.tables import Channel, Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

SOURCE = "discord"


@dataclass(frozen=True, slots=True)
class Following:
    """What a server asks for when a channel starts to follow; ids are Discord's."""

    guild_id: int
    channel_id: int
    guild_name: str
    channel_name: str
    language: str
    role_id: int | None
    added_by: int | None


@dataclass(frozen=True, slots=True)
class Follower:
    """A channel that follows, and whether posts reach it; `channel_id` is Discord's."""

    guild_id: int
    channel_id: int
    channel_name: str
    language: str
    role_id: int | None
    status: ChannelStatus
    broken_reason: str | None


def find(session: Session, channel_id: int) -> Channel | None:
    """Find a channel by Discord's id, whatever its status."""
    return session.exec(select(Channel).where(Channel.channel_id == channel_id)).one_or_none()


def follow(session: Session, wish: Following) -> tuple[Channel, bool]:
    """Let a channel follow, or change how it follows.

    Returns:
        The channel, and whether it did not follow before.
    """
    channel = find(session, wish.channel_id) or Channel(
        guild_id=wish.guild_id, channel_id=wish.channel_id, status=ChannelStatus.REMOVED
    )
    is_new = channel.status is ChannelStatus.REMOVED
    channel.guild_id = wish.guild_id
    channel.guild_name = wish.guild_name
    channel.channel_name = wish.channel_name
    channel.language = wish.language
    channel.role_id = wish.role_id
    channel.added_by = wish.added_by
    channel.status = ChannelStatus.ACTIVE
    channel.broken_reason = None
    session.add(channel)
    session.flush()
    if is_new:
        what: dict[str, object] = {"language": wish.language, "added_by": wish.added_by}
        _record(session, channel, EventKind.FOLLOWED, what)
    return channel, is_new


def unfollow(session: Session, channel_id: int, *, reason: str = "asked for") -> bool:
    """Let a channel stop following; False where it did not follow."""
    channel = find(session, channel_id)
    if channel is None or channel.status is ChannelStatus.REMOVED:
        return False
    _remove(session, channel, reason)
    return True


def unfollow_guild(session: Session, guild_id: int, *, reason: str) -> int:
    """Let every channel of a server stop following, because the bot has left it; tell how many did."""
    following = _rows(session, guild_id)
    for channel in following:
        _remove(session, channel, reason)
    return len(following)


def for_guild(session: Session, guild_id: int) -> list[Follower]:
    """List the channels of a server that follow, broken ones included."""
    return [_follower(channel) for channel in _rows(session, guild_id)]


def heal(session: Session, channel_id: int) -> bool:
    """Note that posts to a broken channel work again; False where it was not broken."""
    channel = find(session, channel_id)
    if channel is None or channel.status is not ChannelStatus.BROKEN:
        return False
    channel.status = ChannelStatus.ACTIVE
    channel.broken_reason = None
    session.add(channel)
    _record(session, channel, EventKind.RESUMED, {})
    return True


def _rows(session: Session, guild_id: int) -> Sequence[Channel]:
    query = select(Channel).where(
        Channel.guild_id == guild_id, col(Channel.status) != ChannelStatus.REMOVED
    )
    return session.exec(query.order_by(col(Channel.id))).all()


def _follower(channel: Channel) -> Follower:
    return Follower(
        channel.guild_id,
        channel.channel_id,
        channel.channel_name,
        channel.language,
        channel.role_id,
        channel.status,
        channel.broken_reason,
    )


def _remove(session: Session, channel: Channel, reason: str) -> None:
    channel.status = ChannelStatus.REMOVED
    channel.broken_reason = None
    session.add(channel)
    _record(session, channel, EventKind.UNFOLLOWED, {"reason": reason})


def _record(
    session: Session, channel: Channel, kind: EventKind, content: dict[str, object]
) -> None:
    session.add(Event(kind=kind, channel_id=channel.id, source=SOURCE, content=content))
