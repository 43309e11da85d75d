"""Reads the project's own edition format: front matter, intro, `## News`, `## Papers`, `## References`.

The format is described in `docs/reference/edition-format.md`. An editor's file is taken at its word:
nothing is inferred, and what is wrong is an error with its line and a remedy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from publisher.readers.edition import Edition, EditionReference
from publisher.readers.frontmatter import read_front_matter
from publisher.readers.lines import decode
from publisher.readers.marks import marks
from publisher.readers.paper_entries import read_entries
from publisher.readers.source import Line, Source, items, texts

_SECTIONS = {
    "news": "news",
    "新闻": "news",
    "资讯": "news",
    "papers": "papers",
    "论文": "papers",
    "references": "references",
    "参考文献": "references",
    "引用": "references",
}
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_REFERENCE = re.compile(r"^(?:- )?\[(\d{1,3})\]:?\s+(?=\S)")
_ADDRESS = re.compile(r"\s+<?(https?://[^\s>]+)>?$")


@dataclass(slots=True)
class _Section:
    line: int
    lines: list[Line] = field(default_factory=list)


def read_markdown(content: bytes, name: str) -> Edition:
    """Read an edition file of our own format.

    Raises:
        EditionError: Something is wrong; it names file, line and remedy.
    """
    text = decode(content, name)
    matter, body, before = read_front_matter(text, name)
    source = Source(name, [Line(before + n, line) for n, line in enumerate(body.split("\n"), 1)])
    sections = _sections(source)
    if "papers" not in sections:
        raise source.error(
            "the section of papers is missing.", "Add a heading `## Papers` with an entry for each."
        )
    entries = read_entries(source, sections["papers"].lines, sections["papers"].line)
    references = _references(
        source, sections["references"].lines if "references" in sections else []
    )
    edition = Edition(
        slug=matter.slug,
        language=matter.language,
        month=matter.month,
        month_source=matter.month_source,
        newsletter=matter.newsletter,
        title=matter.title,
        intro=texts(sections["intro"].lines),
        news=items(sections["news"].lines) if "news" in sections else [],
        entries=entries,
        references=references,
        sponsor=matter.sponsor,
        events=matter.events,
        translation_credit=matter.translation_credit,
        translation_of=matter.translation_of,
    )
    _check_marks(source, edition, sections)
    return edition


def _sections(source: Source) -> dict[str, _Section]:
    found = {"intro": _Section(1)}
    part = "intro"
    for line in source.lines:
        match = _HEADING.match(line.text)
        if not match or (len(match[1]) == 3 and part == "papers"):  # noqa: PLR2004 - `###` is an entry
            found[part].lines.append(line)
            continue
        part = _section_name(source, line, match)
        if part in found:
            raise source.error(
                f"the section {match[2]!r} stands twice.", "Put both together.", line
            )
        found[part] = _Section(line.number)
    return found


def _section_name(source: Source, line: Line, match: re.Match[str]) -> str:
    level, words = len(match[1]), match[2]
    if level == 1:
        raise source.error(
            f"the heading {words!r} is of the first level.",
            "Put the title into the front matter: `title: …`.",
            line,
        )
    name = _SECTIONS.get(words.casefold().rstrip(":："))
    if level != 2 or name is None:  # noqa: PLR2004 - `##` is a section
        raise source.error(
            f"the heading {words!r} is unknown.",
            "The sections are `## News`, `## Papers` and `## References`; `###` begins an entry below `## Papers`.",
            line,
        )
    return name


def _references(source: Source, lines: list[Line]) -> list[EditionReference]:
    found: list[tuple[int, str]] = []
    open_line: Line | None = None
    for line in lines:
        stripped = line.text.strip()
        match = _REFERENCE.match(stripped)
        if match:
            number = int(match[1])
            if number in {n for n, _ in found}:
                raise source.error(
                    f"reference [{number}] stands twice.",
                    "Give each reference a number of its own.",
                    line,
                )
            found.append((number, stripped[match.end() :]))
            open_line = line
        elif stripped and open_line is not None:
            found[-1] = (found[-1][0], f"{found[-1][1]} {stripped}")
        elif stripped:
            raise source.error(
                f"{stripped[:40]!r} is no reference.",
                "Begin each with its number: `[3] “Title” by Author, 2022.`",
                line,
            )
        else:
            open_line = None
    return [_reference(number, text) for number, text in found]


def _reference(number: int, text: str) -> EditionReference:
    address = _ADDRESS.search(text)
    if address:
        return EditionReference(number, text[: address.start()], address[1])
    return EditionReference(number, text)


def _check_marks(source: Source, edition: Edition, sections: dict[str, _Section]) -> None:
    have = {r.number for r in edition.references}
    for part in ("intro", "news", "papers"):
        for line in sections[part].lines if part in sections else []:
            for number in marks(line.text):
                if number not in have:
                    raise source.error(
                        f"mark {number} has no reference.",
                        f"Add `[{number}] …` below `## References`, or take the mark away. Is the file whole?",
                        line,
                    )
