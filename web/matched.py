"""Says in a reader's language why a hit is in an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.catalog.matched import why
from web.texts import TEXTS

if TYPE_CHECKING:
    from storage.catalog import Hit


def matched(hit: Hit, language: str) -> str:
    """Say why a hit is there, in a few words; nothing where only filters chose it."""
    phrase, name = why(hit.matched, hit.title or "")
    return TEXTS[language][phrase].format(name=name) if phrase else name
