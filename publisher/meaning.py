"""Embeds what entries say: reads the entries that lack a vector, has them embedded, keeps what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from publisher.prose import to_text
from storage.catalog import vectors
from storage.catalog.vectors import Embedded, Speech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from storage.database import Database

MAX_TEXT = 2_000  # characters of an entry that are embedded; small models read less
READ_AT_ONCE = 500  # entries
BATCH = 64  # texts in one request


class Embedder(Protocol):
    """Turns texts into vectors of one length."""

    @property
    def model(self) -> str:
        """Name the model; the vectors of two models are strangers."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Give a vector for each text."""


@dataclass(slots=True)
class Count:
    """How many entries were looked at, and how many of them were embedded."""

    looked_at: int = 0
    embedded: int = 0


def embed_entries(
    database: Database,
    embedder: Embedder,
    *,
    batch: int = BATCH,
    progress: Callable[[int, int], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Count:
    """Embed the entries that lack a vector, or whose text has changed; what is done is kept batch by batch.

    Args:
        database: The store.
        embedder: What embeds; its errors end the work.
        batch: So many texts at once.
        progress: Is told how many entries are done, of how many.
        stopped: Is asked before each batch whether to end.
    """
    count = Count()
    with database.read() as session:
        total = vectors.all_entries(session)[0]
    for read in _entries(database):
        lacking = _lacking(database, embedder.model, read)
        for some in _batches(lacking, batch):
            if stopped():
                return count
            _embed(database, embedder, some)
            count.embedded += len(some)
        count.looked_at += len(read)
        if progress:
            progress(count.looked_at, total)
    return count


def said(speech: Speech) -> str:
    """Give the text of an entry as it is embedded: names first, no markup."""
    parts = (*speech.names, to_text(speech.why), to_text(speech.insights))
    return "\n".join(part.strip() for part in parts if part.strip())[:MAX_TEXT]


def _entries(database: Database) -> Iterator[list[Speech]]:
    after = 0
    while True:
        with database.read() as session:
            read = vectors.speeches(session, after=after, limit=READ_AT_ONCE)
        if not read:
            return
        yield read
        after = read[-1].entry_id


def _lacking(database: Database, model: str, read: Sequence[Speech]) -> dict[int, str]:
    texts = {speech.entry_id: said(speech) for speech in read}
    with database.read() as session:
        known = vectors.hashes(session, model, texts)
    return {
        entry_id: text
        for entry_id, text in texts.items()
        if text and known.get(entry_id) != vectors.text_hash(text)
    }


def _batches(texts: dict[int, str], size: int) -> Iterator[dict[int, str]]:
    pairs = list(texts.items())
    for start in range(0, len(pairs), size):
        yield dict(pairs[start : start + size])


def _embed(database: Database, embedder: Embedder, texts: dict[int, str]) -> None:
    given = embedder.embed(list(texts.values()))
    embedded = [
        Embedded(entry_id, vectors.text_hash(text), vector)
        for (entry_id, text), vector in zip(texts.items(), given, strict=True)
    ]
    with database.write() as session:
        vectors.keep(session, embedder.model, embedded)
