"""Fixtures for the bot: an archive of three issues, the bot in a simulated Discord, a server with members."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import discord
import jsonschema
import pytest
from sqlmodel import select

from bot.client import create_bot
from storage import catalog, schema
from storage.database import Database
from storage.enums import AliasOrigin, EntryKind, TopicOrigin
from storage.names import name_key
from storage.tables import (
    Entry,
    EntryPaper,
    EntryTopic,
    Issue,
    Newsletter,
    Paper,
    PaperAlias,
    Topic,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import simcord
    from sqlmodel import Session

BASE_URL = "https://news.example.org"

APRIL = [
    ("2203.03466", "Tensor Programs V: Tuning Large Neural Networks via Zero-Shot Hyperparameter Transfer",
     ["Greg Yang", "Edward J. Hu"], ["µTransfer"]),
    ("2203.15556", "Training Compute-Optimal Large Language Models",
     ["Jordan Hoffmann", "Sebastian Borgeaud", "Arthur Mensch"], ["Chinchilla"]),
    ("2203.13131", "Make-A-Scene: Scene-Based Text-to-Image Generation with Human Priors",
     ["Oran Gafni"], ["Make-A-Scene"]),
]  # fmt: skip
MARCH = [
    (
        "2202.01771",
        "Pre-Trained Language Models for Interactive Decision-Making",
        ["Shuang Li"],
        [],
    ),
    ("2202.06991", "Transformer Memory as a Differentiable Search Index", ["Yi Tay"], ["DSI"]),
]

MAY = [
    (f"2204.0{n:04}", f"Grazing Sheep Seen from Hill Number {n}", [f"Ada Shepherd{n}"], [])
    for n in range(1, 26)
]


@dataclass
class Server:
    """A server of the simulated Discord with one channel and two members."""

    env: simcord.Env
    guild: Any
    channel: Any
    admin: Any
    reader: Any


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Database]:
    """Give a store with April 2022 in English and Chinese, March 2022, and a draft."""
    database = Database(f"sqlite:///{tmp_path}/bot.sqlite3")
    schema.upgrade(database)
    with database.write() as session:
        _fill(session)
    yield database
    database.close()


def _fill(session: Session) -> None:
    newsletter = Newsletter(slug="trends", name="Trends in Papers", languages=["en", "zh"])
    session.add(newsletter)
    session.flush()
    publish = Publisher(session, newsletter.id or 0)
    april = publish.issue("2022-04", "en", "Scaling, tuned", APRIL)
    publish.issue("2022-04", "zh", "规模与调参", APRIL, translation_of=april)
    publish.issue("2022-03", "en", "Search without an index", MARCH)
    publish.issue("2022-09", "en", "Not yet out", MARCH[:1], published=False)


@dataclass
class Publisher:
    """Writes issues of a newsletter into the store."""

    session: Session
    newsletter_id: int

    def issue(
        self,
        slug: str,
        language: str,
        title: str,
        papers: list[tuple[str, str, list[str], list[str]]],
        *,
        translation_of: int | None = None,
        published: bool = True,
        why: str = "",
    ) -> int:
        """Store an issue with its papers and index it; give its id."""
        month = date.fromisoformat(f"{slug}-01")
        row = Issue(
            newsletter_id=self.newsletter_id, slug=slug, language=language, title=title,
            intro="读一读。" if language == "zh" else "A month in *three* papers.", month=month,
            month_source="front matter", translation_of_id=translation_of,
            published_at=datetime(2022, month.month, 1, tzinfo=UTC) if published else None,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        assert row.id is not None
        news = Entry(issue_id=row.id, kind=EntryKind.NEWS, position=1, insights="A chip was shown.")
        self.session.add(news)
        for number, (arxiv, name, authors, aliases) in enumerate(papers, start=1):
            words = why or (
                "它改变了预算。" if language == "zh" else f"It changes budgets, says {slug}."
            )
            entry = Entry(
                issue_id=row.id, kind=EntryKind.PAPER, position=number, number=number,
                title=name, authors=authors, et_al=True, why=words,
                insights="- 数据与参数同样重要" if language == "zh" else "- data count\n- so does size",
            )  # fmt: skip
            self.session.add(entry)
            self.session.flush()
            self.session.add(
                EntryPaper(entry_id=entry.id, paper_id=self.paper(arxiv, name, authors, aliases))
            )
        self.session.flush()
        catalog.index_issue(self.session, row.id)
        return row.id

    def paper(self, arxiv: str, title: str, authors: list[str], aliases: list[str]) -> int:
        """Store a paper once; give its id."""
        known = self.session.exec(select(Paper).where(Paper.arxiv == arxiv)).one_or_none()
        if known is not None:
            return known.id or 0
        paper = Paper(title=title, title_key=name_key(title), arxiv=arxiv, authors=authors)
        self.session.add(paper)
        self.session.flush()
        assert paper.id is not None
        for name in aliases:
            self.session.add(
                PaperAlias(
                    paper_id=paper.id, name=name, key=name_key(name), origin=AliasOrigin.EDITOR
                )
            )
        return paper.id


@pytest.fixture
def publish() -> Any:
    """Give the function that makes a publisher of further issues of the newsletter."""
    return lambda session: Publisher(session, session.exec(select(Newsletter.id)).one())


@pytest.fixture
def many(archive: Database, publish: Any) -> Database:
    """Give the archive with an issue of twenty-five papers more."""
    with archive.write() as session:
        publish(session).issue("2022-05", "en", "All sheep", MAY, why="Sheep graze.")
    return archive


@pytest.fixture
def with_topics(archive: Database) -> Database:
    """Give the archive with two topics; all papers of April are about the first."""
    with archive.write() as session:
        session.add(Topic(slug="scaling", names={"en": "Scaling", "zh": "规模扩展"}, position=1))
        session.add(Topic(slug="vision", names={"en": "Vision", "zh": "视觉"}, position=2))
        session.flush()
        for issue in session.exec(select(Issue).where(Issue.slug == "2022-04")).all():
            for entry in session.exec(select(Entry).where(Entry.issue_id == issue.id)).all():
                if entry.kind is EntryKind.PAPER:
                    row = EntryTopic(entry_id=entry.id, topic="scaling", origin=TopicOrigin.EDITOR)
                    session.add(row)
            session.flush()
            catalog.index_issue(session, issue.id)
    return archive


@pytest.fixture
def simcord_bot(archive: Database) -> discord.Client:
    return create_bot(archive, base_url=BASE_URL, newsletter_name="Trends in Papers")


@pytest.fixture
def server(simcord_env: simcord.Env) -> Server:
    """Give a server with a channel, a member who manages it and one who reads."""
    guild = simcord_env.create_guild("Reading group")
    channel = guild.create_text_channel("papers")
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    admin = guild.add_member(simcord_env.create_user("ada"), roles=[managers])
    reader = guild.add_member(simcord_env.create_user("ravi"))
    return Server(simcord_env, guild, channel, admin, reader)


@pytest.fixture
def chinese(simcord_env: simcord.Env, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set every member's Discord to Chinese; the simulator itself knows English only."""
    emit = simcord_env.backend.emit

    def in_chinese(event: str, payload: Any, *args: Any, **kwargs: Any) -> None:
        if event == "INTERACTION_CREATE":
            payload = {**payload, "locale": "zh-CN"}
        emit(event, payload, *args, **kwargs)

    monkeypatch.setattr(simcord_env.backend, "emit", in_chinese)


