"""A model in this process keeps no question and no stop waiting while it is loaded, and is loaded once.

In the place of the library stands one that does as it does, because the real one with a model takes a gigabyte.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from paperround.catchup import keep_embedded
from paperround.embeddings import QUESTION_TIMEOUT_S, LocalModel
from paperround.errors import NotReadyError
from paperround.searching import MeaningSearch, search_of
from paperround.settings import GivenSettings
from publisher.meaning import embed_entries
from storage import catalog
from storage.catalog.meaning import MeaningIndex
from storage.tables import Entry
from tests.integration.meaning.conftest import vector_of

if TYPE_CHECKING:
    from storage.database import Database

pytest.importorskip("numpy", reason="numpy SKIPPED: pip install 'paperround[semantic]'")

FOLDER = "/srv/models/counts-words"
ON = GivenSettings(embeddings_url="local", embeddings_model=FOLDER)
QUESTION = "automobile"
ENTRY_S = 0.093  # of one core; measured, docs/performance.md
PROGRAM = """
import asyncio, sys, threading
from paperround.catchup import keep_embedded
from paperround.supervisor import Part, stop_on_signals, supervise
from storage.database import Database

class Hanging:
    model = "m"

    def load(self):
        print("loading", flush=True)
        threading.Event().wait()

async def serve(database):
    stop = asyncio.Event()
    with stop_on_signals(stop):
        await supervise([Part("meaning", lambda s: keep_embedded(database, Hanging(), s))], stop)

