"""Reads one paper of an edition file: heading, fields, Why, Key insights, Related."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher.readers import authors, identifiers, related
from publisher.readers.edition import EditionEntry, EditionPaper, EntryLink, RelatedWork
from publisher.readers.errors import EditionError

if TYPE_CHECKING:
    from collections.abc import Iterator

Line = tuple[int, str]  # the line's number from 1, and its text

FIELDS = ("Authors", "arXiv", "DOI", "Links", "Also known as", "Paper", "Topics")
NO_TOPICS = "none"  # `Topics: none`: the entry has none, whatever the rules propose
PARTS = ("Why", "Key insights", "Related")
_HEADING = re.compile(r"^###\s+(?:(\d{1,3})\s*[.、]\s*)?(\S.*?)\s*$")
_FIELD = re.compile(r"^(\w[\w ]{1,20}?)\s*[:：]\s*(.*)$")
_PART = re.compile(r"^\*\*([^*]+?)\s*[:：]?\s*\*\*\s*[:：→]?\s*(.*)$")
_LINK = re.compile(r"\[([^\]]+)\]\((\S+?)\)")
_ITEM = re.compile(r"^[-*]\s+(\S.*)$")


@dataclass(slots=True)
class _Block:
    """What was gathered of a paper so far."""

    file: str
    at: int  # line of the heading
    number: int | None
    title: str
    fields: dict[str, tuple[int, str]] = field(default_factory=dict)
    papers: list[tuple[int, str]] = field(default_factory=list)
    parts: dict[str, list[Line]] = field(default_factory=dict)

    def wrong(self, line: int, what: str, remedy: str) -> EditionError:
        return EditionError(self.file, line, what, remedy)


def read(lines: list[Line], file: str) -> EditionEntry:
    """Read a paper from its heading to the line before the next.

    Raises:
        EditionError: A field or a part is missing, unknown, twice there or not to be read.
    """
    block = _gather(lines, file)
    names, et_al = _authors(block)
    why, insights = (_prose(block, part) for part in PARTS[:2])
    return EditionEntry(
        number=block.number,
        title=block.title,
        papers=_papers(block),
        authors=names,
        et_al=et_al,
        why=why,
        insights=insights,
        related=tuple(_related(block)),
        links=tuple(_links(block)),
        topics=_topics(block),
    )


def _gather(lines: list[Line], file: str) -> _Block:
    at, text = lines[0]
    heading = _HEADING.match(text)
    if not heading:
        raise EditionError(file, at, "a paper has no title", "Write `### 1. The title`.")
    block = _Block(file, at, int(heading[1]) if heading[1] else None, heading[2])
    current: list[Line] | None = None
    for number, line in lines[1:]:
        part = _PART.match(line)
        if part and _known(part[1], PARTS):
            current = _open(block, number, part)
        elif current is not None:
            current.append((number, line))
        elif line.strip():
            _field(block, number, line.strip())
    return block


def _known(name: str, names: tuple[str, ...]) -> str | None:
    return next((n for n in names if n.lower() == name.strip().lower()), None)


def _open(block: _Block, number: int, part: re.Match[str]) -> list[Line]:
    name = _known(part[1], PARTS) or ""
    if name in block.parts:
        raise block.wrong(number, f"**{name}** stands twice in this paper", "Join the two.")
    block.parts[name] = [(number, part[2])]
    return block.parts[name]


def _field(block: _Block, number: int, line: str) -> None:
    found = _FIELD.match(line)
    name = _known(found[1], FIELDS) if found else None
    if found is None or name is None:
        known = ", ".join(f"{f}:" for f in FIELDS)
        label = re.sub(r"\W+$", "", line.strip("*").split(":")[0])[:40]
        near = difflib.get_close_matches(label, [*FIELDS, *PARTS], n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise block.wrong(
            number, f"{line[:40]!r} is neither a field of the paper nor its **Why**",
            f"{hint}Fields are {known}; the text begins with **Why**.",
        )  # fmt: skip
    if not found[2]:
        raise block.wrong(number, f"the field {name} is empty", "Fill it or remove the line.")
    if name == "Paper":
        block.papers.append((number, found[2]))
    elif name in block.fields:
        raise block.wrong(number, f"the field {name} stands twice", "Keep one of them.")
    else:
        block.fields[name] = number, found[2]


def _authors(block: _Block) -> tuple[tuple[str, ...], bool]:
    if "Authors" not in block.fields:
        raise block.wrong(
            block.at, f"the paper {block.title!r} has no authors",
            "Add a line `Authors: A. Lee, B. Li et al.` below its heading.",
        )  # fmt: skip
    return authors.names(block.fields["Authors"][1])


def _topics(block: _Block) -> tuple[str, ...] | None:
    if "Topics" not in block.fields:
        return None
    named = [part.strip() for part in re.split("[,，、]", block.fields["Topics"][1])]
    return tuple(name for name in named if name and name.lower() != NO_TOPICS)


def _papers(block: _Block) -> tuple[EditionPaper, ...]:
    alone = [name for name in ("arXiv", "DOI", "Also known as") if name in block.fields]
    if block.papers and alone:
        raise block.wrong(
            block.fields[alone[0]][0], f"the field {alone[0]} stands beside lines of `Paper:`",
            "Write it into the line of its paper: `Paper: Title | arXiv: 2203.15556`.",
        )  # fmt: skip
    if block.papers:
        return tuple(_paper_line(block, number, text) for number, text in block.papers)
    fields: dict[str, tuple[int, str]] = {name: block.fields[name] for name in alone}
    return (_paper(block, block.title, fields),)


def _paper_line(block: _Block, number: int, text: str) -> EditionPaper:
    title, *rest = [part.strip() for part in text.split(" | ")]
    fields: dict[str, tuple[int, str]] = {}
    for part in rest:
        found = _FIELD.match(part)
        name = _known(found[1], FIELDS[1:5]) if found else None
        if not found or not name or name == "Links":
            raise block.wrong(
                number, f"{part[:40]!r} cannot stand in a line of `Paper:`",
                "Write `Paper: Title | arXiv: 2203.15556 | Also known as: Chinchilla`.",
            )  # fmt: skip
        fields[name] = number, found[2]
    return _paper(block, title, fields)


def _paper(block: _Block, title: str, fields: dict[str, tuple[int, str]]) -> EditionPaper:
    arxiv = doi = None
    if "arXiv" in fields:
        line, text = fields["arXiv"]
        arxiv = identifiers.arxiv_id(text)
        if arxiv is None:
            raise block.wrong(line, f"{text!r} is no arXiv id", "Write it as 2203.15556.")
    if "DOI" in fields:
        line, text = fields["DOI"]
        doi = identifiers.doi(text)
        if doi is None:
            raise block.wrong(line, f"{text!r} is no DOI", "Write it as 10.1000/182.")
    _, names = fields.get("Also known as", (0, ""))
    aliases = tuple(a.strip() for a in re.split(r"[,，、;]", names) if a.strip())
    return EditionPaper(title, arxiv, doi, aliases)


def _links(block: _Block) -> Iterator[EntryLink]:
    number, text = block.fields.get("Links", (0, ""))
    found = _LINK.findall(text)
    if text and (not found or _LINK.sub("", text).strip(" ,，、;|")):
        raise block.wrong(
            number, f"the links {text[:60]!r} cannot be read",
            "Write `Links: [Code](https://…), [Project page](https://…)`.",
        )  # fmt: skip
    for label, url in found:
        yield EntryLink(label, _address(block, number, url))


def _address(block: _Block, number: int, url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise block.wrong(number, f"{url!r} is no web address", "Write it with https://.")
    return url


def _prose(block: _Block, part: str) -> str:
    lines = block.parts.get(part)
    if lines is None:
        raise block.wrong(
            block.at, f"the paper {block.title!r} has no **{part}**",
            f"Add a paragraph that begins with **{part}**; is the end of the file missing?",
        )  # fmt: skip
    text = "\n".join(line for _, line in lines).strip()
    if not text:
        raise block.wrong(lines[0][0], f"**{part}** is empty", "Write a sentence behind it.")
    return re.sub(r"\n{3,}", "\n\n", text)


def _related(block: _Block) -> Iterator[RelatedWork]:
    for number, line in block.parts.get("Related", []):
        item = _ITEM.match(line)
        if not item and line.strip():
            raise block.wrong(
                number, f"{line.strip()[:40]!r} is no item of **Related**",
                "Write `- Title (arXiv 2203.08543)` or `- [Title](https://…)`.",
            )  # fmt: skip
        if item:
            yield _work(block, number, item[1])


def _work(block: _Block, number: int, text: str) -> RelatedWork:
    link = _LINK.search(text)
    if not link:
        return related.work(text)
    url = _address(block, number, link[2])
    named = related.work(text.replace(link[0], link[1]))
    return RelatedWork(named.title, url, named.arxiv or identifiers.arxiv_id(url))
