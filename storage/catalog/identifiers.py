"""Recognises arXiv ids and DOIs in whatever form they are pasted."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NEW = re.compile(r"(?<![\d.])(\d{4}\.\d{4,5})(?:v\d+)?(?![\d])")
_OLD = re.compile(r"\b([a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?\b")
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>]+)", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identifiers:
    """The identifiers found in a question, in order, each once."""

    arxiv: tuple[str, ...]
    dois: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.arxiv or self.dois)


def identifiers(text: str) -> Identifiers:
    """Find every arXiv id (without its version) and DOI (in lower case)."""
    plain = _ARXIV_DOI.sub(" ", text)
    dois = [doi.rstrip(".,;)").lower() for doi in _DOI.findall(plain)]
    without = _DOI.sub(" ", plain)
    arxiv = [*_NEW.findall(without), *_OLD.findall(without)]
    return Identifiers(tuple(dict.fromkeys(arxiv)), tuple(dict.fromkeys(dois)))
