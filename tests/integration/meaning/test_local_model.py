"""A model in this process keeps no question waiting while it is loaded, and is loaded once.

In the place of the library stands one that does as it does, because the real one with a model takes a gigabyte.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from paperround.catchup import keep_embedded
from paperround.embeddings import EmbeddingsError, LocalModel
from paperround.searching import search_of
from paperround.settings import GivenSettings
from publisher.meaning import embed_entries
from tests.integration.meaning.conftest import vector_of

if TYPE_CHECKING:
    from storage.database import Database

pytest.importorskip("numpy", reason="numpy SKIPPED: pip install 'paperround[semantic]'")

FOLDER = "/srv/models/counts-words"
ON = GivenSettings(embeddings_url="local", embeddings_model=FOLDER)
QUESTION = "an automobile in gloomy weather"


@dataclass
class Library:
    """What stands for sentence-transformers; `may_load` lets a load come to its end."""

    loads: list[str] = field(default_factory=list)
    loading: threading.Event = field(default_factory=threading.Event)
    may_load: threading.Event = field(default_factory=threading.Event)
    texts: list[str] = field(default_factory=list)
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
        self.texts += texts
        return SimpleNamespace(tolist=lambda: [vector_of(t) for t in texts])

    def set_threads(self, count: int) -> None:
        self.threads = count


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    stand_in = Library()
    stand_in.may_load.set()
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
    with pytest.raises(EmbeddingsError, match="not loaded yet"):
        model.embed([QUESTION], 0.05)
    assert library.loads == []
    library.may_load.clear()
    loader = threading.Thread(target=model.load)
    loader.start()
    assert library.loading.wait(10)
    with pytest.raises(EmbeddingsError, match="still being loaded"):
        model.embed([QUESTION], 0.05)
    library.may_load.set()
    loader.join()
    assert model.embed([QUESTION], 0.05) == [vector_of(QUESTION)]
    assert library.loads == [FOLDER]
    assert library.threads == 1


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
