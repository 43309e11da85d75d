"""Looks names up: exactly, by their beginning, and with a typing error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process
from sqlalchemy import bindparam, text

from storage.names import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

FUZZY_LIMIT = 50_000  # names compared one by one; a larger store narrows them by their first letter
FUZZY_CUTOFF = 80.0  # of 100
MIN_FUZZY_LENGTH = 5
MAX_KEY_LENGTH = 300

# In order of trust. A guessed name is never enough to be sure.
KIND_SCORES = {
    "title": 100.0,
    "editor": 98.0,
    "short": 96.0,
    "author": 92.0,
    "guessed": 88.0,
    "family": 80.0,
    "related": 70.0,
    "cited": 68.0,
}
SURE_KINDS = frozenset({"title", "editor", "short"})


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A name of the store that fits."""

    entry_id: int
    paper_id: int | None
    kind: str
    label: str
    score: float


def exact(session: Session, keys: Iterable[str]) -> list[NameMatch]:
    """Find the names with exactly these keys."""
    wanted = [k[:MAX_KEY_LENGTH] for k in keys if k]
    if not wanted:
        return []
    statement = text(
        "SELECT entry_id, paper_id, kind, label FROM search_name WHERE key IN :keys"
    ).bindparams(bindparam("keys", expanding=True))
    return [
        NameMatch(row.entry_id, row.paper_id, row.kind, row.label, KIND_SCORES[row.kind])
        for row in session.execute(statement, {"keys": wanted})
    ]


def beginning(session: Session, key: str, limit: int = 200) -> list[NameMatch]:
    """Find the names that begin with a key."""
    if not key:
        return []
    statement = text(
        "SELECT entry_id, paper_id, kind, label, key FROM search_name "
        "WHERE key >= :low AND key < :high ORDER BY key LIMIT :limit"
    )
    values = {
        "low": key[:MAX_KEY_LENGTH],
        "high": key[:MAX_KEY_LENGTH] + "\U0010ffff",
        "limit": limit,
    }
    return [
        NameMatch(
            row.entry_id,
            row.paper_id,
            row.kind,
            row.label,
            KIND_SCORES[row.kind] - 20 + 10 * len(key) / len(row.key),
        )
        for row in session.execute(statement, values)
    ]


def similar(session: Session, key: str, limit: int = 20) -> list[NameMatch]:
    """Find the names that differ from a key by a typing error or two."""
    if len(key) < MIN_FUZZY_LENGTH:
        return []
    statement = (
        "SELECT DISTINCT key FROM search_name WHERE kind IN "
        "('title', 'editor', 'short', 'guessed', 'author', 'family', 'related') LIMIT :limit"
    )
    known = [row.key for row in session.execute(text(statement), {"limit": FUZZY_LIMIT})]
    near = process.extract(
        key[:MAX_KEY_LENGTH], known, scorer=fuzz.ratio, limit=limit, score_cutoff=FUZZY_CUTOFF
    )
    scores = {found: score for found, score, _ in near}
    return [
        NameMatch(
            m.entry_id,
            m.paper_id,
            m.kind,
            m.label,
            m.score * scores.get(_key_of(m, scores), FUZZY_CUTOFF) / 100 - 8,
        )
        for m in exact(session, scores)
    ]


def _key_of(match: NameMatch, scores: dict[str, float]) -> str:
    key = name_key(match.label)
    return key if key in scores else ""
