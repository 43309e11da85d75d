"""Chooses what is asked for papers: the catalog, or, where embeddings are set, the catalog and then meaning.

Names and words are asked first. Only what they do not surely answer is embedded and asked again; whenever that
fails, or is not possible yet, theirs is the answer.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from functools import partial
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from paperround.errors import NotReadyError, UserError
from storage import catalog
from storage.catalog import Confidence, question
from storage.catalog.vectors import DimensionsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlmodel import Session

    from paperround.settings import Settings
    from storage.catalog import Answer, Filters, Search
    from storage.catalog.meaning import MeaningIndex, Near

log = structlog.get_logger(__name__)

REST_S: Final = 30.0  # after a failure, in which nothing is embedded
AT_ONCE: Final = 4  # questions; further ones get the plain answer
KEPT: Final = 256  # vectors of questions, so that the next page of an answer is of the same answer
MAX_QUESTION: Final = 500  # characters


class QuestionEmbedder(Protocol):
    """Turns a question into a vector."""

    def embed(self, texts: Sequence[str], timeout_s: float | None) -> list[list[float]]:
        """Give a vector for each text."""


def search_of(settings: Settings, embedder: QuestionEmbedder | None = None) -> Search:
    """Give what is to be asked for papers.

    Args:
        settings: Say whether meaning is asked.
        embedder: What embeds in this process, while it serves; None makes one for a single command, which waits
            until a local model is loaded.

    Raises:
        UserError: Embeddings are set, but what they need is not installed.
    """
    if settings.embeddings_url is None or settings.embeddings_model is None:
        return catalog.search
    # Whoever does not use it must not wait for it.
    from paperround.embeddings import LOCAL, QUESTION_TIMEOUT_S, embedder_of  # noqa: PLC0415
    from storage.catalog.meaning import MeaningIndex  # noqa: PLC0415

    patient = embedder is None and settings.embeddings_url == LOCAL
    embedder = embedder or embedder_of(settings)
    if embedder is None:
        return catalog.search
    index = MeaningIndex(settings.embeddings_model)
    return MeaningSearch(embedder, index, timeout_s=None if patient else QUESTION_TIMEOUT_S)


class MeaningSearch:
    """Asks the catalog, and asks it again with what is near in meaning where it is not sure.

    Args:
        embedder: Turns questions into vectors.
        index: The vectors of the entries.
        timeout_s: How long a question may take to be embedded; None leaves it to the embedder.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        embedder: QuestionEmbedder,
        index: MeaningIndex,
        *,
        timeout_s: float | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._embedder, self._index = embedder, index
        self._timeout_s, self._clock = timeout_s, clock
        self._resting_until = -1.0
        self._said_empty = False
        self._slots = BoundedSemaphore(AT_ONCE)
        self._lock = Lock()
        self._kept: OrderedDict[str, list[float]] = OrderedDict()

    def __call__(  # noqa: PLR0913 - as the catalog's
        self,
        session: Session,
        query: str,
        *,
        language: str = "en",
        drafts: bool = False,
        limit: int = 10,
        filters: Filters | None = None,
    ) -> Answer:
        """Answer as `catalog.search` does."""
        ask = partial(
            catalog.search,
            session,
            query,
            language=language,
            drafts=drafts,
            limit=limit,
            filters=filters,
        )
        plain = ask()
        if plain.confidence is Confidence.SURE:
            return plain
        near = self._near(session, query)
        return ask(near=near) if near else plain

    def _near(self, session: Session, query: str) -> list[Near]:
        asked = question.read(query, partial(catalog.topic_named, session)).text[:MAX_QUESTION]
        if not asked or self._is_empty(session):
            return []
        try:
            vector = self._vector(asked)
            return self._index.nearest(session, vector) if vector else []
        except NotReadyError:
            return []
        except (UserError, DimensionsError) as error:
            self._rest(error)
            return []

    def _vector(self, asked: str) -> list[float] | None:
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        if self._clock() < self._resting_until or not self._slots.acquire(blocking=False):
            return None
        try:
            (vector,) = self._embedder.embed([asked], self._timeout_s)
        finally:
            self._slots.release()
        with self._lock:
            self._kept[asked] = vector
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return vector

    def _rest(self, error: Exception) -> None:
        with self._lock:
            if self._clock() < self._resting_until:
                return  # another question has said so
            self._resting_until = self._clock() + REST_S
        log.warning(
            "embeddings_failed",
            reason=str(error),
            remark=f"answers go by names and words alone for {REST_S:g} s",
        )

    def _is_empty(self, session: Session) -> bool:
        empty = self._index.is_empty(session)
        if empty and not self._said_empty:
            self._said_empty = True
            log.warning("nothing_embedded", remedy="run `paperround embed`")
        return empty
