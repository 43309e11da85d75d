"""Renders an issue as a channel post, and the lists of a look-up: Components V2, or plain text. Sends nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot import markup
from bot.cards import (
    ACCENT,
    MAX_COMPONENTS,
    MAX_PLAIN,
    MAX_TEXT,
    author_line,
    entry_title,
    layout,
    link_button,
    link_rows,
    open_button,
)
from bot.keys import EntryKey
from bot.links import MAX_URL, WebPages
from bot.texts import Phrases, main_language, month_name, phrases

if TYPE_CHECKING:
    from publisher.ports import EntryView, IssueView, OccasionView

CHOOSE = "choose-paper"  # custom_id of the select of a post or of a look-up
MAX_OPTIONS = 25  # of a select
_TITLE, _INTRO, _NEWS_ITEM, _NEWS, _WHY, _PAPER_TITLE = 200, 420, 140, 600, 110, 130
_MAX_NEWS, _MAX_EDITIONS, _MAX_OCCASIONS, _OCCASION, _SPONSOR = 3, 2, 2, 100, 160
_FIXED = (
    9  # container, head, news, three separators, link row with up to two buttons less the first
)
_SECTION = 3  # components: section, text, button


def issue_post(
    issue: IssueView, language: str, base_url: str, *, role_id: int | None = None
) -> ui.LayoutView:
    """Render the post of an issue, at most 40 components and 4000 characters.

    Args:
        issue: The edition.
        language: Of the labels.
        base_url: Of the web pages, without a slash at the end.
        role_id: The role to notify; the sender must allow this mention.
    """
    say = phrases(language)
    head = _head(issue, language)
    news = _news(issue, say)
    ping = f"<@&{role_id}> {say.new_issue}" if role_id else ""
    parts: list[ui.Item[Any]] = [ui.TextDisplay(head)]
    if news:
        parts += [ui.Separator(), ui.TextDisplay(news)]
    room = MAX_TEXT - len(head) - len(news) - len(ping) - 100
    if issue["entries"]:
        parts += [ui.Separator(), *_papers(issue, say, room)]
    buttons = _issue_buttons(issue, say, WebPages(base_url))
    if buttons:
        parts += [ui.Separator(), *link_rows(buttons)]
    container = ui.Container(*parts, accent_colour=ACCENT)
    return layout(ui.TextDisplay(ping), container) if ping else layout(container)


def issue_plain(
    issue: IssueView, language: str, base_url: str, *, role_id: int | None = None
) -> str:
    """Render an issue as a message without components: title, papers, address."""
    address = WebPages(base_url).issue(issue["slug"], issue["language"])
    ping = f"<@&{role_id}> {phrases(language).new_issue}\n" if role_id else ""
    head = f"{ping}**{markup.title(issue['title'], _TITLE)}**"
    lines: list[str] = []
    room = MAX_PLAIN - len(head) - len(address) - 10
    for entry in issue["entries"]:
        line = f"{entry['number']}\\. {markup.title(entry_title(entry, language), _PAPER_TITLE)}"
        if len(line) + 1 > room:
            break
        room -= len(line) + 1
        lines.append(line)
    return "\n".join([head, *lines, "", address])


def post_address(issue: IssueView, base_url: str) -> str:
    """Give the address that stands in every post of an issue, by which a post is recognised."""
    return WebPages(base_url).issue(issue["slug"], issue["language"])


def choices(
    head: str,
    found: list[tuple[EntryKey, str, str]],
    language: str,
    *,
    link: tuple[str, str] | None = None,
    custom_id: str = CHOOSE,
) -> ui.LayoutView:
    """Render a list to choose from.

    Args:
        head: Discord Markdown above the list, escaped.
        found: Key, title and remark of each paper.
        language: Of the labels.
        link: Label and address of a button below.
        custom_id: Which says what becomes of the choice.
    """
    parts: list[ui.Item[Any]] = [ui.TextDisplay(head)]
    if found:
        placeholder = phrases(language).choose_paper
        parts.append(ui.ActionRow(paper_select(found, placeholder, custom_id)))
    if link and len(link[1]) <= MAX_URL:
        parts.append(ui.ActionRow(link_button(*link)))
    return layout(ui.Container(*parts, accent_colour=ACCENT))


def paper_select(
    found: list[tuple[EntryKey, str, str]], placeholder: str, custom_id: str = CHOOSE
) -> ui.Select[Any]:
    """Make the list of papers to choose from; an entry named twice stands in it once.

    Args:
        found: Key, title and remark of each paper.
        placeholder: What stands in the list before anything is chosen.
        custom_id: Which says what becomes of the choice.
    """
    options = {
        str(key): discord.SelectOption(
            label=markup.cut(title, 100),
            value=str(key),
            description=markup.cut(remark, 100) or None,
        )
        for key, title, remark in found
        if len(str(key)) <= 100  # noqa: PLR2004 - Discord's limit for a value
    }
    return ui.Select(
        custom_id=custom_id, placeholder=placeholder, options=list(options.values())[:MAX_OPTIONS]
    )


def _head(issue: IssueView, language: str) -> str:
    say = phrases(language)
    count = len(issue["entries"])
    papers = say.paper_count_one if count == 1 else say.paper_count.format(count=count)
    line = " · ".join(
        [markup.plain(issue["newsletter"]), month_name(issue["month"], language), papers]
    )
    intro = markup.first_words(issue["intro"], _INTRO)
    lines = [f"# {markup.title(issue['title'], _TITLE)}", f"-# {line}"]
    if intro:
        lines.append(intro)
    if issue["sponsor"]:
        lines.append(f"-# {say.sponsor}: {markup.first_words(issue['sponsor'], _SPONSOR)}")
    return "\n".join(lines)


def _news(issue: IssueView, say: Phrases) -> str:
    lines: list[str] = []
    for item in issue["news"][:_MAX_NEWS]:
        line = f"- {markup.first_sentence(item, _NEWS_ITEM)}"
        if sum(map(len, lines)) + len(line) > _NEWS:
            break
        lines.append(line)
    left = len(issue["news"]) - len(lines)
    more = [f"-# {say.more_news.format(count=left)}"] if left else []
    lines = [*map(_occasion, issue["events"][:_MAX_OCCASIONS]), *lines, *more]
    return "\n".join([f"### {say.news}", *lines]) if lines else ""


def _occasion(occasion: OccasionView) -> str:
    """Write an announced date; Discord shows the time in each member's own zone."""
    url = occasion["url"] or ""
    name = markup.cut(occasion["title"], _OCCASION)
    short = url.startswith(("http://", "https://")) and len(url) <= MAX_URL
    return f"- **{markup.link(name, url) if short else markup.plain(name)}** {_when(occasion)}".rstrip()


