"""Says in a reader's language why a hit is in an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.names import name_key
from web.texts import TEXTS

if TYPE_CHECKING:
    from storage.catalog import Hit

# What the catalog says, or begins with, and the words for it.
_WHOLE: Final = {
    "author": "by_author",
    "all words": "by_all_words",
    "some of the words": "by_some_words",
    "words that mean the same": "by_same_meaning",
    "newest": "by_newest",
    "cited in this entry": "by_citation",
    "near in meaning": "by_meaning",
}
_BEGINNINGS: Final = {
    "cited in this entry: ": "by_cited",
    "related work in this entry: ": "by_related",
    "nearest name: ": "by_nearest",
}
_IDENTIFIERS: Final = ("arXiv ", "DOI ")


def matched(hit: Hit, language: str) -> str:
    """Say why a hit is there, in a few words; nothing where only filters chose it."""
    said, words = hit.matched, TEXTS[language]
    if said == "filter":
        return ""
    if said in _WHOLE:
        return words[_WHOLE[said]]
    for beginning, name in _BEGINNINGS.items():
        if said.startswith(beginning):
            return words[name].format(name=said.removeprefix(beginning))
    if said.startswith(_IDENTIFIERS):
        return said
    if name_key(said) == name_key(hit.title or ""):
        return words["by_title"]
    return words["by_name"].format(name=said)
