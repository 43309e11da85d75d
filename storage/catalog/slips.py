"""Tells a slip of the keyboard from another name: only a slip leaves no doubt which paper is meant.

A digit, a numeral, a word more or less, or one word in the place of another makes the name of another paper:
*Phi-3* is not *Phi-4*, and *with* is not *without*. A slip is one fault inside one long word that is then no
word at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from storage.catalog import vocabulary
from storage.catalog.stems import stem
from storage.catalog.tokens import pieces
from storage.names import name_signs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

    from storage.catalog.names import NameMatch

LONG = 9  # letters of a word in which a slip is plain to see
ENDING = 3  # letters at the end of a word; another ending makes another word


class _Slip(NamedTuple):
    word: str  # as it was typed
    match: NameMatch


def surely_meant(
    session: Session, forms: Sequence[str], matches: Iterable[NameMatch]
) -> frozenset[str]:
    """Choose, by their keys, the names that a question surely means although it is not written like them.

    Args:
        session: A session for reading.
        forms: The question, as it stands and without what frames it.
        matches: Names that look like it.

    Returns:
        Keys of the names of one paper; none where several papers may be meant.
    """
    found = [
        _Slip(word, match)
        for match in matches
        if match.own
        for form in forms
        if (word := slip(form, match.label)) is not None
    ]
    if not found:
        return frozenset()
    typed = {one.word for one in found}
    known = set(vocabulary.entries_of(session, typed))
    roots = vocabulary.forms_of(session, (stem(word) for word in typed))
    meant = [s for s in found if s.word not in known and stem(s.word) not in roots]
    alone = len({s.match.paper_id for s in meant}) == 1
    return frozenset(s.match.key for s in meant) if alone else frozenset()


def slip(asked: str, name: str) -> str | None:
    """Give the one word of a question that is a slip for a word of a name; None where more differs, or nothing."""
    one, other = pieces(asked), pieces(name)
    if len(one) != len(other) or name_signs(asked) != name_signs(name):
        return None
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    if len(differing) != 1:
        return None
    typed, meant = differing[0]
    if len(meant) < LONG or not (typed + meant).isascii() or not (typed + meant).isalpha():
        return None
    return typed if _is_slip(typed, meant, alone=len(one) == 1) else None


def _is_slip(typed: str, meant: str, *, alone: bool) -> bool:
    """Tell whether two letters changed places, or one was doubled, undoubled or, in a longer name, left out."""
    same = next(i for i in range(len(meant) + 1) if typed[: i + 1] != meant[: i + 1])
    if same == 0:
        return False
    ahead, behind = meant[same:], typed[same:]
    doubled = behind[1:] == ahead and behind[0] == meant[same - 1]
    undoubled = behind == ahead[1:] and ahead[:1] == meant[same - 1]
    inside = len(ahead) > ENDING
    swapped = inside and behind[:2] == ahead[1::-1] and behind[2:] == ahead[2:]
    dropped = inside and not alone and behind == ahead[1:]
    return doubled or undoubled or swapped or dropped
