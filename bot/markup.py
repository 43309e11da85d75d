"""Editors' Markdown as Discord's, cut to length between words and never inside a link or an escape.

The text is data: whatever Discord would read as markup or as a mention is escaped; only http and https
links survive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from markdown_it import MarkdownIt

from publisher.prose import escape_discord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

ELLIPSIS = "…"

# A web address, a run of blanks, a Latin word, or one character of a script written without blanks.
_UNITS = re.compile(
    r"https?://[^\s<>()\[\]\\`]+|\s+|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]{1,60}|."
)
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\\`]+")
# A full stop that ends a sentence: not that of an abbreviation, and something new begins after it.
_SENTENCE_END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bal)(?<!\bvs)(?<!\betc)[.!?](?=\s+[^\sa-z])|[。！？]"
)
# Control characters, and those that turn the direction of writing round.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    kind: Literal["word", "blank", "open", "close"] = "word"
    closers: str = ""  # what must follow if the text ends after this piece


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).disable(["image", "heading", "lheading", "hr"])


def plain(text: str) -> str:
    """Escape a title or a name, which carry no markup of their own."""
    return escape_discord(" ".join(_UNSEEN.sub("", text).split()))


def cut(text: str, limit: int) -> str:
    """Shorten bare text, for a label that Discord does not read as Markdown, between words."""
    text = " ".join(_UNSEEN.sub("", text).split())
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    at_blank = head.rpartition(" ")[0]
    return (at_blank if len(at_blank) > limit // 2 else head).rstrip(" ,;:.") + ELLIPSIS


def title(text: str, limit: int) -> str:
    """Escape a title and shorten it between words to `limit` characters."""
    return _fit(_words(_UNSEEN.sub("", " ".join(text.split())), ""), limit)


def prose(text: str, limit: int) -> str:
    """Render an editor's Markdown for Discord in at most `limit` characters."""
    return _fit(_pieces(_UNSEEN.sub("", text)), limit)


def first_words(text: str, limit: int) -> str:
    """Render the beginning of an editor's Markdown on one line, in at most `limit` characters."""
    one_line = (
        _Piece(" ", "blank", p.closers) if "\n" in p.text else p
        for p in _pieces(_UNSEEN.sub("", text))
    )
    return _fit(one_line, limit)


def first_sentence(text: str, limit: int) -> str:
    """Render the first sentence of an editor's Markdown on one line; where it is too long, its beginning."""
    paragraph = text.strip().split("\n\n", 1)[0]
    end = _SENTENCE_END.search(paragraph)
    return first_words(paragraph[: end.end()] if end else paragraph, limit)


def _fit(pieces: Iterator[_Piece], limit: int) -> str:
    kept: list[_Piece] = []
    length = 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece.text)
        if length + len(piece.closers) > limit:
            return _shorten(kept, limit)
    return "".join(p.text for p in kept).strip()


def _shorten(kept: list[_Piece], limit: int) -> str:
    length = sum(len(p.text) for p in kept)
    while kept:
        last = kept[-1]
        fits = length + len(last.closers) + len(ELLIPSIS) <= limit
        if fits and last.kind in {"word", "close"}:
            break
        length -= len(kept.pop().text)
    closers = kept[-1].closers if kept else ""
    return ("".join(p.text for p in kept).strip().rstrip(",;:") + closers + ELLIPSIS)[:limit]


def _pieces(text: str) -> Iterator[_Piece]:
    depth = 0
    in_item = False
    for token in _markdown().parse(text):
        match token.type:
            case "inline":
                yield from _inline(token.children or [])
            case "bullet_list_open" | "ordered_list_open":
                depth += 1
            case "bullet_list_close" | "ordered_list_close":
                depth -= 1
                yield _Piece("\n" if not depth else "", "blank")
            case "list_item_open":
                in_item = True
                yield _Piece("  " * (depth - 1) + "- ", "blank")
            case "paragraph_close":
                yield _Piece("\n" if in_item or depth else "\n\n", "blank")
                in_item = False
            case "fence" | "code_block":
                yield from _words(" ".join(token.content.split()), "")
                yield _Piece("\n\n", "blank")
            case _:
                pass


def _inline(children: list[Token]) -> Iterator[_Piece]:
    stack: list[str] = []
    position = 0
    while position < len(children):
        child = children[position]
        closers = "".join(reversed(stack))
        match child.type:
            case "text":
                yield from _words(child.content, closers)
            case "code_inline":
                yield from _words(child.content, closers)
            case "softbreak" | "hardbreak":
                yield _Piece(" ", "blank", closers)
            case "em_open" | "strong_open":
                mark = "*" if child.type == "em_open" else "**"
                stack.append(mark)
                yield _Piece(mark, "open", closers)
            case "em_close" | "strong_close":
                mark = stack.pop()
                yield _Piece(mark, "close", "".join(reversed(stack)))
            case "link_open":
                end = _end_of_link(children, position)
                yield from _link(child, children[position + 1 : end], closers)
                position = end
            case _:
                pass
        position += 1


def _end_of_link(children: list[Token], start: int) -> int:
    return next(i for i in range(start + 1, len(children)) if children[i].type == "link_close")


def _link(opening: Token, inside: list[Token], closers: str) -> Iterator[_Piece]:
    address = _safe(str(opening.attrGet("href") or ""))
    label = "".join(t.content for t in inside if t.type in {"text", "code_inline"})
    if not _ADDRESS.fullmatch(address):
        yield from _words(label, closers)
    else:
        yield _Piece(link(label or address, address), "word", closers)


def link(label: str, address: str) -> str:
    """Write a link; a label that is itself an address stays bare, since Discord refuses it as a label."""
    if _ADDRESS.match(label):
        return _safe(address)
    return f"[{plain(label)}]({_safe(address)})"


def _safe(address: str) -> str:
    """Keep a parenthesis in an address from ending the link."""
    return address.replace("(", "%28").replace(")", "%29")


def _words(text: str, closers: str) -> Iterator[_Piece]:
    for unit in _UNITS.findall(text):
        if unit.isspace():
            yield _Piece(" ", "blank", closers)
        elif _ADDRESS.fullmatch(unit):
            yield _Piece(unit, "word", closers)
        else:
            yield _Piece(escape_discord(unit), "word", closers)
