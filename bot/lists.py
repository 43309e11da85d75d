"""Renders a list of papers, a page at a time: Components V2, or plain text. Reads and sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot import markup
from bot.cards import ACCENT, MAX_PLAIN, author_line, entry_title, layout, link_button, link_rows
from bot.finding_texts import finding_phrases
from bot.links import MAX_URL
from bot.matched import matched
from bot.posts import paper_select
from bot.texts import month_name

if TYPE_CHECKING:
    from bot.archive import Found
    from bot.keys import EntryKey
    from bot.links import WebPages

PER_PAGE = 10
OPEN = "open-paper"  # custom_id of the select: the card is an answer of its own, the list stays
_TITLE, _REMARK = 130, 190  # characters; ten of each and a head fit a message


@dataclass(frozen=True, slots=True)
class Line:
    """One paper of a list."""

    text: str  # Discord Markdown: its title
    remark: str  # Discord Markdown: where it stands, and why it is here
    title: str = ""  # not escaped
    key: EntryKey | None = None  # None where there is no card
    hint: str = ""  # beside the title where it is chosen; not escaped


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list.

    Attributes:
        head: Discord Markdown above the list, escaped.
        lines: At most ten.
        language: Of the labels.
        before: How many stand on earlier pages.
        foot: Discord Markdown below the list.
        buttons: Such as those that turn the page.
        links: Labels and addresses of further buttons.
    """

    head: str
    lines: list[Line]
    language: str
    before: int = 0
    foot: str = ""
    buttons: list[ui.Button[Any]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)


def line_of(found: Found, language: str, web: WebPages) -> Line:
    """Make the line of what was found; news, which has no card, points to its issue on the web."""
    say = finding_phrases(language)
    place = place_of(found, language)
    why = matched(found.matched, found.title, say)
    said = [say.found_by.format(reason=why)] if why else []
    if found.is_news:
        text = markup.first_sentence(found.entry["insights"], _TITLE)
        linked = markup.link(place, web.issue(found.issue.slug, found.issue.language))
        return Line(text, _fitting([linked, *said], [place, *said]))
    return paper_line(found, language, _fitting([markup.plain(place), *said]))


def paper_line(found: Found, language: str, remark: str) -> Line:
    """Make the line of a paper with a remark of one's own, in Discord Markdown."""
    title = found.title or entry_title(found.entry, language)
    hint = f"{month_name(found.issue.month, language)} · {author_line(found.entry, language)}"
    return Line(f"**{markup.title(title, _TITLE)}**", remark, title, found.key, hint)


def place_of(found: Found, language: str) -> str:
    """Say in which issue something stands, and under which number. Not escaped."""
    month = month_name(found.issue.month, language)
    return finding_phrases(language).of_issue.format(issue=month, number=found.entry["number"])


def list_view(listing: Listing) -> ui.LayoutView:
    """Render a page: text, a list to open a card from, buttons."""
    parts: list[ui.Item[Any]] = [ui.TextDisplay(listing.head)]
    if listing.lines:
        parts += [ui.Separator(), ui.TextDisplay("\n".join(_texts(listing)))]
    if listing.foot:
        parts.append(ui.TextDisplay(f"-# {listing.foot}"))
    options = [(it.key, f"{n}. {it.title}", it.hint) for n, it in _numbered(listing) if it.key]
    if options:
        placeholder = finding_phrases(listing.language).open_card
        parts.append(ui.ActionRow(paper_select(options, placeholder, OPEN)))
    links = [link_button(*link) for link in listing.links if len(link[1]) <= MAX_URL]
    parts += link_rows([*listing.buttons, *links])
    return layout(ui.Container(*parts, accent_colour=ACCENT))


def list_plain(listing: Listing) -> str:
    """Render a page as a message without components."""
    links = [f"<{address}>" for _, address in listing.links if len(address) <= MAX_URL]
    room = MAX_PLAIN - len(listing.head) - sum(len(link) + 1 for link in links)
    texts: list[str] = []
    for text in _texts(listing):
        room -= len(text) + 1
        if room < 0:
            break
        texts.append(text)
    return "\n".join([listing.head, *texts, *links])


def turning(page: int, pages: int, ids: tuple[str | None, str | None], language: str) -> list[Any]:
    """Make the buttons that turn the page; none where there is one page, or where an id did not fit.

    Args:
        page: The one that is shown, from 1.
        pages: How many there are.
        ids: The custom_ids of the buttons for the page before and for the next.
        language: Of the labels.
    """
    before, after = ids
    if pages == 1 or before is None or after is None:
        return []
    say = finding_phrases(language)
    style = discord.ButtonStyle.secondary
    return [
        ui.Button(style=style, label=say.previous, custom_id=before, disabled=page == 1),
        ui.Button(style=style, label=say.next, custom_id=after, disabled=page == pages),
    ]


def _numbered(listing: Listing) -> list[tuple[int, Line]]:
    return list(enumerate(listing.lines, listing.before + 1))


def _texts(listing: Listing) -> list[str]:
    return [f"{number}\\. {line.text}\n-# {line.remark}" for number, line in _numbered(listing)]


def _fitting(*forms: list[str]) -> str:
    """Join the first form that is short enough, else the last."""
    joined = [" · ".join(form) for form in forms]
    return next((text for text in joined if len(text) <= _REMARK), joined[-1])
