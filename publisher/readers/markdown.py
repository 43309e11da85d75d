"""Reads the project's own edition format: Markdown with front matter, strict, so that nothing is lost unseen.

The format is described in docs/reference/edition-format.md.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from publisher.readers import frontmatter, paper_blocks, references
from publisher.readers.edition import Edition, EditionReference
from publisher.readers.errors import EditionError

if TYPE_CHECKING:
    from publisher.readers.edition import EditionEntry
    from publisher.readers.paper_blocks import Line

FORM = "markdown"
SECTIONS = ("News", "Papers", "References")
_SECTION = re.compile(r"^##\s+(\S.*?)\s*$")
_HEADING = re.compile(r"^#{1,6}\s")
_PAPER = re.compile(r"^###(?:\s|$)")
_ITEM = re.compile(r"^[-*]\s+(\S.*)$")
_ENDED = re.compile(r"(?:[.!?…。！？:：)）\]”\"’*_`⁰¹²³⁴⁵⁶⁷⁸⁹]|\d{4}|https?://\S+)$|^$")
_FIELD_OR_ITEM = re.compile(r"^(?:[-*]\s|\[?\d+[\].]|#|---)")
_REFERENCE = re.compile(r"^(?:\[(\d{1,3})\]|(\d{1,3})\.)\s+(\S.*)$")


def is_markdown(text: str, file: str) -> bool:
    """Tell whether a file is meant to be in this form."""
    return text.startswith(frontmatter.FENCE) or file.lower().endswith((".md", ".markdown"))


def read(text: str, file: str) -> Edition:
    """Read an edition file.

    Raises:
        EditionError: Anything is missing, unknown or not to be read; with line and remedy.
    """
    lines = text.split("\n")
    front, start = frontmatter.read(lines, file)
    _check_end(text, lines, file)
    intro, sections = _sections([(i + 1, lines[i]) for i in range(start, len(lines))], file)
    entries = _entries(sections.get("Papers"), file, len(lines))
    listed = _references(sections.get("References", []), file)
    return Edition(
        slug=front.slug,
        language=front.language,
        month=front.month,
        month_source=front.month_source,
        newsletter=front.newsletter,
        title=front.title,
        intro=_text(intro),
        news=_news(sections.get("News", []), file),
        entries=entries,
        references=listed,
        translation_of=front.translation_of,
        translation_credit=front.translation_credit,
        sponsor=front.sponsor,
        occasions=front.events,
        remarks=_remarks(entries, listed),
    )


def _check_end(text: str, lines: list[str], file: str) -> None:
    """Refuse a file that breaks off: no line end, and a last line of prose without an end of its sentence."""
    last = lines[-1].rstrip()
    if text.endswith("\n") or _ENDED.search(last) or _FIELD_OR_ITEM.match(last):
        return
    raise EditionError(
        file, len(lines), f"the file breaks off in the middle of a sentence: “…{last[-40:]}”",
        "Fetch the whole file; if it is whole, end its last line with a full stop.",
    )  # fmt: skip


def _sections(lines: list[Line], file: str) -> tuple[list[Line], dict[str, list[Line]]]:
    intro: list[Line] = []
    found: dict[str, list[Line]] = {}
    current = intro
    for number, line in lines:
        section = _SECTION.match(line)
        if section:
            name = _section_name(section[1], number, file)
            if name in found:
                raise EditionError(
                    file, number, f"the section {name} stands twice", "Join the two."
                )
            current = found[name] = []
        elif _HEADING.match(line) and not (current is found.get("Papers") and _PAPER.match(line)):
            raise EditionError(
                file, number, f"the heading {line.strip()[:40]!r} has no place here",
                "Use `## News`, `## Papers`, `## References`, and `### Title` for a paper.",
            )  # fmt: skip
        else:
            current.append((number, line))
    return intro, found


def _section_name(title: str, number: int, file: str) -> str:
    for name in SECTIONS:
        if name.lower() == title.lower():
            return name
    near = difflib.get_close_matches(title, SECTIONS, n=1)
    hint = f"Did you mean `## {near[0]}`?" if near else "Sections are News, Papers, References."
    raise EditionError(file, number, f"the section {title!r} is unknown", hint)


def _entries(lines: list[Line] | None, file: str, last_line: int) -> tuple[EditionEntry, ...]:
    if lines is None:
        raise EditionError(
            file, last_line, "the section Papers is missing",
            "Add `## Papers` and below it a heading `### 1. Title` for each; is the end missing?",
        )  # fmt: skip
    blocks: list[list[Line]] = []
    for number, line in lines:
        if _PAPER.match(line):
            blocks.append([(number, line)])
        elif blocks:
            blocks[-1].append((number, line))
        elif line.strip():
            raise EditionError(
                file, number, "text stands above the first paper",
                "Move it above `## News`, or put a heading `### 1. Title` over it.",
            )  # fmt: skip
    if not blocks:
        raise EditionError(
            file, last_line, "the section Papers holds no paper", "Add `### 1. Title`."
        )
    entries = tuple(paper_blocks.read(block, file) for block in blocks)
    _check_order(entries, [block[0][0] for block in blocks], file)
    return entries


def _check_order(entries: tuple[EditionEntry, ...], lines: list[int], file: str) -> None:
    last = 0
    for place, (entry, line) in enumerate(zip(entries, lines, strict=True), start=1):
        number = entry.number or place
        if number <= last:
            raise EditionError(
                file, line, f"the paper has the number {number}, and the one above has {last}",
                "Number the papers upwards, or leave all numbers out.",
            )  # fmt: skip
        last = number


def _news(lines: list[Line], file: str) -> tuple[str, ...]:
    items: list[str] = []
    for number, line in lines:
        item = _ITEM.match(line)
        if item:
            items.append(item[1].rstrip())
        elif line.strip() and items and line[:1].isspace():
            items[-1] += f"\n{line.strip()}"
        elif line.strip():
            raise EditionError(
                file, number, f"{line.strip()[:40]!r} is no item of the news",
                "Begin each item with `- `, and go on with two blanks before the line.",
            )  # fmt: skip
    return tuple(items)


def _references(lines: list[Line], file: str) -> tuple[EditionReference, ...]:
    found: dict[int, str] = {}
    for number, line in lines:
        item = _REFERENCE.match(line.strip())
        if item:
            mark = int(item[1] or item[2])
            if mark in found:
                raise EditionError(
                    file, number, f"the reference {mark} stands twice", "Give one another number."
                )
            found[mark] = item[3]
        elif line.strip() and found:
            found[next(reversed(found))] += f" {line.strip()}"
        elif line.strip():
            raise EditionError(
                file, number, f"{line.strip()[:40]!r} is no reference", "Write `[1] Text`."
            )
    return tuple(EditionReference(n, t, references.first_url(t)) for n, t in found.items())


def _text(lines: list[Line]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for _, line in lines)).strip()


def _remarks(
    entries: tuple[EditionEntry, ...], listed: tuple[EditionReference, ...]
) -> tuple[str, ...]:
    cited = {n for e in entries for n in references.marks(f"{e.why}\n{e.insights}")}
    lost = sorted(cited - {r.number for r in listed})
    return (f"Marks without a reference: {', '.join(map(str, lost))}.",) if lost else ()
