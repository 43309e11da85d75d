"""Writes CSL-JSON as the data schema of CSL 1.0.2 has it, for citeproc, Pandoc and Zotero.

<https://docs.citationstyles.org/en/stable/specification.html#appendix-iii-types>: a preprint is of type `article`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from publisher.exports.keys import citation_keys
from publisher.exports.lines import one_line
from publisher.exports.names import parse_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.exports.record import Record


def write(records: Sequence[Record]) -> str:
    """Write a list of items; what is not known is left out."""
    keys = citation_keys(records)
    items = [_item(keys[record.paper], record) for record in records]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _item(key: str, record: Record) -> dict[str, Any]:
    item = {
        "id": key,
        "type": "article",
        "genre": "preprint" if record.is_preprint else None,
        "title": one_line(record.title),
        "author": _authors(record),
        "issued": {"date-parts": [_date(record)]} if record.year else None,
        "publisher": "arXiv" if record.is_preprint else None,
        "number": f"arXiv:{one_line(record.arxiv)}" if record.arxiv else None,
        "DOI": record.doi and one_line(record.doi),
        "URL": record.url and one_line(record.url),
    }
    return {name: value for name, value in item.items() if value}


def _date(record: Record) -> list[int]:
    return [part for part in (record.year, record.month) if part]


def _authors(record: Record) -> list[dict[str, str]]:
    names = [_name(author) for author in record.authors]
    # CSL has no word for an open list; Pandoc reads this as "et al.", every other style prints "others".
    return [*names, {"literal": "others"}] if names and record.et_al else names


def _name(author: str) -> dict[str, str]:
    name = parse_name(author)
    if name.whole:
        return {"literal": name.family}
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
    }
    return {part: text for part, text in parts.items() if text}
