"""Takes the pictures of the web pages and the mail, from the real server, the real mail and the sample issues.

Run it again whenever a template changes: `.venv/bin/python docs/pictures/take_pages.py`. It needs Chromium
(`PAPERROUND_CHROMIUM` names another than the one on the path) and the development requirements. Run
`docs/pictures/take_discord.py` first: the overview shows its picture of the issue post.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from aiohttp import web
from playwright.async_api import Browser, async_playwright

from mailer.sender import MailSender
from paperround.demo.catcher import MailCatcher
from paperround.demo.inbox import Inbox
from paperround.demo.run import free_port
from paperround.settings import GivenSettings
from paperround.wiring import House
from publisher.ingest import ReadFile, ingest
from publisher.ports import Copy
from publisher.readers.detect import read_edition
from publisher.views import find_issue, issue_view
from storage import catalog, schema
from storage.database import Database
from web.app import serve

HERE = Path(__file__).resolve().parent
EDITIONS = HERE.parents[1] / "editions"
NEWEST = "2022-06"
DESKTOP, LONG, PHONE = (1100, 900), (1100, 1500), (390, 844)  # pixels


async def main() -> None:
    """Start everything, take the pictures, stop everything."""
    chromium = os.environ.get("PAPERROUND_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no Chromium. Install it, or name it in PAPERROUND_CHROMIUM.")
    with tempfile.TemporaryDirectory() as folder:
        catcher = MailCatcher()
        await catcher.start()
        settings = GivenSettings(
            data_dir=Path(folder), base_url=f"http://127.0.0.1:{free_port(8080)}",
            sender_address="round@morning.example", smtp_host=catcher.host, smtp_port=catcher.port,
            smtp_tls="none", postal_address="The Morning Round, 1 Example Street, Exampleton",
        )  # fmt: skip
        house = House(settings, _store(settings))
        stop, inbox = asyncio.Event(), web.AppRunner(Inbox(catcher).app())
        port = int(settings.base_url.rpartition(":")[2])
        pages = asyncio.create_task(serve(house.site(), "127.0.0.1", port, stop))
        await inbox.setup()
        inbox_port = free_port(8025)
        await web.TCPSite(inbox, "127.0.0.1", inbox_port).start()
        await _mail(house)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"]
            )
            await _take(browser, settings.base_url, f"http://127.0.0.1:{inbox_port}", house)
            await _overview(browser)
            await browser.close()
        stop.set()
        await pages
        await inbox.cleanup()
        await catcher.stop()
        house.database.close()


def _store(settings: GivenSettings) -> Database:
    database = Database(settings.database)
    schema.upgrade(database)
    for path in sorted(EDITIONS.glob("*.md")):
        edition, form, digest = read_edition(path)
        with database.write() as session:
            ingest(
                session, ReadFile(edition, path.name, form, digest), today=datetime.now(UTC).date()
            )
    return database


async def _mail(house: House) -> None:
    """Send the newest issue to an English and a Chinese reader."""
    sender = MailSender(house.relay(), house.issue_compiler(), house.tokens)
    for number, language in ((1, "en"), (2, "zh")):
        with house.database.read() as session:
            issue = find_issue(session, NEWEST, language)
            if issue is None:
                sys.exit(f"The sample issue {NEWEST} is missing.")
            await sender.prepare(issue_view(session, issue))
        copy = Copy(number, 1, number, f"reader{number}@readers.example", "Ada", language)
        outcome = await sender.hand_off(copy)
        if outcome.verdict != "accepted":
            sys.exit(f"The mail was not accepted: {outcome.text}")
    await sender.close()


async def _take(browser: Browser, base: str, inbox: str, house: House) -> None:
    with house.database.read() as session:
        paper = catalog.search(session, "chinchilla").hits[0].paper_id
    issue = f"{base}/issues/{NEWEST}"
    pictures: tuple[tuple[str, str, tuple[int, int], Literal["light", "dark"]], ...] = (
        ("home", f"{base}/", DESKTOP, "light"),
        ("home-phone", f"{base}/?lang=zh", PHONE, "light"),
        ("issue", issue, DESKTOP, "light"),
        ("issue-dark", issue, DESKTOP, "dark"),
        ("issue-phone", issue, PHONE, "light"),
        ("paper", f"{base}/papers/{paper}", LONG, "light"),
        ("paper-phone", f"{base}/papers/{paper}?lang=zh", PHONE, "dark"),
        ("search", f"{base}/search?q=reasoning&topic=language-models", DESKTOP, "light"),
        ("search-phone", f"{base}/search?q=chinchilla&lang=zh", PHONE, "dark"),
        ("topics", f"{base}/topics", DESKTOP, "light"),
        ("topic", f"{base}/topics/language-models", DESKTOP, "light"),
        ("subscribe", f"{base}/subscribe", DESKTOP, "light"),
        ("subscribe-phone", f"{base}/subscribe?lang=zh", PHONE, "light"),
        ("mail", f"{inbox}/mail/1/body", DESKTOP, "light"),
        ("mail-dark", f"{inbox}/mail/1/body", DESKTOP, "dark"),
        ("mail-phone", f"{inbox}/mail/1/body", PHONE, "light"),
        ("mail-phone-dark", f"{inbox}/mail/1/body", PHONE, "dark"),
        ("mail-zh-phone-dark", f"{inbox}/mail/2/body", PHONE, "dark"),
        ("mail-zh", f"{inbox}/mail/2/body", DESKTOP, "light"),
        ("inbox", f"{inbox}/", DESKTOP, "light"),
    )
    for name, url, size, scheme in pictures:
        await _picture(browser, url, HERE / f"{name}.png", size, scheme)


async def _picture(
    browser: Browser, url: str, path: Path, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB"
    )
    page = await context.new_page()
    await page.goto(url)
    await page.locator("details.narrowing").evaluate_all(
        "them => them.forEach(it => it.open = true)"
    )
    await page.screenshot(path=path)
    await context.close()
    print(path.name)  # noqa: T201 - a script's progress


async def _overview(browser: Browser) -> None:
    """Put mail, page and post beside each other, for the README."""
    pictures = [HERE / f"{name}.png" for name in ("mail", "issue-phone", "discord-issue")]
    tiles = "".join(f'<img src="{p.as_uri()}">' for p in pictures if p.exists())
    style = (
        "body{margin:0;padding:36px;display:grid;grid-auto-flow:column;gap:28px;background:#e9e4da}"
        "img{width:480px;height:600px;object-fit:cover;object-position:top;border-radius:14px}"
        "img:nth-child(2){width:300px}"
    )
    html = HERE / "overview.html"
    html.write_text(f"<style>{style}</style>{tiles}", encoding="utf-8")
    try:
        width = 508 * len([p for p in pictures if p.exists()]) - 136
        await _picture(browser, html.as_uri(), HERE / "overview.png", (width, 672), "light")
    finally:
        html.unlink()


if __name__ == "__main__":
    asyncio.run(main())
