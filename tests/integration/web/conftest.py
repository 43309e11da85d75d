"""A site on a store with two published editions and a draft, and a client that asks it over real HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlmodel import select

from mailer.tokens import Tokens
from storage import catalog
from storage.enums import AliasOrigin, EntryKind, SubscriberStatus, TopicOrigin
from storage.names import name_key
from storage.tables import (
    Entry,
    EntryPaper,
    EntryTopic,
    Issue,
    Newsletter,
    Paper,
    PaperAlias,
    Reference,
    Subscriber,
    Topic,
)
from web.app import create_app
from web.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.database import Database

EVIL = "<script>alert(1)</script>"
TOPIC = "Scaling <b>&amp;</b>"
TITLE = "Training Compute-Optimal Large Language Models"
PUBLISHED = datetime(2022, 5, 1, tzinfo=UTC)


@dataclass
class Watch:
    """A clock that is set by hand."""

    time: datetime = field(default_factory=lambda: datetime(2026, 1, 1, 12, tzinfo=UTC))

    def now(self) -> datetime:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Visitor:
    """A reader's browser, with what a test wants to know of the store behind the site."""

    def __init__(self, client: TestClient, site: Site, watch: Watch) -> None:
        self.client, self.site, self.watch = client, site, watch
        self.tokens, self.database = site.tokens, site.database
        self.get, self.head, self.post = client.get, client.head, client.post

    async def text(self, path: str, **headers: str) -> str:
        return await (await self.get(path, headers=headers)).text()

    async def fill_in(self, address: str = "ann@example.org", *, seconds: float = 5, **more):
        """Open the form, take some seconds, send it."""
        headers = more.pop("headers", {})
        token = self.tokens.sign("form", int(self.watch.now().timestamp()))
        self.watch.wait(seconds)
        fields = {"address": address, "token": token, "website": "", **more}
        return await self.post("/subscribe?lang=en", data=fields, headers=headers)

    def reader(self, status: SubscriberStatus = SubscriberStatus.ACTIVE) -> int:
        with self.database.write() as session:
            one = Subscriber(
                address="ann@example.org", address_key="ann@example.org", status=status
            )
            session.add(one)
            session.flush()
            return one.id

    def readers(self) -> list[Subscriber]:
        with self.database.read() as session:
            return list(session.exec(select(Subscriber)))

    def status(self) -> SubscriberStatus:
        return self.readers()[0].status


def _issue(session, newsletter: int, slug: str, language: str, title: str, **more) -> Issue:
    issue = Issue(newsletter_id=newsletter, slug=slug, language=language, title=title,
                  month=date.fromisoformat(f"{slug}-01"), month_source="given", **more)  # fmt: skip
    session.add(issue)
    session.flush()
    return issue


def _entries(session, issue: Issue, paper: int, why: str) -> None:
    for number, title in ((1, TITLE), (2, None)):
        entry = Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=number, number=number,
                      title=title, authors=["Jordan Hoffmann"], et_al=True, why=why,
                      related=[{"title": EVIL, "url": "javascript:alert(1)", "arxiv": None}],
                      links=[{"label": "Lost link", "url": None}])  # fmt: skip
        session.add(entry)
        session.flush()
        if title:
            session.add(EntryPaper(entry_id=entry.id, paper_id=paper))
            session.add(EntryTopic(entry_id=entry.id, topic="scaling", origin=TopicOrigin.EDITOR))
    session.add(Entry(issue_id=issue.id, kind=EntryKind.NEWS, position=1, insights=f"News {EVIL}"))
    session.add(Reference(issue_id=issue.id, position=1, number=10, text=f"Ten {EVIL}"))
    catalog.index_issue(session, issue.id)


def fill(database: Database) -> None:
    """Write two editions of April, one of March, and a draft."""
    with database.write() as session:
        newsletter = Newsletter(slug="n", name="The Round", languages=["en", "zh"])
        paper = Paper(title=TITLE, arxiv="2203.15556", title_key=name_key(TITLE))
        session.add_all([newsletter, paper])
        for place, (slug, zh) in enumerate((("scaling", "规模扩展"), ("vision", "视觉")), 1):
            name = TOPIC if slug == "scaling" else "Vision"
            session.add(Topic(slug=slug, names={"en": name, "zh": zh}, terms=[], position=place))
        session.flush()
        session.add(PaperAlias(paper_id=paper.id, name="Chinchilla", key="chinchilla",
                               origin=AliasOrigin.EDITOR))  # fmt: skip
        one = newsletter.id
        april = _issue(session, one, "2022-04", "en", f"April {EVIL}", intro=f"Hello. {EVIL}",
                       published_at=PUBLISHED,
                       occasions=[{"title": f"Talk {EVIL}", "at": "noon", "url": "javascript:x"},
                                  {"title": "Circle", "at": "2026-06-03T16:00+02:00", "url": None}])  # fmt: skip
        _entries(session, april, paper.id, f"Smaller nets. {EVIL} [x](javascript:alert(1))")
        zh = _issue(session, one, "2022-04", "zh", "四月", published_at=PUBLISHED,
                    occasions=[{"title": "读书会", "at": "2026-06-03T16:00+02:00", "url": None}],
                    translation_of_id=april.id)  # fmt: skip
        _entries(session, zh, paper.id, "更小的网络。")
        _issue(session, one, "2022-03", "en", "March", intro="Earlier.", published_at=PUBLISHED)
        draft = _issue(session, one, "2022-06", "en", "Secret June")
        _entries(session, draft, paper.id, "Unpublished thoughts.")
        _issue(session, one, "2022-03", "zh", "三月草稿")


def fill_many(database: Database, count: int) -> None:
    """Write an issue of January with so many papers, all about scaling."""
    with database.write() as session:
        newsletter = session.exec(select(Newsletter.id)).one()
        january = _issue(session, newsletter, "2022-01", "en", "January", published_at=PUBLISHED)
        for number in range(1, count + 1):
            entry = Entry(issue_id=january.id, kind=EntryKind.PAPER, position=number,
                          title=f"Gadget number {number}", authors=["Wu & Söhne"])  # fmt: skip
            session.add(entry)
            session.flush()
            session.add(EntryTopic(entry_id=entry.id, topic="scaling", origin=TopicOrigin.GUESSED))
        catalog.index_issue(session, january.id)


@pytest.fixture
def database_url(tmp_path) -> str:
    """Give an SQLite file: the pages do not know the database; `test_web_stores` visits both."""
    return f"sqlite:///{tmp_path}/paperround.sqlite3"


async def visit(database: Database) -> AsyncIterator[Visitor]:
    """Serve a filled store and visit it."""
    watch = Watch()
    site = Site(database, Tokens([b"k" * 32]), "https://news.example.org", clock=watch)
    server = TestServer(create_app(site))
    await server.start_server(access_log=None)  # as `web.app.serve` does
    async with TestClient(server) as client:
        yield Visitor(client, site, watch)


@pytest.fixture
async def visitor(database: Database) -> AsyncIterator[Visitor]:
    fill(database)
    async for one in visit(database):
        yield one
