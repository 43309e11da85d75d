"""Reads questions whose answers are known, to measure the catalog by, and says which hits answer them.

What a question expects is written as an arXiv id, a DOI, or `2022-04/3` for the third entry of an issue.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import col, or_, select

from storage.catalog.identifiers import identifiers
from storage.errors import StorageError
from storage.tables import Paper

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlmodel import Session

    from storage.catalog.answer import Hit

LARGEST_BYTES = 50_000_000
FORM = 'a JSON list of {"q": "…", "type": "…", "expect": ["2203.15556"]}'
_ENTRY = re.compile(r"[^\s/]+/\d+")


class QuestionsError(StorageError):
    """The file of questions cannot be read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its type, and what is expected, of which any is right; none where nothing may be claimed."""

    text: str
    type: str
    expected: tuple[str, ...]


def read_questions(path: Path) -> list[Asked]:
    """Read a list of questions: `[{"q": "…", "type": "…", "expect": ["2203.15556"]}, …]`.

    Raises:
        QuestionsError: The file cannot be read or is no such list; names the place and the remedy.
    """
    rows = _rows(path)
    if not isinstance(rows, list):
        raise QuestionsError(f"{path}: this is {_kind(rows)}. Write {FORM}.")
    if not rows:
        raise QuestionsError(f"{path}: the list is empty. Write at least one question: {FORM}.")
    return [_asked(row, f"{path}, row {place}") for place, row in enumerate(rows, 1)]


def _rows(path: Path) -> Any:  # noqa: ANN401 - whatever the JSON holds
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise QuestionsError(
                f"{path}: the file has more than {LARGEST_BYTES // 10**6} MB. Ask fewer questions."
            )
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise QuestionsError(
            f"{path}: the file cannot be opened ({error.strerror}). Check its name and who may read it."
        ) from error
    except json.JSONDecodeError as error:
        raise QuestionsError(
            f"{path}, line {error.lineno}: this is not JSON ({error.msg}). Write {FORM}."
        ) from error
    except UnicodeDecodeError as error:
        raise QuestionsError(f"{path}: the file is not UTF-8. Save it in UTF-8.") from error
    except RecursionError as error:
        raise QuestionsError(f"{path}: the JSON is nested too deeply. Write {FORM}.") from error


def _asked(row: object, place: str) -> Asked:
    if not isinstance(row, dict):
        raise QuestionsError(
            f'{place}: this is {_kind(row)}. Write {{"q": "…", "type": "…", "expect": […]}}.'
        )
    text = row.get("q")
    if not isinstance(text, str) or not text.strip():
        raise QuestionsError(f'{place} lacks "q", the text that is asked. Add "q": "…".')
    if not isinstance(type_ := row.get("type", ""), str):
        raise QuestionsError(
            f'{place}: "type" is {_kind(type_)}. Write a word, such as "nickname".'
        )
    expected = row.get("expect")
    if not isinstance(expected, list) or not all(isinstance(e, str) for e in expected):
        raise QuestionsError(
            f'{place}: "expect" is {_kind(expected)}. Write a list of arXiv ids, DOIs or entries such as '
            '"2022-04/3"; an empty list where nothing may be claimed.'
        )
    for one in expected:
        if not expected_forms(one):
            raise QuestionsError(
                f"{place}: it expects {one!r}, which is no arXiv id, no DOI and no entry. "
                'Write "2203.15556", "10.1000/182" or "2022-04/3".'
            )
    return Asked(text, type_, tuple(expected))


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "a list of other things than texts" if value else "an empty list"
    names = {dict: "an object", str: "a text", bool: "true or false", type(None): "missing or null"}
    return names.get(type(value), "a number")


def expected_forms(expected: str) -> list[str]:
    """Give the normal forms of what is expected: an arXiv id, a DOI in small letters, or `slug/number`."""
    found = identifiers(expected)
    if found:
        return [*found.arxiv, *found.dois]
    bare = expected.strip()
    return [bare] if _ENTRY.fullmatch(bare) else []


class Expectations:
    """Tells which hits are right, by what the store knows of the papers that are expected.

    Args:
        session: A session for reading.
        questions: Every question that will be compared.
    """

    def __init__(self, session: Session, questions: Iterable[Asked]) -> None:
        self._papers: dict[str, int] = {}
        wanted = sorted({f for q in questions for e in q.expected for f in expected_forms(e)})
        for start in range(0, len(wanted), 400):
            some = wanted[start : start + 400]
            query = select(Paper).where(or_(col(Paper.arxiv).in_(some), col(Paper.doi).in_(some)))
            for paper in session.exec(query):
                for number in (paper.arxiv, paper.doi):
                    if number:
                        self._papers[number] = paper.id or 0

    def place(self, asked: Asked, hits: Sequence[Hit]) -> int:
        """Give the place of the first hit that is expected, from 1; 0 where none is."""
        forms = {form for one in asked.expected for form in expected_forms(one)}
        papers = {self._papers[form] for form in forms if form in self._papers}
        for place, hit in enumerate(hits, 1):
            if f"{hit.issue}/{hit.number}" in forms or hit.arxiv in forms or hit.paper_id in papers:
                return place
        return 0

    def unknown(self, asked: Asked) -> bool:
        """Tell whether none of the expected papers is in the store, so that no answer can be right."""
        forms = [form for one in asked.expected for form in expected_forms(one)]
        return bool(forms) and not any(f in self._papers or _ENTRY.fullmatch(f) for f in forms)
