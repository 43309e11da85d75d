"""What a mail looks like in a real browser: read by colour and size, on a phone and beside a list of mails."""

from __future__ import annotations

import os
import shutil

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from mailer.render import MailRenderer, Place, ReaderPages
from publisher.prose import to_html, to_text

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACE = Place("The Round", "https://news.example.org", "1 Example Street, Amsterdam")
OWN = ReaderPages(f"{PLACE.base_url}/u/TOKEN", f"{PLACE.base_url}/preferences/TOKEN")
PHONE, PANE = 360, 700  # pixels wide
LONG = "https://example.org/" + "very-long-path" * 20
CODE = "```\nattention = softmax(query @ key.transpose() / sqrt(width)) @ value  # on one line\n```"
# WCAG 2.2: relative luminance, and the contrast of each text to the nearest ground that is painted.
CONTRASTS = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.getClientRects().length) continue;
    const [one, other] = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    found.push([contrast, walk.currentNode.data.trim().slice(0, 40)]);
  }
  return found;
}"""

# Where the first text that holds these words has them: the left and the right of each piece.
PLACES = """all => all.map(words => {
  const walk = document.createTreeWalker(document.querySelector(".card"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const from = walk.currentNode.data.indexOf(words);
    if (from < 0) continue;
    const range = document.createRange();
    range.setStart(walk.currentNode, from);
    range.setEnd(walk.currentNode, from + words.length);
    return [...range.getClientRects()].filter(it => it.width).map(it => [it.left, it.right]);
  }
  return [];
})"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium():
    """Open Chromium, once for all: it takes longer than what is looked at."""
    program = os.environ.get("PAPERROUND_CHROMIUM") or shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium SKIPPED: not here; install the package chromium")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def browser(chromium):
    """Give a browser in which no page is open."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


@pytest.fixture
def mails(mail_issue):
    """Mails that are hard to set: long words, addresses, code, quotes; from left to right and from right to left."""

    def issue(language):
        issue = mail_issue("zh" if language == "zh" else "en") | {"language": language}
        issue["intro"] += f"\n\n> {issue['intro']}"
        issue["news"] = [f"`code` <{LONG}>", *issue["news"]]
        entry = issue["entries"][0]
        entry |= {"title": "Longword" * 30, "why": LONG, "insights": f"- One\n- Two\n\n{CODE}"}
        return issue

    renderer = MailRenderer(to_html, to_text)
    found = {name: renderer.issue(issue(name), PLACE, OWN).html for name in ("en", "zh", "ar")}
    return found | {"confirm": renderer.confirmation(PLACE, "en", f"{PLACE.base_url}/c/T").html}


async def shown(browser, html, *, width=PHONE, scheme="light"):
    page = await browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    await page.set_content(html)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_from_its_ground(browser, mails, scheme):
    for name, html in mails.items():
        page = await shown(browser, html, scheme=scheme)
        contrasts = await page.evaluate(CONTRASTS)
        assert len(contrasts) > 5
        assert [(name, *it) for it in contrasts if it[0] < 4.5] == []


@pytest.mark.parametrize("width", [PHONE, PANE])
async def test_nothing_sticks_out_to_the_side(browser, mails, width):
    for name, html in mails.items():
        page = await shown(browser, html, width=width)
        assert await page.evaluate("document.documentElement.scrollWidth") == width, name


async def test_a_thumb_finds_each_line_of_the_index_and_the_button(browser, mails):
    page = await shown(browser, mails["en"])
    boxes = [await row.bounding_box() for row in await page.locator(".contents tr").all()]
    assert len(boxes) == 3
    assert min(box["height"] for box in boxes) >= 44
    page = await shown(browser, mails["confirm"])
    assert (await page.locator(".button td").bounding_box())["height"] >= 44


async def test_a_thumb_finds_the_links_of_head_and_foot(browser, mails):
    """WCAG 2.2 §2.5.8: a target is at least 24 pixels high."""
    for name in ("en", "zh", "ar"):
        page = await shown(browser, mails[name])
        for link in await page.locator(".end a, .foot a").all():
            assert (await link.bounding_box())["height"] >= 24, (name, await link.inner_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_small_headings_of_either_level_look_alike(browser, mails, language, scheme):
    page = await shown(browser, mails[language], scheme=scheme)
    looks = await page.eval_on_selector_all(
        ".prose h2.minor, .prose h3",
        """all => all.map(it => { const s = getComputedStyle(it);
           return [s.fontSize, s.fontWeight, s.fontFamily, s.color, s.lineHeight].join() })""",
    )
    assert await page.locator("h2.minor").count() == 2
    assert len(looks) > 2
    assert len(set(looks)) == 1


async def test_a_script_from_right_to_left_has_its_bars_and_bullets_on_the_right(browser, mails):
    page = await shown(browser, mails["ar"])
    for where in ("td.item", ".prose blockquote"):
        style = await page.locator(where).first.evaluate(
            "it => { const s = getComputedStyle(it); return [s.borderRightWidth, s.borderLeftWidth] }"
        )
        assert style == ["3px", "0px"], where
    name, end = page.locator("td.name"), page.locator("td.end")
    assert (await name.bounding_box())["x"] > (await end.bounding_box())["x"]
    bullets = page.locator(".prose ul").first
    assert await bullets.evaluate("it => getComputedStyle(it).paddingRight") == "22px"


async def test_words_of_another_script_stay_together(browser, mail_issue):
    issue = mail_issue("en") | {"language": "ar"}
    issue["events"] = [
        {"title": "مؤتمر CVPR 2026", "at": "2026-06-03T16:00+02:00",
         "when": "3 June 2026, 16:00 (UTC+2)", "url": "https://cvpr.example"}
    ]  # fmt: skip
    issue["references"] = [{"number": 1, "text": "“Title” by Author, 2020.", "url": None}]
    html = MailRenderer(to_html, to_text).issue(issue, PLACE, OWN).html
    page = await shown(browser, html, width=PANE)
    link, date, reference = await page.evaluate(PLACES, ["مؤتمر CVPR 2026", "3 June", "“Title”"])
    assert max(date)[1] <= min(link)[0], "the date stands after the whole link, on its left"
    quote, end = await page.evaluate(PLACES, ["“", "2020."])
    assert quote[0][0] == reference[0][0]
    assert quote[0][1] < end[0][0], "a sentence in Latin letters runs from left to right"


async def test_the_first_words_are_there_for_the_list_of_mails_and_not_shown_in_the_mail(
    browser, mails
):
    page = await shown(browser, mails["en"])
    preheader = page.locator("body > div").first
    assert "A month of big results" in await preheader.text_content()
    assert not await preheader.is_visible()
    assert (await page.locator("body").inner_text()).count("A month of big results") == 2


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_outlook_has_the_card_in_the_middle_too(browser, mails, language):
    """It reads what stands in conditional comments, and no widest width; its cells go by `text-align`."""
    html = mails[language].replace("<!--[if mso]>", "").replace("<![endif]-->", "")
    page = await shown(browser, html.replace("max-width: 600px", ""), width=1200)
    card = await page.eval_on_selector(
        ".card", "it => [it.getBoundingClientRect().left, it.getBoundingClientRect().right]"
    )
    assert card == [300, 900]
    outer = await page.eval_on_selector("td.outer", "it => it.style.textAlign")
    assert outer == "center"
