"""Reads the HTML of a mail: its elements, its styles, and the text that a reader sees."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_VOID: Final = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
    "source", "track", "wbr",
})  # fmt: skip
_UNSEEN: Final = frozenset({"head", "script", "style", "template", "title"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CODE: Final = frozenset({"code", "pre", "kbd", "samp"})
_WITH_TEXT: Final = _HEADINGS | {"a"}
_INLINE: Final = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup",
    "time", "u", "var", "wbr",
})  # fmt: skip
_HIDING: Final = re.compile(r"display\s*:\s*none\b", re.IGNORECASE)
_CLOSES_ITSELF: Final = frozenset({"p", "li", "td", "th", "tr", "option", "dt", "dd"})
_NAMED: Final = 40  # characters of a heading that name a place


@dataclass(slots=True)
class Element:
    """An element as it opens.

    Attributes:
        tag: Its name, in small letters.
        attributes: Its attributes, names in small letters; one without a value has "".
        line: The line of the HTML where it opens, from 1.
        under: The heading that stands above it; "" where there is none yet.
        text: The visible text within a link or a heading, blanks as they stand, with the `alt` of its
            images; "" of other elements.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    under: str = ""
    text: str = ""

    @property
    def place(self) -> str:
        """Say where it stands."""
        return _place(self.line, self.under)


@dataclass(slots=True)
class Page:
    """The HTML of a mail.

    Attributes:
        elements: Every element, in order.
        styles: The text of each `style` element, and the line where it begins.
        text: What a reader sees, pieces of different blocks apart.
        pieces: The same but for code, tag by tag, each with its place.
        title: The text of `title`.
    """

    elements: list[Element] = field(default_factory=list)
    styles: list[tuple[str, int]] = field(default_factory=list)
    text: str = ""
    pieces: list[tuple[str, str]] = field(default_factory=list)
    title: str = ""

    def of(self, *tags: str) -> list[Element]:
        """Give the elements of these names, in order."""
        return [element for element in self.elements if element.tag in tags]


def read_page(html: str) -> Page:
    """Read HTML as a browser would, as far as tags go; nothing in it is ever an error."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.text = "".join(reader.seen)
    return reader.page


class _Reader(HTMLParser):
    """Walks through the tags and keeps which are open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.seen: list[str] = []
        self._open: list[tuple[Element, bool]] = []  # with whether it hides what is within
        self._heading = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}  # the first of two counts
        element = Element(tag, given, self.getpos()[0], self._heading)
        self.page.elements.append(element)
        if tag in _CLOSES_ITSELF and self._open and self._open[-1][0].tag == tag:
            self._close()
        self._part(tag)
        if tag == "img" and not self._hidden:
            self._add(f" {given.get('alt', '')} ")
        if tag not in _VOID:
            hides = (
                tag in _UNSEEN or "hidden" in given or bool(_HIDING.search(given.get("style", "")))
            )
            self._open.append((element, self._hidden or hides))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # HTML knows no <div/>: it opens

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        if any(element.tag == tag for element, _ in self._open):
            while self._close() != tag:
                pass

    def handle_data(self, data: str) -> None:
        inner = self._open[-1][0].tag if self._open else ""
        if inner == "style":
            self.page.styles.append((data, self.getpos()[0]))
        elif inner == "title":
            self.page.title += data
        elif not self._hidden:
            if not any(element.tag in _CODE for element, _ in self._open):
                self.page.pieces.append((data, _place(self.getpos()[0], self._heading)))
            self._add(data)

    @property
    def _hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _part(self, tag: str) -> None:
        """Keep the words of two blocks apart."""
        if tag not in _INLINE:
            self._add(" ")

    def _add(self, text: str) -> None:
        self.seen.append(text)
        for element, _ in self._open:
            if element.tag in _WITH_TEXT:
                element.text += text

    def _close(self) -> str:
        element, hidden = self._open.pop()
        if element.tag in _HEADINGS and not hidden:
            self._heading = " ".join(element.text.split())[:_NAMED]
        return element.tag


def _place(line: int, under: str) -> str:
    return f"HTML, line {line}" + (f", under “{under}”" if under else "")
