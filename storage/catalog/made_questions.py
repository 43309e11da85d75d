"""Makes questions with known answers out of the store's own papers, so that any store can be measured.

Every type asks as members do: by the title, by half of it, with a typing error, by an address, by an author and a
year. Where a question truly fits several papers, each of them is expected. And it asks for what the store does not
have, by names that are nearly those of its papers: of these nothing may be claimed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from storage.catalog import names
from storage.catalog.index import year_of
from storage.catalog.made_names import MIN_SWAPPED, other_name
from storage.catalog.naming import before_colon
from storage.catalog.questions import Asked
from storage.names import name_key, name_signs
from storage.tables import Entry, EntryPaper, Issue, Paper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlmodel import Session

MIN_HALVED = 4  # words; half of a shorter title is hardly a question
SHORT_NAMES = (
    0.5  # of the other names are made of what stands before a title's colon, where there is one
)
MIN_MISSPELLED = 5  # letters of a word that gets the error
ADDRESSES = (
    "{}", "arXiv:{}", "arxiv {}", "{}v2", "https://arxiv.org/abs/{}", "http://arxiv.org/abs/{}v1",
    "arxiv.org/abs/{}", "https://arxiv.org/pdf/{}", "https://arxiv.org/pdf/{}v3.pdf",
    "https://www.arxiv.org/abs/{}", "https://export.arxiv.org/abs/{}", "https://arxiv.org/html/{}v1",
    "https://ar5iv.labs.arxiv.org/html/{}", "https://huggingface.co/papers/{}",
    "10.48550/arXiv.{}", "https://doi.org/10.48550/arXiv.{}", "<https://arxiv.org/abs/{}>",
)  # fmt: skip
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class _Work:
    """What a question can be made of."""

    title: str
    key: str
    arxiv: str | None
    authors: tuple[str, ...]
    year: str | None
    expected: str


def made_questions(
    session: Session, count: int, *, seed: int = 7, drafts: bool = True
) -> list[Asked]:
    """Make questions from papers drawn by chance, of every type about as many.

    Args:
        session: A session for reading.
        count: How many; fewer where the store has too few papers to ask about.
        seed: The same seed draws the same questions from the same store.
        drafts: Also ask about papers of issues that are not published.
    """
    works = _works(session, drafts=drafts)
    chance = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    kinds = [maker(works, chance) for maker in (_exact, _halves, _typos, _addresses, _people)]
    kinds.append(_others(session, works, chance))
    found: dict[str, Asked] = {}
    while kinds and len(found) < count:
        for kind in list(kinds):
            asked = next((a for a in kind if a.text not in found), None)
            if asked is None:
                kinds.remove(kind)
            elif len(found) < count:
                found[asked.text] = asked
    return list(found.values())


def halves(title: str) -> list[str]:
    """Give every contiguous half of a title's words; none of a title with fewer than four."""
    words = title.split()
    if len(words) < MIN_HALVED:
        return []
    size = len(words) // 2
    return [" ".join(words[i : i + size]) for i in range(len(words) - size + 1)]


def misspelled(title: str, chance: random.Random) -> str | None:
    """Swap, drop, double or replace one letter within a longer word; None where the title has none."""
    words = title.split()
    places = [i for i, w in enumerate(words) if len(w) >= MIN_MISSPELLED and _is_plain(w)]
    if not places:
        return None
    place = chance.choice(places)
    wrong = words[place]
    while wrong == words[place]:
        wrong = chance.choice((_swapped, _dropped, _doubled, _replaced))(words[place], chance)
    return " ".join([*words[:place], wrong, *words[place + 1 :]])


