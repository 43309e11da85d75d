"""Finds reference marks: superscripts that point at a numbered reference (`¹⁰` is ten)."""

from __future__ import annotations

import re

_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
# A power, or the second version of something, is a name: `v²`, `n²`, `10³`, `km²`.
_NAME_BEFORE = re.compile(r"(?:(?<![^\W\d_])[A-Za-zα-ω]|(?<![\w.-])(?:2|10)|⁻|\b[ckm]m)$")
_LONGEST_NAME = 4


def marks(text: str) -> list[int]:
    """Give the numbers of the reference marks in a text, in order, each once."""
    found = (int(run[0].translate(_DIGITS)) for run in _RUN.finditer(text) if _is_mark(run))
    return list(dict.fromkeys(found))


def without_marks(text: str) -> str:
    """Drop the reference marks, as a title does not have them."""
    return _RUN.sub(lambda run: "" if _is_mark(run) else run[0], text)


def _is_mark(run: re.Match[str]) -> bool:
    before = run.string[max(0, run.start() - _LONGEST_NAME) : run.start()]
    return not _NAME_BEFORE.search(before)
