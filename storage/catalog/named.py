"""The stages of an answer that go by names and identifiers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rapidfuzz import fuzz
from sqlalchemy import or_
from sqlmodel import col, select

from storage.catalog import initials, matched, names
from storage.catalog.document import author_token
from storage.catalog.editions import Candidate
from storage.catalog.fulltext import holding, is_common
from storage.catalog.identifiers import identifiers, spoken, without_identifiers
from storage.catalog.name_question import MIN_PART
from storage.catalog.naming import ADDRESS, ARXIV, DOI, Kind
from storage.catalog.popularity import popular_names, popular_words
from storage.catalog.question import bare_forms
from storage.catalog.slips import surely_meant
from storage.catalog.tokens import grams, pieces, words
from storage.catalog.vocabulary import EVERY_ENTRY
from storage.names import name_key, name_signs
from storage.tables import EntryPaper, Paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from storage.catalog.name_question import NameQuestion
    from storage.catalog.names import NameMatch

IDENTIFIED = 100.0
AUTHOR, AUTHOR_WITH_INITIALS = 90.0, 85.0
# How much an exact name is worth, by what it is to the entry.
EXACT = {
    Kind.TITLE: 96.0,
    Kind.EDITOR: 95.0,
    Kind.SHORT: 94.0,
    Kind.GUESSED: 88.0,
    Kind.RELATED: 84.0,
    Kind.CITED: 84.0,
    Kind.INITIALS: 70.0,
}
OTHER_SIGNS = 10.0  # less, where only a sign tells the names apart: DSI++
BEGINNING = (58.0, 32.0)  # at least, and by how much of the name is there
ONE_ERROR, TWO_ERRORS = 82.0, 72.0
KNOWN_WORD, SHORT_WORD = (
    30.0,
    8.0,
)  # less, where a misspelling is unlikely or little is left to compare
ALIKE = (25.0, 70.0)  # at least, and by how alike
MIN_ALIKE = 0.8
MIN_ALIKE_START = 0.82
ALIKE_START = 55.0
AT_START, AT_END = 4.0, 2.0
WITHIN = (60.0, 18.0)  # a name within the question; by how much of the question it is
PART = (76.0, 14.0)  # the question is a piece of the name; by how much of it
AUTHOR_WITHIN = 80.0
NEAREST = 20.0  # a name that only looks a little like it
MIN_PREFIX = 3
LESSER = {Kind.GUESSED: 4.0, Kind.INITIALS: 20.0, Kind.RELATED: 10.0, Kind.CITED: 10.0}
_MARK = " § "  # in the place of an identifier
# What belongs to the writing of an identifier.
_BESIDE_IDENTIFIERS_WORDS = (
    "arxiv doi abs pdf html id identifier eprint preprint nr number https http url v the "
    "paper 论文 编号"
)
_BESIDE_IDENTIFIERS = frozenset(_BESIDE_IDENTIFIERS_WORDS.split())
MAX_AUTHORED = 200
MAX_NEWEST = 1_000  # names compared with a question that shares nothing with any
MAX_COMPARED = 16  # entries whose names are compared letter by letter
TRIPLES = 8  # of letters that are looked up, the rarest
FEW_ALIKE = 2.0  # names that hold the same triples by chance
SHORT = 6  # letters of a key in which one more error leaves little to compare


def by_identifier(session: Session, asked: str) -> list[Candidate] | None:
    """Find entries by the arXiv ids, DOIs and addresses in a question; None when it holds none to go by.

    It is sure where the question is the identifiers of one paper and nothing else: of several, every one must be
    that paper's, and what stands around them only frames the question or names the paper.
    """
    found = identifiers(asked)
    if not found and not found.addresses:
        return None
    direct = _papers(session, found.arxiv, found.dois)
    known = {c.matched for c in direct}
    open_ = [ARXIV + n for n in found.arxiv if f"arXiv {n}" not in known]
    open_ += [DOI + d for d in found.dois if f"DOI {d}" not in known]
    keys = open_ if direct else [*open_, *(ADDRESS + a for a in found.addresses)]
    pointed = [
        Candidate(m.entry_id, m.paper_id, EXACT[m.kind], _described(m))
        for m in names.exact(session, keys)
    ]
    if direct:
        sure = not open_ and _is_framed(session, asked, {c.paper_id for c in direct})
        return [*(replace(c, sure=sure) for c in direct), *pointed]
    if pointed:
        return pointed
    around = without_identifiers(asked if found else spoken(asked))
    return None if words(around) else []


def _is_framed(session: Session, asked: str, paper_ids: set[int | None]) -> bool:
    """Tell whether what stands around identifiers says nothing else: *explain 2203.15556*, but not *not 2203.15556*."""
    bare = bare_forms(without_identifiers(asked, _MARK))[-1]
    left = [word for word in pieces(bare) if word not in _BESIDE_IDENTIFIERS]
    if not left:
        return True
    named = names.exact(session, [name_key(bare)])
    return bool(named) and {m.paper_id for m in named if m.own} == paper_ids


def by_exact_name(session: Session, asked: NameQuestion) -> list[Candidate]:
    """Find entries of which the question is the very name, or the whole name of an author."""
    matches = names.exact(session, asked.keys)
    said = [(name_key(form), name_signs(form)) for form in asked.forms]
    same = {m for m in matches if (m.key, name_signs(m.label)) in said or m.key not in dict(said)}
    found = [
        Candidate(
            m.entry_id,
            m.paper_id,
            EXACT[m.kind] - (0 if m in same else OTHER_SIGNS),
            _described(m),
            sure=m.own and m in same,
        )
        for m in matches
    ]
    found = _doubting(session, found, matches)
    # Where a name is sure, nothing more will be asked for, most likely.
    return [*found, *_by_author(session, asked, ahead=not any(c.sure for c in found))]


def by_near_name(
    session: Session, asked: NameQuestion, near: Sequence[int], *, spelled: bool = False
) -> list[Candidate]:
    """Find entries whose name the question begins, misspells, holds or is part of.

    Args:
        session: A session for reading.
        asked: The question.
        near: Entries that full text found; their long names are compared letter by letter.
        spelled: Whether an entry holds every word of the question: then it misspells no long name of another.
    """
    if not asked.keys:
        return []
    shortest = asked.keys[-1]
    found = _begun(session, asked.keys)
    found += _misspelled(session, asked)
    found += _within(session, asked)
    alike = [] if spelled else _sharing_letters(session, asked)
    compared = [*near[:MAX_COMPARED], *alike]
    return found + _alike(session, list(dict.fromkeys(compared)), shortest, asked.forms)


def nearest(session: Session, asked: NameQuestion) -> list[Candidate]:
    """Find the names that share most letters with a question to which there is no answer."""
    key = name_key(asked.text)
    counted = asked.counted_letters(grams(key), ahead=False)  # it is the last stage
    rarest = sorted(counted.keys() - {EVERY_ENTRY}, key=lambda g: (counted[g], g))[:TRIPLES]
    common = is_common(MAX_AUTHORED, sum(counted[g] for g in rarest), counted.get(EVERY_ENTRY, 0))
    either = [(g,) for g in rarest]
    shared = holding(session, "grams", [either], limit=MAX_AUTHORED, common=common)
    near = names.of_entries(session, shared, key) or names.newest(session, key, MAX_NEWEST)
    matches = [m for m in near if m.own and m.nearness > 0]
    best = sorted(matches, key=lambda m: (-m.nearness, m.key, m.entry_id))[:MAX_COMPARED]
    return [
        Candidate(m.entry_id, m.paper_id, NEAREST * m.nearness, matched.NEAREST + m.label)
        for m in best
    ]


def _papers(session: Session, arxiv: Sequence[str], dois: Sequence[str]) -> list[Candidate]:
    query = (
        select(EntryPaper.entry_id, Paper)
        .join(Paper, col(Paper.id) == EntryPaper.paper_id)
        .where(or_(col(Paper.arxiv).in_(arxiv), col(Paper.doi).in_(dois)))
    )
    order = {number: place for place, number in enumerate([*arxiv, *dois])}
    found = [
        Candidate(
            entry_id,
            paper.id,
            # Several pasted at once are answered in the order they were pasted.
            IDENTIFIED - order[number] / 10,
            f"{called} {number}",
        )
        for entry_id, paper in session.exec(query)
        for called, number in (("arXiv", paper.arxiv), ("DOI", paper.doi))
        if number in order
    ]
    return sorted(found, key=lambda c: -c.score)


def _by_author(session: Session, asked: NameQuestion, *, ahead: bool) -> list[Candidate]:
    """Find entries of whose author the question is the whole name, or the name with initials."""
    # An unknown word is sooner known as such by the vocabulary than by the index, by half a millisecond at a million.
    known = asked.entries_of((author_token(key) for key in asked.keys), ahead=ahead)
    entries = (
        holding(session, "words", [[(t,) for t in known]], limit=MAX_AUTHORED) if known else []
    )
    found = [Candidate(e, None, AUTHOR, matched.AUTHOR) for e in entries]
    with_initials = initials.with_initials(session, asked.forms[-1])
    return found + [Candidate(e, None, AUTHOR_WITH_INITIALS, matched.AUTHOR) for e in with_initials]


def _begun(session: Session, keys: Sequence[str]) -> list[Candidate]:
    """Find names that begin with a key; never surely: what is left out may tell two names apart."""
    return [
        Candidate(
            m.entry_id,
            m.paper_id,
            BEGINNING[0] + BEGINNING[1] * m.nearness - LESSER.get(m.kind, 0),
            _described(m),
        )
        for key in keys
        if len(key) >= MIN_PREFIX
        for m in names.beginning(session, key)
    ]


def _misspelled(session: Session, asked: NameQuestion) -> list[Candidate]:
    known_word = _is_word(asked)
    found = []
    for key in asked.keys:
        matches = names.similar(session, key)
        meant = surely_meant(session, asked.forms, [m for m, _ in matches])
        doubt = KNOWN_WORD if known_word else SHORT_WORD if len(key) < SHORT else 0.0
        candidates = [
            Candidate(
                m.entry_id,
                m.paper_id,
                (ONE_ERROR if d == 1 else TWO_ERRORS) - doubt - LESSER.get(m.kind, 0),
                _described(m),
                sure=m.own and m.key in meant,
            )
            for m, d in matches
        ]
        found += _doubting(session, candidates, [m for m, _ in matches])
    return found


def _alike(
    session: Session, near: Sequence[int], key: str, forms: Sequence[str]
) -> list[Candidate]:
    matches = [
        m
        for m in names.of_entries(session, near, key)
        if not m.key.startswith((ARXIV, DOI, ADDRESS))
    ]
    meant = surely_meant(session, forms, (m for m in matches if m.nearness >= MIN_ALIKE))
    found: list[tuple[Candidate, NameMatch]] = []
    for m in matches:
        lesser = LESSER.get(m.kind, 0)
        if m.nearness >= MIN_ALIKE:
            sure = m.own and m.key in meant
            score = ALIKE[0] + ALIKE[1] * m.nearness - lesser
            found.append((Candidate(m.entry_id, m.paper_id, score, _described(m), sure=sure), m))
        elif len(key) >= MIN_PART and (score := _part(key, m.key)):
            found.append((Candidate(m.entry_id, m.paper_id, score - lesser, _described(m)), m))
    return _doubting(session, [c for c, _ in found], [m for _, m in found])


def _part(key: str, name: str) -> float:
    """Say how much a key is worth as a piece of a name, or as its misspelled beginning."""
    if key in name:
        edge = AT_START if name.startswith(key) else AT_END if name.endswith(key) else 0.0
        return PART[0] + PART[1] * len(key) / len(name) + edge
    alike = fuzz.ratio(key, name[: len(key) + 1]) / 100
    return ALIKE[0] + ALIKE_START * alike if alike >= MIN_ALIKE_START else 0.0


def _sharing_letters(session: Session, asked: NameQuestion) -> list[int]:
    """Find entries whose names hold the rarest letters of a question, or of one half of it.

    A typing error spoils one half and leaves the other.
    """
    counted = asked.counted_letters(g for triples in asked.letters for g in triples)
    found: list[int] = []
    for triples in asked.letters:
        if all(g in counted for g in triples):
            found += _holding_letters(session, triples, counted)
    return found


def _holding_letters(
    session: Session, triples: Sequence[str], counted: dict[str, int]
) -> list[int]:
    """Find the newest entries whose names hold the rarest triples; of few, also some that hold part of these."""
    rarest = sorted(triples, key=lambda g: (counted[g], g))[:TRIPLES]
    telling = _telling(triples, rarest, counted)
    found = holding(session, "grams", [[(g,)] for g in telling], limit=MAX_COMPARED)
    if len(found) == MAX_COMPARED and len(telling) < len(rarest):
        found = holding(session, "grams", [[(g,)] for g in rarest], limit=MAX_COMPARED)
    return found


def _telling(triples: Sequence[str], rarest: Sequence[str], counted: dict[str, int]) -> list[str]:
    """Choose as many of the rarest triples as leave few names; none beside another, for they go together."""
    chosen: list[str] = []
    left = float(counted[EVERY_ENTRY])
    for triple in rarest:
        place = triples.index(triple)
        beside = triples[max(place - 2, 0) : place + 3]
        if left > FEW_ALIKE and not any(g in chosen for g in beside):
            chosen.append(triple)
            left *= counted[triple] / max(counted[EVERY_ENTRY], 1)
    return chosen if left <= FEW_ALIKE else list(rarest)


def _within(session: Session, asked: NameQuestion) -> list[Candidate]:
    """Find names that stand within a longer question, such as a nickname and a topic."""
    windows = asked.windows
    if not windows:
        return []
    whole = max(len(name_key(asked.text)), 1)
    common = popular_words(asked.alone, asked.entries_of([*asked.alone, EVERY_ENTRY]))
    authors = sorted(asked.entries_of(asked.persons))
    authored = [
        Candidate(entry_id, None, AUTHOR_WITHIN, matched.AUTHOR)
        for entry_id in holding(session, "words", [[(t,) for t in authors]], limit=MAX_AUTHORED)
    ]
    return authored + [
        Candidate(
            m.entry_id,
            m.paper_id,
            WITHIN[0] + WITHIN[1] * len(m.key) / whole - LESSER.get(m.kind, 0),
            _described(m),
        )
        for m in names.exact(session, set(windows) - common)
        if m.own or m.kind is Kind.GUESSED
    ]


def _is_word(asked: NameQuestion) -> bool:
    """Tell whether a question is one word that entries use; then it may be meant as no name at all."""
    return len(asked.parts) == 1 and bool(asked.entries_of(asked.parts))


def _doubting(
    session: Session, candidates: Sequence[Candidate], matches: Sequence[NameMatch]
) -> list[Candidate]:
    """Be not sure of a name that is a popular word.

    Args:
        session: A session for reading.
        candidates: One for each match.
        matches: The names they go by.
    """
    certain = [m for c, m in zip(candidates, matches, strict=True) if c.sure]
    if len({m.paper_id for m in certain}) != 1:
        return list(candidates)  # there is nothing to doubt, or it will be asked which one is meant
    popular = popular_names(session, certain)
    return [
        replace(c, sure=False) if c.sure and m.kind is not Kind.TITLE and m.key in popular else c
        for c, m in zip(candidates, matches, strict=True)
    ]


def _described(match: NameMatch) -> str:
    if match.kind is Kind.CITED:
        return matched.CITED + match.label
    if match.kind is Kind.RELATED:
        return matched.RELATED + match.label
    return match.label
