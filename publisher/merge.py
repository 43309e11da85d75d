"""Merges the copies of one issue into one edition: the fullest leads, the others fill its holes.

The result depends on the set of copies alone, not on the order in which they came. What two copies say
differently is reported, never decided in silence; what no copy says stays unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from publisher.readers.edition import Edition, EditionEntry, EditionPaper, RelatedWork
from storage.names import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

NATIVE = "markdown"
SHOWN = 60  # characters of a text that a report quotes
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Source:
    """A copy and where it came from."""

    origin: str
    form: str
    edition: Edition


@dataclass(frozen=True, slots=True)
class Merged:
    """One edition made of all copies, and what they disagree about."""

    edition: Edition
    conflicts: tuple[str, ...] = ()


def merge(sources: Sequence[Source]) -> Merged:
    """Merge the copies of one issue in one language; there is at least one."""
    first, *others = sorted(sources, key=_rank)
    edition, conflicts = first.edition, []
    for other in others:
        edition, found = _fill(edition, other.edition, whole=first.form == NATIVE)
        conflicts += [f"{first.origin} and {other.origin} differ in {place}" for place in found]
    return Merged(edition, tuple(conflicts))


def lend(edition: Edition, sibling: Edition) -> Edition:
    """Fill in, from the same issue in another language, what does not depend on the language."""
    entries = list(edition.entries)
    for mine, theirs in _pairs(edition.entries, sibling.entries):
        entry, other = entries[mine], sibling.entries[theirs]
        entries[mine] = replace(
            entry,
            title=entry.title or other.title,
            number=entry.number if entry.number is not None else other.number,
            papers=entry.papers or other.papers,
            links=entry.links or other.links,
            topics=other.topics if entry.topics is None else entry.topics,
            related=tuple(_with_id(work, other.related) for work in entry.related) or other.related,
        )
    return replace(
        edition,
        newsletter=edition.newsletter or sibling.newsletter,
        entries=tuple(entries),
        references=edition.references or sibling.references,
    )


def correct(edition: Edition, corrections: Sequence[dict[str, Any]]) -> Edition:
    """Apply an editor's corrections, in the order given; each names its entry by number."""
    entries = list(edition.entries)
    remarks = list(edition.remarks)
    for correction in corrections:
        for place, entry in enumerate(entries):
            if number_at(entry, place) == correction["number"]:
                entries[place] = _corrected(entry, correction)
                if _names_one_of_several(entry, correction):
                    remarks.append(
                        f"entry {correction['number']} covers {len(entry.papers)} papers, and its correction does "
                        "not say whose alias it gives; write papers = [{ title = …, aliases = […] }, …]"
                    )
    for correction in corrections:  # last: another correction may have said which papers these are
        for place, entry in enumerate(entries):
            if number_at(entry, place) == correction["number"]:
                entries[place] = _forbidding(entry, correction.get("forbidden_aliases", ()))
    return replace(edition, entries=tuple(entries), remarks=tuple(remarks))


def numbered(edition: Edition) -> Edition:
    """Give a number to each entry that has lost it: the next one, or its place where that is taken."""
    printed = {e.number for e in edition.entries}
    entries: list[EditionEntry] = []
    previous = 0
    for place, entry in enumerate(edition.entries, 1):
        following = previous + 1 if previous + 1 not in printed else place
        previous = following if entry.number is None else entry.number
        entries.append(replace(entry, number=previous))
    return replace(edition, entries=tuple(entries))


def share_papers(one: Edition, other: Edition) -> bool:
    """Tell whether two editions write about the same paper, or one of the same first author, at least once."""
    return bool(
        {_signature(e) for e in one.entries} & {_signature(e) for e in other.entries}
        or _same_papers(one.entries, other.entries)
    )


def number_at(entry: EditionEntry, place: int) -> int:
    """Give an entry's number: as printed or, where that was lost, its place from 1."""
    return entry.number if entry.number is not None else place + 1


