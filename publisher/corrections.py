"""What an editor knows and no copy says: read from a TOML file, and written as one that waits to be filled in."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomlkit

from publisher.readers.errors import EditionError
from publisher.toml_lines import wrong_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ARXIV = re.compile(r"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$")
DOI = re.compile(r"^10\.\d{4,9}/\S+$")
_PAPER_KEYS = {
    "title": str, "arxiv": str, "doi": str, "aliases": list, "forbidden_aliases": list,
}  # fmt: skip
_ENTRY_KEYS = {
    **_PAPER_KEYS, "number": int, "papers": list, "authors": list, "language": str,
    "topics": list,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for one entry; an empty language means every language of the issue."""

    slug: str
    language: str
    number: int
    content: dict[str, Any]


def read_corrections(text: str, name: str) -> list[Given]:
    """Read a corrections file.

    Args:
        text: The file.
        name: Its name, for errors.

    Raises:
        EditionError: Names the line and the remedy.
    """
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what = f"this is not valid TOML ({error})"
        raise EditionError(name, wrong_line(error), what, "Correct the line.") from error
    places = _places(text)
    given: list[Given] = []
    for slug, issue in parsed.items():
        rows = issue.get("entry") if isinstance(issue, dict) else None
        if not isinstance(rows, list):
            raise EditionError(
                name,
                None,
                f"{slug!r} holds no entries",
                f'Write [["{slug}".entry]] above each entry.',
            )
        for index, row in enumerate(rows):
            given.append(_entry(row, slug, name, places.get((slug, index))))
    _refuse_twice(given, name)
    return given


def _entry(row: dict[str, Any], slug: str, name: str, line: int | None) -> Given:
    _check_keys(row, _ENTRY_KEYS, name, line)
    if "number" not in row:
        raise EditionError(
            name, line, "this entry has no number", "Add number = N, as in the issue."
        )
    papers = row.get("papers", [])
    for paper in papers:
        if not isinstance(paper, dict):
            raise EditionError(name, line, "papers holds something else than tables",
                               'Write papers = [{ title = "…", arxiv = "…" }].')  # fmt: skip
        _check_keys(paper, _PAPER_KEYS, name, line)
    # An empty list of topics says that there are none; any other empty value says nothing.
    content = {
        key: value
        for key, value in row.items()
        if key != "language" and (value not in ("", []) or key == "topics")
    }
    return Given(slug, row.get("language", ""), row["number"], content)


def _check_keys(
    row: dict[str, Any], known: Mapping[str, type], name: str, line: int | None
) -> None:
    for key, value in row.items():
        if key not in known:
            raise EditionError(
                name,
                line,
                f"there is no {key!r} in a correction",
                f"Known are: {', '.join(known)}.",
            )
        if not isinstance(value, known[key]) or isinstance(value, bool):
            kind = {str: "a text in quotes", int: "a whole number", list: "a list in brackets"}[
                known[key]
            ]
            raise EditionError(name, line, f"{key} is not {kind}", f"Write {kind}.")
        texts = [v for v in value if key != "papers"] if isinstance(value, list) else []
        if any(not isinstance(v, str) for v in texts):
            raise EditionError(
                name, line, f"{key} holds something else than texts", "Put each in quotes."
            )
    if row.get("arxiv") and not ARXIV.match(row["arxiv"]):
        raise EditionError(
            name,
            line,
            f"{row['arxiv']!r} is not an arXiv id",
            "Write it like 2203.15556, without a version.",
        )
    if row.get("doi") and not DOI.match(row["doi"]):
        raise EditionError(name, line, f"{row['doi']!r} is not a DOI", "Write it like 10.1000/182.")


def _places(text: str) -> dict[tuple[str, int], int]:
    """Find the line at which each `[["slug".entry]]` stands."""
    found: dict[tuple[str, int], int] = {}
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"""\s*\[\[\s*["']?([^"'\]]+?)["']?\s*\.\s*entry\s*\]\]""", line):
            slug = match.group(1)
            found[slug, counts.get(slug, 0)] = number
            counts[slug] = counts.get(slug, 0) + 1
    return found


def _refuse_twice(given: Sequence[Given], name: str) -> None:
    seen: set[tuple[str, str, int]] = set()
    for one in given:
        place = (one.slug, one.language, one.number)
        if place in seen:
            raise EditionError(
                name, None, f"entry {one.number} of {one.slug} is given twice", "Merge the two."
            )
        seen.add(place)


def write_corrections(missing: Mapping[str, Sequence[tuple[int, str, dict[str, Any]]]]) -> str:
    """Write a file that waits to be filled in.

    Args:
        missing: For each slug the entries that lack something: (number, who wrote it, what is known).
    """
    document = tomlkit.document()
    document.add(
        tomlkit.comment("Fill in what you know and delete what you do not; then import the edition")
    )
    document.add(tomlkit.comment("again with --corrections and the name of this file."))
    text = tomlkit.dumps(document)
    for slug, entries in missing.items():
        for number, authors, known in entries:
            block = tomlkit.table()
            block.add("number", number)
            papers = known.get("papers") or []
            if len(papers) > 1:
                block.add("papers", _papers(papers))
            else:
                arxiv = papers[0]["arxiv"] if papers else None
                for key, value in (("title", known.get("title")), ("arxiv", arxiv)):
                    block.add(key, value or "")
                block.add(
                    "aliases", []
                )  # a guess that is written here would count as an editor's word
            text += f'\n[["{slug}".entry]]  # {_one_line(authors)}\n{tomlkit.dumps(block)}'
    return text


def _papers(known: Sequence[dict[str, Any]]) -> tomlkit.items.Array:
    """Write each paper of an entry that covers several into a line of its own."""
    array = tomlkit.array().multiline(multiline=True)
    for paper in known:
        line = tomlkit.inline_table()
        line.update({"title": paper["title"] or "", "arxiv": paper["arxiv"] or "", "aliases": []})
        array.append(line)
    return array


def _one_line(text: str) -> str:
    return " ".join(c for c in text.split() if c.isprintable())[:100]
