"""A question as the stages that go by names see it: cut once, and its words counted in the store once for them all."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from storage.catalog import vocabulary
from storage.catalog.document import author_token
from storage.catalog.glossary import is_function_word
from storage.catalog.question import bare_forms, name_forms
from storage.catalog.tokens import grams, pieces
from storage.catalog.vocabulary import EVERY_ENTRY, LETTERS
from storage.names import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

MIN_WITHIN = 3
MIN_PART = 8
MAX_WINDOW = 6  # words of a name within a question
MAX_WORDS = 16


class NameQuestion:
    """What may be a name in a question, and how many entries of the store know it.

    Args:
        session: A session for reading.
        text: The question.
    """

    def __init__(self, session: Session, text: str) -> None:
        self.text = text
        self.forms = bare_forms(text)
        self.keys = name_forms(text)
        self._session = session
        self._counted: dict[str, int] = {}
        self._looked_ahead = False

    @cached_property
    def parts(self) -> list[str]:
        """Its words, and its runs of Chinese or Japanese."""
        return pieces(self.text)

    @cached_property
    def alone(self) -> list[str]:
        """Its words that may be a name by themselves."""
        return [part for part in self.parts[:MAX_WORDS] if part in self.windows]

    @cached_property
    def windows(self) -> dict[str, int]:
        """The keys of what may be a name within it, each with the number of its words."""
        parts = self.parts[:MAX_WORDS]
        found: dict[str, int] = {}
        for size in range(1, min(MAX_WINDOW, len(parts) - 1) + 1):
            for start in range(len(parts) - size + 1):
                some = parts[start : start + size]
                key = name_key("".join(some))
                if len(key) >= MIN_WITHIN and not all(map(is_function_word, some)):
                    found[key] = size
        return found

    @cached_property
    def persons(self) -> set[str]:
        """The tokens of what may be an author's name within it."""
        return {author_token(key) for key, size in self.windows.items() if size > 1}

    @cached_property
    def letters(self) -> list[list[str]]:
        """The triples of letters of its shortest key, and of each half; none, where it is short."""
        key = self.keys[-1] if self.keys else ""
        if len(key) < MIN_PART:
            return []
        middle = len(key) // 2
        return [grams(piece)[1:] for piece in (key, key[:middle], key[middle:])]

    def entries_of(self, terms: Iterable[str], *, ahead: bool = True) -> dict[str, int]:
        """Tell how many entries hold each term; unknown terms are left out.

        Args:
            terms: To count.
            ahead: Also look up what the stages may ask for later, once, which saves a round trip for each.
        """
        wanted = list(dict.fromkeys(terms))
        if missing := {term for term in wanted if term not in self._counted}:
            asked = missing | (self._later() if ahead and not self._looked_ahead else set())
            self._looked_ahead = self._looked_ahead or ahead
            known = vocabulary.entries_of(self._session, asked)
            self._counted |= {term: known.get(term, 0) for term in asked}
        return {term: n for term in wanted if (n := self._counted[term])}

    def counted_letters(self, triples: Iterable[str], *, ahead: bool = True) -> dict[str, int]:
        """Tell how many entries have names that hold each three letters, and how many entries there are."""
        counted = self.entries_of([EVERY_ENTRY, *(LETTERS + g for g in triples)], ahead=ahead)
        return {term.removeprefix(LETTERS): n for term, n in counted.items()}

    def _later(self) -> set[str]:
        triples = {g for some in (grams(name_key(self.text)), *self.letters) for g in some}
        words = self.parts if len(self.parts) == 1 else self.alone
        return {EVERY_ENTRY, *self.persons, *words, *(LETTERS + g for g in triples)}
