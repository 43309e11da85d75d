"""Reads and renders the topics: all with how much was written about each, and the newest papers of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot import markup
from bot.archive import found_entries
from bot.cards import ACCENT, MAX_PLAIN, layout, link_button
from bot.finding_texts import finding_phrases
from bot.links import WebPages
from bot.lists import PER_PAGE, Listing, paper_line, place_of, turning
from bot.texts import phrases
from publisher.topics.pages import topic_entries
from storage import catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from storage.catalog import TopicCount

TOPIC_BUTTON = r"topic:(?P<page>\d{1,5}):(?P<topic>[^:\s]{1,40})"
ALL_TOPICS = "topics"  # custom_id of the button that leads back to all
CHOOSE_TOPIC = "choose-topic"  # custom_id of the list of topics
_SHOWN, _OPTIONS, _NAME = 30, 25, 60  # topics in text, topics to choose from, characters of a name


def topics_view(
    found: Sequence[TopicCount], newsletter: str, language: str, base_url: str
) -> ui.LayoutView:
    """Render all topics: their names and counts, and a list to choose one from."""
    say = finding_phrases(language)
    parts: list[ui.Item[Any]] = [ui.TextDisplay(_text(found, newsletter, language))]
    options = [
        discord.SelectOption(
            label=markup.cut(_name(it, language), _NAME),
            value=it.slug,
            description=_count(it.entries, language),
        )
        for it in found
        if it.entries
    ]
    if options:
        select_one: ui.Select[Any] = ui.Select(
            custom_id=CHOOSE_TOPIC, placeholder=say.choose_topic, options=options[:_OPTIONS]
        )
        parts.append(ui.ActionRow(select_one))
    parts.append(ui.ActionRow(link_button(say.topics_on_web, WebPages(base_url).topics())))
    return layout(ui.Container(*parts, accent_colour=ACCENT))


def topics_plain(found: Sequence[TopicCount], newsletter: str, language: str, base_url: str) -> str:
    """Render all topics as a message without components."""
    address = f"<{WebPages(base_url).topics()}>"
    text = _text(found, newsletter, language)
    kept: list[str] = []
    for line in text.splitlines():
        if sum(len(it) + 1 for it in [*kept, line, address]) <= MAX_PLAIN:
            kept.append(line)
    return "\n".join([*kept, address])


def topic_page(
    session: Session, slug: str, page: int, language: str, base_url: str
) -> Listing | None:
    """Read a page of a topic's papers, the newest first; the last one where there are not so many.

    Args:
        session: A session for reading.
        slug: Of the topic.
        page: From 1.
        language: Of the labels; entries in it are preferred.
        base_url: Of the web pages.

    Returns:
        The page; None where there is no such topic.
    """
    read = topic_entries(session, slug, language, page, per_page=PER_PAGE)
    if read is None:
        return None
    say, page, pages, count = finding_phrases(language), read.page, read.pages, read.count
    views = found_entries(session, read.entries)
    found = [views[it] for it in read.entries]
    name = markup.title(catalog.topic_name(read.topic.names, language) or slug, _NAME)
    head = say.topic_head if count else say.topic_bare
    ids = [f"topic:{page + step}:{slug}" for step in (-1, 1)]
    return Listing(
        head=head.format(topic=name, count=_count(count, language)),
        lines=[paper_line(it, language, markup.plain(place_of(it, language))) for it in found],
        language=language,
        before=(page - 1) * PER_PAGE,
        foot=say.pages.format(page=page, pages=pages) if pages > 1 else "",
        buttons=[*turning(page, pages, (ids[0], ids[1]), language), _back(language)],
        links=[(say.topic_on_web, WebPages(base_url).topic(slug))],
    )


def _text(found: Sequence[TopicCount], newsletter: str, language: str) -> str:
    say = finding_phrases(language)
    head = say.topics_head.format(newsletter=markup.title(newsletter, 100))
    filled = [it for it in found if it.entries]
    lines = [
        say.topic_line.format(
            topic=markup.title(_name(it, language), _NAME), count=_count(it.entries, language)
        )
        for it in filled[:_SHOWN]
    ]
    if left := len(filled) - len(lines):
        lines.append(f"-# {say.topics_more.format(count=left)}")
    if not found:
        lines.append(say.topics_none)
    bare = [markup.title(_name(it, language), _NAME) for it in found if not it.entries]
    if bare:
        listed = phrases(language).list_comma.join(bare[: _SHOWN // 2])
        lines.append(f"-# {say.topics_empty.format(topics=listed)}")
    return "\n".join([head, *lines])


def _name(topic: TopicCount, language: str) -> str:
    return catalog.topic_name(topic.names, language) or topic.slug


def _count(entries: int, language: str) -> str:
    say = phrases(language)
    return say.paper_count_one if entries == 1 else say.paper_count.format(count=entries)


def _back(language: str) -> ui.Button[Any]:
    label = finding_phrases(language).all_topics
    return ui.Button(style=discord.ButtonStyle.secondary, label=label, custom_id=ALL_TOPICS)
