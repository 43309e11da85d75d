"""Keeps what an editor says of a paper's names by command, as corrections that outlive every import.

A word is about a paper, not about a place. It stands in the correction of an entry that covers the paper, and
names the paper by its identifiers and its title; so it holds wherever else the paper stands, goes to the right
one where an entry covers two, and waits where the paper is gone. A word by command wins over files.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, cast
from sqlmodel import col, select

from publisher.folding import NAMES
from storage.names import alias_key, name_key
from storage.tables import Correction, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from storage.tables import Paper

BY_COMMAND = "paperround aliases"  # origin of a correction that no file gave


class Identity(NamedTuple):
    """By what a paper is known again."""

    title: str
    arxiv: str | None
    doi: str | None

    @classmethod
    def of(cls, paper: Paper) -> Identity:
        """Say by what a paper is known now."""
        return cls(paper.title, paper.arxiv, paper.doi)

    def is_that_of(self, other: Identity) -> bool:
        """Compare by arXiv id, else by DOI, else by title."""
        if self.arxiv and other.arxiv:
            return self.arxiv == other.arxiv
        if self.doi and other.doi:
            return self.doi == other.doi
        return name_key(self.title) == name_key(other.title)


@dataclass(frozen=True, slots=True)
class Word:
    """What an editor said of one name of one paper."""

    name: str
    forbidden: bool
    at: str  # ISO 8601, UTC
    title: str
    arxiv: str | None = None
    doi: str | None = None

    @property
    def key(self) -> str:
        """Give what makes the name that name."""
        return alias_key(self.name)

    @property
    def paper(self) -> Identity:
        """Say which paper it is about."""
        return Identity(self.title, self.arxiv, self.doi)


def words_on(
    session: Session, papers: Sequence[Paper], *, lock: bool
) -> dict[int, dict[str, Word]]:
    """Collect the words on some papers, by paper and key of the name.

    Args:
        session: A session; for writing, where they are locked.
        papers: The papers.
        lock: Whether nobody may change a word until the transaction ends.
    """
    found: dict[int, dict[str, Word]] = {}
    kept = [word for row in _rows(session, lock=lock) for word in _words(row)]
    kept.sort(key=lambda word: word.at)  # of two papers that became one, the last word holds
    for paper in papers:
        identity = Identity.of(paper)
        own = {word.key: word for word in kept if word.paper.is_that_of(identity)}
        if own:
            found[paper.id or 0] = own
    return found


def say(
    session: Session, paper: Paper, name: str, place: tuple[str, int], *, forbidden: bool
) -> None:
    """Keep an editor's word on a name; it takes the place of an earlier one.

    Args:
        session: An open transaction.
        paper: The paper.
        name: As the editor spells it.
        place: Slug and number of an entry that covers the paper.
        forbidden: Whether the word is that this is no name of the paper.
    """
    unsay(session, paper, alias_key(name))
    slug, number = place
    row = session.exec(
        select(Correction)
        .where(Correction.slug == slug, Correction.language == "", Correction.number == number)
        .with_for_update()
    ).first()
    if row is None:
        row = Correction(slug=slug, number=number, content={}, origin=BY_COMMAND)
    word = Word(name, forbidden, now().isoformat(timespec="seconds"), *Identity.of(paper))
    _write(session, row, [*_words(row), word])


def unsay(session: Session, paper: Paper, key: str) -> bool:
    """Take the word on a name back; tells whether there was one."""
    identity = Identity.of(paper)
    there = False
    for row in _rows(session, lock=True):
        kept = [w for w in _words(row) if w.key != key or not w.paper.is_that_of(identity)]
        if len(kept) < len(_words(row)):
            there = True
            _write(session, row, kept)
    return there


def follow(session: Session, was: Identity, paper: Paper) -> None:
    """Let the words on a paper follow it when it is known by something else from now on."""
    if was == (now_known := Identity.of(paper)):
        return
    for row in _rows(session, lock=True):
        words = _words(row)
        led = [
            replace(word, **now_known._asdict()) if word.paper.is_that_of(was) else word
            for word in words
        ]
        if led != words:
            _write(session, row, led)


def _rows(session: Session, *, lock: bool) -> list[Correction]:
    """Give the corrections that hold words; few corrections do."""
    held = cast(col(Correction.content), String).like(f'%"{NAMES}"%')
    query = select(Correction).where(held).order_by(col(Correction.id))
    return list(session.exec(query.with_for_update() if lock else query))


def _words(row: Correction) -> list[Word]:
    return [Word(**stored) for stored in row.content.get(NAMES, [])]


def _write(session: Session, row: Correction, words: Sequence[Word]) -> None:
    content: dict[str, Any] = {k: v for k, v in row.content.items() if k != NAMES}
    if words:
        content[NAMES] = [asdict(word) for word in words]
    row.content = content
    if content:
        session.add(row)
    elif row.id is not None:
        session.delete(row)
    session.flush()
