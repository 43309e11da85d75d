"""The list of channels that follow, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlmodel import select

from storage import channels
from storage.enums import ChannelStatus, EventKind
from storage.tables import Event

if TYPE_CHECKING:
    from storage.database import Database

WISH = channels.Following(
    guild_id=10, channel_id=2**62, guild_name="Reading group", channel_name="papers",
    language="en", role_id=None, added_by=2**61,
)  # fmt: skip


def kinds(database: Database) -> list[EventKind]:
    with database.read() as session:
        return list(session.exec(select(Event.kind).order_by(Event.id)))


def test_following_twice_is_one_channel_and_one_event(database: Database) -> None:
    for language in ("en", "zh"):
        with database.write() as session:
            _, is_new = channels.follow(session, replace(WISH, language=language))
            assert is_new is (language == "en")
    with database.read() as session:
        (only,) = channels.for_guild(session, 10)
    assert (only.channel_id, only.language, only.status) == (2**62, "zh", ChannelStatus.ACTIVE)
    assert kinds(database) == [EventKind.FOLLOWED]


def test_a_channel_that_stopped_is_not_listed_and_may_come_back(database: Database) -> None:
    with database.write() as session:
        channels.follow(session, WISH)
        assert channels.unfollow(session, 2**62)
        assert not channels.unfollow(session, 2**62)
        assert channels.for_guild(session, 10) == []
        _, is_new = channels.follow(session, WISH)
        assert is_new
    assert kinds(database) == [EventKind.FOLLOWED, EventKind.UNFOLLOWED, EventKind.FOLLOWED]


def test_a_broken_channel_is_listed_with_its_reason_and_heals_once(database: Database) -> None:
    with database.write() as session:
        row, _ = channels.follow(session, WISH)
        row.status, row.broken_reason = ChannelStatus.BROKEN, "forbidden"
        session.flush()
        (listed,) = channels.for_guild(session, 10)
        assert (listed.status, listed.broken_reason) == (ChannelStatus.BROKEN, "forbidden")
        assert channels.heal(session, 2**62)
        assert not channels.heal(session, 2**62)


def test_leaving_a_server_ends_all_its_channels_and_no_others(database: Database) -> None:
    with database.write() as session:
        for number, guild in ((1, 10), (2, 10), (3, 11)):
            channels.follow(session, replace(WISH, channel_id=number, guild_id=guild))
        assert channels.unfollow_guild(session, 10, reason="removed from the server") == 2
        assert len(channels.for_guild(session, 11)) == 1
