"""The taxonomy: topics with their names and terms, read from TOML with care and written as TOML to be edited."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from itertools import takewhile
from textwrap import fill
from typing import TYPE_CHECKING, Any

from publisher.errors import TaxonomyError
from publisher.toml_lines import wrong_line
from publisher.topics.rules import ANY_ENDING, MARKS, is_han_term, term_key
from storage.names import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.topics.rules import Key

SHIPPED = "taxonomy.toml"
LONGEST_SLUG = 40  # characters
LONGEST_NAME = 60
SHORTEST_BEGINNING = 3  # letters before a term's *
_KEYS = ("slug", "names", "terms")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")
_HEAD = re.compile(r"\s*\[\[\s*topic\s*\]\]")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_WIDTH = 116


@dataclass(frozen=True, slots=True)
class TopicRule:
    """A topic, its names by language, and the terms that speak for it."""

    slug: str
    names: tuple[tuple[str, str], ...]  # language and name
    terms: tuple[str, ...]

    def called(self) -> set[str]:
        """Give every way to name it, as compared."""
        return {name_key(self.slug), *(name_key(name) for _, name in self.names)}


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Every topic, in order."""

    topics: tuple[TopicRule, ...]

    def slug_of(self, name: str) -> str | None:
        """Give the slug of the topic with this slug or name, in any language; None where there is none."""
        key = name_key(name)
        return next((t.slug for t in self.topics if key and key in t.called()), None)

    def known(self) -> str:
        """List the slugs, for an error."""
        return ", ".join(topic.slug for topic in self.topics)


def shipped() -> Taxonomy:
    """Give the taxonomy that comes with Paperround."""
    return read_taxonomy(_shipped_text(), SHIPPED)


def read_taxonomy(text: str, file: str) -> Taxonomy:
    """Read a taxonomy.

    Args:
        text: The file.
        file: Its name, for errors.

    Raises:
        TaxonomyError: Names the line and the remedy.
    """
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        number = wrong_line(error)
        place = f"{file}, line {number}" if number else file
        raise TaxonomyError(f"{place}: this is not valid TOML ({error}). Correct it.") from error
    rows = parsed.get("topic")
    if parsed.keys() != {"topic"} or not isinstance(rows, list) or not rows:
        raise TaxonomyError(
            f"{file}: a taxonomy is a list of topics. Write [[topic]] above each, and nothing else."
        )
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _HEAD.match(line)]
    topics: list[TopicRule] = []
    for index, row in enumerate(rows):
        line_number = lines[index] if len(lines) == len(rows) else None
        place = f"{file}, line {line_number}" if line_number else f"{file}, topic {index + 1}"
        topics.append(_topic(row, place))
        _refuse_twice(topics, f"{place} ({topics[-1].slug})")
    return Taxonomy(tuple(topics))


def write_taxonomy(taxonomy: Taxonomy) -> str:
    """Write a taxonomy to be edited; `read_taxonomy` undoes it."""
    head = takewhile(lambda line: line.startswith("#"), _shipped_text().splitlines())
    return "\n".join([*head, *(_written(topic) for topic in taxonomy.topics)]) + "\n"


def _shipped_text() -> str:
    return resources.files(__package__).joinpath(SHIPPED).read_text(encoding="utf-8")


def _topic(row: Any, place: str) -> TopicRule:  # noqa: ANN401 - whatever stands in the file
    if not isinstance(row, dict):
        raise TaxonomyError(f"{place}: this is no topic. Write [[topic]] above its keys.")
    for key in row:
        if key not in _KEYS:
            raise TaxonomyError(
                f"{place}: there is no {key!r} in a topic. Known are: {', '.join(_KEYS)}."
            )
    slug = row.get("slug")
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise TaxonomyError(
            f"{place}: slug is {slug!r}. Write small letters, digits and single hyphens, "
            f'at most {LONGEST_SLUG}, such as slug = "language-models".'
        )
    place = f"{place} ({slug})"
    return TopicRule(slug, _names(row.get("names"), place), _terms(row.get("terms"), place))


