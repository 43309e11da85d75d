"""Turns a scraped text into clean paragraphs: characters restored, what belongs to the site removed."""

from __future__ import annotations

import re
from dataclasses import dataclass

# U+2753 and the like; emoji beyond the first plane (U+1F984) have five digits, all others four,
# so that a code point glued to a word (`U+2753Date`) does not swallow its letters.
_SPELLED = re.compile(r"U\+(1F[0-9A-F]{3}|[2-9A-F][0-9A-F]{3}|[0-9A-F]{4})")
ANCHOR = "By "  # how an author line begins: the one mark of an entry that scraping never loses
_BLANKS = re.compile(r"[^\S\n]+")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_BULLET = re.compile(r"^[•·‣▪◦●*–-]\s+")

# A line that is nothing but site furniture, a caption or a statement about the page.
_FURNITURE = re.compile(
    r"""
    (?:top|bottom)\ of\ page | recent\ posts? | see\ all | related\ (?:posts|articles)
    | (?:\d+\s+)?(?:likes?|comments?|shares?|views?|claps?|followers?)
    | share(?:\ this(?:\ post)?)? | write\ a\ comment.* | post\ not\ marked\ as\ liked | log\ in | sign\ (?:in|up)
    | (?:subscribe|follow)(?:\ to\ our\ newsletter)? | feedback\s*[↓↑→]? | menu | home | \d+\s+min(?:ute)?s?\ read
    | (?:originally\ )?published\ (?:on|at|via|by|in)\b.{0,40} | (?:last\ )?updated\ (?:on\ )?.{0,60}\d{4}.{0,60}
    | author(?:\(s\)|s)?\s*[:：].{0,120} | 作者\s*[:：].* | 译者\s*[:：].* | 编辑\s*[:：].*
    | (?:image|photo|picture|illustration|figure|screenshot|cover)s?\ (?:by|from|courtesy\ of|credit).{0,80}
    | (?:source|image\ source|image\ credit|photo\ credit)\s*:.{0,80}
    | 头图 | 题图 | 封面图? | 配图 | 图片来源.* | 留言 | 评论(?:区)? | 点赞 | 收藏 | 分享 | 关注 | 推荐阅读 | 阅读原文
    | (?:\d+\s*(?:声望|粉丝|赞|收藏|阅读|评论)\s*)+ | https?://\S+
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Advertising for the site itself: who speaks to the reader about joining, and about nothing else.
_PITCH = re.compile(
    r"""^join\ (?:over|thousands|hundreds|more\ than|our)\b.*\b(?:subscribers|newsletter|readers|community)\b
    | \bconsider\ becoming\ a\ sponsor\b | \bsponsored\ by\b.{0,80}$ | ^subscribe\ to\b.{0,80}$""",
    re.IGNORECASE | re.VERBOSE,
)
# After such a line nothing of the edition follows.
_END = re.compile(
    r"(?:bottom of page|recent posts?|published via .*|related (?:posts|articles)|推荐阅读)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a scrape and where it stands in the file."""

    line: int  # from 1
    text: str
    bullet: bool = False


def spelled_out(text: str) -> str:
    """Put the character in the place of each `U+XXXX` that stands for one."""

    def character(found: re.Match[str]) -> str:
        made = chr(int(found[1], 16))
        return made if made.isprintable() else found[0]  # half of a surrogate pair is not

    return _SPELLED.sub(character, text)


def paragraphs(text: str) -> list[Paragraph]:
    """Split a scrape into its paragraphs, one per line that is not empty, without site furniture."""
    found: list[Paragraph] = []
    begun = False  # a menu above the papers may hold the same words as the foot below them
    for number, raw in enumerate(text.split("\n"), start=1):
        line = _BLANKS.sub(" ", _INVISIBLE.sub("", spelled_out(raw))).strip()
        if begun and _END.fullmatch(line):
            break
        if not line or is_furniture(line):
            continue
        begun = begun or line.startswith(ANCHOR)
        bare = _BULLET.sub("", line)
        found.append(Paragraph(number, bare, bullet=bare != line))
    return found


def is_furniture(line: str) -> bool:
    """Tell whether a line belongs to the site and not to the edition."""
    return bool(_FURNITURE.fullmatch(line) or _PITCH.search(line))


def joined(parts: list[Paragraph]) -> str:
    """Write paragraphs as Markdown; bullets that follow each other become one list."""
    text = ""
    previous: Paragraph | None = None
    for part in parts:
        if previous is not None:
            text += "\n" if part.bullet and previous.bullet else "\n\n"
        text += f"- {part.text}" if part.bullet else part.text
        previous = part
    return text
