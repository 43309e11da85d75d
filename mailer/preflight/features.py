"""Finds which features of HTML and CSS a mail uses, by the names of caniemail.com where it has one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import tinycss2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mailer.preflight.page import Element, Page

_GROUPS: Final = {  # properties that share a name with others, by their beginning; the longest counts
    "align-": "css-align-items",
    "animation": "css-animation",
    "border": "css-border",
    "border-block": "css-border-inline-block",
    "border-collapse": "css-border-collapse",
    "border-image": "css-border-image",
    "border-inline": "css-border-inline-block",
    "border-spacing": "css-border-spacing",
    "bottom": "css-left-right-top-bottom",
    "column-": "css-column-layout-properties",
    "column-count": "css-column-count",
    "column-gap": "css-gap",
    "flex": "css-display-flex",
    "flex-direction": "css-flex-direction",
    "flex-wrap": "css-flex-wrap",
    "grid": "css-display-grid",
    "grid-template": "css-grid-template",
    "inset": "css-inset",
    "left": "css-left-right-top-bottom",
    "margin": "css-margin",
    "margin-block": "css-margin-inline-block",
    "margin-inline": "css-margin-inline-block",
    "mask": "css-mask-image",
    "overflow": "css-overflow",
    "overflow-wrap": "css-overflow-wrap",
    "padding": "css-padding",
    "padding-block": "css-padding-inline-block",
    "padding-inline": "css-padding-inline-block",
    "right": "css-left-right-top-bottom",
    "row-gap": "css-gap",
    "scroll-snap": "css-scroll-snap",
    "top": "css-left-right-top-bottom",
    "transform": "css-transform",
    "transition": "css-transition",
}
_DISPLAYS: Final = {
    "flex": "css-display-flex",
    "inline-flex": "css-display-flex",
    "grid": "css-display-grid",
    "inline-grid": "css-display-grid",
    "none": "css-display-none",
}
_FUNCTIONS: Final = {
    **dict.fromkeys(("lab", "lch", "oklab", "oklch"), "css-modern-color"),
    **{name: f"css-function-{name}" for name in ("clamp", "light-dark", "max", "min")},
    **{name: f"css-{name}" for name in ("conic-gradient", "linear-gradient", "radial-gradient")},
    "calc": "css-unit-calc",
    "rgb": "css-rgb",
    "rgba": "css-rgba",
    "var": "css-variables",
}
_WORDS: Final = {
    **dict.fromkeys(("fit-content", "max-content", "min-content"), "css-intrinsic-size"),
    **dict.fromkeys(
        ("system-ui", "ui-monospace", "ui-rounded", "ui-sans-serif", "ui-serif"),
        "css-sytem-ui",  # so it is written there
    ),
    "initial": "css-unit-initial",
}
_MEDIA: Final = {
    "any-hover": "hover",
    "hover": "hover",
    "orientation": "orientation",
    "prefers-color-scheme": "prefers-color-scheme",
    "prefers-reduced-motion": "prefers-reduced-motion",
}
_COMBINATORS: Final = {
    "*": "css-selector-universal",
    "+": "css-selector-adjacent-sibling",
    ">": "css-selector-child",
    "~": "css-selector-general-sibling",
}
_OLD_PSEUDO_ELEMENTS: Final = frozenset({"after", "before", "first-letter", "first-line"})
_WITH_RULES: Final = frozenset({"container", "layer", "media", "supports"})

_SEMANTIC: Final = (
    "article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav",
    "section", "summary", "time",
)  # fmt: skip
_TAGS: Final = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "html-h1-h6"),
    **dict.fromkeys(("dd", "dl", "dt", "li", "ol", "ul"), "html-lists"),
    **dict.fromkeys(_SEMANTIC, "html-semantics"),
    **dict.fromkeys(("area", "map"), "html-image-maps"),
    **dict.fromkeys(("tbody", "td", "tfoot", "th", "thead", "tr"), "html-table"),
}
_ATTRIBUTES: Final = {
    **{
        name: f"html-{name}"
        for name in (
            "align", "aria-describedby", "aria-hidden", "aria-label", "aria-labelledby",
            "aria-live", "background", "cellpadding", "cellspacing", "dir", "height", "hidden", "lang",
            "popover", "required", "role", "target", "valign", "width",
        )
    },
    "inert": "css-inert-attribute",
    "loading": "html-loading-attribute",
    "sizes": "html-srcset",
    "srcset": "html-srcset",
}  # fmt: skip
_PICTURES: Final = {
    **{
        name: f"image-{name}"
        for name in [
            "apng",
            "avif",
            "bmp",
            "gif",
            "hdr",
            "heif",
            "ico",
            "mp4",
            "png",
            "svg",
            "tiff",
            "webp",
        ]
    },
    "heic": "image-heif",
    "jpeg": "image-jpg",
    "jpg": "image-jpg",
    "tif": "image-tiff",
}


def features_of(page: Page) -> dict[str, str]:
    """Give the features that a page uses, each with the place where it stands first."""
    found: dict[str, str] = {}
    seen: set[tuple[str, ...]] = set()
    for element in page.elements:
        written = (element.tag, *element.attributes, *element.attributes.values())
        if written in seen:
            continue  # most elements of a mail are alike
        seen.add(written)
        for feature in _of_element(element):
            found.setdefault(feature, element.place)
    for text, line in page.styles:
        for feature, row in _of_rules(_parsed(text)):
            found.setdefault(feature, f"HTML, line {line + row - 1}, in a style sheet")
    return found


def _parsed(text: str) -> list[Any]:
    rules: list[Any] = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return rules


def _contents(tokens: Any) -> list[Any]:  # noqa: ANN401 - tinycss2 has no types
    """Parse what stands between braces, or in a `style` attribute."""
    found: list[Any] = tinycss2.parse_blocks_contents(
        tokens, skip_comments=True, skip_whitespace=True
    )
    return found


def _of_element(element: Element) -> Iterator[str]:
    tag, attributes = element.tag, element.attributes
    yield from _of_tag(tag, attributes)
    for name in attributes:
        if name in _ATTRIBUTES:
            yield _ATTRIBUTES[name]
        elif name.startswith("on"):
            yield "html-event-attributes"
    if tag in {"img", "source"}:
        yield from _of_picture(attributes.get("src", ""))
    if tag == "a":
        yield from _of_link(attributes.get("href", ""))
    for declaration in _contents(attributes.get("style", "")):
        if declaration.type != "declaration":
            continue
        if tag == "pre" and declaration.lower_name == "white-space":
            continue  # a program without it keeps blanks and lines there all the same
        yield from _of_declaration(declaration)


def _of_tag(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    if tag in {"input", "button"}:
        usual = "text" if tag == "input" else "submit"
        yield f"html-{tag}-{attributes.get('type', usual).lower()}"
    elif tag != "meta":
        yield _TAGS.get(tag, f"html-{tag}")
    elif attributes.get("name", "").lower() == "color-scheme":
        yield "html-meta-color-scheme"


def _of_link(url: str) -> Iterator[str]:
    if url.startswith("#"):
        yield "html-anchor-links"
    elif url.lower().startswith("mailto:"):
        yield "html-mailto-links"


def _of_picture(url: str) -> Iterator[str]:
    if url.lower().startswith("data:"):
        yield "image-base64"
        return
    try:
        ending = urlsplit(url).path.rpartition(".")[2].lower()
    except ValueError:
        return
    if ending in _PICTURES:
        yield _PICTURES[ending]


def _of_rules(rules: Iterable[Any], *, nested: bool = False) -> Iterator[tuple[str, int]]:
    for rule in rules:
        at = rule.source_line
        match rule.type:
            case "qualified-rule":
                if nested:
                    yield "css-nesting", at
                yield from ((it, at) for it in _of_selector(rule.prelude))
                yield from _of_rules(_contents(rule.content), nested=True)
            case "at-rule":
                yield from ((it, at) for it in _of_at_rule(rule))
                if rule.content is not None and rule.lower_at_keyword in _WITH_RULES:
                    yield from _of_rules(_contents(rule.content))
            case "declaration":
                yield from ((it, at) for it in _of_declaration(rule))


def _of_at_rule(rule: Any) -> Iterator[str]:  # noqa: ANN401 - tinycss2 has no types
    keyword = rule.lower_at_keyword
    yield f"css-at-{keyword}"
    if keyword != "media":
        return
    for block in rule.prelude:
        if block.type == "() block":
            for token in block.content:
                if token.type == "ident" and token.lower_value in _MEDIA:
                    yield f"css-at-media-{_MEDIA[token.lower_value]}"
                elif token.type == "ident" and token.lower_value.endswith("device-pixel-ratio"):
                    yield "css-at-media-device-pixel-ratio"


def _of_selector(tokens: list[Any]) -> Iterator[str]:
    colons = 0
    for token in tokens:
        if token.type == "literal" and token.value == ":":
            colons += 1
            continue
        if colons and token.type in {"ident", "function"}:
            name = token.lower_value if token.type == "ident" else token.lower_name
            is_element = colons > 1 or name in _OLD_PSEUDO_ELEMENTS
            yield f"css-pseudo-{'element' if is_element else 'class'}-{name}"
        elif token.type == "[] block":
            yield "css-selector-attribute"
        elif token.type == "hash":
            yield "css-selector-id"
        elif token.type == "literal" and token.value in _COMBINATORS:
            yield _COMBINATORS[token.value]
        colons = 0


def _of_declaration(declaration: Any) -> Iterator[str]:  # noqa: ANN401 - tinycss2 has no types
    name = declaration.lower_name
    if name.startswith("--"):
        yield "css-variables"
    elif name == "display":
        words = [token.lower_value for token in declaration.value if token.type == "ident"]
        yield next((_DISPLAYS[word] for word in words if word in _DISPLAYS), "css-display")
    elif not name.startswith(("mso-", "-")):
        yield _of_property(name)
    if declaration.important:
        yield "css-important"
    yield from _of_value(declaration.value)


def _of_property(name: str) -> str:
    if name.startswith("border-") and name.endswith("-radius"):
        return "css-border-radius"
    if re.fullmatch(r"(margin|padding)-(inline|block)-(start|end)", name):
        sides, axis, _ = name.split("-")
        return f"css-{sides}-{axis}-start-end"
    fits = [beginning for beginning in _GROUPS if name.startswith(beginning)]
    return _GROUPS[max(fits, key=len)] if fits else f"css-{name}"


def _of_value(tokens: Iterable[Any]) -> Iterator[str]:
    for token in tokens:
        match token.type:
            case "function":
                if token.lower_name in _FUNCTIONS:
                    yield _FUNCTIONS[token.lower_name]
                yield from _of_value(token.arguments)
            case "dimension":
                yield f"css-unit-{token.lower_unit}"
            case "percentage":
                yield "css-unit-percent"
            case "ident" if token.lower_value in _WORDS:
                yield _WORDS[token.lower_value]
            case "url":
                yield from _of_picture(token.value)
            case "() block":
                yield from _of_value(token.content)
