"""Reads the entries below `## Papers` of an edition file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from publisher.readers.bylines import is_byline, read_byline
from publisher.readers.edition import EditionEntry, Link, PaperName, Work
from publisher.readers.related import read_work
from publisher.readers.source import Line, Source, items, texts
from publisher.readers.titles import Heading, read_heading
from storage.catalog.identifiers import identifiers

_ENTRY = re.compile(r"^###\s+(?=\S)")
_LABEL = re.compile(
    r"^\*\*(?P<label>[^*]{1,30}?)\s*[:：]?\s*\*\*\s*(?:[:：→]|->|—)?\s*(?P<rest>.*)$"
)
_LABELS = {
    "why": "why",
    "why it matters": "why",
    "为什么重要": "why",
    "为何重要": "why",
    "为什么": "why",
    "key insights": "insights",
    "key insight": "insights",
    "insights": "insights",
    "要点": "insights",
    "关键见解": "insights",
    "related": "related",
    "related work": "related",
    "related works": "related",
    "相关工作": "related",
    "相关": "related",
}
_FIELD = re.compile(
    r"^(?P<key>arxiv|doi|links?|also known as|papers?|链接|别名|又名|作者)\s*[:：]\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_FIELDS = {
    "link": "links",
    "链接": "links",
    "别名": "also known as",
    "又名": "also known as",
    "papers": "paper",
    "作者": "by",
}
_MARKDOWN_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_KEYS = "By, arXiv:, DOI:, Links:, Also known as:, Paper:"


@dataclass(slots=True)
class _Draft:
    """An entry while it is read."""

    line: Line
    heading: Heading
    fields: dict[str, tuple[Line, str]] = field(default_factory=dict)
    papers: list[PaperName] = field(default_factory=list)
    parts: dict[str, list[Line]] = field(default_factory=dict)


def read_entries(source: Source, lines: list[Line], section_line: int) -> list[EditionEntry]:
    """Read every entry of the section.

    Raises:
        EditionError: An entry lacks something, or a line is not understood.
    """
    drafts: list[_Draft] = []
    for line in lines:
        if _ENTRY.match(line.text):
            drafts.append(_begin(source, line))
        elif drafts:
            _take(source, drafts[-1], line)
        elif line.text.strip():
            raise source.error(
                "text stands before the first entry.",
                "Begin each entry with its title: `### Title`.",
                line,
            )
    if not drafts:
        raise source.error(
            "no paper is listed.", "Begin each entry with its title: `### Title`.", section_line
        )
    _check_numbers(source, drafts)
    return [_finish(source, draft) for draft in drafts]


def _begin(source: Source, line: Line) -> _Draft:
    heading = read_heading(_ENTRY.sub("", line.text))
    if not heading.title:
        raise source.error("the entry has no title.", "Write `### Title`.", line)
    return _Draft(line, heading)


def _check_numbers(source: Source, drafts: list[_Draft]) -> None:
    seen: dict[int, int] = {}
    for draft in drafts:
        number = draft.heading.number
        if number is not None and number in seen:
            raise source.error(
                f"number {number} stands twice, first in line {seen[number]}.",
                "Give each entry a number of its own, or none.",
                draft.line,
            )
        if number is not None:
            seen[number] = draft.line.number


def _take(source: Source, draft: _Draft, line: Line) -> None:
    """Take in one line below an entry's title."""
    stripped = line.text.strip()
    match = _LABEL.match(stripped)
    name = _LABELS.get(match["label"].casefold()) if match else None
    if match and name:
        if name in draft.parts:
            raise source.error(
                f"**{match['label']}** stands twice in the entry.", "Put both together.", line
            )
        draft.parts[name] = [Line(line.number, match["rest"])]
    elif draft.parts:
        draft.parts[list(draft.parts)[-1]].append(line)
    elif stripped:
        _take_field(source, draft, line, stripped)


def _take_field(source: Source, draft: _Draft, line: Line, text: str) -> None:
    match = _FIELD.match(text)
    if match:
        key = match["key"].casefold()
        key, value = _FIELDS.get(key, key), match["value"].strip()
    elif text.startswith("By "):
        key, value = "by", text[3:]
    else:
        raise source.error(
            f"{text[:40]!r} is not understood.",
            f"Between title and **Why** may stand: {_KEYS}",
            line,
        )
    if not value:
        raise source.error(f"{text!r} has no value.", "Write one, or take the line away.", line)
    if key == "paper":
        draft.papers.append(_paper(source, line, value))
    elif key in draft.fields:
        raise source.error(
            f"the line {key!r} stands twice in the entry.", "Put both together.", line
        )
    else:
        draft.fields[key] = (line, value)


