"""Says why an entry is in an answer: the words of `Hit.matched`, and what phrase a reader is shown for them."""

from __future__ import annotations

from typing import Final, NamedTuple

from storage.names import name_key

FILTER = "filter"  # nothing but filters chose it
AUTHOR = "author"
ALL_WORDS = "all words"  # one entry holds everything that was asked for
SOME_WORDS = "some of the words"
SAME_MEANING = "words that mean the same"  # a translation, or another word of the field
NEWEST = "newest"
CITATION = "cited in this entry"
NEAR_IN_MEANING = "near in meaning"
# A name follows.
CITED = "cited in this entry: "
RELATED = "related work in this entry: "
NEAREST = "nearest name: "

_WHOLE: Final = {
    AUTHOR: "by_author",
    ALL_WORDS: "by_all_words",
    SOME_WORDS: "by_some_words",
    SAME_MEANING: "by_same_meaning",
    NEWEST: "by_newest",
    CITATION: "by_citation",
    NEAR_IN_MEANING: "by_meaning",
}
_BEGINNINGS: Final = {CITED: "by_cited", RELATED: "by_related", NEAREST: "by_nearest"}
_IDENTIFIERS: Final = ("arXiv ", "DOI ")


class Why(NamedTuple):
    """Why a hit is in an answer.

    Attributes:
        phrase: Names the phrase to show; empty where `name` says all.
        name: What stands in the phrase: a name, or an identifier; empty where the phrase holds none. Both
            are empty where only filters chose the hit.
    """

    phrase: str = ""
    name: str = ""


def why(matched: str, title: str) -> Why:
    """Tell with which phrase to say why a hit is in an answer.

    Args:
        matched: As in `Hit.matched`.
        title: Of the paper that was found.
    """
    if matched == FILTER:
        return Why()
    if matched in _WHOLE:
        return Why(_WHOLE[matched])
    for beginning, phrase in _BEGINNINGS.items():
        if matched.startswith(beginning):
            return Why(phrase, matched.removeprefix(beginning))
    if matched.startswith(_IDENTIFIERS):
        return Why(name=matched)
    if name_key(matched) == name_key(title):
        return Why("by_title")
    return Why("by_name", matched)
