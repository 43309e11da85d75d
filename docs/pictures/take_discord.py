"""Takes the pictures of the Discord card and the issue post, from the bot itself and the sample issues.

Run it again whenever a renderer changes: `.venv/bin/python docs/pictures/take_discord.py`. It needs Chromium
(`PAPERROUND_CHROMIUM` names another than the one on the path) and the development requirements.
"""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import simcord
from playwright.async_api import BrowserType
from sqlmodel import select

from bot.announce import Announcer
from bot.client import create_bot
from publisher.ports import Copy
from publisher.views import issue_view, latest_issues
from storage.database import Database
from storage.tables import Newsletter

if TYPE_CHECKING:
    from publisher.ports import IssueView

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
BASE_URL = "https://news.example.org"
DESKTOP, PHONE = 720, 390  # pixels wide
TALL = 2400  # pixels; higher than any message, so that nothing is cut off


async def take_pictures(database: Database, folder: Path) -> list[Path]:
    """Run the bot on a simulated Discord and picture what it says; give the files."""
    with database.read() as session:
        name = session.exec(select(Newsletter.name)).first()
        newest = issue_view(session, latest_issues(session)[0])
    bot = create_bot(database, base_url=BASE_URL, newsletter_name=name)
    async with simcord.run(bot, shard_count=1) as env:
        env.backend.bot_user.name = "Paperround"
        # The simulated clock begins at a day of its own.
        await env.advance_time((datetime(2026, 12, 1, 9, tzinfo=UTC) - env.now()).total_seconds())
        guild = env.create_guild("Reading group")
        channel = guild.create_text_channel("papers")
        reader = guild.add_member(env.create_user("ada", global_name="Ada"))
        card = await reader.slash(channel, "paper", query="chinchilla")
        post = await _announce(env, channel, newest)
        async with env.preview(channel, viewers=[reader], locale="en-GB") as preview:
            return [
                await _picture(preview, target, folder / f"discord-{subject}{suffix}.png", width)
                for subject, target in (("card", card.response), ("issue", post))
                for suffix, width in (("", DESKTOP), ("-phone", PHONE))
            ]


async def _announce(env: simcord.Env, channel: Any, issue: IssueView) -> Any:  # noqa: ANN401
    announcer = Announcer(env.bot, BASE_URL, now=env.now)
    await announcer.prepare(issue)
    outcome = await announcer.hand_off(Copy(1, 1, 1, str(channel.id), None, "en", nonce="picture"))
    if outcome.verdict != "accepted":
        raise SystemExit(f"The post was not made: {outcome.text}")
    await env.settle()
    return channel.last_message


async def _picture(preview: Any, target: Any, path: Path, width: int) -> Path:  # noqa: ANN401
    await preview.screenshot(path, target=target, viewport=(width, TALL), allow_incomplete=True)
    return path


def _use_chromium() -> None:
    """Let SimCord take the Chromium of this machine instead of one that Playwright downloads."""
    program = os.environ.get("PAPERROUND_CHROMIUM") or shutil.which("chromium")
    if program is None:
        sys.exit(
            "No Chromium here. Install the package chromium, or name one in PAPERROUND_CHROMIUM."
        )
    BrowserType.launch = functools.partialmethod(  # type: ignore[method-assign]
        BrowserType.launch, executable_path=program, args=["--no-sandbox"]
    )


def _import_editions(url: str) -> None:
    """Read the sample issues as an operator does."""
    files = sorted((PROJECT / "editions").glob("*.md"))
    if not files:
        sys.exit("There is no sample issue in editions/, so there is nothing to picture.")
    command = [sys.executable, "-m", "paperround", "import", *map(str, files)]
    subprocess.run(  # noqa: S603 - our own command on our own files
        command,
        check=True,
        cwd=PROJECT,
        env={**os.environ, "PAPERROUND_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
    )


def main() -> None:
    """Read the sample issues into a scratch database and take the pictures."""
    _use_chromium()
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/pictures.sqlite3"
        _import_editions(url)
        database = Database(url)
        for path in asyncio.run(take_pictures(database, HERE)):
            print(path.relative_to(PROJECT))  # noqa: T201 - a script says what it wrote
        database.close()


if __name__ == "__main__":
    main()
