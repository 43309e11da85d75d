"""Finds the entries nearest to a question in meaning, and lets them add to what words found.

Nothing here calls a model, and meaning alone claims nothing: how sure an answer is, names and words decide.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from storage.catalog.editions import Candidate
from storage.catalog.matched import NEAR_IN_MEANING
from storage.catalog.vectors import DimensionsError
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

MOST_NEAR = 200  # entries; filters choose among them
MOST_FUSED = 20
LEAST_NEARNESS = 0.15  # below it, an entry is not much nearer than any other
STRONG = 72.0  # points; from here on it is a name, or every word in good places
WORTH = 45.0  # points of an entry that means the very same
BOTH = 0.25  # of the lesser, where both words and meaning speak for an entry
LEAST_SCALE = 1e-6


class NoNumpyError(StorageError):
    """Finding by meaning needs numpy. Install it: pip install 'paperround[semantic]'."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Near(NamedTuple):
    """An entry near a question in meaning."""

    entry_id: int
    nearness: float  # 0: no nearer than entries usually are; 1: it means the same


def fuse(
    candidates: list[Candidate], near: Sequence[Near], within: Collection[int] | None
) -> list[Candidate]:
    """Let meaning add to what words found, and change the order of what they found weakly.

    Where anything is sure it changes nothing, and what words found strongly stays ahead.

    Args:
        candidates: What names and words found, best first.
        near: The entries nearest in meaning, nearest first.
        within: The entries that filters admit; None where nothing narrows.
    """
    if not near or any(c.sure for c in candidates):
        return candidates
    telling = [n for n in near if n.nearness >= LEAST_NEARNESS]
    admitted = [n for n in telling if within is None or n.entry_id in within][:MOST_FUSED]
    points = {n.entry_id: WORTH * n.nearness for n in admitted}
    known = {c.entry_id for c in candidates}
    strong = [c for c in candidates if c.score >= STRONG]
    fused = [_with(c, points.get(c.entry_id, 0.0)) for c in candidates if c.score < STRONG]
    fused += [
        Candidate(entry_id, None, gained, NEAR_IN_MEANING, by_meaning=gained)
        for entry_id, gained in points.items()
        if entry_id not in known
    ]
    return strong + sorted(fused, key=lambda c: (-c.score, -c.entry_id, c.paper_id or 0))


def _with(candidate: Candidate, points: float) -> Candidate:
    together = min(max(candidate.score, points) + BOTH * min(candidate.score, points), STRONG)
    matched = NEAR_IN_MEANING if points > candidate.score else candidate.matched
    return replace(
        candidate, score=together, matched=matched, by_meaning=together - candidate.score
    )


class MeaningIndex:
    """The vectors of one model, kept in memory and in step with the store.

    Args:
        model: Which model's.

    Raises:
        NoNumpyError: numpy is not installed.
    """

    def __init__(self, model: str) -> None:
        if find_spec("numpy") is None:
            raise NoNumpyError
        self.model = model
        self._lock = Lock()
        self._newest = 0  # row that was read
        self._entries: Any = None
        self._vectors: Any = None

    def is_empty(self, session: Session) -> bool:
        """Tell whether the store holds none of the model's vectors."""
        query = text("SELECT 1 FROM search_meaning WHERE model = :m LIMIT 1")
        return session.scalar(query, {"m": self.model}) is None

    def nearest(
        self, session: Session, vector: Sequence[float], limit: int = MOST_NEAR
    ) -> list[Near]:
        """Find the entries nearest to a vector by cosine, nearest first.

        Nearness is measured from the usual cosine of all entries, because models differ in what is usual.

        Raises:
            DimensionsError: The vectors in the store are of another length.
        """
        import numpy as np  # noqa: PLC0415 - an optional extra

        with self._lock:
            self._keep_in_step(session)
            entries, vectors = self._entries, self._vectors
        if entries is None:
            return []
        asked = np.asarray(vector, dtype="<f4")
        if len(asked) != vectors.shape[1]:
            raise DimensionsError(self.model, vectors.shape[1], len(asked))
        cosines = vectors @ (asked / (float(np.linalg.norm(asked)) or 1.0))
        usual = float(cosines.mean())
        scale = max(1.0 - usual, LEAST_SCALE)
        best = np.argsort(-cosines, kind="stable")[:limit]
        return [Near(int(entries[i]), (float(cosines[i]) - usual) / scale) for i in best]

    def _keep_in_step(self, session: Session) -> None:
        """Read the rows that are new; all of them where some are gone."""
        query = text("SELECT count(*), coalesce(max(id), 0) FROM search_meaning WHERE model = :m")
        rows, newest = session.execute(query, {"m": self.model}).one()
        if (rows, newest) == (self._rows(), self._newest):
            return
        self._read(session)
        if self._rows() != rows:
            self._newest, self._entries, self._vectors = 0, None, None
            self._read(session)

    def _rows(self) -> int:
        return 0 if self._entries is None else len(self._entries)

    def _read(self, session: Session) -> None:
        import numpy as np  # noqa: PLC0415 - an optional extra

        query = text(
            "SELECT id, entry_id, vector FROM search_meaning WHERE model = :m AND id > :after ORDER BY id"
        )
        rows = session.execute(query, {"m": self.model, "after": self._newest}).all()
        if not rows:
            return
        entries = np.array([row.entry_id for row in rows])
        together = b"".join(bytes(row.vector) for row in rows)
        vectors = np.frombuffer(together, dtype="<f4").reshape(len(rows), -1)
        if self._entries is not None:
            entries = np.concatenate([self._entries, entries])
            vectors = np.concatenate([self._vectors, vectors])
        self._newest, self._entries, self._vectors = rows[-1].id, entries, vectors
