"""Reads what stands around the papers of a scrape: title, intro, news before them, a farewell after them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.readers import month
from publisher.readers.cleaning import joined
from publisher.readers.edition import Occasion
from publisher.readers.references import first_url

if TYPE_CHECKING:
    from publisher.readers.cleaning import Paragraph

_NAMES = "|".join(month.MONTHS)
_TITLE = re.compile(
    rf"^(?:#+\s*)?(?P<name>\S.{{1,60}}?)\s*[—–:|,-]+\s*(?:{_NAMES}),?\s+(?:19|20)\d{{2}}$"
    r"|^(?:#+\s*)?(?P<name_zh>\S.{1,40}?)\s*[—–:：|-]*\s*(?:19|20)\d{2}\s*年\s*\d{1,2}\s*月(?:刊|号|份)?$"
)
_QUOTED_NAME = re.compile(r"[“\"]([A-Z][^“”\"]{2,50})[”\"]\s+(?:we|edition|newsletter)\b")
_RESEARCH = re.compile(r"^\W*(?:research|research papers|papers|研究|论文)\W*$", re.IGNORECASE)
_NEWS_HEADING = re.compile(r"^\W*(?:news|in the news|新闻|资讯|动态)\W*$", re.IGNORECASE)
_NEWS_LEAD = re.compile(r"(?:\bnews\b|新闻|消息|动态).*[:：]$", re.IGNORECASE)
_FAREWELL = re.compile(
    r"""\b(?:selection|list|edition|issue)\ ends\ here\b | \bthat['’]s\ (?:it|all)\ for\b | \bsee\ you\ (?:next|in)\b
    | \bstay\ tuned\b | \bfollow\ us\ on\b | \buntil\ next\ (?:time|month)\b | \bupcoming\ webinar\b
    | 下(?:个月|期)(?:再)?见 | 欢迎关注""",
    re.IGNORECASE | re.VERBOSE,
)
_EVENT = re.compile(r"\b(webinar|meetup|workshop|talk|live ?stream|event)\b", re.IGNORECASE)
SHORT_LEAD = 60  # characters; a longer lead-in to the news says something and stays in the intro


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the first paper."""

    title: str | None
    newsletter: str | None
    intro: str
    news: tuple[str, ...]
    text: str  # all of it, for whoever looks for the month


def head(parts: list[Paragraph]) -> Head:
    """Read what stands above the first paper; what stands above the title belongs to the site."""
    text = "\n".join(p.text for p in parts)
    title, newsletter = None, None
    at = max((i for i, p in enumerate(parts) if _TITLE.match(p.text)), default=None)
    if at is not None:
        found = _TITLE.match(parts[at].text)
        title = parts[at].text.lstrip("# ")
        newsletter = (found["name"] or found["name_zh"]) if found else None
        parts = parts[at + 1 :]
    quoted = _QUOTED_NAME.search(text)
    intro, news = _news(parts)
    return Head(title, newsletter or (quoted[1] if quoted else None), intro, news, text)


def _news(parts: list[Paragraph]) -> tuple[str, tuple[str, ...]]:
    marker = next((i for i, p in enumerate(parts) if _RESEARCH.match(p.text)), len(parts))
    before, after = parts[:marker], parts[marker + 1 :]
    lead = next((i for i, p in enumerate(before) if _is_lead(p.text)), None)
    if lead is None:
        return joined(before + after), ()
    keep = lead + (len(before[lead].text) > SHORT_LEAD)
    return joined(before[:keep] + after), tuple(p.text for p in before[lead + 1 :])


def _is_lead(text: str) -> bool:
    return bool(_NEWS_HEADING.match(text) or _NEWS_LEAD.search(text))


def farewell(parts: list[Paragraph]) -> int:
    """Tell where the farewell begins in the last paper's paragraphs; their number where there is none."""
    for i, part in enumerate(parts):
        if i and _FAREWELL.search(part.text):
            return i
    return len(parts)


def occasions(parts: list[Paragraph]) -> tuple[Occasion, ...]:
    """Find the dates that the text around the papers announces, such as a webinar."""
    found = []
    for part in parts:
        event = _EVENT.search(part.text)
        for day in month.days(part.text) if event else ():
            title = event[1].capitalize() if event else ""
            found.append(Occasion(title, day.day.isoformat(), first_url(part.text)))
    return tuple(found)
