"""Completes an arXiv id or a DOI that is being typed or was pasted in part, alone or within an address.

arXiv ids: <https://info.arxiv.org/help/arxiv_identifier.html>.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import text

from storage.listing import LAST_CHARACTER

if TYPE_CHECKING:
    from sqlmodel import Session

MIN_DIGITS = 3  # from which digits alone may be an arXiv id
MAX_ROWS = 100  # entries; a paper may have several
_SITES = r"(?:arxiv\.org|ar5iv\.(?:labs\.arxiv\.)?org|alphaxiv\.org|huggingface\.co)"
_PAGES = r"(?:abs|pdf|html|format|e-print|src|papers|overview)/"
_BEFORE = re.compile(
    rf"(?:https?://)?(?:[a-z-]+\.)?{_SITES}/(?:{_PAGES})?|arxiv\s*[:.]\s*", re.IGNORECASE
)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.", re.IGNORECASE)
_DOI_BEFORE = re.compile(r"(?:https?://)?(?:dx\.)?doi\.org/|doi\s*:\s*", re.IGNORECASE)
_NEW = re.compile(r"(\d{1,4}|\d{4}\.\d{0,5})(?:v\d*)?(?:\.pdf)?", re.IGNORECASE)
_OLD = re.compile(r"([a-z-]+)(?:\.[a-z]{2})?(/\d{0,7})(?:v\d*)?(?:\.pdf)?", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/\S*")


class BegunId(NamedTuple):
    """The beginning of an identifier; `certain` where it can be the beginning of nothing else."""

    of: Literal["arxiv", "doi"]
    start: str
    certain: bool


class IdChoice(NamedTuple):
    """A paper of which the identifier begins so."""

    found: str  # its identifier
    title: str
    arxiv: str | None
    issue: str  # slug


def begun_id(typed: str) -> BegunId | None:
    """Tell of which identifier this is the beginning; None where it is of none."""
    bare = _ARXIV_DOI.sub("arxiv:", _DOI_BEFORE.sub("", typed.strip(), count=1), count=1)
    if _DOI.fullmatch(bare):
        return BegunId("doi", bare.lower(), certain=True)
    before = _BEFORE.match(bare)
    rest = re.split(r"[?#]", bare[before.end() :] if before else bare, maxsplit=1)[0]
    if old := _OLD.fullmatch(rest):
        return BegunId("arxiv", (old[1] + old[2]).lower(), certain=before is not None)
    new = _NEW.fullmatch(rest)
    if new and (before or len(new[1]) >= MIN_DIGITS):
        return BegunId("arxiv", new[1], certain=before is not None or "." in new[1])
    return None


def ids_beginning(session: Session, begun: BegunId, *, drafts: bool) -> list[IdChoice]:
    """Find the papers of which an identifier begins so, the latest number first."""
    # On PostgreSQL compared by bytes, as its index has it; SQLite compares so anyway.
    by_bytes = session.get_bind().dialect.name == "postgresql"
    low, high, latest = ("~>=~", "~<~", "USING ~>~") if by_bytes else (">=", "<", "DESC")
    shown = "" if drafts else "AND i.published_at IS NOT NULL"
    statement = text(
        f"SELECT p.{begun.of} AS found, p.title, p.arxiv, i.slug FROM paper p "  # noqa: S608 - words of ours
        "JOIN entry_paper ep ON ep.paper_id = p.id JOIN entry e ON e.id = ep.entry_id "
        "JOIN issue i ON i.id = e.issue_id "
        f"WHERE p.{begun.of} {low} :low AND p.{begun.of} {high} :high {shown} "
        f"ORDER BY p.{begun.of} {latest}, i.month DESC, i.id LIMIT :limit"
    )
    values = {"low": begun.start, "high": begun.start + LAST_CHARACTER, "limit": MAX_ROWS}
    rows = session.execute(statement, values)
    return [IdChoice(row.found, row.title, row.arxiv, row.slug) for row in rows]
