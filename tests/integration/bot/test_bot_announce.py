"""Posting an issue to the channels that follow, exactly once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest

from bot.announce import Announcer
from bot.client import create_bot
from publisher.ports import Copy
from publisher.views import find_issue, issue_view

BASE_URL = "https://news.example.org"

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=60)


@pytest.fixture
async def announcer(server: Any, archive: Any) -> Announcer:
    made = Announcer(server.env.bot, BASE_URL, now=server.env.now)
    with archive.read() as session:
        await made.prepare(issue_view(session, find_issue(session, "2022-04")))
    return made


def copy_for(channel: Any, number: int = 1, **more: Any) -> Copy:
    return Copy(
        delivery_id=number, send_id=1, recipient_id=number, address=str(channel.id), name=None,
        language="en", nonce=f"NONCE{number:020}", **more,
    )  # fmt: skip


def posts(env: Any) -> list[dict[str, Any]]:
    return [
        r.json for r in env.http_requests if r.method == "POST" and r.path.endswith("/messages")
    ]


async def test_twenty_channels_get_one_post_each_with_their_own_nonce(
    server: Any, announcer: Announcer
) -> None:
    followers = [server.guild.create_text_channel(f"papers-{n}") for n in range(20)]
    for number, channel in enumerate(followers, start=1):
        outcome = await announcer.hand_off(copy_for(channel, number))
        assert (outcome.verdict, outcome.code) == ("accepted", "discord 200")
        assert outcome.remote_id == str(channel.last_message.id)
    bodies = posts(server.env)
    assert [b["nonce"] for b in bodies] == [f"NONCE{n:020}" for n in range(1, 21)]
    assert all(b["enforce_nonce"] is True for b in bodies)
    assert all(b["allowed_mentions"]["parse"] == [] for b in bodies)
    assert all(len(channel.history()) == 1 for channel in followers)


async def test_the_chosen_role_is_notified_and_nobody_else(
    server: Any, announcer: Announcer
) -> None:
    role = server.guild.create_role("Readers", mentionable=True)
    await announcer.hand_off(copy_for(server.channel, role_id=role.id))
    body = posts(server.env)[0]
    assert body["allowed_mentions"]["roles"] == [role.id]
    assert body["allowed_mentions"]["parse"] == []
    assert role.mention in body["components"][0]["content"]
    assert [r.id for r in server.channel.last_message.role_mentions] == [role.id]


async def test_a_forbidden_channel_is_explained_to_who_can_change_it(
    server: Any, announcer: Announcer
) -> None:
    deny = discord.PermissionOverwrite(send_messages=False)
    closed = server.guild.create_text_channel(
        "closed", overwrites={server.guild.default_role: deny, server.guild.me: deny}
    )
    outcome = await announcer.hand_off(copy_for(closed))
    assert (outcome.verdict, outcome.code) == ("permanent", "discord 50013")
    assert "Send Messages" in outcome.text


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (403, 50001, "permanent"),
        (404, 10003, "permanent"),
        (404, 10004, "permanent"),
        (401, 0, "ours"),
        (429, 0, "transient"),
        (500, 0, "transient"),
        (503, 0, "transient"),
        (400, 40004, "ours"),
    ],
)
async def test_each_refusal_has_its_class(
    server: Any, announcer: Announcer, status: int, code: int, verdict: str
) -> None:
    server.env.inject_error("POST", "/channels/*/messages", status=status, code=code)
    outcome = await announcer.hand_off(copy_for(server.channel))
    assert outcome.verdict == verdict
    assert str(code or status) in outcome.code
    assert str(server.channel.id) not in outcome.text


async def test_refused_components_are_replaced_by_a_plain_link_once(
    server: Any, announcer: Announcer
) -> None:
    server.env.inject_error("POST", "/channels/*/messages", status=400, code=50035)
    outcome = await announcer.hand_off(copy_for(server.channel))
    assert outcome.verdict == "accepted"
    assert f"{BASE_URL}/issues/2022-04?lang=en" in server.channel.last_message.content
    server.env.inject_error("POST", "/channels/*/messages", status=400, code=50035, times=2)
    assert (await announcer.hand_off(copy_for(server.channel))).verdict == "ours"


async def test_before_the_connection_stands_the_copy_waits(archive: Any) -> None:
    bot = create_bot(archive, base_url=BASE_URL, newsletter_name=None)
    outcome = await Announcer(bot, BASE_URL).hand_off(copy_for(type("C", (), {"id": 1})))
    assert (outcome.verdict, outcome.code) == ("transient", "discord offline")


async def test_a_fresh_doubt_is_settled_by_the_nonce(server: Any, announcer: Announcer) -> None:
    """Within two minutes Discord itself knows the nonce; nothing is read."""
    since = server.env.now() - timedelta(seconds=90)
    outcome = await announcer.hand_off(copy_for(server.channel, submitting_since=since))
    assert outcome.verdict == "accepted"
    assert not [r for r in server.env.http_requests if r.method == "GET" and "messages" in r.path]


async def test_an_old_doubt_adopts_the_post_that_is_there(
    server: Any, announcer: Announcer
) -> None:
    since = server.env.now()
    first = await announcer.hand_off(copy_for(server.channel))
    await server.env.advance_time(600)
    again = await announcer.hand_off(copy_for(server.channel, submitting_since=since))
    assert (again.verdict, again.remote_id) == ("accepted", first.remote_id)
    assert len(server.channel.history()) == 1


async def test_an_old_doubt_adopts_a_plain_post_too(server: Any, announcer: Announcer) -> None:
    since = server.env.now()
    server.env.inject_error("POST", "/channels/*/messages", status=400, code=50035)
    first = await announcer.hand_off(copy_for(server.channel))
    await server.env.advance_time(600)
    again = await announcer.hand_off(copy_for(server.channel, submitting_since=since))
    assert again.remote_id == first.remote_id


async def test_an_old_doubt_without_a_post_sends_again_and_is_not_fooled_by_an_answer(
    server: Any, announcer: Announcer
) -> None:
    """The answer to /latest looks like a post, but nobody announced anything with it."""
    since = server.env.now()
    await server.reader.slash(server.channel, "latest")
    await server.env.advance_time(600)
    outcome = await announcer.hand_off(copy_for(server.channel, submitting_since=since))
    assert outcome.verdict == "accepted"
    assert len(server.channel.history()) == 2


async def test_an_old_doubt_stays_unknown_where_the_history_may_not_be_read(
    server: Any, announcer: Announcer
) -> None:
    deny = discord.PermissionOverwrite(read_message_history=False)
    closed = server.guild.create_text_channel(
        "closed", overwrites={server.guild.default_role: deny, server.guild.me: deny}
    )
    since = server.env.now() - timedelta(minutes=10)
    outcome = await announcer.hand_off(copy_for(closed, submitting_since=since))
    assert outcome.verdict == "unknown"
    assert closed.history() == []


async def test_a_lost_answer_is_remembered_and_looked_for_before_the_next_try(
    server: Any, announcer: Announcer
) -> None:
    """The post stood although the answer was an error: the next try, minutes later, adopts it."""
    server.env.inject_error("POST", "/channels/*/messages", status=503)
    assert (await announcer.hand_off(copy_for(server.channel, 7))).verdict == "transient"
    stands = await announcer.hand_off(copy_for(server.channel, 8))
    await server.env.advance_time(150)
    again = await announcer.hand_off(copy_for(server.channel, 7))
    assert (again.verdict, again.remote_id) == ("accepted", stands.remote_id)
    assert len(server.channel.history()) == 1


async def test_a_hostile_title_pings_nobody(
    server: Any, archive: Any, announcer: Announcer
) -> None:
    with archive.read() as session:
        view = issue_view(session, find_issue(session, "2022-04"))
    view["title"] = "@everyone <@&1> [free](https://evil.example)"
    view["entries"][0]["title"] = f"<@{server.reader.id}> **bold** `code` <#2> @here"
    view["news"] = ["@everyone look <@&3>"]
    await announcer.prepare(view)
    await announcer.hand_off(copy_for(server.channel))
    message = server.channel.last_message
    assert (message.mentions, message.role_mentions, message.mention_everyone) == ([], [], False)
