"""Writes announced dates and times in words, the same wherever an issue is read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def moment_name(at: str, language: str) -> str:
    """Write a day or a time in ISO 8601 in words, with its offset; give back as it is what is neither.

    The words are Chinese for an edition in Chinese, else English.
    """
    if "W" in at:  # a week, which is read as its Monday
        return at
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return at
    in_chinese = is_chinese(language)
    month = MONTHS[moment.month - 1]
    day = f"{moment.day} {month} {moment.year}"
    if in_chinese:
        day = f"{moment.year}年{moment.month}月{moment.day}日"
    if len(at) <= len("2022-06-03"):
        return day
    name = _offset_name(moment.utcoffset())
    if in_chinese:
        return f"{day} {moment:%H:%M}" + (f"（{name}）" if name else "")
    return f"{day}, {moment:%H:%M}" + (f" ({name})" if name else "")


def is_chinese(language: str) -> bool:
    """Tell whether a language tag is of Chinese, in whichever script or country."""
    return language.lower().replace("_", "-").split("-")[0] == "zh"


def _offset_name(offset: timedelta | None) -> str:
    if offset is None:
        return ""
    hours, minutes = divmod(abs(round(offset.total_seconds() / 60)), 60)
    if not (hours or minutes):
        return "UTC"
    sign = "-" if offset < timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