def _finish(source: Source, draft: _Draft) -> EditionEntry:
    if "by" not in draft.fields:
        raise source.error(
            f"the entry {draft.heading.title!r} has no authors.",
            "Add a line such as `By Ada Author, Ben Writer et al.` below the title.",
            draft.line,
        )
    for part, label in (("why", "Why"), ("insights", "Key insights")):
        if not texts(draft.parts.get(part, [])):
            raise source.error(
                f"the entry {draft.heading.title!r} has no text under **{label}**.",
                f"Add a paragraph that begins with **{label}**. Is the file whole?",
                draft.line,
            )
    byline_line, names = draft.fields["by"]
    if not is_byline(f"By {names}"):
        raise source.error(
            f"{names[:60]!r} are no names.", "Write `By First Last, First Last et al.`", byline_line
        )
    byline = read_byline(f"By {names}", mend=False)
    return EditionEntry(
        number=draft.heading.number,
        title=draft.heading.title,
        papers=_papers(source, draft),
        authors=byline.authors,
        et_al=byline.et_al,
        why=texts(draft.parts["why"]),
        insights=texts(draft.parts["insights"]),
        related=_related(draft.parts.get("related", [])),
        links=[*draft.heading.links, *_links(source, draft.fields.get("links"))],
    )


def _papers(source: Source, draft: _Draft) -> list[PaperName]:
    single = {"arxiv", "doi", "also known as"} & set(draft.fields)
    if draft.papers:
        if single:
            raise source.error(
                f"the entry has `Paper:` lines and {min(single)!r}.",
                "Give ids and names within the `Paper:` lines.",
                draft.fields[min(single)][0],
            )
        return draft.papers
    if not single:
        return draft.heading.papers
    title = draft.heading.papers[0].title if len(draft.heading.papers) == 1 else draft.heading.title
    arxiv = draft.fields.get("arxiv")
    doi = draft.fields.get("doi")
    known = draft.fields.get("also known as")
    return [
        PaperName(
            title=title,
            arxiv=_arxiv(source, *arxiv) if arxiv else None,
            doi=_doi(source, *doi) if doi else None,
            aliases=_names(known[1]) if known else [],
        )
    ]


def _paper(source: Source, line: Line, value: str) -> PaperName:
    """Read `Title | arXiv 2203.12533 | also known as Pathways`."""
    title, *others = (part.strip() for part in value.split("|"))
    paper = PaperName(title=title)
    for other in others:
        match = re.match(
            r"(arxiv|doi|also known as|别名|又名)\s*[:：]?\s*(.+)$", other, re.IGNORECASE
        )
        if not match:
            raise source.error(
                f"{other!r} is not understood.",
                "Write `Paper: Title | arXiv 2203.12533 | also known as Name`.",
                line,
            )
        match match[1].casefold():
            case "arxiv":
                paper = replace(paper, arxiv=_arxiv(source, line, match[2]))
            case "doi":
                paper = replace(paper, doi=_doi(source, line, match[2]))
            case _:
                paper = replace(paper, aliases=_names(match[2]))
    return paper


def _arxiv(source: Source, line: Line, value: str) -> str:
    found = identifiers(value).arxiv
    if len(found) != 1:
        raise source.error(f"{value!r} is no arXiv id.", "Write one such as 2203.15556.", line)
    return found[0]


def _doi(source: Source, line: Line, value: str) -> str:
    found = identifiers(value).dois
    if len(found) != 1:
        raise source.error(
            f"{value!r} is no DOI.", "Write one such as 10.1038/s41586-021-03819-2.", line
        )
    return found[0]


def _names(value: str) -> list[str]:
    parts = re.split(r"\s*[;；]\s*" if re.search("[;；]", value) else r"\s*[,，、]\s*", value)
    return [p.strip() for p in parts if p.strip()]


def _links(source: Source, held: tuple[Line, str] | None) -> list[Link]:
    if held is None:
        return []
    line, value = held
    found = [Link(m[1].strip(), m[2]) for m in _MARKDOWN_LINK.finditer(value)]
    left = _MARKDOWN_LINK.sub("", value).strip(" ,;|·，、；")
    wrong = next(
        (x.url for x in found if not (x.url or "").startswith(("https://", "http://"))), left
    )
    if wrong or not found:
        raise source.error(
            f"{wrong or value!r} is no link.",
            "Write `Links: [Code](https://example.org/code), [Demo](https://…)`.",
            line,
        )
    return found


def _related(lines: list[Line]) -> list[Work]:
    return [work for item in items(lines) if (work := read_work(item))]