def _names(given: Any, place: str) -> tuple[tuple[str, str], ...]:  # noqa: ANN401
    example = 'Write names = { en = "Scaling", zh = "规模扩展" }.'
    if not isinstance(given, dict) or not given:
        raise TaxonomyError(f"{place}: the topic has no names. {example}")
    for language, name in given.items():
        if not _LANGUAGE.fullmatch(language):
            raise TaxonomyError(f"{place}: {language!r} is no language of a name. {example}")
        if not isinstance(name, str) or not name_key(name) or not _is_plain(name, LONGEST_NAME):
            raise TaxonomyError(
                f"{place}: the name in {language!r} is {name!r}. Write a text of one line, "
                f"at most {LONGEST_NAME} characters."
            )
    return tuple(given.items())


def _terms(given: Any, place: str) -> tuple[str, ...]:  # noqa: ANN401
    if not isinstance(given, list):
        raise TaxonomyError(
            f'{place}: terms is no list. Write terms = ["scaling law"], or [] for a topic '
            "that only an editor gives."
        )
    seen: dict[tuple[object, ...], str] = {}
    for term in given:
        what = _wrong_with(term)
        if what:
            raise TaxonomyError(f"{place}: the term {term!r} {what}")
        # One that decides in titles may be a hint in texts, and nothing else stands twice.
        key = (*term_key(term), term[:1] if term[:1] in MARKS else "")
        other = seen.get(key) or seen.get((*key[:-1], "")) or (key[-1] == "" and _marked(seen, key))
        if other:
            raise TaxonomyError(
                f"{place}: the terms {other!r} and {term!r} are one. Keep one of them."
            )
        seen[key] = term
    return tuple(given)


def _marked(seen: dict[tuple[object, ...], str], key: tuple[object, ...]) -> str | None:
    return next((seen[k] for mark in MARKS if (k := (*key[:-1], mark)) in seen), None)


def _wrong_with(term: Any) -> str | None:  # noqa: ANN401
    if not isinstance(term, str):
        return "is no text. Put it in quotes."
    if not _is_plain(term, LONGEST_NAME):
        return f"is too long or of several lines. Write at most {LONGEST_NAME} characters."
    key = term_key(term)
    if not any(key):
        return "holds no letter or digit, so nothing can be found by it. Remove it."
    return _wrong_with_ending(term, key) if ANY_ENDING in term else None


def _wrong_with_ending(term: str, key: Key) -> str | None:
    if is_han_term(key):
        return "has a *, but it is found wherever it stands. Remove the *."
    for word in term.lstrip(MARKS).split():
        if ANY_ENDING in word.rstrip(ANY_ENDING) or word.endswith(2 * ANY_ENDING):
            return "has a * within a word. It stands for any ending; put one at the end of a word."
        if word.endswith(ANY_ENDING) and len(name_key(word)) < SHORTEST_BEGINNING:
            return (
                f"would be found in too much. Write at least {SHORTEST_BEGINNING} letters before *."
            )
    return None


def _is_plain(text: str, longest: int) -> bool:
    return len(text) <= longest and not _CONTROL.search(text)


def _refuse_twice(topics: Sequence[TopicRule], place: str) -> None:
    *others, topic = topics
    for other in others:
        if other.slug == topic.slug:
            raise TaxonomyError(f"{place}: the topic {topic.slug!r} stands twice. Join the two.")
        if common := other.called() & topic.called():
            raise TaxonomyError(
                f"{place}: {topic.slug!r} and {other.slug!r} share the name {min(common)!r}. "
                "Give one of them another."
            )


def _written(topic: TopicRule) -> str:
    names = ", ".join(f"{language} = {_quoted(name)}" for language, name in topic.names)
    # A blank within a term must not become the end of a line.
    listed = ", ".join(_quoted(term).replace(" ", "\x00") for term in topic.terms)
    body = fill(listed, _WIDTH, initial_indent="  ", subsequent_indent="  ",
                break_long_words=False, break_on_hyphens=False)  # fmt: skip
    terms = f"[\n{body.replace(chr(0), ' ')},\n]" if topic.terms else "[]"
    return f"\n[[topic]]\nslug = {_quoted(topic.slug)}\nnames = {{ {names} }}\nterms = {terms}"


def _quoted(text: str) -> str:
    return json.dumps(
        text, ensure_ascii=False
    )  # also a TOML string, as no control character is in it
