"""Says in a member's language why something is in an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot import markup
from storage.names import name_key

if TYPE_CHECKING:
    from bot.finding_texts import FindingPhrases

# What the catalog says, or begins with, and the phrase for it.
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
_NAME: Final = 80  # characters


def matched(said: str, title: str, say: FindingPhrases) -> str:
    """Say why a hit is there, in a few words of Discord Markdown; nothing where only filters chose it.

    Args:
        said: What the catalog says.
        title: Of the paper that was found.
        say: Phrases of the member's language.
    """
    if said == "filter":
        return ""
    if said in _WHOLE:
        return str(getattr(say, _WHOLE[said]))
    for beginning, phrase in _BEGINNINGS.items():
        if said.startswith(beginning):
            name = markup.title(said.removeprefix(beginning), _NAME)
            return str(getattr(say, phrase)).format(name=name)
    if said.startswith(_IDENTIFIERS):
        return markup.title(said, _NAME)
    if name_key(said) == name_key(title):
        return say.by_title
    return say.by_name.format(name=markup.title(said, _NAME))