def _corrected(entry: EditionEntry, correction: dict[str, Any]) -> EditionEntry:
    if "papers" in correction:
        papers = tuple(_paper(p) for p in correction["papers"])
        title = (
            correction.get("title") or entry.title or " and ".join(p.title or "" for p in papers)
        )
    elif _stays_several(entry, correction):
        title, papers = correction.get("title") or entry.title, entry.papers
    else:
        known = entry.papers[0] if len(entry.papers) == 1 else EditionPaper(title=entry.title)
        title = correction.get("title") or entry.title
        papers = (
            replace(
                known,
                title=correction.get("title") or known.title or title,
                arxiv=correction.get("arxiv") or known.arxiv,
                doi=correction.get("doi") or known.doi,
                aliases=_all(correction.get("aliases", []), known.aliases),
            ),
        )
    return replace(
        entry,
        title=title,
        papers=tuple(p for p in papers if p.title or p.arxiv or p.doi),
        authors=tuple(correction.get("authors") or entry.authors),
        et_al=entry.et_al and not correction.get("authors"),
        topics=tuple(correction["topics"]) if "topics" in correction else entry.topics,
    )


def _stays_several(entry: EditionEntry, correction: dict[str, Any]) -> bool:
    """Tell whether an entry of several papers still is one; an identifier says that it is one paper."""
    return len(entry.papers) > 1 and not {"arxiv", "doi"} & correction.keys()


def _names_one_of_several(entry: EditionEntry, correction: dict[str, Any]) -> bool:
    alone = "papers" not in correction and bool(correction.get("aliases"))
    return alone and _stays_several(entry, correction)


def _forbidding(entry: EditionEntry, names: Sequence[str]) -> EditionEntry:
    """Take names away from every paper that an entry covers."""
    given = entry.papers or ((EditionPaper(title=entry.title),) if entry.title and names else ())
    papers = tuple(replace(p, forbidden=_all(p.forbidden, names)) for p in given)
    return replace(entry, papers=papers)


