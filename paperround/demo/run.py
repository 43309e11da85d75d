"""Runs the demo: a scratch store, sample issues, readers and channels, and an issue that goes out in a moment.

Nothing leaves the machine: every address that is served or written to is on the loopback interface, and
the settings come from here alone, not from the environment.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import SecretStr
from rich.progress import BarColumn, Progress, TextColumn

from bot.client import create_bot
from paperround import log
from paperround.cli.app import console
from paperround.demo.catcher import MailCatcher
from paperround.demo.discord import CHANNELS, SERVER, LocalDiscord, local_discord
from paperround.demo.inbox import Inbox
from paperround.errors import UserError
from paperround.settings import GivenSettings
from paperround.supervisor import supervise
from paperround.wiring import House
from publisher.ingest import ReadFile, ingest
from publisher.readers.detect import read_edition
from publisher.schedule import schedule
from publisher.views import find_issue, issue_view
from storage import outbox, schema, subscribers
from storage.database import Database
from storage.enums import SendStatus
from storage.subscribers import NewSubscriber
from storage.tables import Send

if TYPE_CHECKING:
    from sqlmodel import Session

FOLDER = Path(".demo")
NEWEST = "2022-06"  # the issue that goes out; older ones are published already
READERS = (
    *(("Ada", "en"), ("Grace", "en"), ("Alan", "en"), ("Katherine", "en"), ("Edsger", "en")),
    *(("Barbara", "en"), ("Donald", "en"), ("Radia", "en"), ("Hedy", "en"), ("Claude", "en")),
    *(("小明", "zh"), ("丽华", "zh"), ("志强", "zh"), ("José Ñandú", "en"), ("Zoë", "en")),
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to look."""

    pages: str
    inbox: str
    discord: str


async def run_demo(stop: asyncio.Event, *, seconds: float, once: bool = False) -> None:
    """Run the demo until told to stop.

    Args:
        stop: Ends it.
        seconds: How long until the issue goes out.
        once: End by itself when the issue has arrived everywhere.

    Raises:
        UserError: The scratch folder cannot be made anew.
    """
    settings_port, inbox_port, discord_port = (free_port(p) for p in (8080, 8025, 8090))
    catcher = MailCatcher()
    await catcher.start()
    settings = GivenSettings(
        data_dir=_fresh_folder(),
        newsletter_name="The Morning Round",
        base_url=f"http://127.0.0.1:{settings_port}",
        web_port=settings_port,
        sender_address="round@morning.example",
        postal_address="The Morning Round, 1 Example Street, Exampleton",
        smtp_host=catcher.host,
        smtp_port=catcher.port,
        smtp_tls="none",
        secret_key=SecretStr("the demo's key signs nothing of worth"),
        log_level="warning",
    )
    log.configure(settings.log_format, settings.log_level)
    database = Database(settings.database)
    runner = web.AppRunner(Inbox(catcher).app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", inbox_port).start()
    try:
        _fill(database)
        bot = create_bot(
            database, base_url=settings.base_url, newsletter_name=settings.newsletter_name
        )
        async with local_discord(bot, database, discord_port) as discord:
            addresses = Addresses(settings.base_url, f"http://127.0.0.1:{inbox_port}", discord.url)
            await _play(
                House(settings, database, bot), discord, addresses, stop, seconds, once=once
            )
    finally:
        await runner.cleanup()
        await catcher.stop()
        database.close()


async def _play(  # noqa: PLR0913 - the house, its neighbours, and how long
    house: House,
    discord: LocalDiscord,
    addresses: Addresses,
    stop: asyncio.Event,
    seconds: float,
    *,
    once: bool,
) -> None:
    """Start the parts, schedule the issue, watch it go out, wait."""
    parts = discord.start(supervise(house.parts(), stop))
    watcher = discord.start(discord.keep_current())
    _print_addresses(addresses)
    show = discord.start(_show(house.database, stop, seconds, once=once))
    try:
        await asyncio.wait({parts, show}, return_when=asyncio.FIRST_COMPLETED)
        if not parts.done():
            await show
            if once:
                stop.set()
            else:
                console.print("\nLook around; [bold]Ctrl-C[/bold] ends the demo.")
        await parts
    finally:
        stop.set()
        watcher.cancel()
        show.cancel()
        await asyncio.gather(watcher, show, parts, return_exceptions=True)


async def _show(database: Database, stop: asyncio.Event, seconds: float, *, once: bool) -> None:
    send_id = await database.writing(_schedule, seconds)
    with Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
                  console=console, transient=False) as progress:  # fmt: skip
        task = progress.add_task(f"Issue {NEWEST} goes out in {seconds:.0f} s", total=None)
        while not stop.is_set():
            status, planned, done = await database.reading(_standing, send_id)
            if planned is not None:
                progress.update(
                    task, description=f"Issue {NEWEST} goes out", total=planned, completed=done
                )
            if status is SendStatus.SENT:
                break
            await asyncio.sleep(0.1 if once else 0.3)
    if not stop.is_set():
        balance = await database.reading(outbox.balance, send_id)
        holds = "holds" if balance.holds else "DOES NOT HOLD"
        console.print(
            f"{balance.submitted} of {balance.planned} submitted, {balance.failed} failed, "
            f"{balance.uncertain} uncertain; the balance {holds}."
        )


