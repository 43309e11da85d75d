"""Reads what the search page shows: an answer with all that is said of its hits, and what can narrow it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from publisher.views import entry_views, latest_issues
from storage import catalog
from storage.catalog import Confidence
from storage.enums import EntryKind
from storage.tables import Entry, Issue
from web import asking
from web.matched import matched
from web.texts import TEXTS, language_name, month_name
from web.topics import named_topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multidict import MultiMapping
    from sqlmodel import Session

    from publisher.ports import EntryView
    from storage.catalog import Hit
    from web.asking import Asking, Pair

PER_PAGE: Final = 10
MOST: Final = 60  # hits of one answer; whoever needs more narrows it down
MAX_ISSUES: Final = 60  # to choose among; older ones are named in words
_EXAMPLES: Final = 10  # entries among which examples are looked for
_EDITIONS: Final = 4  # of one issue, about


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with the entry it stands for, and why it is there."""

    hit: Hit
    entry: EntryView
    issue_title: str
    why: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that narrows, in words, and the question without it."""

    kind: str
    label: str
    rest: Asking


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader can choose to narrow an answer down: value and label of each."""

    topics: list[tuple[str, str]]
    issues: list[tuple[str, str]]
    languages: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """A page of an answer; `confidence` is None where nothing was asked."""

    asking: Asking
    confidence: Confidence | None
    found: list[Found]
    pages: int
    chips: list[Chip]
    options: Options
    examples: list[str]  # questions that have an answer; where there is none to show


def answer_page(
    session: Session,
    given: MultiMapping[str],
    language: str,
    search: catalog.Search = catalog.search,
) -> AnswerPage:
    """Answer the question of an address."""
    asked = asking.read(session, given)
    confidence, hits = answer(session, asked, language, search)
    pages = max(1, -(-len(hits) // PER_PAGE))
    asked = asked.on(min(asked.page, pages))
    shown = hits[(asked.page - 1) * PER_PAGE :][:PER_PAGE]
    options = _options(session, language)
    lost = confidence is None or confidence is Confidence.NONE
    return AnswerPage(
        asked,
        confidence,
        _found(session, shown, language),
        pages,
        [_chip(asked, pair, options, language) for pair in asked.narrowed],
        options,
        examples(session, language) if lost else [],
    )


def answer(
    session: Session, asked: Asking, language: str, search: catalog.Search = catalog.search
) -> tuple[Confidence | None, Sequence[Hit]]:
    """Answer a question; every page of the answer is cut from the same hits."""
    if not asked:
        return None, []
    given = search(session, asked.text, language=language, filters=asked.filters, limit=MOST)
    return given.confidence, given.hits


def examples(session: Session, language: str) -> list[str]:
    """Make questions that the newest issue answers: a nickname, an arXiv id, an author, a topic."""
    newest = latest_issues(session, language, limit=1)
    if not newest:
        return []
    first = select(Entry.id).where(Entry.issue_id == newest[0].id, Entry.kind == EntryKind.PAPER)
    placed = session.exec(first.order_by(col(Entry.position)).limit(_EXAMPLES)).all()
    read = entry_views(session, [entry_id for entry_id in placed if entry_id])
    entries = [read[entry_id][1] for entry_id in placed if entry_id]
    papers = [paper for entry in entries for paper in entry["papers"]]
    words = TEXTS[language]
    names = [name for paper in papers for name in paper["aliases"]]
    ids = [paper["arxiv"] for paper in papers if paper["arxiv"]]
    authors = [name.split()[-1] for it in entries for name in it["authors"] if name.strip()]
    topics = [catalog.topic_name(it["names"], language) for one in entries for it in one["topics"]]
    return [
        *names[:1],
        *ids[:1],
        *(f"{words['ask_author']}{name}" for name in authors[:1]),
        *(
            f'{words["ask_topic"]}"{name}"' if " " in name else words["ask_topic"] + name
            for name in topics[:1]
        ),
    ]


def _found(session: Session, hits: Sequence[Hit], language: str) -> list[Found]:
    read = entry_views(session, {hit.entry_id for hit in hits})
    found = []
    for hit in hits:
        issue, entry = read[hit.entry_id]
        found.append(Found(hit, entry, issue.title, matched(hit, language)))
    return found


def _options(session: Session, language: str) -> Options:
    published = col(Issue.published_at).is_not(None)
    languages = session.exec(select(Issue.language).where(published).distinct()).all()
    return Options(
        [(it.slug, it.name) for it in named_topics(session, language)],
        _issues(session, language),
        [(code, language_name(code)) for code in sorted(languages)],
    )


def _issues(session: Session, language: str) -> list[tuple[str, str]]:
    rows = session.exec(
        select(Issue.slug, Issue.title, col(Issue.month), Issue.language)
        .where(col(Issue.published_at).is_not(None))
        .order_by(col(Issue.month).desc(), col(Issue.slug).desc(), col(Issue.id))
        .limit(_EDITIONS * MAX_ISSUES)
    )
    titles: dict[str, str] = {}
    for slug, title, month, have in rows:
        same = have.split("-")[0].lower() == language
        if slug not in titles or same:
            titles[slug] = title or month_name(f"{month:%Y-%m}", language)
    return list(titles.items())[:MAX_ISSUES]


def _chip(asked: Asking, pair: Pair, options: Options, language: str) -> Chip:
    name, value = pair
    words = TEXTS[language]
    label = {
        "topic": dict(options.topics).get(value, value),
        "issue": dict(options.issues).get(value, value),
        "language": language_name(value),
        "kind": words["papers"] if value == "paper" else words["news"],
    }.get(name, value)
    return Chip(words[f"by_{name}_filter"], label, asked.without(pair))
