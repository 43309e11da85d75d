"""Reads the front matter of an edition file: YAML between two lines of `---`, every value with its line."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import yaml

from publisher.readers.edition import Occasion
from publisher.readers.errors import EditionError

if TYPE_CHECKING:
    from collections.abc import Iterable

FENCE = "---"
REQUIRED = ("newsletter", "slug", "language", "title")
OPTIONAL = ("month", "translation_of", "translation_credit", "sponsor", "events")
_EVENT_KEYS = ("title", "at", "url")
_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MONTH = re.compile(r"((?:19|20)\d{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the front matter says."""

    newsletter: str
    slug: str
    language: str
    title: str
    month: date
    month_source: str
    translation_of: str | None
    translation_credit: str | None
    sponsor: str | None
    events: tuple[Occasion, ...]


def read(lines: list[str], file: str) -> tuple[FrontMatter, int]:
    """Read the front matter; give it and the index of the first line behind it.

    Raises:
        EditionError: It is missing, not closed, not YAML, or a value is wrong.
    """
    if not lines or lines[0].rstrip() != FENCE:
        raise EditionError(
            file, 1, "the front matter is missing",
            f"Begin the file with a line {FENCE}, lines such as `slug: 2022-06`, and another {FENCE}.",
        )  # fmt: skip
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise EditionError(
            file, 1, "the front matter is not closed", f"Put a line {FENCE} below its last key."
        )
    block = _Block(file, _mapping("\n".join(lines[1:end]), file))
    return block.read(), end + 1


def _mapping(text: str, file: str) -> yaml.MappingNode:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise EditionError(
            file, mark.line + 2 if mark else 1, f"the front matter is not YAML ({error.problem})",
            "Write `key: value`; put a value that holds `: ` or `#` in quotes.",
        ) from error  # fmt: skip
    except yaml.YAMLError as error:
        raise EditionError(
            file, 1, "the front matter holds characters that YAML does not allow",
            "Remove control characters.",
        ) from error  # fmt: skip
    if not isinstance(node, yaml.MappingNode):
        raise EditionError(
            file, 2, "the front matter holds no keys", f"It needs {', '.join(REQUIRED)}."
        )
    return node


@dataclass(slots=True)
class _Block:
    """The keys of the front matter, each asked for by what it must hold."""

    file: str
    node: yaml.MappingNode

    def read(self) -> FrontMatter:
        keys = self._keys(self.node, (*REQUIRED, *OPTIONAL))
        for key in REQUIRED:
            if key not in keys:
                raise EditionError(
                    self.file, 1, f"the front matter lacks `{key}`", f"Add a line `{key}: …` to it."
                )
        texts = {k: self._text(k, n) for k, n in keys.items() if k != "events"}
        self._check(
            "slug", texts["slug"], _SLUG, "at most 80 small letters, digits, `-`, such as 2022-06"
        )
        for key in ("newsletter", "title"):
            self._check(key, texts[key], _ONE_LINE, "one line of text")
        self._check("language", texts["language"], _LANGUAGE, "a language tag such as en or zh")
        if "translation_of" in texts:
            self._check("translation_of", texts["translation_of"], _LANGUAGE, "a language tag")
        month, source = self._month(texts)
        return FrontMatter(
            texts["newsletter"], texts["slug"], texts["language"], texts["title"], month, source,
            texts.get("translation_of"), texts.get("translation_credit"), texts.get("sponsor"),
            self._events(keys.get("events")),
        )  # fmt: skip

    def line(self, node: yaml.Node) -> int:
        return int(node.start_mark.line) + 2  # below the first fence

    def _keys(self, node: yaml.MappingNode, known: Iterable[str]) -> dict[str, yaml.Node]:
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                near = difflib.get_close_matches(name, list(known), n=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(known)}."
                raise EditionError(self.file, self.line(key), f"the key `{name}` is unknown", hint)
            if name in found:
                raise EditionError(
                    self.file, self.line(key), f"the key `{name}` stands twice", "Keep one of them."
                )
            found[name] = value
        return found

    def _text(self, key: str, node: yaml.Node) -> str:
        value = node.value.strip() if isinstance(node, yaml.ScalarNode) else ""
        if not value:
            raise EditionError(
                self.file, self.line(node), f"`{key}` holds no text", f"Write `{key}: a text`."
            )
        return str(value)

    def _check(self, key: str, value: str, form: re.Pattern[str], wanted: str) -> None:
        if not form.fullmatch(value):
            node = self._keys(self.node, (*REQUIRED, *OPTIONAL))[key]
            raise EditionError(
                self.file, self.line(node), f"`{key}` is {value!r}", f"Write {wanted}."
            )

    def _month(self, texts: dict[str, str]) -> tuple[date, str]:
        if "month" in texts:
            self._check("month", texts["month"], _MONTH, "year and month, such as 2022-06")
            year, month = map(int, texts["month"].split("-"))
            return date(year, month, 1), "The front matter names the month."
        found = _MONTH.match(texts["slug"])
        if not found:
            raise EditionError(
                self.file, 1, f"no month is given and the slug {texts['slug']!r} names none",
                "Add a line `month: 2022-06` to the front matter.",
            )  # fmt: skip
        return date(int(found[1]), int(found[2]), 1), "The month is that of the slug."

    def _events(self, node: yaml.Node | None) -> tuple[Occasion, ...]:
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise EditionError(
                self.file, self.line(node), "`events` is no list",
                "Write each event as `  - title: …` with `at:` and `url:` below it.",
            )  # fmt: skip
        return tuple(self._event(item) for item in node.value)

    def _event(self, node: yaml.Node) -> Occasion:
        keys = self._keys(node, _EVENT_KEYS) if isinstance(node, yaml.MappingNode) else {}
        texts = {key: self._text(key, value) for key, value in keys.items()}
        if "title" not in texts:
            raise EditionError(
                self.file, self.line(node), "an event has no title", "Add `title: …` to it."
            )
        if "at" in texts and not _is_time(texts["at"]):
            raise EditionError(
                self.file, self.line(keys["at"]), f"{texts['at']!r} is no date",
                "Write 2022-07-08 or 2022-07-08T16:00+02:00.",
            )  # fmt: skip
        if "url" in texts and not texts["url"].startswith(("https://", "http://")):
            raise EditionError(
                self.file, self.line(keys["url"]), f"{texts['url']!r} is no web address",
                "Write it in full, with https://.",
            )  # fmt: skip
        return Occasion(texts["title"], texts.get("at"), texts.get("url"))


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
