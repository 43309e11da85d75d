"""Embeds, while the process serves, what was published since; every failure is tried again later."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from paperround.errors import EmbeddingsError
from publisher.meaning import Embedder, embed_entries
from storage.catalog import vectors
from storage.catalog.vectors import DimensionsError

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database

log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 30.0
AGAIN_IN_S: Final = 120.0  # after a failure
# Few: 0.75 s of one core with a small local model, so that neither a question, which waits a second, nor a stop
# waits long for the batch under way.
BATCH: Final = 8


class LoadableEmbedder(Embedder, Protocol):
    """An embedder that may have to be loaded before it is asked."""

    def load(self) -> None:
        """Load what is not loaded, however long it takes."""


async def keep_embedded(
    database: Database, embedder: LoadableEmbedder, stop: asyncio.Event
) -> None:
    """Embed what lacks a vector whenever an issue has changed, until told to stop.

    The embedder is loaded here, even if nothing lacks a vector, so that no question has to wait for that.
    """
    done: tuple[int, datetime | None] | None = None
    while not stop.is_set():
        pause = LOOK_EVERY_S
        present = await database.reading(vectors.all_entries)
        if present != done:
            try:
                if not await _loaded(embedder, stop):
                    return
                await asyncio.to_thread(_embed, database, embedder, stop)
                done = present
            except (EmbeddingsError, DimensionsError) as error:
                pause = AGAIN_IN_S
                log.warning("not_embedded", reason=str(error), again_in_s=pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _loaded(embedder: LoadableEmbedder, stop: asyncio.Event) -> bool:
    """Load it, unless told to stop before it is; a load cannot be stopped, so its thread is left behind.

    Raises:
        EmbeddingsError: It cannot be loaded.
    """
    load: Future[None] = Future()
    load.set_running_or_notify_cancel()
    Thread(target=_load, args=(embedder, load), name="load", daemon=True).start()
    loaded, stopped = asyncio.wrap_future(load), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((loaded, stopped), return_when=asyncio.FIRST_COMPLETED)
        if loaded.done():
            loaded.result()
        return loaded.done()
    finally:
        loaded.cancel()
        stopped.cancel()


def _load(embedder: LoadableEmbedder, load: Future[None]) -> None:
    try:
        embedder.load()
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        load.set_exception(error)
    else:
        load.set_result(None)


def _embed(database: Database, embedder: Embedder, stop: asyncio.Event) -> None:
    count = embed_entries(database, embedder, batch=BATCH, stopped=stop.is_set)
    if count.embedded:
        log.info("embedded", entries=count.embedded)
