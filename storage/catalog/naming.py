"""Says by which names an entry can be asked for: those of its papers, and those of the works it only points at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.catalog.identifiers import address_key, identifiers
from storage.enums import AliasOrigin
from storage.names import name_key, name_signs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.tables import Entry, Paper, PaperAlias

ARXIV = "arxiv:"  # before an identifier, which is no name; keys of names hold no colon
DOI = "doi:"
ADDRESS = "url:"
MAX_KEY = 300
_QUOTED = re.compile(r"[“\"「《]([^”\"」》]{3,300})[”\"」》]")
_BEFORE_AUTHORS = re.compile(r"^(.{3,300}?)(?:[,.]? by |\. )")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_MARK = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_MIN_INITIALS = 3


class Kind(StrEnum):
    """What a name is to the entry that carries it."""

    TITLE = "title"
    SHORT = "short"  # a title's part before the colon
    EDITOR = "editor"  # an alias that an editor gave
    GUESSED = "guessed"  # an alias read out of the text
    INITIALS = "initials"  # the first letters of a title
    RELATED = "related"  # a related work, or a work linked to
    CITED = "cited"  # a reference


@dataclass(frozen=True, slots=True)
class Name:
    """A name under which an entry is found; `paper_id` where it is that of one of its papers."""

    key: str
    kind: Kind
    label: str
    paper_id: int | None = None


def names_of(
    entry: Entry, papers: Sequence[Paper], aliases: Sequence[PaperAlias], cited: Sequence[str]
) -> list[Name]:
    """List the names of an entry, each key once for each paper, the most trusted first.

    What an editor forbids is no name of the paper, wherever it was read; only its whole title stays.

    Args:
        entry: The entry.
        papers: The papers that it covers.
        aliases: Their other names, those that are forbidden too.
        cited: The references that its text points at.
    """
    forbidden = {(a.key[:MAX_KEY], a.paper_id) for a in aliases if a.forbidden}
    found: dict[tuple[str, str, int | None], Name] = {}
    for name in (
        *_of_papers(papers),
        *_of_entry(entry, papers),
        *_of_aliases(aliases),
        *_initials(papers),
        *_pointed_at(entry, papers, cited),
    ):
        signs = "" if ":" in name.key else name_signs(name.label)
        said = (f"{name.key}{signs}"[:MAX_KEY], name.paper_id)
        if name.kind is not Kind.TITLE and said in forbidden:
            continue
        if name.key and name.key not in (ARXIV, DOI, ADDRESS):
            found.setdefault((name.key, signs, name.paper_id), name)
    return list(found.values())


def cited_numbers(entry: Entry) -> list[int]:
    """Give the numbers of the references that an entry's text points at, each once."""
    runs = _MARK.findall(f"{entry.why} {entry.insights}")
    return list(dict.fromkeys(int(run.translate(_SUPERSCRIPTS)) for run in runs))


def before_colon(title: str) -> str | None:
    """Give the part of a title before its first colon, if there is one."""
    start, colon, _ = title.replace("：", ":").partition(":")
    return start.strip() if colon and start.strip() else None


def work_title(reference: str) -> str | None:
    """Give the title within a reference: what is quoted, else what stands before the authors."""
    found = _QUOTED.search(reference) or _BEFORE_AUTHORS.search(reference)
    return found[1].strip() if found else None


def _name(label: str, kind: Kind, paper_id: int | None = None) -> Name:
    return Name(name_key(label)[:MAX_KEY], kind, label, paper_id)


def _of_papers(papers: Sequence[Paper]) -> Iterator[Name]:
    for paper in papers:
        yield _name(paper.title, Kind.TITLE, paper.id)
    for paper in papers:
        if short := before_colon(paper.title):
            yield _name(short, Kind.SHORT, paper.id)


def _of_entry(entry: Entry, papers: Sequence[Paper]) -> Iterator[Name]:
    if entry.title and len(papers) <= 1:
        paper_id = papers[0].id if papers else None
        yield _name(entry.title, Kind.TITLE, paper_id)
        if short := before_colon(entry.title):
            yield _name(short, Kind.SHORT, paper_id)


def _of_aliases(aliases: Sequence[PaperAlias]) -> Iterator[Name]:
    for alias in aliases:
        guessed = alias.origin is AliasOrigin.GUESSED
        yield _name(alias.name, Kind.GUESSED if guessed else Kind.EDITOR, alias.paper_id)


def _initials(papers: Sequence[Paper]) -> Iterator[Name]:
    for paper in papers:
        title = before_colon(paper.title) or paper.title
        letters = "".join(w[0] for w in re.findall(r"[^\W_]+", title) if w[0].isupper())
        if len(letters) >= _MIN_INITIALS:
            yield _name(letters, Kind.INITIALS, paper.id)


def _pointed_at(entry: Entry, papers: Sequence[Paper], cited: Sequence[str]) -> Iterator[Name]:
    for work in entry.related:
        yield from _work(work["title"], Kind.RELATED)
    for reference in cited:
        if title := work_title(reference):
            yield from _work(title, Kind.CITED)
    addresses = [entry_link.get("url") or "" for entry_link in (*entry.related, *entry.links)]
    said = [w.get("arxiv") or "" for w in entry.related]
    text = " ".join([*addresses, *said, *cited, entry.why, entry.insights])
    found = identifiers(text)
    own = {p.arxiv for p in papers} | {p.doi for p in papers}
    for number in found.arxiv:
        if number not in own:
            yield Name(ARXIV + number, Kind.RELATED, f"arXiv {number}")
    for doi in found.dois:
        if doi not in own:
            yield Name(DOI + doi, Kind.RELATED, f"DOI {doi}")
    for address in {address_key(a): a for a in addresses if a}:
        yield Name((ADDRESS + address)[:MAX_KEY], Kind.RELATED, address)


def _work(title: str, kind: Kind) -> Iterator[Name]:
    yield _name(title, kind)
    if short := before_colon(title):
        yield Name(name_key(short)[:MAX_KEY], kind, title)
