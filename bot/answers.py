"""Answers a question with a page of a list: reads the store, and says how sure the answer is."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot import markup
from bot.archive import found_by
from bot.finding_texts import FindingPhrases, finding_phrases
from bot.links import WebPages
from bot.lists import PER_PAGE, Listing, line_of, turning
from bot.texts import phrases
from storage import catalog
from storage.catalog import Confidence
from storage.catalog.matched import FILTER
from storage.enums import EntryKind
from storage.tables import Topic

if TYPE_CHECKING:
    from sqlmodel import Session

    from bot.asking import Asking
    from storage.catalog import Answer

MOST = 60  # hits of one answer; whoever needs more narrows it down
_QUERY, _FILTER = 100, 60  # characters that are shown


def answer(  # noqa: PLR0913, PLR0917 - a question, and how to show its answer
    session: Session,
    asked: Asking,
    page: int,
    language: str,
    base_url: str,
    search: catalog.Search = catalog.search,
) -> Listing:
    """Answer a question with a page of what was found, the last one where there are not so many.

    Args:
        session: A session for reading.
        asked: The question.
        page: From 1.
        language: Of the labels; entries in it are preferred.
        base_url: Of the web pages.
        search: What is asked.
    """
    given = search(session, asked.words, language=language, filters=asked.filters, limit=MOST)
    say, web = finding_phrases(language), WebPages(base_url)
    pages = max(1, -(-len(given.hits) // PER_PAGE))
    page = min(page, pages)
    before = (page - 1) * PER_PAGE
    shown = given.hits[before : before + PER_PAGE]
    return Listing(
        head=_head(session, asked, given, language),
        lines=[line_of(found, language, web) for found in found_by(session, shown)],
        language=language,
        before=before,
        foot=say.pages.format(page=page, pages=pages) if pages > 1 else "",
        buttons=turning(page, pages, (asked.button(page - 1), asked.button(page + 1)), language),
        links=[(phrases(language).search_web, web.search(asked.words, asked.narrowed))],
    )


def _head(session: Session, asked: Asking, given: Answer, language: str) -> str:
    say = finding_phrases(language)
    head = _sureness(given, say).format(query=markup.title(asked.words, _QUERY))
    filters = phrases(language).list_comma.join(_filters(session, asked, language))
    return f"{head}\n-# {say.narrowed.format(filters=filters)}" if filters else head


def _sureness(given: Answer, say: FindingPhrases) -> str:
    match given.confidence:
        case Confidence.SURE:
            return say.found_sure
        case Confidence.CHOICES:
            listed = all(hit.matched == FILTER for hit in given.hits)
            return say.found_listed if listed else say.found_several
        case Confidence.NONE:
            return say.found_none if given.hits else say.nothing_at_all
        case _:
            assert_never(given.confidence)


def _filters(session: Session, asked: Asking, language: str) -> list[str]:
    say = finding_phrases(language)
    shown = []
    for name, value in asked.narrowed:
        label = markup.title(_label(session, name, value, language), _FILTER)
        shown.append(str(getattr(say, f"narrowed_{name}")).format(value=label))
    return shown


def _label(session: Session, name: str, value: str, language: str) -> str:
    say = finding_phrases(language)
    match name:
        case "topic":
            topic = session.get(Topic, value)
            return (topic and catalog.topic_name(topic.names, language)) or value
        case "language":
            return phrases(value).language
        case "kind":
            return say.kind_news if value == EntryKind.NEWS else say.kind_paper
        case _:
            return value
