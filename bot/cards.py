"""Renders a paper as a card: Components V2, or plain text where those are refused. Reads and sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot import markup
from bot.finding_texts import finding_phrases
from bot.keys import EntryKey
from bot.links import MAX_URL, WebPages, paper_links
from bot.texts import Phrases, month_name, phrases
from publisher.exports import Format
from storage.catalog import topic_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.ports import EntryView
    from storage.tables import Issue

ACCENT = 0xA63D2F  # the red of our web pages
MAX_COMPONENTS = 40  # Discord's limit for a message of Components V2, nested ones counted
MAX_TEXT = 4000  # characters, over all texts of such a message
MAX_PLAIN = 2000  # characters of a message's content
BUTTONS_A_ROW = 3  # what a phone shows side by side
MAX_ROWS = 4

_TITLE, _AUTHORS, _ALIASES, _WHY, _INSIGHTS, _RELATED = 300, 320, 160, 1000, 1500, 500
_MAX_AUTHORS, _MAX_ALIASES, _MAX_RELATED, _MAX_PAPERS, _MAX_TOPICS = 8, 4, 4, 2, 4


@dataclass(frozen=True, slots=True)
class IssueHead:
    """What a card says of the issue it comes from."""

    slug: str
    language: str
    month: str  # "2022-04"
    newsletter: str

    @classmethod
    def of(cls, issue: Issue, newsletter: str) -> IssueHead:
        """Take the head out of an issue's row."""
        return cls(issue.slug, issue.language, f"{issue.month:%Y-%m}", newsletter)

    def name(self, language: str) -> str:
        """Name the issue by its newsletter and month."""
        return f"{self.newsletter}, {month_name(self.month, language)}"


def layout(*items: ui.Item[Any]) -> ui.LayoutView:
    """Make a layout whose buttons are answered by `bot.buttons`, so that nothing waits for them in memory."""
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()
    return view


def entry_title(entry: EntryView, language: str) -> str:
    """Give an entry's title, else those of its papers, else say that it is unknown. Not escaped."""
    if entry["title"]:
        return entry["title"]
    papers = " / ".join(paper["title"] for paper in entry["papers"])
    return papers or phrases(language).title_unknown


def author_line(entry: EntryView, language: str) -> str:
    """List the authors, the first eight by name. Not escaped."""
    say = phrases(language)
    authors = entry["authors"]
    if not authors:
        return say.authors_unknown
    names = say.list_comma.join(authors[:_MAX_AUTHORS])
    shortened = entry["et_al"] or len(authors) > _MAX_AUTHORS
    return say.et_al.format(authors=names) if shortened else names


def paper_card(entry: EntryView, issue: IssueHead, language: str, base_url: str) -> ui.LayoutView:
    """Render the card of a paper; labels in the reader's language, texts in the issue's."""
    say = phrases(language)
    parts: list[ui.Item[Any]] = [ui.TextDisplay(_head(entry, issue, language))]
    body = _body(entry, say)
    if body:
        parts += [ui.Separator(), *(ui.TextDisplay(text) for text in body)]
    parts += link_rows(_links(entry, issue, say, WebPages(base_url)))
    if asking := _questions(entry, issue, language):
        parts.append(ui.ActionRow(*asking))
    return layout(ui.Container(*parts, accent_colour=ACCENT))


def paper_plain(entry: EntryView, issue: IssueHead, language: str, base_url: str) -> str:
    """Render a paper as a message without components."""
    say = phrases(language)
    web = WebPages(base_url).entry(issue.slug, issue.language, entry["number"])
    links = [
        f"<{address}>" for paper in entry["papers"][:1] for _, address in paper_links(paper)[:1]
    ]
    foot = "\n".join([*links, f"<{web}>"])
    why = f"\n\n**{say.why}**\n{markup.prose(entry['why'], 700)}" if entry["why"].strip() else ""
    return f"{_head(entry, issue, language, heading='**{}**')}{why}\n\n{foot}"[:MAX_PLAIN]


def link_rows(buttons: Sequence[ui.Button[Any]]) -> list[ui.ActionRow[Any]]:
    """Lay buttons out in rows that fit a phone."""
    rows = [buttons[i : i + BUTTONS_A_ROW] for i in range(0, len(buttons), BUTTONS_A_ROW)]
    return [ui.ActionRow(*row) for row in rows[:MAX_ROWS]]


def link_button(label: str, url: str) -> ui.Button[Any]:
    """Make a button that opens a web page."""
    return ui.Button(style=discord.ButtonStyle.link, label=markup.cut(label, 80), url=url)