def _when(occasion: OccasionView) -> str:
    with suppress(ValueError):
        moment = datetime.fromisoformat(occasion["at"] or "")
        if moment.tzinfo is not None:
            return f"<t:{int(moment.timestamp())}:F>"
    return markup.plain(occasion["when"] or "")


def _papers(issue: IssueView, say: Phrases, room: int) -> list[ui.Item[Any]]:
    entries = issue["entries"]
    with_button = (MAX_COMPONENTS - _FIXED - 1) // _SECTION
    first, rest = entries, entries[:0]
    if len(entries) > with_button:
        with_button -= 1  # makes room for the select
        first, rest = entries[:with_button], entries[with_button:]
    each = max(60, room // max(1, len(first)))
    items = [_section(issue, entry, say, each) for entry in first]
    if rest:
        found = [
            (
                EntryKey(issue["slug"], issue["language"], e["number"]),
                f"{e['number']}. {entry_title(e, say.tag)}",
                author_line(e, issue["language"]),
            )
            for e in rest
        ]
        items.append(ui.ActionRow(paper_select(found, say.more_papers)))
    return items


def _section(issue: IssueView, entry: EntryView, say: Phrases, limit: int) -> ui.Item[Any]:
    title = markup.title(entry_title(entry, say.tag), min(_PAPER_TITLE, limit - 20))
    if not (entry["title"] or entry["papers"]):
        title = f"{title} ({markup.title(author_line(entry, say.tag), 60)})"
    line = f"**{entry['number']} · {title}**"
    room = min(_WHY, limit - len(line) - 5)
    if entry["why"].strip() and room > 20:  # noqa: PLR2004 - fewer characters say nothing
        line += f"\n{markup.first_sentence(entry['why'], room)}"
    key = EntryKey(issue["slug"], issue["language"], entry["number"])
    button = open_button(key, say.open_paper)
    return ui.Section(line, accessory=button) if button else ui.TextDisplay(line)


def _issue_buttons(issue: IssueView, say: Phrases, web: WebPages) -> list[ui.Button[Any]]:
    pages = [(say.read_on_web, web.issue(issue["slug"], issue["language"]))]
    others = [t for t in issue["languages"] if main_language(t) != main_language(issue["language"])]
    pages += [
        (phrases(t).edition_in, web.issue(issue["slug"], t)) for t in others[: _MAX_EDITIONS - 1]
    ]
    return [link_button(label, address) for label, address in pages if len(address) <= MAX_URL]
