"""Reads the project's own source format: Markdown with front matter, documented in `docs/reference/edition-format.md`.

Every mistake an editor can make is named with its line and its remedy; nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NoReturn

import frontmatter
import yaml

from publisher.readers.edition import (
    Edition,
    EditionEntry,
    EditionPaper,
    EditionReference,
    EntryLink,
    Occasion,
    RelatedWork,
)
from publisher.readers.errors import EditionError

FORM = "markdown"
_SLUG = re.compile(r"^[a-z0-9][a-z0-9._-]{0,79}$")
_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])(?:-\d\d)?$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_KEYS = ("newsletter", "slug", "language", "title", "month", "translation", "sponsor", "events")
_NEEDED = ("newsletter", "slug", "language", "title")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_NUMBERED = re.compile(r"^(\d{1,3})[.)、]\s*(.*)$")
_FIELD = re.compile(r"^(Authors|arXiv|DOI|Links|Also known as|Paper)\s*:\s*(.*)$", re.IGNORECASE)
_LABEL = re.compile(r"^\*\*(Why|Key insights|Related)\*\*\s*:?\s*(.*)$", re.IGNORECASE)
_LINK = re.compile(r"\[([^\]]+)\]\(([^()\s]+)\)")
_REFERENCE = re.compile(r"^(?:\[(\d{1,4})\]|(\d{1,4})[.)])\s*(.*)$")
_ARXIV = re.compile(
    r"^(?:https?://arxiv\.org/(?:abs|pdf)/|arxiv:)?"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?$",
    re.IGNORECASE,
)
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)$", re.IGNORECASE)
_IN_URL = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})")
_ET_AL = re.compile(r"[,\s]*\bet\.?\s*al\b\.?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its number in the file, from 1."""

    number: int
    text: str


@dataclass
class _Draft:
    """An entry while it is read."""

    heading: Line
    fields: dict[str, list[Line]] = field(default_factory=dict)
    texts: dict[str, list[Line]] = field(default_factory=dict)


def is_markdown(text: str, name: str) -> bool:
    """Tell whether a text is written in our own format: its name says so, or it begins with front matter."""
    if name.endswith((".md", ".markdown")):
        return True
    return text.lstrip("\ufeff").startswith("---\n") or text.startswith("---\r\n")


