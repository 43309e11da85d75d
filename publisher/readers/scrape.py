"""Reads an edition out of the plain text of a saved web page; keeps what is there and invents nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.readers import authors, frame, headings, month, references, related
from publisher.readers.cleaning import ANCHOR, Paragraph, joined, paragraphs
from publisher.readers.edition import Edition, EditionEntry, EditionReference, RelatedWork
from publisher.readers.errors import EditionError

if TYPE_CHECKING:
    from publisher.readers.headings import Heading

FORM = "scrape"

_ARROW = r"(?:(?:→|->|⇒|➡|:|：|–|—)\ufe0f?)"
_WHY_WORDS = r"(?:why(?: it matters)?|为什么|为何)"
_INSIGHT_WORDS = r"(?:key (?:insights?|ideas?|takeaways?)|关键(?:见解|洞察)|要点)"


def _label(emoji: str, words: str, marked: str = "") -> re.Pattern[str]:
    """Match a label: words and an arrow, or words behind their emoji, which needs no arrow."""
    bare = rf"^\W*\s*{words}\s*{emoji}?\ufe0f?\s*{_ARROW}\s*"
    return re.compile(
        rf"{bare}|^\W*{emoji}\ufe0f?\s*(?:{words}{marked})(?!\w)\s*{_ARROW}?\s*", re.IGNORECASE
    )


_WHY = _label("❓", _WHY_WORDS)
_INSIGHTS = _label("💡", _INSIGHT_WORDS, "|insights?|takeaways?")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_ANNOUNCED = re.compile(r"\b(\d{1,2})\s+(?:\w+\s+)?papers\b|(\d{1,2})\s*篇")
CHINESE_SHARE = 0.1  # of the letters; English names fill much of a Chinese edition


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Where an entry stands: from its heading, or where that is lost its author line, to its end."""

    start: int
    by: int
    heading: Heading | None


def read(text: str, file: str) -> Edition:
    """Read a scrape.

    Raises:
        EditionError: No author line or no month can be found.
    """
    body, listed = references.split(paragraphs(text))
    anchors = _anchors(body)
    if not anchors:
        raise EditionError(
            file, None, "no paper was found, for no line begins with “By ” and names",
            "Give the text of a whole edition, in which each paper has such a line of authors.",
        )  # fmt: skip
    head = frame.head(body[: anchors[0].start])
    end = anchors[-1].by + 1 + frame.farewell(body[anchors[-1].by + 1 :])
    listed_references = references.read(listed)
    whole = "\n".join(p.text for p in body)
    found = month.find(head.text, whole, references.years(listed_references), file)
    if found is None:
        raise EditionError(
            file, None, "the month of the edition is not to be found",
            "Put a first line such as “Trends in AI — April 2022” above the text, "
            "or name the file after its month, such as 2022-04.txt.",
        )  # fmt: skip
    entries = _entries(body[:end], anchors)
    return Edition(
        slug=f"{found.first_day:%Y-%m}",
        language=language_of(whole),
        month=found.first_day,
        month_source=found.source,
        newsletter=head.newsletter,
        title=head.title,
        intro=head.intro,
        news=head.news,
        entries=entries,
        references=listed_references,
        occasions=frame.occasions(body[: anchors[0].start] + body[end:]),
        remarks=tuple(_remarks(head.text, entries, listed_references)),
    )


def language_of(text: str) -> str:
    """Tell Chinese from English by the share of its characters."""
    han, letters = len(_HAN.findall(text)), len(_LETTER.findall(text))
    return "zh" if letters and han >= CHINESE_SHARE * letters else "en"


def _anchors(body: list[Paragraph]) -> list[_Anchor]:
    found: list[_Anchor] = []
    last = 0
    for i in range(len(body)):
        if not _is_anchor(body, i):
            continue
        above = body[i - 1] if i and (not found or i - 1 > found[-1].by) else None
        heading = None
        if above and not above.bullet and not related.label(above.text):
            heading = headings.read(above.text, after=last)
        if heading and heading.number:
            last = heading.number
        found.append(_Anchor(i - 1 if heading else i, i, heading))
    return found


def _is_anchor(body: list[Paragraph], i: int) -> bool:
    line = body[i].text
    if not line.startswith(ANCHOR) or body[i].bullet:
        return False
    labelled = i + 1 < len(body) and _WHY.match(body[i + 1].text) is not None
    return labelled or authors.is_author_line(line.removeprefix(ANCHOR))


def _entries(body: list[Paragraph], anchors: list[_Anchor]) -> tuple[EditionEntry, ...]:
    ends = [a.start for a in anchors[1:]] + [len(body)]
    return tuple(
        _entry(anchor, body[anchor.by], body[anchor.by + 1 : end])
        for anchor, end in zip(anchors, ends, strict=True)
    )


def _entry(anchor: _Anchor, by: Paragraph, parts: list[Paragraph]) -> EditionEntry:
    names, et_al = authors.names(by.text.removeprefix(ANCHOR))
    why, insights, works = _texts(parts)
    heading = anchor.heading
    title = heading.title if heading else None
    prose = related.in_prose(f"{why}\n{insights}".replace("\n", " \n"))
    return EditionEntry(
        number=heading.number if heading else None,
        title=title,
        papers=headings.papers_of(title),
        authors=names,
        et_al=et_al,
        why=why,
        insights=insights,
        related=works + tuple(w for w in prose if w not in works),
        links=heading.links if heading else (),
    )


def _texts(parts: list[Paragraph]) -> tuple[str, str, tuple[RelatedWork, ...]]:
    works = tuple(w for p in parts for w in related.label(p.text))
    prose = [p for p in parts if not related.label(p.text)]
    if not any(_WHY.match(p.text) or _INSIGHTS.match(p.text) for p in prose):
        return joined(prose[:1]), joined(prose[1:]), works
    texts: dict[bool, list[Paragraph]] = {False: [], True: []}
    within = False
    for part in prose:
        label = _INSIGHTS.match(part.text) or _WHY.match(part.text)
        within = within or _INSIGHTS.match(part.text) is not None
        rest = part.text[label.end() :] if label else part.text
        if rest:
            texts[within].append(Paragraph(part.line, rest, bullet=part.bullet))
    return joined(texts[False]), joined(texts[True]), works


def _remarks(
    head: str, entries: tuple[EditionEntry, ...], listed: tuple[EditionReference, ...]
) -> list[str]:
    found = []
    announced = _ANNOUNCED.search(head)
    count = int(announced[1] or announced[2]) if announced else len(entries)
    if announced and count != len(entries):
        found.append(f"The text announces {count} papers and has {len(entries)}.")
    numbers = {r.number for r in listed}
    cited = {n for e in entries for n in references.marks(f"{e.why}\n{e.insights}")}
    if lost := sorted(cited - numbers):
        found.append(f"Marks without a reference: {', '.join(map(str, lost))}.")
    for place, entry in enumerate(entries, start=1):
        if not entry.why or not entry.insights:
            part = "a why" if not entry.why else "key insights"
            found.append(f"Entry {entry.number or place} has no text for {part}.")
    return found
