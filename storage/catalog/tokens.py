"""Cuts texts and questions into the words and character n-grams under which both are compared."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_GRAM = 3
# fmt: off
_FUNCTION_WORDS = frozenset({
    "a", "about", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "how",
    "in", "into", "is", "it", "of", "on", "or", "paper", "papers", "that", "the", "this", "to", "was",
    "we", "were", "what", "which", "with",
})
# fmt: on


def fold(text: str) -> str:
    """Take away case, width and diacritics; Greek mu and the micro sign become one letter."""
    decomposed = unicodedata.normalize("NFKD", text.replace("\0", " "))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def words(text: str) -> list[str]:
    """Cut into words; a run of Chinese or Japanese is not one and is left out."""
    return [w for w in _WORD.findall(_HAN.sub(" ", fold(text))) if w]


def content_words(text: str) -> list[str]:
    """Cut into the words that carry a question's meaning."""
    found = words(text)
    return [w for w in found if w not in _FUNCTION_WORDS] or found


def grams(text: str) -> list[str]:
    """Cut into character n-grams: pairs of Chinese characters, triples of letters within words."""
    folded = fold(text)
    found = [run[i : i + 2] for run in _HAN.findall(folded) for i in range(max(len(run) - 1, 1))]
    for word in words(text):
        found += (
            [word[i : i + _GRAM] for i in range(len(word) - _GRAM + 1)]
            if len(word) > _GRAM
            else [word]
        )
    return found


def han_grams(text: str) -> list[str]:
    """Cut the Chinese and Japanese runs alone into pairs of characters."""
    return [run[i : i + 2] for run in _HAN.findall(fold(text)) for i in range(max(len(run) - 1, 1))]