def read(text: str, name: str) -> Edition:
    """Read an edition.

    Args:
        text: The file.
        name: Its name, for errors.

    Raises:
        EditionError: Names the line and the remedy.
    """
    return _Reader(text.lstrip("\ufeff").replace("\r\n", "\n"), name).read()


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._lines = [Line(n, t.rstrip()) for n, t in enumerate(text.split("\n"), 1)]
        self._text = text

    def read(self) -> Edition:
        meta, body = self._front_matter()
        sections = self._sections(body)
        slug, month = self._slug_and_month(meta)
        entries = self._entries(sections["papers"])
        title = self._text_of(meta, "title")
        return Edition(
            slug=slug,
            language=self._language(meta),
            month=month,
            month_source="the front matter says so"
            if "month" in meta
            else f"the slug {slug} says so",
            newsletter=self._text_of(meta, "newsletter"),
            title=title,
            intro=_joined(sections["intro"]),
            news=self._news(sections.get("news", [])),
            entries=entries,
            references=self._references(sections.get("references", [])),
            translation_credit=self._text_of(meta, "translation") or None,
            sponsor=self._text_of(meta, "sponsor") or None,
            occasions=self._occasions(meta.get("events") or []),
        )

    def _fail(self, line: int | None, what: str, remedy: str) -> NoReturn:
        raise EditionError(self._name, line, what, remedy)

    def _front_matter(self) -> tuple[dict[str, Any], list[Line]]:
        if self._lines[0].text != "---":
            self._fail(
                1,
                "the file does not begin with front matter",
                "Begin it with a line that holds only ---.",
            )
        end = next((i for i, line in enumerate(self._lines[1:], 1) if line.text == "---"), None)
        if end is None:
            self._fail(
                1, "the front matter has no end", "Close it with a line that holds only ---."
            )
        try:
            meta = frontmatter.loads(
                "\n".join(line.text for line in self._lines[: end + 1])
            ).metadata
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 2 if mark else 1
            self._fail(
                line, "the front matter is not valid YAML", "Put texts with a colon in quotes."
            )
        if not isinstance(meta, dict):
            self._fail(
                1, "the front matter is no list of keys", "Write lines such as slug: 2022-06."
            )
        for key in meta:
            if key not in _KEYS:
                self._fail(
                    self._line_of(str(key)),
                    f"there is no {key!r} in the front matter",
                    f"Known are: {', '.join(_KEYS)}.",
                )
        for key in _NEEDED:
            if not meta.get(key):
                self._fail(1, f"{key} is missing in the front matter", f"Add a line {key}: …")
        return meta, self._lines[end + 1 :]

    def _line_of(self, key: str) -> int:
        return next((n.number for n in self._lines if n.text.startswith(f"{key}:")), 1)

    def _text_of(self, meta: dict[str, Any], key: str) -> str:
        value = meta.get(key, "")
        if isinstance(value, bool | list | dict):
            self._fail(self._line_of(key), f"{key} is not a text", "Put it in quotes.")
        return str(value or "").strip()

    def _slug_and_month(self, meta: dict[str, Any]) -> tuple[str, date]:
        slug = self._text_of(meta, "slug")
        if not _SLUG.match(slug):
            self._fail(
                self._line_of("slug"),
                f"{slug!r} is not a slug",
                "Use small letters, digits, dots and hyphens, such as 2022-06.",
            )
        month = self._text_of(meta, "month") or slug
        match = _MONTH.match(month)
        if match is None:
            self._fail(
                self._line_of("month" if "month" in meta else "slug"),
                "the month is unknown",
                "Add a line such as month: 2022-06.",
            )
        return slug, date(int(match[1]), int(match[2]), 1)

    def _language(self, meta: dict[str, Any]) -> str:
        language = self._text_of(meta, "language")
        if not _LANGUAGE.match(language):
            self._fail(
                self._line_of("language"),
                f"{language!r} is not a language",
                "Write a tag such as en or zh.",
            )
        return language

    def _occasions(self, given: object) -> tuple[Occasion, ...]:
        line = self._line_of("events")
        if not isinstance(given, list) or any(
            not isinstance(e, dict) or not e.get("title") for e in given
        ):
            self._fail(
                line,
                "events is not a list of titles with dates",
                "Write - title: …, with at: and url: below.",
            )
        found = []
        for one in given:
            at = one.get("at")
            if at is not None and not isinstance(at, date | datetime):
                self._fail(
                    line,
                    f"{at!r} is not a date",
                    "Write it like 2022-07-01 or 2022-07-01T17:00:00+02:00.",
                )
            found.append(
                Occasion(str(one["title"]), at.isoformat() if at else None, one.get("url"))
            )
        return tuple(found)

    def _sections(self, body: list[Line]) -> dict[str, list[Line]]:
        sections: dict[str, list[Line]] = {"intro": []}
        current = "intro"
        for line in body:
            match = _HEADING.match(line.text)
            if match and len(match[1]) <= 2:  # noqa: PLR2004 - a heading of the second level
                current = match[2].casefold()
                if current not in {"news", "papers", "references"}:
                    self._fail(
                        line.number,
                        f"there is no section {match[2]!r}",
                        "Sections are News, Papers and References.",
                    )
                if current in sections:
                    self._fail(
                        line.number, f"there is a second section {match[2]!r}", "Merge the two."
                    )
                sections[current] = []
            else:
                sections[current].append(line)
        if "papers" not in sections:
            self._fail(
                body[-1].number if body else 1,
                "there is no section Papers",
                "Add a line ## Papers and the entries below it.",
            )
        return sections

    def _news(self, lines: list[Line]) -> tuple[str, ...]:
        items: list[list[str]] = []
        for line in lines:
            if line.text.startswith(("- ", "* ")):
                items.append([line.text[2:].strip()])
            elif line.text.strip() and items:
                items[-1].append(line.text.strip())
            elif line.text.strip():
                self._fail(
                    line.number,
                    "a news item has no bullet",
                    "Begin each item with a hyphen and a blank.",
                )
        return tuple(" ".join(item) for item in items)

    def _entries(self, lines: list[Line]) -> tuple[EditionEntry, ...]:
        drafts: list[_Draft] = []
        label = ""
        for line in lines:
            heading = _HEADING.match(line.text)
            if heading:
                drafts.append(_Draft(Line(line.number, heading[2])))
                label = ""
                continue
            if not drafts:
                if line.text.strip():
                    self._fail(
                        line.number,
                        "a text stands before the first entry",
                        "Begin each entry with a line ### 1. Title.",
                    )
                continue
            label = self._take(drafts[-1], line, label)
        if not drafts:
            self._fail(
                lines[-1].number if lines else None,
                "the section Papers has no entry",
                "Begin each with a line ### 1. Title.",
            )
        entries = [self._entry(draft, place) for place, draft in enumerate(drafts, 1)]
        seen: dict[int | None, int] = {}
        for draft, entry in zip(drafts, entries, strict=True):
            if entry.number in seen:
                self._fail(
                    draft.heading.number,
                    f"number {entry.number} was given in line {seen[entry.number]} already",
                    "Give each entry its own.",
                )
            seen[entry.number] = draft.heading.number
        return tuple(entries)

    def _take(self, draft: _Draft, line: Line, label: str) -> str:
        if match := _LABEL.match(line.text):
            label = match[1].casefold()
            if label in draft.texts:
                self._fail(
                    line.number, f"there is a second **{match[1]}** in this entry", "Merge the two."
                )
            draft.texts[label] = [Line(line.number, match[2])]
        elif label:
            draft.texts[label].append(line)
        elif match := _FIELD.match(line.text):
            draft.fields.setdefault(match[1].casefold(), []).append(
                Line(line.number, match[2].strip())
            )
        elif line.text.strip():
            self._fail(
                line.number,
                "this line is neither a field nor under a label",
                "Known fields: Authors, arXiv, DOI, Links, Also known as, Paper; "
                "known labels: **Why**, **Key insights**, **Related**.",
            )
        return label

    def _entry(self, draft: _Draft, place: int) -> EditionEntry:
        numbered = _NUMBERED.match(draft.heading.text)
        title = (numbered[2] if numbered else draft.heading.text).strip()
        if not title:
            self._fail(
                draft.heading.number, "this entry has no title", "Write it behind the number."
            )
        authors, et_al = self._authors(draft)
        why = _joined(draft.texts.get("why", []))
        if not why:
            self._fail(
                draft.heading.number,
                "this entry does not say why it matters",
                "Add a line **Why** and the text.",
            )
        return EditionEntry(
            number=int(numbered[1]) if numbered else place,
            title=title,
            papers=self._papers(draft, title),
            authors=authors,
            et_al=et_al,
            why=why,
            insights=_joined(draft.texts.get("key insights", [])),
            related=tuple(
                self._related(line) for line in draft.texts.get("related", []) if line.text.strip()
            ),
            links=tuple(
                link for line in draft.fields.get("links", []) for link in self._links(line)
            ),
        )

    def _authors(self, draft: _Draft) -> tuple[tuple[str, ...], bool]:
        lines = draft.fields.get("authors", [])
        if len(lines) != 1 or not lines[0].text:
            self._fail(
                draft.heading.number,
                "this entry has no authors",
                "Add a line Authors: A Name, B Name.",
            )
        text = lines[0].text
        names = _ET_AL.sub("", text).rstrip(". ")
        parts = (part.strip() for part in re.split(r"\s*(?:,|;|、)\s*(?:and\s+)?|\s+and\s+", names))
        return tuple(part for part in parts if part), bool(_ET_AL.search(text))

    def _papers(self, draft: _Draft, title: str) -> tuple[EditionPaper, ...]:
        own = [draft.fields.get(key, []) for key in ("arxiv", "doi", "also known as")]
        if several := draft.fields.get("paper", []):
            if any(own):
                self._fail(
                    several[0].number,
                    "arXiv, DOI and other names stand beside lines Paper:",
                    "Write them into those lines.",
                )
            return tuple(self._paper(line) for line in several)
        for lines in own[:2]:
            if len(lines) > 1:
                self._fail(
                    lines[1].number,
                    "this entry has two ids",
                    "For two papers write two lines Paper: Title | arXiv: …",
                )
        return (
            EditionPaper(
                title=title,
                arxiv=self._arxiv(own[0][0]) if own[0] else None,
                doi=self._doi(own[1][0]) if own[1] else None,
                aliases=tuple(a for line in own[2] for a in _listed(line.text)),
            ),
        )

    def _paper(self, line: Line) -> EditionPaper:
        title, *parts = [part.strip() for part in line.text.split("|")]
        found = EditionPaper(title=title)
        known: dict[str, Any] = {}
        for part in parts:
            match = _FIELD.match(part)
            key = match[1].casefold() if match else ""
            if match is None or key not in {"arxiv", "doi", "also known as"}:
                self._fail(
                    line.number,
                    f"{part!r} is not known in a line Paper:",
                    "Write Paper: Title | arXiv: … | Also known as: …",
                )
            known[key] = Line(line.number, match[2].strip())
        if not title:
            self._fail(line.number, "this paper has no title", "Write it behind Paper:.")
        return EditionPaper(
            title=found.title,
            arxiv=self._arxiv(known["arxiv"]) if "arxiv" in known else None,
            doi=self._doi(known["doi"]) if "doi" in known else None,
            aliases=tuple(_listed(known["also known as"].text)) if "also known as" in known else (),
        )

    def _arxiv(self, line: Line) -> str:
        match = _ARXIV.match(line.text)
        if match is None:
            self._fail(
                line.number, f"{line.text!r} is not an arXiv id", "Write it like 2203.15556."
            )
        return match[1]

    def _doi(self, line: Line) -> str:
        match = _DOI.match(line.text)
        if match is None:
            self._fail(line.number, f"{line.text!r} is not a DOI", "Write it like 10.1000/182.")
        return match[1].lower()

    def _links(self, line: Line) -> list[EntryLink]:
        found = [EntryLink(label, self._url(url, line)) for label, url in _LINK.findall(line.text)]
        if not found:
            self._fail(
                line.number,
                "this line has no link",
                "Write [Code](https://…), [Project page](https://…).",
            )
        return found

    def _url(self, url: str, line: Line) -> str:
        if not url.startswith(("http://", "https://", "mailto:")):
            self._fail(line.number, f"{url!r} is not an address", "Begin it with https://.")
        return url

    def _related(self, line: Line) -> RelatedWork:
        text = re.sub(r"^[-*]\s+", "", line.text.strip())
        match = _LINK.search(text)
        if match is None:
            return RelatedWork(text)
        url = self._url(match[2], line)
        number = _IN_URL.search(url)
        return RelatedWork(match[1], url, number[1] if number else None)

    def _references(self, lines: list[Line]) -> tuple[EditionReference, ...]:
        found: dict[int, list[str]] = {}
        for line in lines:
            if not line.text.strip():
                continue
            match = _REFERENCE.match(line.text.strip())
            if match:
                number = int(match[1] or match[2])
                if number in found:
                    self._fail(
                        line.number,
                        f"reference {number} is given twice",
                        "Give each its own number.",
                    )
                found[number] = [match[3]]
            elif found:
                next(reversed(found.values())).append(line.text.strip())
            else:
                self._fail(
                    line.number,
                    "this reference has no number",
                    "Begin it with its number, such as 1. or [1].",
                )
        return tuple(EditionReference(n, " ".join(parts)) for n, parts in found.items())


def _joined(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines).strip()


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
