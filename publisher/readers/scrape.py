"""Reads an edition from the plain text of a saved web page.

Nothing in such a text is certain but the author lines: headings, bullets, labels and numbers may be
lost, and the site's furniture stands around. What is there is kept, what is missing is noted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.readers import labels
from publisher.readers.bylines import is_byline, read_byline
from publisher.readers.edition import Edition, EditionEntry, Link, Note, NoteKind, Occasion, Work
from publisher.readers.errors import EditionError
from publisher.readers.lines import as_markdown, decode, join, paragraphs
from publisher.readers.marks import marks
from publisher.readers.months import Month, PrintedTitle, find_days, find_month, find_title
from publisher.readers.references import find_references, read_references
from publisher.readers.related import labelled_works, works_in_prose
from publisher.readers.titles import NUMBERED, Heading, is_title_case, may_be_title, read_heading

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")
_NAMED = re.compile(
    r"\b(?:edition|issue) of (?:the |our )?[^\"“.,]{0,40}[\"“]([^\"”]{3,60})[\"”]"
    r"|\b[Ww]elcome (?:back )?to (?:the )?[\"“]?([A-Z][\w&’']*(?: (?:[A-Z][\w&’']*|in|of|the|on|and)){1,5})"
)
_ANNOUNCED = re.compile(r"\b(\d{1,2}) (?:[\w-]+ ){0,2}papers\b")
_OCCASION = re.compile(
    r"\b(webinar|workshop|meet-?up|live session|live stream|office hours|talk)\b[^.;]{0,60}?\bon\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+")
_SOME = 0.15
_FEW_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Entries:
    """Where the entries of a page stand: per entry its heading, or None, and its author line."""

    headings: list[int | None]
    bylines: list[int]

    def starts(self) -> list[int]:
        return [b if h is None else h for h, b in zip(self.headings, self.bylines, strict=True)]


def read_scrape(content: bytes, name: str, *, month: date | None = None) -> Edition:
    """Read the plain text of a saved page.

    Args:
        content: The file.
        name: Its name, for messages.
        month: The edition's month, where somebody knows what the text does not tell.

    Raises:
        EditionError: It is no text, has no author line, or its month cannot be concluded.
    """
    page = [p for p in paragraphs(decode(content, name)) if not labels.is_furniture(p)]
    places = _find_entries(page)
    if not places.bylines:
        raise EditionError(
            "no entry was found: no line begins with “By ” and names authors.",
            "Give the text of an edition, or write it in the format of docs/reference/edition-format.md.",
            file=name,
        )
    end = find_references(page, places.bylines[-1])
    references = read_references(page[end:])
    starts = places.starts()
    head, body = page[: starts[0]], page[starts[0] : end]
    notes: list[Note] = []
    entries = [
        _entry(page, places, index, end if index + 1 == len(starts) else starts[index + 1], notes)
        for index in range(len(starts))
    ]
    title = find_title(head)
    found = _month(month, title) or find_month(head, body, [r.text for r in references])
    if found is None:
        raise EditionError(
            "no month was found: neither a title nor the intro prints one that a year belongs to.",
            "Give it with --month, such as --month 2022-04.",
            file=name,
        )
    if not found.sure:
        notes.append(Note(NoteKind.INFERRED, "month", found.source))
    intro, news = _head(head[title.index + 1 :] if title else head, notes)
    edition = Edition(
        slug=f"{found.first_day:%Y-%m}",
        language=_language(body),
        month=f"{found.first_day:%Y-%m}",
        month_source=found.source,
        month_sure=found.sure,
        newsletter=title.newsletter if title and title.newsletter else _newsletter(head),
        title=title.text if title else None,
        intro=join([as_markdown(p) for p in intro]),
        news=[as_markdown(p) for p in news],
        entries=entries,
        references=references,
        events=_occasions(body),
        notes=notes,
    )
    notes += _lacks(edition, intro)
    return edition


def _month(given: date | None, title: PrintedTitle | None) -> Month | None:
    if given:
        return Month(given.replace(day=1), "given with --month", sure=True)
    if title:
        return Month(title.month, f"printed in the title “{title.text}”", sure=True)
    return None


def _find_entries(page: list[str]) -> _Entries:
    bylines = [i for i, p in enumerate(page) if is_byline(p)]
    research = next((i for i, p in enumerate(page) if labels.is_research_heading(p)), None)
    if research is not None and any(b > research for b in bylines):
        bylines = [b for b in bylines if b > research]
    surely = [_is_heading(page, b - 1, strict=True) for b in bylines]
    survived = sum(surely) * 2 >= len(bylines)
    headings = [
        b - 1 if sure or (survived and _is_heading(page, b - 1, strict=False)) else None
        for b, sure in zip(bylines, surely, strict=True)
    ]
    return _Entries(headings, bylines)


def _is_heading(page: list[str], index: int, *, strict: bool) -> bool:
    """Tell whether a paragraph before an author line is its title, or the end of the entry before.

    A number settles it. Without one, a lost list ends in lines that look like titles; `strict` asks
    for the capitals of a title after a paragraph that is no such line.
    """
    if index < 0:
        return False
    line = page[index]
    if NUMBERED.match(line):
        return not line.startswith("- ")
    if not may_be_title(line) or is_byline(line) or labels.RELATED.match(line):
        return False
    if labels.is_research_heading(line) or labels.is_news_heading(line):
        return False
    if not strict:
        return True
    before = page[index - 1] if index else ""
    listed = may_be_title(before) and not is_byline(before) and not NUMBERED.match(before)
    return is_title_case(line) and len(line.split()) >= _FEW_WORDS and not listed


def _entry(
    page: list[str], places: _Entries, index: int, end: int, notes: list[Note]
) -> EditionEntry:
    at, byline_at = places.headings[index], places.bylines[index]
    heading = read_heading(page[at]) if at is not None else Heading(None, "", [])
    byline = read_byline(page[byline_at])
    body = page[byline_at + 1 : end]
    leave = next((i for i, p in enumerate(body) if labels.is_farewell(p)), len(body))
    why, insights, related, links = _body(body[:leave])
    entry = EditionEntry(
        number=heading.number,
        title=heading.title or None,
        papers=heading.papers,
        authors=byline.authors,
        et_al=byline.et_al,
        why=join([as_markdown(p) for p in why]),
        insights=join([as_markdown(p) for p in insights]),
        related=related,
        links=[*heading.links, *links],
    )
    place = f"entry {heading.number or index + 1} ({entry.byline})"
    notes += [
        Note(
            NoteKind.INFERRED,
            place,
            f"“{names}” was read as two names, a comma seems to be missing",
        )
        for names in byline.joined
    ]
    notes += _entry_lacks(entry, place, index + 1)
    return entry


def _entry_lacks(entry: EditionEntry, place: str, position: int) -> Iterable[Note]:
    if entry.title is None:
        yield Note(NoteKind.MISSING, place, "the title was lost")
    elif entry.number is None:
        yield Note(
            NoteKind.INFERRED, place, f"no number is printed; it is entry {position} by its place"
        )
    if not entry.why:
        yield Note(NoteKind.MISSING, place, "no text tells why it matters")
    if not entry.insights:
        yield Note(NoteKind.MISSING, place, "no key insights")


def _body(body: list[str]) -> tuple[list[str], list[str], list[Work], list[Link]]:
    """Part an entry's text; without labels the first paragraph is the why."""
    parts: dict[str, list[str]] = {"before": [], "why": [], "insights": []}
    part = "before"
    related: list[Work] = []
    links: list[Link] = []
    for paragraph in body:
        works = labelled_works(paragraph)
        if works is not None:
            related += works
            continue
        if _ADDRESS.fullmatch(paragraph):
            links.append(Link(paragraph.split("/")[2], paragraph))
            continue
        text = paragraph
        for name, label in (("why", labels.WHY), ("insights", labels.INSIGHTS)):
            match = label.match(paragraph)
            if match:
                part, text = name, paragraph[match.end() :]
        related += works_in_prose(text)
        if text:
            parts[part].append(text)
    why, insights = _parted(parts)
    return why, insights, list({w.title: w for w in related}.values()), links


