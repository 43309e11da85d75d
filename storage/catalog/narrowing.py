"""Completes a filter that is being typed: its value, so that the choice is a question.

`nets author:hof` becomes `nets author:"Jordan Hoffmann"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, func, or_, select

from storage.catalog import vocabulary
from storage.catalog.people import people
from storage.catalog.topics import topic_name
from storage.enums import EntryKind
from storage.names import fold
from storage.tables import Issue, Topic

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.catalog.question import Unfinished

FIRST_YEAR, LAST_YEAR = 1990, 2039  # as `question` reads them
EDITIONS = 4  # of one issue, about

Value = tuple[str, str]  # of a filter, and what it is called where that is something else


def completed(
    session: Session, asked: Unfinished, *, language: str, drafts: bool, limit: int
) -> list[Value]:
    """Give questions that end in a whole filter, each with what its value is called."""
    start = f"{asked.before}{asked.written}:"
    values = _values(session, asked, language=language, drafts=drafts, limit=limit)
    return [(start + _quoted(value), called) for value, called in values]


def _values(
    session: Session, asked: Unfinished, *, language: str, drafts: bool, limit: int
) -> list[Value]:
    typed = fold(asked.value).strip()
    match asked.name:
        case "author":
            return [(name, "") for name in people(session, typed, limit, drafts=drafts)]
        case "topic":
            return _topics(session, typed, language)[:limit]
        case "issue":
            return _issues(session, typed, language, drafts=drafts, limit=limit)
        case "language":
            return [
                (code, "") for code in _languages(session, drafts=drafts) if code.startswith(typed)
            ]
        case "kind":
            return [(kind.value, "") for kind in EntryKind if kind.startswith(typed)]
        case _:
            return [(year, "") for year in _years(session, typed)]


def _quoted(value: str) -> str:
    return f'"{value}"' if any(one.isspace() for one in value) else value


def _topics(session: Session, typed: str, language: str) -> list[Value]:
    """Find topics with a name that holds what was typed; those first of which one begins so."""
    found = []
    for topic in session.exec(select(Topic).order_by(col(Topic.position))):
        names = [fold(name) for name in (topic.slug, *topic.names.values())]
        if any(typed in name for name in names):
            begins = any(name.startswith(typed) for name in names)
            found.append(
                (not begins, topic.position, topic.slug, topic_name(topic.names, language))
            )
    return [(slug, called) for _, _, slug, called in sorted(found)]


def _issues(
    session: Session, typed: str, language: str, *, drafts: bool, limit: int
) -> list[Value]:
    """Find issues whose slug or title holds what was typed, the newest first."""
    query = select(Issue.slug, Issue.title, Issue.language).order_by(
        col(Issue.month).desc(), col(Issue.slug).desc(), col(Issue.id)
    )
    held = (func.lower(name).contains(typed, autoescape=True) for name in (Issue.slug, Issue.title))
    query = query.where(or_(*held)).limit(EDITIONS * limit)
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    titles: dict[str, str] = {}
    for slug, title, have in session.exec(query):
        if slug not in titles or have.lower().split("-")[0] == language.lower().split("-")[0]:
            titles[slug] = title
    return list(titles.items())[:limit]


def _languages(session: Session, *, drafts: bool) -> list[str]:
    query = select(Issue.language).distinct()
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    return sorted({language.lower() for language in session.exec(query)})


def _years(session: Session, typed: str) -> list[str]:
    """Give the years that the store speaks of, the latest first."""
    years = [str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    known = vocabulary.entries_of(session, [year for year in years if year.startswith(typed)])
    return sorted(known, reverse=True)
