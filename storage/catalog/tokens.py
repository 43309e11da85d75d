"""Cuts texts and questions into the words and pairs of characters under which both are compared.

Chinese and Japanese are written without blanks; a run of their characters is cut into overlapping pairs, so
that a word of two characters is found wherever it stands.
"""

from __future__ import annotations

import re
from itertools import pairwise

from storage.catalog.scripts import simplified
from storage.names import fold

MAX_WORD = 40  # characters; longer runs are no words
_GRAM = 3
_HAN = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_HAN_RUN = re.compile(rf"[{_HAN}]")
_PIECE = re.compile(rf"(?P<han>[{_HAN}]+)|(?P<word>[^\W_{_HAN}]+)")
_COMPOUND = re.compile(rf"(?<![^\W_])([^\W_{_HAN}]+)[-–‐‑]([^\W_{_HAN}]+)")


def pieces(text: str) -> list[str]:
    """Cut into words and whole runs of Chinese or Japanese, in order."""
    return [m[0] for m in _PIECE.finditer(simplified(fold(text)))]


def is_han(piece: str) -> bool:
    """Tell whether a piece is a run of Chinese or Japanese."""
    return bool(piece) and _HAN_RUN.match(piece) is not None


def pairs(run: str) -> list[str]:
    """Cut a run of characters into overlapping pairs; a single character stands for itself."""
    return [a + b for a, b in pairwise(run)] or [run]


def tokens(text: str) -> list[str]:
    """Cut into everything that is searched for: words, and pairs of Chinese characters, in order."""
    found: list[str] = []
    for piece in pieces(text):
        found += pairs(piece) if is_han(piece) else [piece[:MAX_WORD]]
    return found


def compounds(text: str) -> list[str]:
    """Join the halves of hyphenated words: *pre-training* is also looked for as *pretraining*."""
    return [(a + b)[:MAX_WORD] for a, b in _COMPOUND.findall(fold(text))]


def words(text: str) -> list[str]:
    """Cut into words alone, without Chinese and Japanese."""
    return [piece[:MAX_WORD] for piece in pieces(text) if not is_han(piece)]


def grams(key: str) -> list[str]:
    """Cut a name's key into overlapping triples of letters, with its beginning marked."""
    marked = f"^{key}"
    return list(
        dict.fromkeys(marked[i : i + _GRAM] for i in range(max(len(marked) - _GRAM + 1, 1)))
    )
