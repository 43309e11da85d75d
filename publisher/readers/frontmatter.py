"""Reads the front matter of an edition file: which newsletter, issue, language and month it is of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

import yaml
from frontmatter.default_handlers import YAMLHandler

from publisher.readers.edition import Occasion
from publisher.readers.errors import EditionError

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])")
_REQUIRED = ("newsletter", "slug", "language", "title")
_OPTIONAL = ("month", "translation_of", "translation_credit", "sponsor", "events")
_EVENT_KEYS = ("title", "at", "url")
_LONGEST_SLUG = 80


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The keys of the front matter, checked."""

    newsletter: str
    slug: str
    language: str
    title: str
    month: str
    month_source: str
    translation_of: str | None = None
    translation_credit: str | None = None
    sponsor: str | None = None
    events: list[Occasion] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Key:
    value: yaml.Node
    line: int
    before: int  # lines of the file before the block that marks count in


def read_front_matter(text: str, name: str) -> tuple[FrontMatter, str, int]:
    """Part a file into its front matter and its body.

    Returns:
        The front matter, the body, and the number of lines before the body.

    Raises:
        EditionError: There is none, or a key is missing, unknown or wrong.
    """
    begin = len(text) - len(text.lstrip())
    if not YAMLHandler().detect(text[begin:]):
        raise EditionError(
            "the front matter is missing.",
            "Begin the file with a line ---, the keys newsletter, slug, language and title, and a line ---.",
            file=name,
            line=1,
        )
    try:
        block, body = YAMLHandler().split(text[begin:])
    except ValueError as error:
        raise EditionError(
            "the front matter does not end.", "Close it with a line ---.", file=name, line=1
        ) from error
    before = text[:begin].count("\n") + 1
    keys = _keys(
        block.lstrip("\n"), name, before + block[: len(block) - len(block.lstrip("\n"))].count("\n")
    )
    return _checked(keys, name), body, text[: len(text) - len(body)].count("\n")


def _keys(block: str, name: str, lines_before: int) -> dict[str, _Key]:
    try:
        root = yaml.compose(block, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise EditionError(
            f"the front matter is no YAML ({getattr(error, 'problem', None) or 'it cannot be parsed'}).",
            "Write one `key: value` in a line; put a value that holds a colon in quotation marks.",
            file=name,
            line=mark.line + 1 + lines_before if mark else lines_before + 1,
        ) from error
    return _mapping(root, name, lines_before, "the front matter")


def _mapping(root: yaml.Node | None, name: str, before: int, what: str) -> dict[str, _Key]:
    if not isinstance(root, yaml.MappingNode):
        line = root.start_mark.line + 1 + before if root else before + 1
        raise EditionError(
            f"{what} holds no keys.", "Write one `key: value` in a line.", file=name, line=line
        )
    found: dict[str, _Key] = {}
    for key, value in root.value:
        line = key.start_mark.line + 1 + before
        if str(key.value) in found:
            raise EditionError(
                f"the key {key.value!r} stands twice.", "Keep one of them.", file=name, line=line
            )
        found[str(key.value)] = _Key(value, line, before)
    return found


def _checked(keys: dict[str, _Key], name: str) -> FrontMatter:
    allowed = (*_REQUIRED, *_OPTIONAL)
    for key, held in keys.items():
        if key not in allowed:
            raise EditionError(
                f"the key {key!r} is unknown.",
                f"The keys are {', '.join(allowed)}.",
                file=name,
                line=held.line,
            )
    for key in _REQUIRED:
        if key not in keys:
            raise EditionError(
                f"the key {key!r} is missing in the front matter.",
                f"Add a line `{key}: …`.",
                file=name,
                line=1,
            )
    texts = {k: _text(k, v, name) for k, v in keys.items() if k != "events"}
    _fits(
        _SLUG,
        "slug",
        texts["slug"],
        "Use small letters, digits and hyphens, such as 2022-05.",
        keys,
        name,
    )
    for key in ("language", "translation_of"):
        if key in texts:
            _fits(_LANGUAGE, key, texts[key], "Write a code such as en, zh or pt-BR.", keys, name)
    month, source = _month(texts, keys, name)
    return FrontMatter(
        newsletter=texts["newsletter"],
        slug=texts["slug"],
        language=texts["language"],
        title=texts["title"],
        month=month,
        month_source=source,
        translation_of=texts.get("translation_of"),
        translation_credit=texts.get("translation_credit"),
        sponsor=texts.get("sponsor"),
        events=_events(keys["events"], name) if "events" in keys else [],
    )


def _text(key: str, held: _Key, name: str) -> str:
    value = held.value
    text = value.value.strip() if isinstance(value, yaml.ScalarNode) else ""
    if not text:
        raise EditionError(
            f"the key {key!r} has no text.",
            f"Write `{key}: …` in one line.",
            file=name,
            line=held.line,
        )
    return text


def _fits(  # noqa: PLR0913, PLR0917 - what is checked, and where to point
    form: re.Pattern[str], key: str, value: str, remedy: str, keys: dict[str, _Key], name: str
) -> None:
    if not form.fullmatch(value) or len(value) > _LONGEST_SLUG:
        raise EditionError(
            f"{value!r} cannot be the {key}.", remedy, file=name, line=keys[key].line
        )


def _month(texts: dict[str, str], keys: dict[str, _Key], name: str) -> tuple[str, str]:
    if "month" in texts:
        _fits(_MONTH, "month", texts["month"], "Write year and month, such as 2022-05.", keys, name)
        return texts["month"], "given in the front matter"
    match = _MONTH.match(texts["slug"])
    if not match:
        raise EditionError(
            f"the month is missing, and the slug {texts['slug']!r} does not begin with one.",
            "Add a line `month: 2022-05`.",
            file=name,
            line=keys["slug"].line,
        )
    return match[0], "given by the slug"


def _events(held: _Key, name: str) -> list[Occasion]:
    if not isinstance(held.value, yaml.SequenceNode):
        raise EditionError(
            "events is no list.",
            "Write each as `- title: …` with `at:` and `url:` below it.",
            file=name,
            line=held.line,
        )
    return [_event(node, held, name) for node in held.value.value]


def _event(node: yaml.Node, held: _Key, name: str) -> Occasion:
    keys = _mapping(node, name, held.before, "an event")
    for key, inner in keys.items():
        if key not in _EVENT_KEYS:
            raise EditionError(
                f"the key {key!r} of an event is unknown.",
                f"The keys are {', '.join(_EVENT_KEYS)}.",
                file=name,
                line=inner.line,
            )
    if "title" not in keys:
        raise EditionError(
            "an event has no title.", "Add `title: …` to it.", file=name, line=held.line
        )
    texts = {k: _text(k, v, name) for k, v in keys.items()}
    if "at" in texts and not _is_time(texts["at"]):
        raise EditionError(
            f"{texts['at']!r} is no time.",
            "Write a date such as 2022-05-06 or a time such as 2022-05-06T17:00+02:00.",
            file=name,
            line=keys["at"].line,
        )
    if "url" in texts and not texts["url"].startswith(("https://", "http://")):
        raise EditionError(
            f"{texts['url']!r} is no web address.",
            "Begin it with https://.",
            file=name,
            line=keys["url"].line,
        )
    return Occasion(texts["title"], texts.get("at"), texts.get("url"))


def _is_time(text: str) -> bool:
    for kind in (date, datetime):
        try:
            kind.fromisoformat(text)
        except ValueError:
            continue
        return True
    return False
