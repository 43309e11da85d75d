"""Says why two papers are related, in a sentence, in English and in Chinese; for the command line, the web and the bot.

What it gives is plain text; titles and names in it come from outside and are still to be escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from storage.catalog import ReasonKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.catalog import Reason

MAX_TITLES = 2
MAX_NAMES = 3


@dataclass(frozen=True, slots=True)
class _Phrases:
    cites: str
    cited_by: str
    same_references: str
    authors: str
    topic: str
    topics: str
    text: str
    comma: str
    semicolon: str
    more_titles: str
    more_names: str


_EN: Final = _Phrases(
    cites="cited here",
    cited_by="cites this paper",
    same_references="cites the same: {}",
    authors="also by {}",
    topic="same topic: {}",
    topics="same topics: {}",
    text="both speak of: {}",
    comma=", ",
    semicolon="; ",
    more_titles="{} and {} more",
    more_names="{} and {} more",
)
_ZH: Final = _Phrases(
    cites="本文引用了它",
    cited_by="它引用了本文",
    same_references="引用了同样的文献：{}",
    authors="同一作者：{}",
    topic="同一话题：{}",
    topics="同样的话题：{}",
    text="都谈到：{}",
    comma="、",
    semicolon="；",
    more_titles="{}，另有 {} 篇",
    more_names="{}，另有 {} 位",
)


def say(
    reason: Reason, language: str, topics: Mapping[str, Mapping[str, str]] | None = None
) -> str:
    """Say a reason.

    Args:
        reason: Why a paper is shown beside the one that is read.
        language: Chinese for `zh` and its regions, English for any other.
        topics: Names of topics by slug and language; a topic without one is called by its slug.
    """
    phrases = _ZH if language.lower().split("-")[0] == "zh" else _EN
    values = reason.values
    match reason.kind:
        case ReasonKind.CITES:
            return phrases.cites
        case ReasonKind.CITED_BY:
            return phrases.cited_by
        case ReasonKind.SAME_REFERENCES:
            titles = phrases.semicolon.join(values[:MAX_TITLES])
            return phrases.same_references.format(
                _and_more(titles, len(values) - MAX_TITLES, phrases.more_titles)
            )
        case ReasonKind.AUTHORS:
            names = phrases.comma.join(values[:MAX_NAMES])
            return phrases.authors.format(
                _and_more(names, len(values) - MAX_NAMES, phrases.more_names)
            )
        case ReasonKind.TOPICS:
            sentence = phrases.topic if len(values) == 1 else phrases.topics
            called = (_called(slug, language, topics or {}) for slug in values)
            return sentence.format(phrases.comma.join(called))
        case ReasonKind.TEXT:
            return phrases.text.format(phrases.comma.join(values))
        case _:
            assert_never(reason.kind)


def _and_more(listed: str, more: int, phrase: str) -> str:
    return phrase.format(listed, more) if more > 0 else listed


def _called(slug: str, language: str, topics: Mapping[str, Mapping[str, str]]) -> str:
    names = topics.get(slug, {})
    return names.get(language) or names.get(language.partition("-")[0]) or names.get("en") or slug
