"""Finds out of which month an edition is, and tells from what it was concluded.

The day on which a site uploaded or changed the page is not the month of the edition.
"""

from __future__ import annotations

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import date

from publisher.readers.titles import ARXIV

_NAMES = {name.lower(): n for n, name in enumerate(month_name) if name}
_ANY = "|".join(name.capitalize() for name in _NAMES)
_SHORT = "|".join(name.capitalize()[:3] + r"\.?" for name in _NAMES if name != "may")
_YEAR = r"(?:19|20)\d\d"
_PRINTED = re.compile(
    rf"(?P<month>{_ANY}|{_SHORT}),? (?P<year>{_YEAR})\b"
    rf"|(?P<y>{_YEAR})\s*年\s*(?P<m>\d{{1,2}})\s*月(?!\s*\d{{1,2}}\s*日)"
)
_EDITION = r"(?:editions?|issues?|selection|round-?up|digest|newsletter|papers|picks|readings)"
_IN_SENTENCE = re.compile(
    rf"\b{_EDITION}\b[^.]{{0,20}}? (?:of|for|from) (?P<m1>{_ANY}),? (?P<y1>{_YEAR})"
    rf"|\b(?P<m2>{_ANY}),? (?P<y2>{_YEAR})(?:['’]s)? (?:\w+ )?{_EDITION}\b"
)
_MONTH_ONLY = [
    re.compile(rf"\b(?P<month>{_ANY})(?:['’]s)? (?:\w+ )?{_EDITION}\b"),
    re.compile(rf"\b{_EDITION}\b[^.]{{0,20}}? (?:of|for|from) (?P<month>{_ANY})\b"),
    re.compile(
        rf"\b(?P<month>{_ANY}) (?:has|is) (?:\w+ )?(?:arrived|come|here|started|begun|over)\b"
    ),
    re.compile(rf"\b[Ww]elcome (?:back )?to (?P<month>{_ANY})\b"),
    re.compile(r"(?<!\d)(?P<month>1[0-2]|[1-9])\s*月(?:份|的|刊|号)?(?!\s*\d{1,2}\s*日)"),
]
_DAY = re.compile(
    rf"\b(?P<month>{_ANY}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>{_YEAR})\b"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)? (?P<m2>{_ANY}),? (?P<y2>{_YEAR})\b"
)
_UPLOAD = re.compile(
    r"\b(?:updated|published|posted|accessed|copyright)\b|更新|发布于|发表于", re.IGNORECASE
)
_LONGEST_TITLE = 100
_LAST_MONTH = 12


@dataclass(frozen=True, slots=True)
class Month:
    """A month, a sentence that tells how it became known, and whether it was printed in full."""

    first_day: date
    source: str
    sure: bool


@dataclass(frozen=True, slots=True)
class PrintedTitle:
    """A title line that carries its month, such as `Name — April 2022`."""

    index: int
    text: str
    newsletter: str | None
    month: date


def find_title(head: list[str]) -> PrintedTitle | None:
    """Find the title line among the paragraphs before the first entry; the last one of equals."""
    found = None
    for index, paragraph in enumerate(head):
        match = _PRINTED.search(paragraph)
        if not match or len(paragraph) > _LONGEST_TITLE or paragraph[-1:] in ".:!,。：":
            continue
        if _UPLOAD.search(paragraph) or _DAY.search(paragraph):
            continue
        month = _printed_month(match)
        if month and (found is None or found.month == month):
            name = paragraph[: match.start()].rstrip(" —–-|:：·,(").strip()
            found = PrintedTitle(index, paragraph, name or None, month)
    return found


def find_month(head: list[str], body: list[str], references: list[str]) -> Month | None:
    """Conclude the month of an edition whose title does not print it; None when nothing tells.

    Args:
        head: The paragraphs before the first entry.
        body: Every other paragraph but the references.
        references: The texts of the references.
    """
    own = [p for p in head if not _UPLOAD.search(p) or len(p) > _LONGEST_TITLE]
    text = "\n".join(own)
    told = _IN_SENTENCE.search(text)
    if told:
        month = _NAMES[(told["m1"] or told["m2"]).lower()]
        day = date(int(told["y1"] or told["y2"]), month, 1)
        return Month(day, f"printed in the intro: “{told[0]}”", sure=True)
    days = _days([*own, *body])
    for pattern in _MONTH_ONLY:
        match = pattern.search(text)
        if match:
            word = match["month"]
            number = int(word) if word.isdigit() else _NAMES[word.lower()]
            year = _year(number, days, "\n".join([*head, *body]), references)
            said = f"the month is printed in the intro (“{match[0].strip()}”), no year"
            return year and Month(
                date(year[0], number, 1), f"{said}; the year is inferred from {year[1]}", sure=False
            )
    if days:
        words, day = days[-1]
        return Month(
            day.replace(day=1), f"no month is printed; inferred from the date “{words}”", sure=False
        )
    return None


def find_days(text: str) -> list[tuple[str, date]]:
    """Find the dates that are printed in full, each as written and as a date."""
    return _days([text])


def _printed_month(match: re.Match[str]) -> date | None:
    if match["m"]:
        number, year = int(match["m"]), int(match["y"])
    else:
        number, year = _number(match["month"]), int(match["year"])
    return date(year, number, 1) if 1 <= number <= _LAST_MONTH else None


def _number(word: str) -> int:
    return next(n for name, n in _NAMES.items() if name.startswith(word.lower().rstrip(".")))


def _days(paragraphs: list[str]) -> list[tuple[str, date]]:
    found = []
    for paragraph in paragraphs:
        if _UPLOAD.search(paragraph) and len(paragraph) <= _LONGEST_TITLE:
            continue
        for match in _DAY.finditer(paragraph):
            day, month, year = (
                match[n] or match[m] for n, m in (("day", "d2"), ("month", "m2"), ("year", "y2"))
            )
            try:
                found.append((match[0], date(int(year), _NAMES[month.lower()], int(day))))
            except ValueError:
                continue
    return found


def _year(
    month: int, days: list[tuple[str, date]], text: str, references: list[str]
) -> tuple[int, str] | None:
    """Conclude the year from the nearest evidence, and name it."""
    for words, day in days:
        distance = (month - day.month) % _LAST_MONTH
        if distance in {0, 1, _LAST_MONTH - 1}:
            year = (
                day.year
                + (month == 1 and day.month == _LAST_MONTH)
                - (month == _LAST_MONTH and day.month == 1)
            )
            return year, f"the date “{words}” in the text"
    ids = [i for i in ARXIV.findall(text) if i[:4].isdigit() and 1 <= int(i[2:4]) <= _LAST_MONTH]
    if ids:
        newest = max(ids)
        year = 2000 + int(newest[:2]) + (int(newest[2:4]) > month)
        return year, f"the newest arXiv id in the text ({newest})"
    years = [int(y) for r in references for y in re.findall(rf"\b{_YEAR}\b", r)]
    if years:
        return max(years), f"the newest reference ({max(years)})"
    return None
