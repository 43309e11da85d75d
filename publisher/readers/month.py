"""Finds out of which month an edition is, and says from what it knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_NAMES = "|".join(MONTHS)
_SHORT = "|".join(f"{m[:3]}[.]?" for m in MONTHS) + "|Sept[.]?"
_TITLE = re.compile(rf"\b({_NAMES})\s*,?\s+((?:19|20)\d{{2}})\b")
_TITLE_ZH = re.compile(r"((?:19|20)\d{2})\s*年\s*(1[0-2]|0?[1-9])\s*月")
# A month alone is a month only in such company: "may" and "march" are also other words.
_NAMED = re.compile(
    rf"""\b[Ii]n\ ({_NAMES})(?:['’]s)?\ (?:edition|issue) | \b({_NAMES})['’]s\ (?:edition|issue|selection)
    | \b({_NAMES})\ (?:edition|issue) | \b({_NAMES})\ (?:has\ arrived|is\ here|has\ come|is\ upon\ us)
    | \b(?:[Ee]dition|[Ii]ssue)\ (?:of|for)\ ({_NAMES})\b | \b[Ww]elcome\ to\ ({_NAMES})\b""",
    re.VERBOSE,
)
_NAMED_ZH = re.compile(r"(?<![\d年])\s*(1[0-2]|0?[1-9])\s*月(?:份|刊|的|号的?论文)")
_DAY = re.compile(
    rf"(?:\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
    rf"\b(?P<month>{_NAMES}|{_SHORT})\s+(?P<day>[0-3]?\d)(?:st|nd|rd|th)?,?\s+(?P<year>20\d{{2}})\b"
)
HEADLINE = 100  # characters; a longer line is prose, in which any other month may be named
_FILE = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?(0[1-9]|1[0-2])(?!\d)")


@dataclass(frozen=True, slots=True)
class Month:
    """The month of an edition, and a sentence that says how it became known."""

    first_day: date
    source: str


@dataclass(frozen=True, slots=True)
class Day:
    """A full date that a text prints, and its words."""

    day: date
    words: str


def find(head: str, whole: str, reference_years: list[int], file: str) -> Month | None:
    """Find the month.

    Args:
        head: What stands above the first paper.
        whole: The whole text, without the references and without what the site added.
        reference_years: The years that the references print.
        file: The file's name, the last thing to be asked.
    """
    headline = "\n".join(line for line in head.split("\n") if len(line) <= HEADLINE)
    printed = _printed(headline)
    named = _named(head)
    if printed or named is None:
        return printed or _printed(head) or _from_file(file)
    number, words = named
    year, why = _year(number, whole, reference_years)
    if year is None:
        return _from_file(file)
    return Month(date(year, number, 1), f"The month is named in “{words}”; {why}.")


def days(text: str) -> list[Day]:
    """Find the full dates in an English text."""
    found = []
    for match in _DAY.finditer(text):
        try:
            day = date(int(match["year"]), month_number(match["month"]), int(match["day"]))
        except ValueError:
            continue
        found.append(Day(day, match[0]))
    return found


def month_number(name: str) -> int:
    """Give the number of a month by its English name or the first three letters of it."""
    return next(i for i, m in enumerate(MONTHS, 1) if m[:3].lower() == name[:3].lower())


def _printed(head: str) -> Month | None:
    for line in head.split("\n"):
        english, chinese = _TITLE.search(line), _TITLE_ZH.search(line)
        if english:
            return Month(
                date(int(english[2]), month_number(english[1]), 1),
                f"Month and year are printed: “{english[0]}”.",
            )
        if chinese:
            return Month(
                date(int(chinese[1]), int(chinese[2]), 1),
                f"Month and year are printed: “{chinese[0]}”.",
            )
    return None


def _named(head: str) -> tuple[int, str] | None:
    english = _NAMED.search(head)
    if english:
        return month_number(next(g for g in english.groups() if g)), english[0]
    chinese = _NAMED_ZH.search(head)
    return (int(chinese[1]), chinese[0].strip()) if chinese else None


def _year(number: int, whole: str, reference_years: list[int]) -> tuple[int | None, str]:
    dated = days(whole)
    if dated:
        # The edition may announce a day of the next month, so the nearest month wins.
        nearest = min(dated, key=lambda d: abs(_distance(number, d.day)))
        months = nearest.day.year * 12 + nearest.day.month - 1 + _distance(number, nearest.day)
        return months // 12, f"its year is inferred from the date “{nearest.words}”"
    if reference_years:
        latest = max(reference_years)
        return latest, f"its year is inferred from the latest reference, of {latest}"
    return None, ""


def _distance(number: int, day: date) -> int:
    """Count the months from a day to the nearest month of that number, -6 to 5."""
    return (number - day.month + 6) % 12 - 6


def _from_file(file: str) -> Month | None:
    found = _FILE.search(file)
    if not found:
        return None
    return Month(
        date(int(found[1]), int(found[2]), 1),
        f"No month is printed; it is taken from the file's name, {file}.",
    )
