"""A small embeddings endpoint that speaks as OpenAI's does, and a store to be found in by meaning."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import threading
import warnings
import zlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

import pytest
from aiohttp import web

from paperround.log import configure
from storage import catalog
from storage.enums import AliasOrigin, EntryKind
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Newsletter, Paper, PaperAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.database import Database

DIMENSIONS = 64
MODEL = "counts-words"
KEY = "sk-never-to-be-seen"
PAPERS = [
    ("Steering Lenses", "2201.00001", "Lensa", "How a car finds the road in fog."),
    ("Rooms Without Lamps", "2201.00002", None, "Pictures taken in dark rooms."),
    ("Reading Scans Early", "2201.00003", "Scanny", "A doctor sees disease in scans."),
    ("Sorting Letters", "2201.00004", None, "Post offices sort letters faster."),
    ("Birds by Ear", "2201.00005", None, "Microphones tell birds apart."),
]
DRAFT = ("Wheels for All", "2201.00006", None, "A car for everyone.")
# Answers that are none.
NO_ANSWERS = {
    "garbage": "<html>Not here</html>",
    "huge": '{"data": [{"index": 0, "embedding": [1' + "0" * 500 + "]}]}",
    "deep": "[" * 100_000,
}
# Words that mean the same fall on one number.
MEANINGS = {
    "automobile": "car", "vehicle": "car", "汽车": "car",
    "gloomy": "dark", "night": "dark",
    "physician": "doctor", "illness": "disease", "x-rays": "scans",
}  # fmt: skip


def vector_of(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    numbers = [0.0] * dimensions
    for word in text.lower().replace(".", " ").replace(",", " ").split():
        numbers[zlib.crc32(MEANINGS.get(word, word).encode()) % dimensions] += 1.0
    return numbers if any(numbers) else [1.0] * dimensions


@dataclass
class EmbeddingsServer:
    """Runs in a thread of its own; `mode` says how it answers."""

    mode: str = "good"
    dimensions: int = DIMENSIONS
    fail_after: int | None = None  # so many good requests
    requests: list[dict] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._runner = self._loop.run_until_complete(self._start())
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        with (
            warnings.catch_warnings()
        ):  # a connection of a client that gave up may come while it stops
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()

    @property
    def texts(self) -> list[str]:
        return [text for request in self.requests for text in request["input"]]

    async def _start(self) -> web.AppRunner:
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/embeddings", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        return runner

    async def _stop(self) -> None:
        await self._runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}  # slow answers that nobody waits for
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for _ in range(3):  # turns in which what was closed lets go of its socket
            await asyncio.sleep(0)

    async def _answer(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.requests.append(asked)
        self.keys.append(request.headers.get("Authorization"))
        mode = self.mode
        if self.fail_after is not None and len(self.requests) > self.fail_after:
            mode = "500"
        if mode.isdigit():
            return web.Response(status=int(mode), text=str(request.headers))
        if mode == "slow":
            await asyncio.sleep(30)
        if mode == "redirect":
            raise web.HTTPTemporaryRedirect("/v1/elsewhere")
        if mode in NO_ANSWERS:
            return web.Response(text=NO_ANSWERS[mode])
        vectors = [vector_of(text, self.dimensions) for text in asked["input"]]
        return web.json_response({"object": "list", "data": _rows(mode, vectors)})


def _rows(mode: str, vectors: list[list[float]]) -> list[dict]:
    rows = [
        {"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)
    ]
    first = vectors[0]
    match mode:
        case "empty":
            return []
        case "same-index":
            return [{**row, "index": 0} for row in rows] * 2
        case "uneven":
            rows.append({"index": len(rows), "embedding": [1.0]})
        case "words":
            rows[0]["embedding"] = ["1"] * len(first)
        case "nan":
            first[0] = float("nan")
        case "nothing":
            rows[0]["embedding"] = [0.0] * len(first)
    return rows[::-1]  # the order is the index's, not the list's


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Give what is logged, as an operator's log has it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure("json", "info")
    written = io.StringIO()
    root.handlers[0].setStream(written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def endpoint() -> Iterator[EmbeddingsServer]:
    with EmbeddingsServer() as server:
        yield server


@pytest.fixture
def filled(database: Database) -> Database:
    """Give a store with a published issue of five papers, and a draft of one."""
    with database.write() as session:
        newsletter = Newsletter(slug="n", name="N", languages=["en"])
        session.add(newsletter)
        session.flush()
        for slug, papers, at in (
            ("2022-01", PAPERS, datetime(2022, 1, 31, tzinfo=UTC)),
            ("2022-02", [DRAFT], None),
        ):
            issue = Issue(
                newsletter_id=newsletter.id, slug=slug, language="en", title=slug,
                month=date(2022, int(slug[-1]), 1), month_source="given", published_at=at,
            )  # fmt: skip
            session.add(issue)
            session.flush()
            for position, (title, arxiv, alias, text) in enumerate(papers, 1):
                entry = Entry(issue_id=issue.id, kind=EntryKind.PAPER, position=position,
                              number=position, title=title, why=text)  # fmt: skip
                paper = Paper(title=title, title_key=name_key(title), arxiv=arxiv)
                session.add_all([entry, paper])
                session.flush()
                session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id))
                if alias:
                    session.add(PaperAlias(paper_id=paper.id, name=alias, key=name_key(alias),
                                           origin=AliasOrigin.EDITOR))  # fmt: skip
            catalog.index_issue(session, issue.id)
    return database
