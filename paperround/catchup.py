"""Embeds, while the process serves, what was published since; every failure is tried again later."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import structlog

from paperround.embeddings import EmbeddingsError, LocalModel
from publisher.meaning import embed_entries
from storage.catalog import vectors
from storage.catalog.vectors import DimensionsError

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.meaning import Embedder
    from storage.database import Database

log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 30.0
AGAIN_IN_S: Final = 120.0  # after a failure
BATCH: Final = 16  # few, so that a stop does not wait long for the batch under way


async def keep_embedded(database: Database, embedder: Embedder, stop: asyncio.Event) -> None:
    """Embed what lacks a vector whenever an issue has changed, until told to stop.

    A local model is loaded here, even if nothing lacks one, so that no question has to wait for that.
    """
    done: tuple[int, datetime | None] | None = None
    while not stop.is_set():
        pause = LOOK_EVERY_S
        present = await database.reading(vectors.all_entries)
        if present != done:
            try:
                await asyncio.to_thread(_embed, database, embedder, stop)
                done = present
            except (EmbeddingsError, DimensionsError) as error:
                pause = AGAIN_IN_S
                log.warning("not_embedded", reason=str(error), again_in_s=pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


def _embed(database: Database, embedder: Embedder, stop: asyncio.Event) -> None:
    if isinstance(embedder, LocalModel):
        embedder.load()
    count = embed_entries(database, embedder, batch=BATCH, stopped=stop.is_set)
    if count.embedded:
        log.info("embedded", entries=count.embedded)
