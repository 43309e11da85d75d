"""The words of the store: how many entries hold each, which are forms of one word, which are spelled alike.

Misspelled words are found by the fragments that remain when one letter is left out, on both sides
(W. Garbe's symmetric delete spelling correction, with one deletion within the first letters).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import OSA
from sqlalchemy import text

from storage.catalog.stems import stem
from storage.listing import LAST_CHARACTER, ListQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlmodel import Session

EVERY_ENTRY = ""  # the empty word stands in every entry
NAME = "="  # before the key of a short name, which is spelled like a word
LONGEST_NAME = 24  # characters of such a key; longer names are repaired word by word
MOST_ERRORS = 2
LETTERS = "~"  # before three letters of a name
PERSON = "&"  # before a part of an author's name, from which the rest goes on
FRAGMENT_LENGTH = 7  # letters at the beginning of a word of which one may be wrong
MIN_SPELLED = 4  # shorter words are all alike
TWO_ERRORS_FROM = 8  # letters
MAX_FORMS = 12

_ENTRIES = ListQuery("SELECT term, entries FROM search_word WHERE term {terms}", "terms")
_TERMS = ListQuery("SELECT term, stem, entries FROM search_word WHERE term {terms}", "terms")
_FORMS = ListQuery(
    "SELECT term, stem, entries FROM search_word WHERE stem {stems} ORDER BY entries DESC, term",
    "stems",
)
_WORDS = ListQuery(
    "SELECT 'term' AS part, term, NULL AS stem, entries FROM search_word WHERE term {terms} UNION ALL "
    "SELECT 'form', term, stem, entries FROM search_word WHERE stem {stems} UNION ALL "
    "SELECT * FROM (SELECT 'begun', term, NULL, entries FROM search_word WHERE term >= :low AND term < :high "
    "ORDER BY entries DESC, term LIMIT :limit) AS begun ORDER BY part, entries DESC, term",
    "terms", "stems",
)  # fmt: skip
_SPELLED = ListQuery(
    "SELECT fragment, term FROM search_spelling WHERE fragment {fragments}", "fragments"
)


@dataclass(slots=True)
class Changes:
    """By how many entries each term grew or shrank."""

    by_term: Counter[str] = field(default_factory=Counter)

    def add(self, terms: Iterable[str]) -> None:
        """Count an entry that holds these terms."""
        self.by_term.update([EVERY_ENTRY, *terms])

    def remove(self, terms: Iterable[str]) -> None:
        """Take back an entry that held these terms."""
        self.by_term.subtract([EVERY_ENTRY, *terms])


@dataclass(frozen=True, slots=True)
class Spelled:
    """A term of the store that is spelled like what was asked."""

    term: str
    distance: int
    entries: int


class Form(NamedTuple):
    """A term, the stem it shares with its other forms, and how many entries hold it."""

    term: str
    stem: str | None
    entries: int


class Words(NamedTuple):
    """What the store knows of the words of a question.

    Attributes:
        entries: How many entries hold each term; unknown terms are left out.
        forms: The words of each stem with the number of their entries, the most frequent first.
        begun: The same of the terms that begin with a prefix.
    """

    entries: dict[str, int]
    forms: dict[str, list[tuple[str, int]]]
    begun: list[tuple[str, int]]


def apply(session: Session, changes: Changes) -> None:
    """Bring the vocabulary in step; terms in order, so that two writers wait instead of locking each other."""
    grown = {t: n for t, n in sorted(changes.by_term.items()) if n > 0}
    shrunk = {t: n for t, n in sorted(changes.by_term.items()) if n < 0}
    known = entries_of(session, grown)
    if grown:
        session.execute(
            text(
                "INSERT INTO search_word (term, stem, entries) VALUES (:term, :stem, :n) "
                "ON CONFLICT (term) DO UPDATE SET entries = search_word.entries + excluded.entries"
            ),
            [{"term": t, "stem": _stem_of(t), "n": n} for t, n in grown.items()],
        )
    fragments = [
        {"fragment": f, "term": t}
        for t in grown
        if t not in known
        for f in sorted(_fragments_of_term(t))
    ]
    if fragments:
        session.execute(
            text(
                "INSERT INTO search_spelling (fragment, term) VALUES (:fragment, :term) "
                "ON CONFLICT DO NOTHING"
            ),
            fragments,
        )
    if shrunk:
        rows = [{"term": t, "n": -n} for t, n in shrunk.items()]
        session.execute(
            text("UPDATE search_word SET entries = entries - :n WHERE term = :term"), rows
        )
        session.execute(
            text(
                "DELETE FROM search_spelling WHERE term = :term AND EXISTS "
                "(SELECT 1 FROM search_word w WHERE w.term = :term AND w.entries <= 0)"
            ),
            rows,
        )
        session.execute(text("DELETE FROM search_word WHERE term = :term AND entries <= 0"), rows)


def words_of(
    session: Session, terms: Iterable[str], stems: Iterable[str], prefix: str, limit: int
) -> Words:
    """Look up what a question needs of the vocabulary, in one round trip.

    Args:
        session: A session for reading.
        terms: To count, as `entries_of` does.
        stems: Whose words are wanted, as `forms_of` gives them.
        prefix: What further terms begin with, as `beginning` gives them; none, where it is empty.
        limit: At most so many of these.
    """
    values = {"low": prefix, "high": prefix and prefix + LAST_CHARACTER, "limit": limit}
    rows = _WORDS.ask(session, terms=sorted(set(terms)), stems=sorted(set(stems)), **values)
    return Words(
        {term: entries for part, term, _, entries in rows if part == "term"},
        _by_stem((root, term, entries) for part, term, root, entries in rows if part == "form"),
        [(term, entries) for part, term, _, entries in rows if part == "begun"],
    )


def entries_of(session: Session, terms: Iterable[str]) -> dict[str, int]:
    """Tell how many entries hold each term; unknown terms are left out."""
    wanted = list(dict.fromkeys(terms))
    return dict(_ENTRIES.ask(session, terms=wanted)) if wanted else {}


def forms_of(session: Session, stems: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
    """Give the words of each stem with the number of their entries, the most frequent first."""
    wanted = sorted(set(stems))
    if not wanted:
        return {}
    rows = _FORMS.ask(session, stems=wanted)
    return _by_stem((row.stem, row.term, row.entries) for row in rows)


def _by_stem(rows: Iterable[tuple[str, str, int]]) -> dict[str, list[tuple[str, int]]]:
    """Group terms by their stem, in order, each with the number of its entries; no more than are useful."""
    found: dict[str, list[tuple[str, int]]] = {}
    for root, term, entries in rows:
        found.setdefault(root, []).append((term, entries))
    return {root: forms[:MAX_FORMS] for root, forms in found.items()}


def kindred(session: Session, terms: Iterable[str]) -> list[Form]:
    """Give the terms that the store knows, and the other forms of these words, in order."""
    wanted = sorted(set(terms))
    found = {row.term: Form(*row) for row in _TERMS.ask(session, terms=wanted)}
    for root, forms in forms_of(session, (f.stem for f in found.values() if f.stem)).items():
        for term, entries in forms:
            found.setdefault(term, Form(term, root, entries))
    return [found[term] for term in sorted(found)]


def beginning(
    session: Session, prefix: str, limit: int, *, within: int | None = None
) -> list[tuple[str, int]]:
    """Give the terms that begin with a prefix, the most frequent first.

    Args:
        session: A session for reading.
        prefix: What the terms begin with.
        limit: At most so many.
        within: Look at the first so many alone, where very many may begin so.
    """
    return beginning_each(session, {prefix: limit}, within=within)[prefix]


def beginning_each(
    session: Session, limits: Mapping[str, int], *, within: int | None = None
) -> dict[str, list[tuple[str, int]]]:
    """Give the terms that begin with each prefix in one round trip; each as `beginning` does."""
    if not limits:
        return {}
    some = "" if within is None else "ORDER BY term LIMIT :within"
    values: dict[str, object] = {} if within is None else {"within": within}
    parts = []
    for n, (prefix, limit) in enumerate(limits.items()):
        values |= {f"low{n}": prefix, f"high{n}": prefix + LAST_CHARACTER, f"limit{n}": limit}
        parts.append(
            f"SELECT * FROM (SELECT {n} AS prefix, term, entries FROM "  # noqa: S608 - ours
            f"(SELECT term, entries FROM search_word WHERE term >= :low{n} AND term < :high{n} {some}) AS begun{n} "
            f"ORDER BY entries DESC, term LIMIT :limit{n}) AS best{n}"
        )
    found: list[list[tuple[str, int]]] = [[] for _ in limits]
    every = text(" UNION ALL ".join(parts) + " ORDER BY prefix, entries DESC, term")
    for n, term, entries in session.execute(every, values).all():
        found[n].append((term, entries))
    return dict(zip(limits, found, strict=True))


def spelled_like(session: Session, words: Sequence[str]) -> dict[str, list[Spelled]]:
    """Find terms that differ from each word by a typing error or two, the nearest first.

    A word that begins with `NAME` is compared with short names, any other with words.
    """
    fragments = {w: _fragments_of_term(w) for w in words if _is_spelled(w)}
    wanted = sorted(set().union(*fragments.values())) if fragments else []
    terms: dict[str, set[str]] = {}
    for row in _SPELLED.ask(session, fragments=wanted) if wanted else []:
        terms.setdefault(row.fragment, set()).add(row.term)
    near = {
        word: {
            (term, distance)
            for fragment in own
            for term in terms.get(fragment, ())
            if (distance := _distance(word, term)) is not None
        }
        for word, own in fragments.items()
    }
    frequent = entries_of(session, {term for found in near.values() for term, _ in found})
    return {
        word: sorted(
            (Spelled(t, d, frequent[t]) for t, d in found if t in frequent),
            key=lambda s: (s.distance, s.term[:2] != word[:2], -s.entries, s.term),
        )
        for word, found in near.items()
    }


def _distance(word: str, term: str) -> int | None:
    if word.startswith(NAME) != term.startswith(NAME):
        return None
    most = MOST_ERRORS if len(word.removeprefix(NAME)) >= TWO_ERRORS_FROM else 1
    distance = OSA.distance(word, term, score_cutoff=most)
    return int(distance) if distance <= most else None


def _is_spelled(term: str) -> bool:
    bare = term.removeprefix(NAME)
    return len(bare) >= MIN_SPELLED and bare.isalpha() and bare < "\u3000"


def _fragments_of_term(term: str) -> set[str]:
    if not _is_spelled(term):
        return set()
    mark = NAME if term.startswith(NAME) else ""
    start = term.removeprefix(NAME)[:FRAGMENT_LENGTH]
    return {mark + start} | {mark + start[:i] + start[i + 1 :] for i in range(len(start))}


def _stem_of(term: str) -> str | None:
    return stem(term) if term.isascii() and term.isalpha() else None