def _all(*names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def _paper(given: dict[str, Any]) -> EditionPaper:
    return EditionPaper(
        given.get("title"),
        given.get("arxiv"),
        given.get("doi"),
        tuple(given.get("aliases", ())),
        tuple(given.get("forbidden_aliases", ())),
    )


def _rank(source: Source) -> tuple[bool, int, str]:
    """Sort the copy written for us first, then the fullest, then by name."""
    edition = source.edition
    filled = sum(bool(x) for e in edition.entries for x in (e.title, e.why, e.insights, e.related))
    lists = len(edition.news) + len(edition.references) + 2 * len(edition.entries)
    layout = sum(e.insights.count("\n- ") for e in edition.entries)
    return source.form != NATIVE, -(4 * (filled + lists) + layout), source.origin


def _fill(mine: Edition, theirs: Edition, *, whole: bool) -> tuple[Edition, list[str]]:
    conflicts: list[str] = []
    entries = list(mine.entries)
    pairs = _pairs(mine.entries, theirs.entries)
    for my_place, their_place in pairs:
        number = number_at(entries[my_place], my_place)
        entries[my_place], found = _fill_entry(entries[my_place], theirs.entries[their_place])
        conflicts += [f"entry {number}, {field}" for field in found]
    matched = {their_place for _, their_place in pairs}
    for place, entry in enumerate(theirs.entries if whole else ()):
        if place not in matched:
            conflicts.append(f"entry {number_at(entry, place)}: only one of them has it; left out")
    if not whole:
        entries = _with_others(entries, theirs.entries, pairs)
    for field in ("title", "intro"):
        if _differ(getattr(mine, field), getattr(theirs, field)):
            conflicts.append(field)
    references = {r.number: r for r in (*theirs.references, *mine.references)}
    dated = mine if mine.title or not theirs.title else theirs
    merged = replace(
        mine,
        newsletter=mine.newsletter or theirs.newsletter,
        title=mine.title or theirs.title,
        month_source=dated.month_source,
        intro=mine.intro or theirs.intro,
        news=mine.news or theirs.news,
        entries=tuple(entries),
        references=tuple(references[n] for n in sorted(references)),
        occasions=mine.occasions or theirs.occasions,
        sponsor=mine.sponsor or theirs.sponsor,
        translation_credit=mine.translation_credit or theirs.translation_credit,
    )
    return merged, conflicts


def _with_others(
    mine: Sequence[EditionEntry], theirs: Sequence[EditionEntry], pairs: list[tuple[int, int]]
) -> list[EditionEntry]:
    """Put the entries that only the other copy has behind those which they follow there."""
    place_of = {their_place: my_place for my_place, their_place in pairs}
    behind: dict[int, list[EditionEntry]] = {}
    last = -1
    for place, entry in enumerate(theirs):
        last = place_of.get(place, last)
        if place not in place_of:
            behind.setdefault(last, []).append(entry)
    found = behind.get(-1, [])
    for place, entry in enumerate(mine):
        found = [*found, entry, *behind.get(place, [])]
    return found


def _fill_entry(mine: EditionEntry, theirs: EditionEntry) -> tuple[EditionEntry, list[str]]:
    fields = ("title", "why", "insights")
    conflicts = [f for f in fields if _differ(getattr(mine, f), getattr(theirs, f))]
    filled = replace(
        mine,
        number=mine.number if mine.number is not None else theirs.number,
        title=mine.title or theirs.title,
        papers=mine.papers or theirs.papers,
        authors=mine.authors or theirs.authors,
        et_al=mine.et_al or theirs.et_al,
        why=mine.why or theirs.why,
        insights=_laid_out(mine.insights, theirs.insights),
        related=_union(mine.related, theirs.related),
        links=mine.links or theirs.links,
        topics=theirs.topics if mine.topics is None else mine.topics,
    )
    return filled, conflicts


def _laid_out(mine: str, theirs: str) -> str:
    """Of two equal texts take the one that kept its lists."""
    if not mine:
        return theirs
    same = theirs and not _differ(mine, theirs)
    return theirs if same and theirs.count("\n- ") > mine.count("\n- ") else mine


def _union(
    mine: tuple[RelatedWork, ...], theirs: tuple[RelatedWork, ...]
) -> tuple[RelatedWork, ...]:
    known = {name_key(w.title) for w in mine}
    return tuple(_with_id(w, theirs) for w in mine) + tuple(
        w for w in theirs if name_key(w.title) not in known
    )


def _with_id(work: RelatedWork, others: Sequence[RelatedWork]) -> RelatedWork:
    key = name_key(work.title)
    twin = next((o for o in others if name_key(o.title) == key), None)
    if twin is None:
        return work
    return replace(work, url=work.url or twin.url, arxiv=work.arxiv or twin.arxiv)


def _pairs(mine: Sequence[EditionEntry], theirs: Sequence[EditionEntry]) -> list[tuple[int, int]]:
    """Match entries by their papers' ids or first author, or by place where both have as many entries."""
    pairs = _same_papers(mine, theirs)
    paired = {my_place for my_place, _ in pairs}
    taken = {their_place for _, their_place in pairs}
    by_author = {
        _signature(e): place
        for place, e in enumerate(theirs)
        if _signature(e) and place not in taken
    }
    for place, entry in enumerate(mine):
        if place in paired:
            continue
        match = by_author.get(_signature(entry)) if _signature(entry) else None
        if match is not None and match not in taken:
            pairs.append((place, match))
            taken.add(match)
        elif len(mine) == len(theirs) and place not in taken and match is None:
            other = _signature(theirs[place])
            if not other or not _signature(entry):
                pairs.append((place, place))
                taken.add(place)
    return sorted(pairs)


def _same_papers(
    mine: Sequence[EditionEntry], theirs: Sequence[EditionEntry]
) -> list[tuple[int, int]]:
    """Match entries that are about the same papers, as ids or else the very title say."""
    by_key = {_papers_of(e): place for place, e in enumerate(theirs) if _papers_of(e)}
    found = [(place, by_key.get(_papers_of(e))) for place, e in enumerate(mine)]
    pairs: dict[int, int] = {}
    for place, match in found:
        if match is not None:
            pairs.setdefault(match, place)
    return [(my_place, their_place) for their_place, my_place in pairs.items()]


def _papers_of(entry: EditionEntry) -> tuple[str, ...]:
    keys = tuple(p.arxiv or p.doi or name_key(p.title or "") for p in entry.papers)
    return keys if all(keys) else ()


def _signature(entry: EditionEntry) -> str:
    return name_key(entry.authors[0]) if entry.authors else ""


def _differ(one: str | None, other: str | None) -> bool:
    return bool(one and other) and _bare(one or "") != _bare(other or "")


def _bare(text: str) -> str:
    return _SPACE.sub("", text.replace("- ", ""))
