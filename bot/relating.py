"""Reads what is related to a paper, with the reasons in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import markup
from bot.archive import found_by
from bot.cards import entry_title
from bot.finding_texts import finding_phrases
from bot.links import WebPages
from bot.lists import Line, Listing, paper_line, place_of
from publisher.related import say as say_reason
from storage import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from bot.archive import Found
    from storage.catalog import Related

RELATED_CHOICE = "related-to"  # custom_id of the list to choose from
LIMIT = 5
_TITLE, _REASON, _REASONS = 150, 200, 400  # characters


def related_page(session: Session, found: Found, language: str, base_url: str) -> Listing:
    """Read the papers related to the one that was found; a list without lines where none is.

    Args:
        session: A session for reading.
        found: An entry; where it covers several papers and one of them is meant, that one counts.
        language: Of the labels and reasons; entries in it are preferred.
        base_url: Of the web pages.
    """
    near = catalog.related(
        session,
        entry_id=None if found.paper_id else found.entry_id,
        paper_id=found.paper_id,
        language=language,
        limit=LIMIT,
    )
    names = {topic.slug: topic.names for topic in catalog.topics(session)} if near else {}
    read = found_by(session, [one.hit for one in near])
    say, web = finding_phrases(language), WebPages(base_url)
    title = markup.title(found.title or entry_title(found.entry, language), _TITLE)
    page = (
        web.paper(found.paper_id)
        if found.paper_id
        else web.entry(found.issue.slug, found.issue.language, found.entry["number"])
    )
    return Listing(
        head=(say.related_head if near else say.related_none).format(title=title),
        lines=[_line(one, found, names, language) for one, found in zip(near, read, strict=True)],
        language=language,
        links=[(say.paper_on_web, page)],
    )


def _line(
    one: Related, found: Found, names: Mapping[str, Mapping[str, str]], language: str
) -> Line:
    reasons: list[str] = []
    for reason in one.reasons:
        said = markup.title(say_reason(reason, language, names), _REASON)
        if sum(map(len, [*reasons, said])) <= _REASONS:
            reasons.append(said)
    place = markup.plain(place_of(found, language))
    return paper_line(found, language, " · ".join([place, *reasons]))
