"""Guesses the names by which a text calls a paper; a guess helps to find it and is never enough to be sure."""

from __future__ import annotations

import re
from typing import NamedTuple

from publisher.readers.references import marks

# A name is short, has a capital or a Greek letter in it, and is no common word.
_NAME = r"[“\"'‘]?(?P<name>[\w][\w.+-]{1,30}(?:\s[A-Z0-9][\w.+-]{0,20})?)[”\"'’]?"
_SAYS = (
    re.compile(rf"\b(?:is|are|was|were)\s+(?:named|called|dubbed)\s+{_NAME}"),
    re.compile(rf"(?:被?命名为|称为|叫做|称之为|名为)\s*{_NAME}"),
    re.compile(rf"\b(?:called|dubbed|named)\s+{_NAME}"),
)
_BEFORE_COLON = re.compile(r"^(?P<name>[^\s:][^:]{0,30}):\s")
# A plain word in parentheses is a nickname at the end of a title or before its colon; within, it belongs to it.
_PARENTHESES = re.compile(
    r"\((?:(?P<coined>\w*[a-z]\w*[A-Z][\w.+-]*|[A-Z]{2,}[\w.+-]*)|(?P<plain>[A-Za-zΑ-ω][\w.+-]{1,20}))"
    r"[^\w)]*\)(?(plain)(?=\s*(?::|$)))"
)
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*")
_LONGEST_NAME_WORDS = 3


class Guess(NamedTuple):
    """A name, and the words it was read out of."""

    name: str
    words: str


def guesses(title: str | None, text: str) -> list[Guess]:
    """Guess from a title and what is written about it.

    Args:
        title: The entry's title, as far as it is known.
        text: Why and insights.
    """
    found: list[Guess] = []
    if title:
        if match := _BEFORE_COLON.match(title):
            found.append(Guess(re.sub(r"\s*\(.*?\)", "", match["name"]), title))
        found += [Guess(m["coined"] or m["plain"], title) for m in _PARENTHESES.finditer(title)]
    # A sentence with a reference mark speaks of another work.
    for sentence in _SENTENCE.split(text):
        if not marks(sentence):
            found += [Guess(m["name"], sentence) for p in _SAYS for m in p.finditer(sentence)]
    once: dict[str, Guess] = {}
    for guess in (Guess(g.name.strip(" .,"), g.words.strip()) for g in found):
        if _is_a_name(guess.name):
            once.setdefault(guess.name, guess)
    return list(once.values())


def _is_a_name(name: str) -> bool:
    words = name.split()
    distinct = any(c.isupper() or c.isdigit() or "\u0370" <= c <= "\u03ff" for c in name)
    return bool(words) and len(words) <= _LONGEST_NAME_WORDS and len(name) > 1 and distinct
