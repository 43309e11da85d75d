"""The bot over real HTTP and WebSocket, against a small Discord on this machine."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from aiohttp import WSMsgType, web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.announce import Announcer
from bot.client import create_bot
from bot.connection import run_bot
from bot.errors import GatewayRefusedError, TokenRefusedError
from publisher.ports import Copy
from publisher.views import find_issue, issue_view

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.database import Database

TOKEN = "a-token-that-must-not-be-seen"
USER = {"id": "111", "username": "paperround", "discriminator": "0", "avatar": None, "bot": True}
BASE_URL = "https://news.example.org"


def answer(content: Any, status: int = 200) -> web.Response:
    """Answer as Discord does: discord.py reads JSON under exactly this type only."""
    body = json.dumps(content).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})


@dataclass
class SmallDiscord:
    """REST and gateway of a Discord with one server; `faults` are answered first, one per post."""

    port: int = 0
    refuse_token: bool = False
    close_code: int | None = None
    faults: list[str] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)
    commands: list[dict[str, Any]] = field(default_factory=list)
    runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        v = "/api/v10"
        app.router.add_get(f"{v}/users/@me", self.me)
        app.router.add_get(f"{v}/oauth2/applications/@me", self.application)
        app.router.add_put(f"{v}/applications/222/commands", self.put_commands)
        app.router.add_get(f"{v}/gateway/bot", self.gateway_bot)
        app.router.add_post(f"{v}/channels/{{channel}}/messages", self.post)
        app.router.add_get("/gateway/", self.gateway)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def me(self, _request: web.Request) -> web.Response:
        if self.refuse_token:
            return answer({"message": "401: Unauthorized", "code": 0}, status=401)
        return answer(USER)

    async def application(self, _request: web.Request) -> web.Response:
        return answer(
            {
                "id": "222", "name": "paperround", "icon": None, "description": "", "flags": 0,
                "bot_public": True, "bot_require_code_grant": False, "verify_key": "x", "team": None,
                "owner": USER,
            }
        )  # fmt: skip

    async def put_commands(self, request: web.Request) -> web.Response:
        self.commands = await request.json()
        fixed = {"application_id": "222", "version": "1", "default_member_permissions": None}
        return answer([{**fixed, **c, "id": str(300 + n)} for n, c in enumerate(self.commands)])

    async def gateway_bot(self, _request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        url = f"ws://127.0.0.1:{self.port}/gateway/"
        return answer({"url": url, "shards": 1, "session_start_limit": limit})

    async def gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 40_000}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            operation = json.loads(message.data)["op"]
            if operation == 1:
                await socket.send_json({"op": 11})
            elif operation == 2 and self.close_code:
                await socket.close(code=self.close_code)
            elif operation == 2:
                ready = {
                    "v": 10, "user": USER, "guilds": [], "session_id": "s", "shard": [0, 1],
                    "resume_gateway_url": f"ws://127.0.0.1:{self.port}/gateway/",
                    "application": {"id": "222", "flags": 0},
                }  # fmt: skip
                await socket.send_json({"op": 0, "t": "READY", "s": 1, "d": ready})
        return socket

    async def post(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.posts.append(body)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "refused":
            return answer({"message": "no", "code": 50013}, status=403)
        stored = self.stored.setdefault(body["nonce"], self._message(request, body))
        if fault == "accepted, then dropped":
            assert request.transport is not None
            request.transport.close()
        return answer(stored)

    def _message(self, request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": str(900 + len(self.stored)), "channel_id": request.match_info["channel"],
            "author": USER, "content": "", "timestamp": "2026-01-01T00:00:00+00:00",
            "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [],
            "mention_roles": [], "attachments": [], "embeds": [], "pinned": False, "type": 0,
            "flags": body.get("flags", 0), "components": body.get("components", []),
        }  # fmt: skip


@pytest.fixture
async def discord_here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmallDiscord]:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    small = SmallDiscord()
    await small.start()
    yield small
    await small.stop()


def bot_for(small: SmallDiscord, archive: Database) -> Any:
    return create_bot(archive, base_url=BASE_URL, newsletter_name=None, api_base=small.url)


async def ready(bot: Any, running: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(_until_ready(bot))
    await asyncio.wait({waiting, running}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    assert waiting.done(), "the bot did not become ready"


async def _until_ready(bot: Any) -> None:
    while not bot.is_ready():  # noqa: ASYNC110 - before log-in there is no event to wait for
        await asyncio.sleep(0.01)


async def stop(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_refused_token_is_named_with_its_remedy_and_never_shown(
    discord_here: SmallDiscord, archive: Database, capfd: Any
) -> None:
    discord_here.refuse_token = True
    with pytest.raises(TokenRefusedError, match="PAPERROUND_DISCORD_TOKEN") as caught:
        await run_bot(bot_for(discord_here, archive), TOKEN)
    assert TOKEN not in str(caught.value) + "".join(capfd.readouterr())


async def test_a_token_that_the_gateway_refuses_ends_the_bot(
    discord_here: SmallDiscord, archive: Database
) -> None:
    discord_here.close_code = 4004
    with pytest.raises(GatewayRefusedError, match="4004"):
        await run_bot(bot_for(discord_here, archive), TOKEN)


async def test_the_bot_waits_for_a_discord_that_is_not_there_yet(
    discord_here: SmallDiscord, archive: Database
) -> None:
    bot = bot_for(discord_here, archive)
    await discord_here.stop()
    running = asyncio.create_task(run_bot(bot, TOKEN, first_wait_s=0.05))
    await asyncio.sleep(0.2)
    assert not running.done()
    await discord_here.start()
    await ready(bot, running)
    assert {c["name"] for c in discord_here.commands} == {
        "paper",
        "search",
        "topics",
        "related",
        "cite",
        "latest",
        "issue",
        "subscribe",
        "help",
    }
    await stop(running)
    assert bot.is_closed()


async def test_a_post_whose_answer_is_lost_is_repeated_under_its_nonce_and_stands_once(
    discord_here: SmallDiscord, archive: Database, shared: Path
) -> None:
    """The body is valid by Discord's own schema, too."""
    bot = bot_for(discord_here, archive)
    running = asyncio.create_task(run_bot(bot, TOKEN))
    await ready(bot, running)
    announcer = Announcer(bot, BASE_URL)
    with archive.read() as session:
        await announcer.prepare(issue_view(session, find_issue(session, "2022-04")))
    copy = Copy(1, 1, 1, "444", None, "en", nonce="A" * 25)
    discord_here.faults = ["accepted, then dropped"]
    first = await announcer.hand_off(copy)
    second = await announcer.hand_off(copy)
    await stop(running)
    assert (first.verdict, first.code) == ("transient", "discord connection")
    assert (second.verdict, second.remote_id) == ("accepted", "900")
    assert len(discord_here.stored) == 1
    assert [p["nonce"] for p in discord_here.posts] == ["A" * 25] * 2
    assert all(p["enforce_nonce"] is True for p in discord_here.posts)
    spec = json.loads((shared / "data/discord-openapi.json").read_text(encoding="utf-8"))
    body = {"$ref": "#/components/schemas/MessageCreateRequest", "components": spec["components"]}
    jsonschema.Draft202012Validator(body).validate(discord_here.posts[0])