def _parted(parts: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    labelled = parts["before"] + parts["why"]
    if parts["insights"]:
        return labelled, parts["insights"]
    first = len(parts["before"]) + 1 if parts["why"] else 1
    return labelled[:first], labelled[first:]


def _head(head: list[str], notes: list[Note]) -> tuple[list[str], list[str]]:
    """Part what stands before the entries into intro and news items."""
    research = next((i for i, p in enumerate(head) if labels.is_research_heading(p)), len(head))
    before, after = head[:research], head[research + 1 :]
    begin = next(
        (i for i, p in enumerate(before) if labels.leads_to_news(p) or labels.is_news_heading(p)),
        None,
    )
    if begin is None:
        return [p for p in before + after if not labels.is_farewell(p)], []
    lead = [] if labels.is_news_heading(before[begin]) else [before[begin]]
    items = before[begin + 1 :]
    while research == len(head) and items and _ANNOUNCED.search(items[-1]):
        after.insert(0, items.pop())
    if not items:
        notes.append(Note(NoteKind.MISSING, "news", "the text announces news, and none follow"))
    return [*before[:begin], *lead, *after], [p.removeprefix("- ") for p in items]


def _newsletter(head: list[str]) -> str | None:
    match = _NAMED.search("\n".join(head))
    return (match[1] or match[2]).strip() if match else None


def _language(body: list[str]) -> str:
    text = "".join(p for p in body if not is_byline(p))
    letters = len(_LETTER.findall(text)) or 1
    if len(_KANA.findall(text)) / letters > _SOME:
        return "ja"
    if len(_HANGUL.findall(text)) / letters > _SOME:
        return "ko"
    return "zh" if len(_HAN.findall(text)) / letters > _SOME else "en"


def _occasions(body: list[str]) -> list[Occasion]:
    """Find announced dates, such as a webinar, in the paragraphs that take leave."""
    found = []
    for paragraph in body:
        match = _OCCASION.search(paragraph) if labels.is_farewell(paragraph) else None
        days = find_days(paragraph[match.end() :]) if match else []
        if match and days:
            found.append(Occasion(match[1].capitalize(), days[0][1].isoformat()))
    return found


def _lacks(edition: Edition, intro: list[str]) -> list[Note]:
    lacks = []
    if edition.title is None:
        lacks.append(Note(NoteKind.MISSING, "title", "the edition's own title was lost"))
    announced = next((int(m[1]) for p in intro if (m := _ANNOUNCED.search(p))), None)
    if announced and announced != len(edition.entries):
        said = f"the intro announces {announced} papers, {len(edition.entries)} were read"
        lacks.append(Note(NoteKind.MISSING, "entries", said))
    return [*lacks, *unmatched_marks(edition)]


def unmatched_marks(edition: Edition) -> list[Note]:
    """Note the reference marks that no reference belongs to."""
    have = {r.number for r in edition.references}
    texts = [
        (f"entry {e.number or n}", f"{e.why}\n{e.insights}")
        for n, e in enumerate(edition.entries, 1)
    ]
    texts += [("intro", edition.intro), ("news", "\n".join(edition.news))]
    return [
        Note(NoteKind.MISSING, place, f"mark {number} has no reference [{number}]")
        for place, text in texts
        for number in marks(text)
        if number not in have
    ]