def _is_plain(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _swapped(word: str, chance: random.Random) -> str:
    i = chance.randrange(len(word) - 1)
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _dropped(word: str, chance: random.Random) -> str:
    i = chance.randrange(len(word))
    return word[:i] + word[i + 1 :]


def _doubled(word: str, chance: random.Random) -> str:
    i = chance.randrange(len(word))
    return word[:i] + word[i] + word[i:]


def _replaced(word: str, chance: random.Random) -> str:
    i = chance.randrange(len(word))
    return word[:i] + chance.choice(_LETTERS) + word[i + 1 :]


def _works(session: Session, *, drafts: bool) -> list[_Work]:
    """Read every paper once, in the order of their ids."""
    query = (
        select(Paper, Issue.slug, Entry.number, Entry.position)
        .join(EntryPaper, col(EntryPaper.paper_id) == Paper.id)
        .join(Entry, col(Entry.id) == EntryPaper.entry_id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .order_by(col(Paper.id), Issue.slug, col(Entry.position))
    )
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    found: dict[int, _Work] = {}
    for paper, slug, number, position in session.exec(query):
        if paper.id is None or paper.id in found or not paper.title.strip():
            continue
        expected = paper.arxiv or paper.doi or f"{slug}/{number or position}"
        found[paper.id] = _Work(
            paper.title, name_key(paper.title), paper.arxiv, tuple(paper.authors), year_of(paper), expected
        )  # fmt: skip
    return list(found.values())


def _drawn(works: Sequence[_Work], chance: random.Random) -> Iterator[_Work]:
    yield from chance.sample(works, len(works))


def _saying(works: Iterable[_Work], key: str) -> tuple[str, ...]:
    """List the papers whose title says this; each is a right answer."""
    return tuple(dict.fromkeys(work.expected for work in works if key in work.key))


def _exact(works: Sequence[_Work], chance: random.Random) -> Iterator[Asked]:
    by_key: dict[str, list[str]] = {}
    for work in works:
        by_key.setdefault(work.key, []).append(work.expected)
    for work in _drawn(works, chance):
        yield Asked(work.title, "made_exact", tuple(dict.fromkeys(by_key[work.key])))


def _halves(works: Sequence[_Work], chance: random.Random) -> Iterator[Asked]:
    for work in _drawn(works, chance):
        possible = halves(work.title)
        half = chance.choice(possible) if possible else ""
        if key := name_key(half):
            yield Asked(half, "made_half", _saying(works, key))


def _typos(works: Sequence[_Work], chance: random.Random) -> Iterator[Asked]:
    keys = {work.key for work in works}
    for work in _drawn(works, chance):
        wrong = misspelled(work.title, chance)
        if wrong is not None and name_key(wrong) not in keys:
            yield Asked(wrong, "made_typo", (work.expected,))


def _others(session: Session, works: Sequence[_Work], chance: random.Random) -> Iterator[Asked]:
    """Name versions and siblings of papers that the store does not have."""
    words = sorted(
        {w for work in works for w in work.title.split() if len(w) >= MIN_SWAPPED and _is_plain(w)}
    )
    for work in _drawn(works, chance):
        short = before_colon(work.title)
        name = short if short and chance.random() < SHORT_NAMES else work.title
        other = other_name(name, words, chance)
        key = name_key(other)
        there = names.exact(session, [key])
        if key and not any(name_signs(m.label) == name_signs(other) for m in there):
            yield Asked(other, "made_other", ())


def _addresses(works: Sequence[_Work], chance: random.Random) -> Iterator[Asked]:
    for work in _drawn(works, chance):
        if work.arxiv:
            yield Asked(
                chance.choice(ADDRESSES).format(work.arxiv), "made_address", (work.expected,)
            )


def _people(works: Sequence[_Work], chance: random.Random) -> Iterator[Asked]:
    by_person: dict[tuple[str, str], list[str]] = {}
    for work in works:
        for author in work.authors:
            by_person.setdefault((name_key(author), work.year or ""), []).append(work.expected)
    for work in _drawn(works, chance):
        if work.authors and work.year and (key := name_key(work.authors[0])):
            fitting = tuple(dict.fromkeys(by_person[key, work.year]))
            yield Asked(f"{work.authors[0]} {work.year}", "made_author_year", fitting)
