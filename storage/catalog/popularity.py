"""Says which names are popular words: so many entries use them that they name no paper of the store.

A paper may be called *Attention*; who asks for "attention" need not mean it. So a popular word is never a sure
name of one paper, whoever gave it; a whole title is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.catalog import vocabulary
from storage.catalog.fulltext import holding
from storage.catalog.naming import Kind
from storage.catalog.tokens import tokens
from storage.names import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlmodel import Session

    from storage.catalog.names import NameMatch

POPULAR = (3, 0.02)  # entries of other papers, and part of the store, from which a word is popular


def popular_words(words: Iterable[str], counted: Mapping[str, int]) -> set[str]:
    """Choose the words that so many entries use that they name none of them.

    Args:
        words: To choose from.
        counted: How many entries hold each, and how many there are.
    """
    bar = _bar(counted)
    return {word for word in words if counted.get(word, 0) > bar}


def is_popular(session: Session, name: str, own: int = 0) -> bool:
    """Tell whether a name is a word, or words that stand together, of many entries.

    Args:
        session: A session for reading.
        name: The name, as it is written.
        own: How many entries are about the paper itself; they do not count.
    """
    parts = list(dict.fromkeys(tokens(name)))
    whole = _numbers({name_key(name), *(parts if len(parts) == 1 else ())})
    counted = vocabulary.entries_of(session, [*whole, *parts, vocabulary.EVERY_ENTRY])
    bar = _bar(counted) + own
    if any(counted.get(word, 0) > bar for word in whole):
        return True
    if len(parts) < 2 or any(counted.get(part, 0) <= bar for part in parts):  # noqa: PLR2004 - one word is whole
        return False
    return len(holding(session, "words", [[tuple(parts)]], limit=int(bar) + 1)) > bar


def popular_names(session: Session, matches: Iterable[NameMatch]) -> set[str]:
    """Choose, by their keys, the names that are popular words; a whole title is its paper's, whatever its words."""
    entries: dict[str, set[int]] = {}
    labels: dict[str, str] = {}
    for match in matches:
        if match.kind is not Kind.TITLE:
            entries.setdefault(match.key, set()).add(match.entry_id)
            labels[match.key] = match.label
    return {key for key, label in labels.items() if is_popular(session, label, len(entries[key]))}


def _numbers(words: Iterable[str]) -> set[str]:
    """Give words in the singular and in the plural: who asks for transformers asks for a transformer."""
    return {form for word in words for form in (word, f"{word}s", word.removesuffix("s"))}


def _bar(counted: Mapping[str, int]) -> float:
    return POPULAR[0] + POPULAR[1] * counted.get(vocabulary.EVERY_ENTRY, 0)
