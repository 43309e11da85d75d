"""Looks names up: exactly, by their beginning, with a typing error, and within a longer question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rapidfuzz import fuzz
from sqlalchemy import text

from storage.catalog import vocabulary
from storage.catalog.naming import MAX_KEY, Kind
from storage.listing import LAST_CHARACTER, ListQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

OWN = frozenset({Kind.TITLE, Kind.SHORT, Kind.EDITOR})  # names that can make an answer sure
MAX_BEGINNING = 120
MAX_START = 2  # letters by which the newest names are indexed
_KINDS = {kind.value: kind for kind in Kind}
_NOT_CITED = "kind NOT IN ('related', 'cited')"  # as the index of a paper's own names has it
_NOT_INITIALS = "kind <> 'initials'"
_COLUMNS = "entry_id, paper_id, kind, label, key"
_NAMES = f"SELECT {_COLUMNS} FROM search_name"  # noqa: S608 - our columns
_OWN = ", ".join(f"'{kind.value}'" for kind in sorted(OWN))
_BEGUN = (
    f"SELECT {_COLUMNS}, id, {{}} AS part FROM search_name WHERE key > :low AND key < :high AND {{}} "  # noqa: S608
    "ORDER BY key, id LIMIT :limit"
)
# Works that are only pointed at are not looked for where the papers' own names fill the list.
_NOT_FULL = "(SELECT count(*) FROM written) < :limit"
_BEGINNING = text(
    f"WITH written AS ({_BEGUN.format(1, _NOT_CITED)}) "  # noqa: S608 - ours
    "SELECT * FROM (SELECT * FROM written UNION ALL "
    f"SELECT * FROM ({_BEGUN.format(2, f'NOT ({_NOT_CITED}) AND {_NOT_FULL}')}) AS cited) AS begun "
    "ORDER BY part, key, id LIMIT :limit"
)
_STARTING = text(
    f"{_NAMES} WHERE key >= :low AND key < :high AND {_NOT_CITED} AND {_NOT_INITIALS} "
    "ORDER BY key, id LIMIT :limit"
)
_NEWEST_STARTING = {
    letters: text(
        f"SELECT * FROM (SELECT {_COLUMNS}, id, 1 AS part FROM search_name "  # noqa: S608 - ours
        f"WHERE key = :low AND {_NOT_CITED} UNION ALL "
        f"SELECT * FROM (SELECT {_COLUMNS}, id, 2 AS part FROM search_name "
        f"WHERE substr(key, 1, {letters}) = :low AND key <> :low AND {_NOT_CITED} AND {_NOT_INITIALS} "
        "ORDER BY id DESC LIMIT :limit) AS going_on) AS begun ORDER BY part, id DESC LIMIT :limit"
    )
    for letters in range(1, MAX_START + 1)
}
_EXACT = ListQuery(_NAMES + " WHERE key {keys} ORDER BY id", "keys")
_OF_ENTRIES = ListQuery(_NAMES + " WHERE entry_id {ids} ORDER BY id", "ids")
_OWN_OF_ENTRIES = ListQuery(
    _NAMES + f" WHERE entry_id {{ids}} AND kind IN ({_OWN}) ORDER BY id", "ids"
)
_FORBIDDEN = ListQuery("SELECT paper_id FROM paper_alias WHERE key {keys} AND forbidden", "keys")


class NameMatch(NamedTuple):
    """A name of the store that fits; `nearness` is 1 for the very name."""

    entry_id: int
    paper_id: int | None
    kind: Kind
    label: str
    key: str
    nearness: float = 1.0

    @property
    def own(self) -> bool:
        """Tell whether it is a paper's own name, by its title or its editor."""
        return self.kind in OWN and self.paper_id is not None


def exact(session: Session, keys: Iterable[str]) -> list[NameMatch]:
    """Find the names with exactly these keys."""
    wanted = sorted({k[:MAX_KEY] for k in keys if k})
    if not wanted:
        return []
    return [_match(row) for row in _EXACT.ask(session, keys=wanted)]


def beginning(session: Session, key: str, limit: int = MAX_BEGINNING) -> list[NameMatch]:
    """Find the names that begin with a key and go on; nearer to 1 the less is missing.

    However often a work is cited, the names of papers that are written about come first.
    """
    if not key:
        return []
    low = key[:MAX_KEY]
    values = {"low": low, "high": low + LAST_CHARACTER, "limit": limit}
    rows = session.execute(_BEGINNING, values).all()
    return [_match(row, len(low) / len(row.key)) for row in rows]


def starting(session: Session, key: str, limit: int) -> list[NameMatch]:
    """Find the names of papers that are a key, then those that begin with it.

    The latter come by the alphabet; with one letter or two, with which very many begin, the newest come.
    """
    if not key:
        return []
    low = key[:MAX_KEY]
    values = {"low": low, "high": low + LAST_CHARACTER, "limit": limit}
    rows = session.execute(_NEWEST_STARTING.get(len(key), _STARTING), values).all()
    return [_match(row, len(low) / len(row.key)) for row in rows]


def similar(session: Session, key: str) -> list[tuple[NameMatch, int]]:
    """Find short names that differ from a key by a typing error or two; gives how many."""
    if len(key) > vocabulary.LONGEST_NAME + vocabulary.MOST_ERRORS:
        return []
    marked = vocabulary.NAME + key
    near = vocabulary.spelled_like(session, [marked]).get(marked, [])
    distances = {s.term.removeprefix(vocabulary.NAME): s.distance for s in near if s.distance}
    return [(m, distances[m.key]) for m in exact(session, distances)]


def of_entries(
    session: Session, entry_ids: Sequence[int], key: str, *, own: bool = False
) -> list[NameMatch]:
    """Compare a key with the names of some entries: with every one, or with those of their own papers."""
    if not entry_ids or not key:
        return []
    rows = (_OWN_OF_ENTRIES if own else _OF_ENTRIES).ask(session, ids=entry_ids)
    return [_match(row, fuzz.ratio(key[:MAX_KEY], row.key) / 100) for row in rows]


def newest(session: Session, key: str, limit: int) -> list[NameMatch]:
    """Compare a key with the newest names."""
    if not key:
        return []
    statement = text(f"SELECT {_COLUMNS} FROM search_name ORDER BY id DESC LIMIT :limit")  # noqa: S608
    rows = session.execute(statement, {"limit": limit})
    return [_match(row, fuzz.ratio(key[:MAX_KEY], row.key) / 100) for row in rows]


def of_paper(session: Session, paper_id: int) -> list[NameMatch]:
    """List the names by which a paper answers, the most trusted first, each once for each of its entries."""
    statement = text(
        f"SELECT {_COLUMNS} FROM search_name WHERE paper_id = :paper AND entry_id IN "  # noqa: S608
        "(SELECT entry_id FROM entry_paper WHERE paper_id = :paper) ORDER BY id"
    )
    return [_match(row) for row in session.execute(statement, {"paper": paper_id})]


def forbidden_to(session: Session, keys: Iterable[str]) -> set[int]:
    """Give the papers of which an editor said that one of these keys is not their name."""
    wanted = sorted({k for k in keys if k})
    if not wanted:
        return set()
    return {row.paper_id for row in _FORBIDDEN.ask(session, keys=wanted)}


def _match(row: Sequence[Any], nearness: float = 1.0) -> NameMatch:
    entry_id, paper_id, kind, label, key, *_ = row
    return NameMatch(entry_id, paper_id, _KINDS[kind], label, key, nearness)