def open_button(key: EntryKey, label: str) -> ui.Button[Any] | None:
    """Make a button that opens a paper's card, where its key fits into one."""
    if key.button is None:
        return None
    return ui.Button(style=discord.ButtonStyle.secondary, label=label, custom_id=key.button)


def _questions(entry: EntryView, issue: IssueHead, language: str) -> list[ui.Button[Any]]:
    """Make the buttons that ask for more about a paper, where its key fits into one."""
    key = EntryKey(issue.slug, issue.language, entry["number"])
    say = finding_phrases(language)
    wanted = [
        (say.more_like_this, key.button_to("related")),
        (say.cite, key.button_to(f"cite:{Format.BIBTEX}") if entry["papers"] else None),
    ]
    return [ui.Button(label=label, custom_id=custom_id) for label, custom_id in wanted if custom_id]


def _head(entry: EntryView, issue: IssueHead, language: str, heading: str = "## {}") -> str:
    say = phrases(language)
    title = markup.title(entry_title(entry, language), _TITLE)
    known = bool(entry["title"] or entry["papers"])
    place = say.paper_of.format(number=entry["number"], issue=markup.plain(issue.name(language)))
    lines = [
        f"-# {place}",
        heading.format(title if known else f"*{title}*"),
        markup.title(author_line(entry, language), _AUTHORS),
    ]
    if aliases := _aliases(entry):
        names = say.list_comma.join(f"**{markup.title(name, 60)}**" for name in aliases)
        lines.append("-# " + say.also_known.format(names=names))
    if entry["topics"]:
        called = [topic_name(it["names"], language) or it["slug"] for it in entry["topics"]]
        names = say.list_comma.join(markup.title(name, 60) for name in called[:_MAX_TOPICS])
        lines.append("-# " + say.topics.format(names=names))
    return "\n".join(lines)


def _aliases(entry: EntryView) -> list[str]:
    title = entry_title(entry, "en").casefold()
    names = [n for paper in entry["papers"] for n in paper["aliases"] if n.casefold() not in title]
    kept: list[str] = []
    for name in dict.fromkeys(names):
        if len(kept) < _MAX_ALIASES and sum(map(len, kept)) + len(name) <= _ALIASES:
            kept.append(name)
    return kept


def _body(entry: EntryView, say: Phrases) -> list[str]:
    parts = []
    if entry["why"].strip():
        parts.append(f"**{say.why}**\n{markup.prose(entry['why'], _WHY)}")
    if entry["insights"].strip():
        parts.append(f"**{say.insights}**\n{markup.prose(entry['insights'], _INSIGHTS)}")
    related = [_work(w["title"], w["url"], w["arxiv"]) for w in entry["related"][:_MAX_RELATED]]
    related += [_work(w["label"], w["url"], None) for w in _other_links(entry)[:_MAX_RELATED]]
    text = _as_list(related, _RELATED)
    if text:
        parts.append(f"**{say.related}**\n{text}")
    return parts


def _other_links(entry: EntryView) -> list[Any]:
    return [w for w in entry["links"] if w["url"] and "arxiv.org" not in w["url"]]


def _work(title: str, url: str | None, arxiv: str | None) -> str:
    address = url or (f"https://arxiv.org/abs/{arxiv}" if arxiv else None)
    label = markup.cut(title, 120)
    if address and address.startswith(("http://", "https://")) and len(address) <= MAX_URL:
        return markup.link(label, address)
    return markup.plain(label)


def _as_list(items: list[str], limit: int) -> str:
    kept: list[str] = []
    for item in items:
        if sum(len(k) + 3 for k in kept) + len(item) + 3 <= limit:
            kept.append(f"- {item}")
    return "\n".join(kept)


def _links(entry: EntryView, issue: IssueHead, say: Phrases, web: WebPages) -> list[ui.Button[Any]]:
    several = len(entry["papers"]) > 1
    buttons = []
    for paper in entry["papers"][:_MAX_PAPERS]:
        short = markup.cut(min([paper["title"], *paper["aliases"]], key=len), 24)
        for label, address in paper_links(paper):
            buttons.append(link_button(f"{label} · {short}" if several else label, address))
    page = web.entry(issue.slug, issue.language, entry["number"])
    whole = web.issue(issue.slug, issue.language)
    for label, address in ((say.web_page, page), (say.whole_issue, whole)):
        if len(address) <= MAX_URL:
            buttons.append(link_button(label, address))
    return buttons
