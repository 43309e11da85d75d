"""A page asks the store as often for many hits as for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from multidict import MultiDict

from bot import answers as bot_answers
from bot import topics as bot_topics
from bot.asking import Asking
from storage.enums import EntryKind
from storage.tables import Topic
from tests.support.shelf import Shelf
from tests.support.statements import counted
from web import answers, topics

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

    from storage.database import Database

FEW, MANY = 2, 12  # issues of two languages
MOST = 45  # statements
MOST_FOR_NONE = 60  # where a search tries everything


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """Ask both databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/paperround.sqlite3"
    return request.getfixturevalue("postgres_url")


def fill(database: Database, years: range) -> None:
    """Put a paper, and an entry without a title, into issues of two languages, one for each year."""
    with database.write() as session:
        shelf = Shelf(session)
        for year in years:
            for language in ("en", "zh"):
                issue = shelf.issue(f"{year}-03", language)
                shelf.put(None, issue=issue, authors=["Ada Nameless"], why="An untold gadget.")
            shelf.put(f"Gadget {year}", issue=issue, authors=["Wu Known"], topics=["scaling"],
                      aliases=[f"Gad{year}"])  # fmt: skip
        shelf.index()


def growth(database: Database, ask: Callable[[Session], int]) -> tuple[int, int, int, int]:
    """Ask a small store and a larger one: how many were found and how many statements it took, twice."""
    with database.write() as session:
        session.add(Topic(slug="scaling", names={"en": "Scaling"}, terms=[], position=1))
    grown = []
    for years in (range(2000, 2000 + FEW), range(2000 + FEW, 2000 + MANY)):
        fill(database, years)
        with counted(database) as said, database.read() as session:
            grown += [ask(session), len(said)]
    return grown[0], grown[1], grown[2], grown[3]


@pytest.mark.parametrize("query", ["gadget", "kind:paper", "author:nameless", "topic:scaling"])
def test_a_search_page_asks_no_more_for_ten_hits_than_for_few(database, query) -> None:
    def ask(session: Session) -> int:
        return len(answers.answer_page(session, MultiDict(q=query), "en").found)

    few, least, many, most = growth(database, ask)
    assert few < many == answers.PER_PAGE
    assert most - least < 2 * (many - few)  # a search takes some more steps among many
    assert most <= MOST


def test_a_page_without_an_answer_reads_its_examples_in_few_statements(database) -> None:
    def ask(session: Session) -> int:
        page = answers.answer_page(session, MultiDict(q="gadget zzzzqqqq wwwwqqqq"), "en")
        return len(page.examples)

    few, least, many, most = growth(database, ask)
    assert few
    assert many
    assert most - least < MANY - FEW
    assert most <= MOST_FOR_NONE


def test_the_bots_list_asks_no_more_for_many_hits_than_for_few(database) -> None:
    def ask(session: Session) -> int:
        asked = Asking(words="", author="nameless", kind=EntryKind.PAPER)
        return len(bot_answers.answer(session, asked, 1, "en", "https://n.example").lines)

    few, least, many, most = growth(database, ask)
    assert few < many
    assert most <= min(least + 2, MOST)


@pytest.mark.parametrize("page", [topics.topic_page, None])
def test_the_pages_of_a_topic_ask_no_more_for_many_papers(database, page) -> None:
    def ask(session: Session) -> int:
        if page:
            return len(page(session, "scaling", "en", 1).works)
        return len(bot_topics.topic_page(session, "scaling", 1, "en", "https://n.example").lines)

    few, least, many, most = growth(database, ask)
    assert few < many
    assert most <= min(least, MOST)
