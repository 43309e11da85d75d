"""What is typed into a search box is completed in a real browser, by keyboard and by pointer."""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.async_api import async_playwright, expect

from tests.integration.web.conftest import TITLE, TOPIC, fill_many
from web.texts import TEXTS


@pytest.fixture
async def page(visitor):
    """Open the site's first page in Chromium; what the browser complains of fails the test."""
    program = os.environ.get("PAPERROUND_CHROMIUM") or shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium SKIPPED: not here; install the package chromium")
    fill_many(visitor.database, 3)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        opened = await browser.new_page(locale="en-GB")
        said: list[str] = []
        opened.on("console", lambda message: said.append(message.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        await opened.goto(str(visitor.client.make_url("/?lang=en")))
        yield opened
        await browser.close()
    assert said == []


async def test_the_keyboard_chooses_a_suggestion_and_asks_it(page) -> None:
    box = page.get_by_role("combobox")
    await box.press_sequentially("gadg")
    options = page.get_by_role("listbox", name=TEXTS["en"]["suggestions"]).get_by_role("option")
    await expect(options).to_have_count(3)
    await expect(box).to_have_attribute("aria-expanded", "true")
    await box.press("ArrowUp")
    await expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    await expect(box).to_have_attribute("aria-activedescendant", "suggestion-2")
    await box.press("ArrowDown")
    assert await box.get_attribute("aria-activedescendant") is None
    await box.press("ArrowDown")
    await box.press("Enter")
    await page.wait_for_url("**/search?lang=en&q=Gadget+number+*")


async def test_a_filter_is_completed_chosen_by_keyboard_and_narrows_the_answer(page) -> None:
    box = page.get_by_role("combobox")
    await box.press_sequentially("author:hof")
    options = page.get_by_role("option")
    await expect(options).to_have_text(['author:"Jordan Hoffmann"'])
    await box.press("ArrowDown")
    await box.press("Enter")
    await page.wait_for_url("**/search?lang=en&q=author%3A%22Jordan+Hoffmann%22")
    await expect(page.locator("a.chip")).to_contain_text(["Jordan Hoffmann"])
    await expect(page.locator(".hit h2").first).to_have_text(TITLE)


async def test_a_filter_behind_words_and_part_of_an_id_are_completed(page) -> None:
    box = page.get_by_role("combobox")
    await box.press_sequentially("nets topic:sca")
    await expect(page.get_by_role("option")).to_have_text([f"nets topic:scaling – {TOPIC}"])
    await box.fill("https://arxiv.org/abs/2203.15")
    await expect(page.get_by_role("option")).to_have_text([f"2203.15556 – {TITLE} · 2022-04"])
    await page.get_by_role("option").click()
    await expect(page.locator(".hit.sure h2")).to_have_text(TITLE)


async def test_escape_closes_the_list_and_keeps_what_was_typed(page) -> None:
    box = page.get_by_role("combobox")
    await box.press_sequentially("gadg")
    await expect(page.get_by_role("option")).to_have_count(3)
    await box.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    await expect(box).to_have_attribute("aria-expanded", "false")
    await expect(box).to_have_value("gadg")
    await box.press("Enter")
    await page.wait_for_url("**/search?lang=en&q=gadg")


async def test_a_pointer_chooses_a_suggestion(page) -> None:
    await page.get_by_role("combobox").press_sequentially("chinch")
    await page.get_by_role("option").first.click()
    await expect(page.locator(".hit.sure h2")).to_have_text(TITLE)


async def test_no_script_is_needed(visitor, page) -> None:
    """Without scripts the box is a plain search box, and the filters are a plain form."""
    context = await page.context.browser.new_context(java_script_enabled=False)
    plain = await context.new_page()
    await plain.goto(str(visitor.client.make_url("/search?lang=en&q=gadget")))
    await plain.locator("summary").first.click()
    await plain.get_by_label(TEXTS["en"]["by_issue_filter"]).select_option("2022-01")
    await plain.get_by_role("button", name=TEXTS["en"]["apply"]).click()
    assert "q=gadget" in plain.url
    assert "issue=2022-01" in plain.url
    await plain.get_by_role("link", name="Remove Issue: January").click()
    assert plain.url.endswith("/search?lang=en&q=gadget")