def texts(components: list[dict[str, Any]]) -> str:
    """Join what a message's text components say."""
    return "\n".join(c["content"] for c in walk(components) if c.get("type") == 10)


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give every component of a message, nested ones too."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        if "accessory" in component:
            yield from walk([component["accessory"]])


@pytest.fixture
def read() -> Any:
    """Give the function that joins a message's texts."""
    return texts


@pytest.fixture
def parts() -> Any:
    """Give the function that lists a message's components."""
    return lambda components: list(walk(components))


@pytest.fixture
def valid(shared: Path) -> Any:
    """Give the function that holds an answer against Discord's own schema and limits, and gives its text."""
    spec = json.loads((shared / "data/discord-openapi.json").read_text(encoding="utf-8"))
    body = {"$ref": "#/components/schemas/MessageCreateRequest", "components": spec["components"]}
    schema = jsonschema.Draft202012Validator(body)

    def check(result: Any) -> str:
        message = result.response
        said = message.content + texts(message.components)
        sent: dict[str, Any] = {"components": bare(message.components), "flags": 0}
        if message.flags.components_v2:
            sent["flags"] = 1 << 15
            assert len(said) <= 4000
        else:
            sent["content"] = message.content
            assert 0 < len(said) <= 2000
        schema.validate(sent)
        return said

    return check


def bare(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take away what Discord adds."""
    return [
        {
            name: bare(value) if name == "components" else value
            for name, value in component.items()
            if name != "id"
        }
        for component in components
    ]
