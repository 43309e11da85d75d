"""Reads and renders the topics: all with how much was written about each, and the newest papers of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import ui
from sqlmodel import col, func, select

from bot import markup
from bot.archive import found_entries
from bot.cards import ACCENT, MAX_PLAIN, layout, link_button
from bot.finding_texts import finding_phrases
from bot.links import WebPages
from bot.lists import PER_PAGE, Listing, paper_line, place_of, turning
from bot.texts import phrases
from publisher.views import best_edition
from storage import catalog
from storage.enums import EntryKind
from storage.tables import Entry, EntryTopic, Issue, Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session
    from sqlmodel.sql.expression import Select

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
    topic = session.get(Topic, slug)
    if topic is None:
        return None
    say = finding_phrases(language)
    places = _places(slug)
    count = session.exec(select(func.count()).select_from(places.subquery())).one()
    pages = max(1, -(-count // PER_PAGE))
    page = min(page, pages)
    before = (page - 1) * PER_PAGE
    listed = _entries(session, slug, language, before)
    read = found_entries(session, listed)
    found = [read[it] for it in listed]
    name = markup.title(catalog.topic_name(topic.names, language) or slug, _NAME)
    head = say.topic_head if count else say.topic_bare
    ids = [f"topic:{page + step}:{slug}" for step in (-1, 1)]
    return Listing(
        head=head.format(topic=name, count=_count(count, language)),
        lines=[paper_line(it, language, markup.plain(place_of(it, language))) for it in found],
        language=language,
        before=before,
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


def _places(slug: str) -> Select[str, int]:
    """Choose where entries about a topic stand; an entry and its translations stand in one place."""
    return (
        select(Issue.slug, Entry.position)
        .join(Entry, col(Entry.issue_id) == Issue.id)
        .join(EntryTopic, col(EntryTopic.entry_id) == Entry.id)
        .where(
            EntryTopic.topic == slug,
            Entry.kind == EntryKind.PAPER,
            col(Issue.published_at).is_not(None),
        )
        .group_by(col(Issue.slug), col(Entry.position))
    )


def _entries(session: Session, slug: str, language: str, before: int) -> list[int]:
    """Give the entries of a page, each in the edition that suits the reader."""
    newest = _places(slug).order_by(
        func.max(Issue.month).desc(), col(Issue.slug).desc(), col(Entry.position)
    )
    places = session.exec(newest.offset(before).limit(PER_PAGE)).all()
    rows = session.exec(
        select(Issue, Entry.position, Entry.id)
        .join(Entry, col(Entry.issue_id) == Issue.id)
        .where(
            col(Issue.slug).in_({place for place, _ in places}),
            Entry.kind == EntryKind.PAPER,
            col(Issue.published_at).is_not(None),
        )
    )
    editions: dict[tuple[str, int], list[tuple[Issue, int]]] = {}
    for issue, position, entry_id in rows:
        editions.setdefault((issue.slug, position), []).append((issue, entry_id or 0))
    chosen = []
    for place in places:
        among = editions[place]
        best = best_edition([issue for issue, _ in among], language)
        chosen += [entry_id for issue, entry_id in among if issue is best]
    return chosen