def _schedule(session: Session, seconds: float) -> int:
    issue = find_issue(session, NEWEST, "en")
    if issue is None:
        raise UserError(f"The sample issue {NEWEST} is missing. Reinstall Paperround.")
    now = datetime.now(UTC)
    send = schedule(session, issue, due_at=now + timedelta(seconds=seconds), now=now, source="demo")
    return send.id or 0


def _standing(session: Session, send_id: int) -> tuple[SendStatus, int | None, int]:
    send = session.get_one(Send, send_id)
    balance = outbox.balance(session, send_id)
    return send.status, send.planned, balance.planned - balance.open


def _fill(database: Database) -> None:
    """Load the sample issues and readers; the newest issue stays a draft."""
    schema.upgrade(database)
    with resources.as_file(resources.files("editions")) as folder:
        for path in sorted(folder.glob("*.md")):
            edition, form, digest = read_edition(path)
            with database.write() as session:
                ingest(
                    session,
                    ReadFile(edition, path.name, form, digest),
                    today=datetime.now(UTC).date(),
                    draft=edition.slug == NEWEST,
                )
    readers = [
        NewSubscriber(f"reader{n}@readers.example", name, language)
        for n, (name, language) in enumerate(READERS, 1)
    ]
    with database.write() as session:
        subscribers.add_confirmed(session, readers, source="demo", now=datetime.now(UTC))
        issues = [i for i in (find_issue(session, NEWEST, code) for code in ("en", "zh")) if i]
        papers = len(issue_view(session, issues[0])["entries"]) if issues else 0
    console.print(
        f"Loaded the sample issues and {len(readers)} readers; issue {NEWEST} has {papers} papers."
    )


def _print_addresses(addresses: Addresses) -> None:
    rows = (
        ("Pages", addresses.pages, "issues, papers, search, subscribe"),
        ("Inbox", addresses.inbox, "the mail as readers get it: HTML, text, source"),
        ("Discord", addresses.discord, f"{SERVER} #{CHANNELS[0][0]}; type /paper chinchilla"),
    )
    console.print()
    for name, url, text in rows:
        console.print(f"  [bold]{name:<8}[/bold]", end="")
        console.print(url, style="cyan", markup=False, soft_wrap=True)
        console.print(f"          {text}", style="dim", markup=False)
    console.print()


def _fresh_folder() -> Path:
    try:
        shutil.rmtree(FOLDER, ignore_errors=False)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise UserError(
            f"The scratch folder {FOLDER} cannot be emptied: {error.strerror}. Remove it by hand."
        ) from error
    return FOLDER


def free_port(preferred: int) -> int:
    """Give the preferred loopback port, or a free one where that is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UserError("There is no free port on this machine. Close something that listens.")
