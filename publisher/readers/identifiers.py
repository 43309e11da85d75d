"""Reads arXiv ids and DOIs in the spellings in which people paste them."""

from __future__ import annotations

import re

_ARXIV = re.compile(
    r"(?:https?://(?:www\.|export\.)?(?:arxiv|ar5iv)(?:\.labs\.arxiv)?\.org/(?:abs|pdf|html)/|arxiv\s*:\s*)?"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?/?",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


def arxiv_id(text: str) -> str | None:
    """Give the arXiv id without its version, or None where the text is none."""
    found = _ARXIV.fullmatch(text.strip())
    return found[1] if found else None


def doi(text: str) -> str | None:
    """Give the DOI in small letters, or None where the text is none."""
    found = _DOI.fullmatch(text.strip())
    return found[1].lower() if found else None


def year_of(arxiv: str | None) -> int | None:
    """Give the year in which an arXiv id was given out."""
    found = re.match(r"(\d{2})\d{2}\.", arxiv or "")
    return 2000 + int(found[1]) if found else None
