"""Takes the pictures of the public pages, from the sample issues and a real server.

Run it again whenever a page changes: `.venv/bin/python docs/pictures/web.py`. It needs Chromium
(`PAPERROUND_CHROMIUM` names another than the one on the path) and the development requirements.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aiohttp.test_utils import TestServer
from playwright.async_api import async_playwright
from sqlmodel import Session, select

from mailer.tokens import Tokens
from storage.database import Database
from storage.tables import Paper
from web.app import create_app
from web.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from playwright.async_api import Browser

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
DESKTOP, PHONE = (1200, 900), (375, 780)  # pixels, width and height
NEWEST = "2022-06"
ON_PAPER_PAGE = "2203.15556"  # arXiv id of the paper that is pictured


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: the file's name without its suffix, the address, and how it is looked at."""

    name: str
    path: str
    size: tuple[int, int] = DESKTOP
    scheme: Literal["light", "dark"] = "light"
    whole: bool = False  # the whole page instead of what fits the window


@asynccontextmanager
async def server(database: Database) -> AsyncIterator[str]:
    """Serve the site on a free port; give its address."""
    site = Site(database, Tokens([secrets.token_bytes(32)]), "https://news.example.org")
    running = TestServer(create_app(site))
    await running.start_server(access_log=None)
    try:
        yield str(running.make_url("")).rstrip("/")
    finally:
        await running.close()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the Chromium of this machine."""
    program = os.environ.get("PAPERROUND_CHROMIUM") or shutil.which("chromium")
    if program is None:
        sys.exit(
            "No Chromium here. Install the package chromium, or name one in PAPERROUND_CHROMIUM."
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


async def take(browser: Browser, address: str, shot: Shot, folder: Path) -> Path:
    """Open a page and picture it."""
    width, height = shot.size
    page = await browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=shot.scheme, locale="en-GB"
    )
    path = folder / f"{shot.name}.png"
    try:
        await page.goto(address + shot.path)
        await page.screenshot(path=path, full_page=shot.whole)
    finally:
        await page.close()
    return path


def import_editions(url: str, files: Sequence[Path]) -> None:
    """Read editions as an operator does."""
    command = [sys.executable, "-m", "paperround", "import", *map(str, files)]
    subprocess.run(  # noqa: S603 - our own command on our own files
        command,
        check=True,
        cwd=PROJECT,
        env={**os.environ, "PAPERROUND_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
    )


def _paper_path(session: Session) -> str:
    number = session.exec(select(Paper.id).where(Paper.arxiv == ON_PAPER_PAGE)).first()
    if number is None:
        sys.exit(f"No sample issue covers arXiv {ON_PAPER_PAGE}, so there is no paper to picture.")
    return f"/papers/{number}"


async def picture(database: Database, folder: Path) -> list[Path]:
    """Take every picture that the documentation shows."""
    paper = await database.reading(_paper_path)
    issue = f"/issues/{NEWEST}?lang=en"
    shots = [
        Shot("home", "/?lang=en"),
        Shot("home-phone", "/?lang=en", PHONE),
        Shot("issue", issue),
        Shot("issue-dark", issue, scheme="dark"),
        Shot("paper", f"{paper}?lang=en"),
    ]
    async with server(database) as address, chromium() as browser:
        return [await take(browser, address, shot, folder) for shot in shots]


def main() -> None:
    """Read the sample issues into a scratch database and take the pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/pictures.sqlite3"
        import_editions(url, sorted((PROJECT / "editions").glob("*.md")))
        database = Database(url)
        try:
            for path in asyncio.run(picture(database, HERE)):
                print(path.relative_to(PROJECT))  # noqa: T201 - a script says what it wrote
        finally:
            database.close()


if __name__ == "__main__":
    main()
