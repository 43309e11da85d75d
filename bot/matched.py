"""Says in a member's language why something is in an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot import markup
from storage.catalog.matched import why

if TYPE_CHECKING:
    from bot.finding_texts import FindingPhrases

_NAME: Final = 80  # characters


def matched(said: str, title: str, say: FindingPhrases) -> str:
    """Say why a hit is there, in a few words of Discord Markdown; nothing where only filters chose it.

    Args:
        said: What the catalog says.
        title: Of the paper that was found.
        say: Phrases of the member's language.
    """
    phrase, bare = why(said, title)
    name = markup.title(bare, _NAME)
    return str(getattr(say, phrase)).format(name=name) if phrase else name
