"""The words by which the parts of an edition are recognised, in English and Chinese.

They are the labels of a newsletter and the furniture of web sites; no rule knows an edition's content.
"""

from __future__ import annotations

import re

from publisher.readers.lines import without_emoji

_ARROW = r"(?:→|->|=>|➡️?|:|：|–|—)"


def _label(emoji: str, words: str) -> re.Pattern[str]:
    marked = rf"^{emoji}\ufe0f?\s*(?:{words})\b\s*{emoji}?\ufe0f?\s*{_ARROW}?\s*"
    bare = rf"^(?:{words})\s*{emoji}?\ufe0f?\s*{_ARROW}\s*"
    return re.compile(f"(?:{marked}|{bare})", re.IGNORECASE)


WHY = _label("❓", r"why(?: it matters)?|为什么(?:重要)?|为何重要")
INSIGHTS = _label(
    "💡", r"(?:key )?(?:insights?|takeaways?)|(?:关键|主要|核心)(?:见解|要点|洞见)|要点"
)
RELATED = re.compile(
    r"^\W*(?:related(?: (?:work|works|papers?|reading))?|see also|相关(?:工作|论文|研究)?)\s*[:：]\s*",
    re.IGNORECASE,
)

_NEWS = re.compile(
    r"(?:the |latest |some |recent )?news(?: .{0,30})?|新闻|资讯|动态", re.IGNORECASE
)
_RESEARCH = re.compile(
    r"(?:the )?(?:latest |recent )?(?:research|papers)(?: papers)?|(?:monthly|paper) selection.{0,60}"
    r"|论文(?:推荐|精选)?|研究",
    re.IGNORECASE,
)
_REFERENCES = re.compile(
    r"(?:references?|bibliography|引用|参考文献|参考资料)\s*[:：]?", re.IGNORECASE
)
_NEWS_LEAD = re.compile(r"(?:\bnews\b|新闻|资讯).*[:：]$", re.IGNORECASE)
_LONGEST_LEAD = 60
_LONGEST_HEADING = 60

# Whole paragraphs that belong to a site and not to an edition.
_FURNITURE = re.compile(
    r"""(?:
        (?:top|bottom)\ of\ page | (?:recent|related)\ posts | see\ all | share(?:\ this)?.{0,20}
      | (?:\d+\ )?(?:comments?|likes?|views?|shares?|claps?) | (?:write|leave|post)\ a\ (?:comment|reply).*
      | (?:留言|评论|評論|点赞|分享|收藏|头图|封面图?|阅读\s*\d*)
      | feedback\W* | sign\ (?:in|up).{0,40} | log\ in | menu | home | search | subscribe | newsletter
      | \d+\ min(?:ute)?s?\ read | \w{3,9}\ \d{1,2},\ \d{4}(?:\W+\d+\ min\ read)?
      | last\ updated\b.* | (?:originally\ )?published\ (?:via|on|at|in|by)\b.{0,80} | posted\ (?:on|by)\b.{0,80}
      | authors?(?:\(s\))?\s*[:：].{0,120} | (?:作者|译者|编辑|来源|原文)\s*[:：].{0,200}
      | (?:image|photo|picture|figure|illustration|source|credit|图片?)
        (?:\ (?:by|from|source|credit|courtesy)\b|\s*[:：]).{0,120}
      | \d+\ 声望.*
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# A paragraph with which an edition takes leave or a site advertises; nothing of the edition follows.
_FAREWELL = re.compile(
    r"""\b(?:follow|join|support|contact)\ (?:us|our|thousands|over|the\ \w+\ community)\b
      | \bstay\ tuned\b | \bsubscribe\ (?:to|now|here|for|if)\b | \bsee\ you\ (?:next|in)\b
      | \bbecom(?:e|ing)\ a\ (?:sponsor|member)\b | \bour\ (?:monthly\ )?selection\ ends\b
      | 关注(?:我们|公众号) | 欢迎(?:关注|订阅|点赞) | 点个赞""",
    re.IGNORECASE | re.VERBOSE,
)


def is_furniture(paragraph: str) -> bool:
    """Tell whether a paragraph is the site's: a menu, a caption, a counter, a date of upload."""
    return bool(_FURNITURE.fullmatch(without_emoji(paragraph)))


def is_farewell(paragraph: str) -> bool:
    """Tell whether a paragraph takes leave or advertises."""
    return bool(_FAREWELL.search(paragraph))


def is_news_heading(paragraph: str) -> bool:
    """Tell whether the news begin after this short line."""
    bare = without_emoji(paragraph)
    if len(bare) > _LONGEST_LEAD:
        return False
    return bool(_NEWS.fullmatch(bare) or _NEWS_LEAD.search(bare))


def leads_to_news(paragraph: str) -> bool:
    """Tell whether a paragraph of the intro ends in the words that announce the news."""
    return bool(_NEWS_LEAD.search(paragraph))


def is_research_heading(paragraph: str) -> bool:
    """Tell whether the papers begin after this line."""
    bare = without_emoji(paragraph).rstrip(":：")
    return len(bare) <= _LONGEST_HEADING and bool(_RESEARCH.fullmatch(bare))


def is_references_heading(paragraph: str) -> bool:
    """Tell whether the references begin after this line."""
    return bool(_REFERENCES.fullmatch(without_emoji(paragraph)))
