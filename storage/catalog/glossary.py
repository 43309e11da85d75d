"""Tells what else a term of the field is called: in other words, and in other languages."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from storage.catalog.glossary_terms import FIELD_TERMS
from storage.catalog.glossary_words import (
    COMMONPLACE_WORDS,
    EVERYDAY_WORDS,
    FUNCTION_RUNS,
    FUNCTION_WORDS,
    PLAIN_WORDS,
)
from storage.catalog.scripts import simplified
from storage.catalog.stems import stem
from storage.catalog.tokens import is_han, pieces
from storage.names import fold

MAX_WORDS = 4  # in one term
MAX_RUN = 10  # characters in one Chinese or Japanese term
_ENDINGS = "aeiouysnmrtйяыиеаоуюхмвгь"
_KEPT = 4  # letters that stay when the ending of a foreign word is taken away

Term = tuple[str, ...]  # pieces: words, or one run of Chinese or Japanese


class Glossary(NamedTuple):
    """The terms, ready to be looked up; it is made once and never changes."""

    meanings: dict[Term, tuple[int, ...]]  # term or its stems → lines
    terms: tuple[tuple[Term, ...], ...]  # line → its terms
    runs: frozenset[str]  # Chinese and Japanese terms
    skipped_runs: frozenset[str]
    skipped_words: frozenset[str]
    plain_words: frozenset[str]
    commonplace: frozenset[str]  # stems


@cache
def glossary() -> Glossary:
    """Give the glossary of the field and of everyday words."""
    lines = _lines(FIELD_TERMS) + _lines(EVERYDAY_WORDS)
    meanings: dict[Term, tuple[int, ...]] = {}
    for number, terms in enumerate(lines):
        for key in {k for term in terms for k in _keys(term)}:
            meanings[key] = (*meanings.get(key, ()), number)
    runs = frozenset(piece for terms in lines for term in terms for piece in term if is_han(piece))
    return Glossary(
        meanings,
        tuple(lines),
        runs,
        frozenset(simplified(fold(run)) for run in FUNCTION_RUNS.split()),
        frozenset(fold(word) for word in FUNCTION_WORDS.split()),
        frozenset(PLAIN_WORDS.split()),
        frozenset(stem(simplified(fold(word))) for word in COMMONPLACE_WORDS.split()),
    )


def other_terms(term: Term) -> list[Term]:
    """Give the other ways to say a term, the nearest meaning first; none for an unknown one."""
    known = glossary()
    for key in _keys(term):
        if key in known.meanings:
            lines = known.meanings[key]
            return list(dict.fromkeys(t for line in lines for t in known.terms[line] if t != term))
    return []


def is_function_word(word: str) -> bool:
    """Tell whether a word says nothing about what is sought."""
    return word in glossary().skipped_words


def telling(tokens: set[str]) -> set[str]:
    """Leave out the tokens of a text that say nothing about its subject: single letters, numbers, plain words."""
    known = glossary()
    rest = tokens - known.skipped_words - known.plain_words
    return {
        token
        for token in rest
        if len(token) > 1
        and not token.isdigit()
        and (token.isascii() or known.skipped_runs.isdisjoint((token, *token)))
    }


def is_commonplace(word: str) -> bool:
    """Tell whether a word is at home in every field, so that sharing it says little."""
    known = glossary()
    return (
        word in known.plain_words or word in known.skipped_words or stem(word) in known.commonplace
    )


def segmented(run: str) -> list[tuple[str, bool]]:
    """Cut a run of Chinese or Japanese into known terms and what is left, in order.

    Returns:
        Pieces with whether each is a term of the glossary; function words are left out.
    """
    known = glossary()
    found: list[tuple[str, bool]] = []
    rest = ""
    place = 0
    while place < len(run):
        for length in range(min(MAX_RUN, len(run) - place), 0, -1):
            piece = run[place : place + length]
            is_term = piece in known.runs and length > 1
            if is_term or piece in known.skipped_runs:
                found += [(rest, False)] if rest else []
                found += [(piece, True)] if is_term else []
                rest = ""
                place += length
                break
        else:
            rest += run[place]
            place += 1
    return [*found, (rest, False)] if rest else found


def _lines(text: str) -> list[tuple[Term, ...]]:
    lines = text.replace("\n| ", " | ").strip().splitlines()
    return [
        tuple(dict.fromkeys(tuple(pieces(term)) for term in line.split("|") if term.strip()))
        for line in lines
    ]


def _keys(term: Term) -> list[Term]:
    """Give the forms under which a term is known, the most exact first."""
    stems = tuple(stem(word) for word in term)
    return list(dict.fromkeys((term, stems, tuple(_bare(word) for word in term))))


def _bare(word: str) -> str:
    """Take a foreign ending away, as far as three letters."""
    kept = word
    while len(kept) > _KEPT and len(word) - len(kept) < 3 and kept[-1] in _ENDINGS:  # noqa: PLR2004
        kept = kept[:-1]
    return kept
