"""What the pages look like in a real browser: on a narrow phone, and in a script from right to left."""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.async_api import async_playwright
from sqlmodel import select

from mailer.texts import direction
from storage.tables import Issue
from web.texts import written

PHONE = 320  # pixels wide


@pytest.fixture
async def page(visitor):
    """Open Chromium as wide as a small phone."""
    program = os.environ.get("PAPERROUND_CHROMIUM") or shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium SKIPPED: not here; install the package chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield await browser.new_page(viewport={"width": PHONE, "height": 800})
        await browser.close()


async def test_a_script_from_right_to_left_begins_at_the_right(page, visitor) -> None:
    with visitor.database.write() as session:
        march = session.exec(select(Issue).where(Issue.slug == "2022-03", Issue.intro != "")).one()
        march.language, march.intro = "ar", "صباح الخير! نموذج GPT-3.\n\n> قالوا."
    await page.goto(str(visitor.client.make_url("/issues/2022-03?lang=en")))
    ways = """it => { const s = getComputedStyle(it); return [s.direction, s.textAlign] }"""
    assert await page.locator(".intro p").first.evaluate(ways) == ["rtl", "start"]
    bar = "it => { const s = getComputedStyle(it); return [s.borderRightWidth, s.borderLeftWidth] }"
    assert await page.locator(".intro blockquote").evaluate(bar) == ["2px", "0px"]
    # Our own words around it keep their direction.
    assert await page.locator(".head > .label").evaluate(ways) == ["ltr", "start"]
    assert await page.locator("html").evaluate(ways) == ["ltr", "start"]


def test_pages_and_mail_agree_on_the_direction_of_every_language() -> None:
    letters = [chr(it) for it in range(ord("a"), ord("z") + 1)]
    for language in (f"{one}{other}" for one in letters for other in letters):
        assert written(language) == f'lang="{language}" dir="{direction(language)}"'


async def test_nothing_stands_beyond_the_margin_of_a_narrow_phone(page, visitor) -> None:
    for path in ("/", "/issues/2022-04", "/papers/1"):
        await page.goto(str(visitor.client.make_url(f"{path}?lang=en")))
        within = await page.locator(".top").evaluate(
            "it => it.getBoundingClientRect().right - parseFloat(getComputedStyle(it).paddingRight)"
        )
        for part in (".top .ask button", ".top .languages"):
            box = await page.locator(part).bounding_box()
            assert box["x"] + box["width"] <= within, (path, part)
