"""Editors' texts, a small Markdown, as safe HTML, as plain text and as Discord's Markdown.

The text is data: raw HTML in it is shown, never run; only http, https and mailto links survive.
"""

from __future__ import annotations

import re
from functools import cache
from textwrap import indent

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "p",
    "ul",
    "ol",
    "li",
    "a",
    "em",
    "strong",
    "code",
    "pre",
    "blockquote",
    "br",
    "sup",
    "sub",
}
_DISCORD_SPECIAL = re.compile(r"([\\*_~`|>#\[\]()<@-])")


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": False}).disable(
        ["image", "heading", "lheading", "hr"]
    )


def to_html(text: str) -> str:
    """Render Markdown as HTML of an allow-list of tags; anything else in it is escaped."""
    return nh3.clean(
        _markdown().render(text),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def to_text(text: str) -> str:
    """Render Markdown as plain text.

    A link becomes its label and its address; quoted lines begin with `> `, lines of code with four blanks.
    """
    lines: list[str] = []
    quotations: list[int] = []  # where those that are open begin
    for token in _markdown().parse(text):
        if token.type == "inline":
            lines.append(_inline_text(token.children or []))
        elif token.type == "list_item_open":
            lines.append("- ")
        elif token.type in {"paragraph_close", "bullet_list_close", "ordered_list_close"}:
            lines.append("\n" if token.hidden or token.level > len(quotations) else "\n\n")
        elif token.type in {"fence", "code_block"}:
            lines.append(indent(token.content, "    ") + "\n")
        elif token.type == "blockquote_open":
            quotations.append(len(lines))
        elif token.type == "blockquote_close":
            begin = quotations.pop()
            lines[begin:] = [_quoted("".join(lines[begin:])), "\n\n"]
    return re.sub(r"\n{3,}", "\n\n", "".join(lines)).strip("\n").rstrip()


def _quoted(text: str) -> str:
    return indent(text.strip("\n"), "> ", lambda _: True)


def _inline_text(children: list) -> str:  # type: ignore[type-arg]
    parts: list[str] = []
    address = ""
    label_from = 0
    for child in children:
        match child.type:
            case "text" | "code_inline":
                parts.append(child.content)
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "link_open":
                address, label_from = str(child.attrGet("href") or ""), len(parts)
            case "link_close" if address and "".join(parts[label_from:]) != address:
                parts.append(f" <{address}>")
            case _:
                pass
    return "".join(parts)


def escape_discord(text: str) -> str:
    """Escape whatever Discord would read as markup or as a mention."""
    return _DISCORD_SPECIAL.sub(r"\\\1", text)