asyncio.run(serve(Database(sys.argv[1])))
"""


@dataclass
class Library:
    """What stands for sentence-transformers; `may_load` lets a load come to its end."""

    loads: list[str] = field(default_factory=list)
    loading: threading.Event = field(default_factory=threading.Event)
    may_load: threading.Event = field(default_factory=threading.Event)
    may_embed: threading.Event = field(default_factory=threading.Event)
    embedding: threading.Event = field(default_factory=threading.Event)
    texts: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    threads: int = 0
    broken: bool = False

    def make(self, folder: str) -> SimpleNamespace:
        self.loads.append(folder)
        self.loading.set()
        assert self.may_load.wait(10)
        if self.broken:
            raise FileNotFoundError(folder)
        return SimpleNamespace(encode=self.encode)

    def encode(self, texts: list[str], *, show_progress_bar: bool) -> SimpleNamespace:
        assert not show_progress_bar
        self.embedding.set()
        assert self.may_embed.wait(10)
        self.batches.append(len(texts))
        self.texts += texts
        return SimpleNamespace(tolist=lambda: [vector_of(t) for t in texts])

    def set_threads(self, count: int) -> None:
        self.threads = count


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    stand_in = Library()
    stand_in.may_load.set()
    stand_in.may_embed.set()
    for name, content in (
        ("sentence_transformers", {"SentenceTransformer": stand_in.make}),
        ("torch", {"set_num_threads": stand_in.set_threads}),
        ("transformers", {}),
        ("transformers.utils", {}),
        ("transformers.utils.logging", {"disable_progress_bar": lambda: None}),
    ):
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return stand_in


def test_a_question_neither_loads_the_model_nor_waits_until_it_is(library: Library) -> None:
    model = LocalModel(FOLDER)
    with pytest.raises(NotReadyError, match="not loaded yet"):
        model.embed([QUESTION], QUESTION_TIMEOUT_S)
    assert library.loads == []
    library.may_load.clear()
    loader = threading.Thread(target=model.load)
    loader.start()
    assert library.loading.wait(10)
    asked_at = time.monotonic()
    with pytest.raises(NotReadyError, match="not loaded yet"):
        model.embed([QUESTION], QUESTION_TIMEOUT_S)
    waited = time.monotonic() - asked_at
    library.may_load.set()
    loader.join()
    assert waited < QUESTION_TIMEOUT_S / 2
    assert model.embed([QUESTION], QUESTION_TIMEOUT_S) == [vector_of(QUESTION)]
    assert library.loads == [FOLDER]
    assert library.threads == 1


def test_once_the_model_is_loaded_the_next_question_is_asked_by_meaning(
    filled: Database, library: Library, logged
) -> None:
    embed_entries(filled, LocalModel(FOLDER))
    model = LocalModel(FOLDER)
    search = search_of(ON, model)
    library.texts.clear()
    with filled.read() as session:
        assert search(session, QUESTION) == catalog.search(session, QUESTION)
        model.load()
        assert search(session, QUESTION).hits[0].title == "Steering Lenses"
    assert library.texts == [QUESTION]
    assert logged.getvalue() == ""


def test_while_the_model_is_busy_a_question_gets_the_plain_answer_and_the_next_is_asked(
    filled: Database, library: Library, logged
) -> None:
    model = LocalModel(FOLDER)
    embed_entries(filled, model)
    search = MeaningSearch(model, MeaningIndex(FOLDER), timeout_s=0.05)
    library.embedding.clear()
    library.may_embed.clear()
    batch = threading.Thread(target=model.embed, args=(["an entry"],))
    batch.start()
    assert library.embedding.wait(10)
    with filled.read() as session:
        plain = catalog.search(session, QUESTION)
        meanwhile = search(session, QUESTION)
        library.may_embed.set()
        batch.join()
        assert meanwhile == plain
        assert search(session, QUESTION).hits[0].title == "Steering Lenses"
    assert logged.getvalue() == ""


async def test_while_it_serves_a_batch_takes_less_than_a_question_waits(
    filled: Database, library: Library
) -> None:
    with filled.write() as session:
        first = session.get_one(Entry, 1)
        for number in range(40):
            session.add(
                Entry(issue_id=first.issue_id, kind=first.kind, position=100 + number,
                      title=f"More {number}", why="A car.")
            )  # fmt: skip
    stop = asyncio.Event()
    part = asyncio.create_task(keep_embedded(filled, LocalModel(FOLDER), stop))
    async with asyncio.timeout(10):
        while sum(library.batches) < 46:  # noqa: ASYNC110 - a library sets no event
            await asyncio.sleep(0.01)
    stop.set()
    await part
    assert max(library.batches) * ENTRY_S < QUESTION_TIMEOUT_S


@pytest.mark.parametrize("how", ["told", "cancelled"])
def test_a_stop_does_not_wait_for_a_model_that_is_being_loaded(
    filled: Database, library: Library, how: str
) -> None:
    library.may_load.clear()

    async def serve() -> None:
        stop = asyncio.Event()
        part = asyncio.create_task(keep_embedded(filled, LocalModel(FOLDER), stop))
        assert await asyncio.to_thread(library.loading.wait, 10)
        if how == "told":
            stop.set()
        else:
            part.cancel()
        await asyncio.wait([part], timeout=5)

    started = time.monotonic()
    asyncio.run(serve())
    took = time.monotonic() - started
    library.may_load.set()
    assert took < 4
    assert library.texts == []


def test_a_process_that_is_told_to_stop_while_a_load_hangs_ends(
    database: Database,
) -> None:
    url = database.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "loading\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()


async def test_while_it_serves_one_model_is_loaded_for_entries_and_questions(
    filled: Database, library: Library
) -> None:
    embed_entries(filled, LocalModel(FOLDER))  # so that nothing lacks a vector
    library.loads.clear()
    library.loading.clear()
    model, stop = LocalModel(FOLDER), asyncio.Event()
    search = search_of(ON, model)
    part = asyncio.create_task(keep_embedded(filled, model, stop))
    assert await asyncio.to_thread(library.loading.wait, 10)
    await asyncio.to_thread(model.load)
    library.texts.clear()
    await filled.reading(search, QUESTION)
    stop.set()
    await part
    assert library.texts == [QUESTION]
    assert library.loads == [FOLDER]


async def test_while_it_serves_a_model_that_cannot_be_loaded_is_logged(
    filled: Database, library: Library, logged
) -> None:
    library.broken = True
    model, stop = LocalModel(FOLDER), asyncio.Event()
    part = asyncio.create_task(keep_embedded(filled, model, stop))
    while "not_embedded" not in logged.getvalue():  # noqa: ASYNC110 - a log sets no event
        await asyncio.sleep(0.05)
    assert (await filled.reading(search_of(ON, model), QUESTION)).hits is not None
    stop.set()
    await part
    assert "FileNotFoundError" in logged.getvalue()
    assert library.loads == [FOLDER]  # the question has not tried again


def test_a_single_command_waits_for_the_model(filled: Database, library: Library) -> None:
    embed_entries(filled, LocalModel(FOLDER))
    library.texts.clear()
    with filled.read() as session:
        search_of(ON)(session, QUESTION)
    assert library.texts == [QUESTION]


@pytest.mark.parametrize("library_name", ["httpx", "huggingface_hub.utils"])
def test_what_asks_for_a_model_by_its_name_does_not_log_each_request(logged, library_name) -> None:
    for level, said in ((logging.INFO, "HTTP Request: HEAD"), (logging.WARNING, "Retrying")):
        logging.getLogger(library_name).log(level, said)
    assert "HTTP Request" not in logged.getvalue()
    assert "Retrying" in logged.getvalue()
