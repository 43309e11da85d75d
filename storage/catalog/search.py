"""Answers a question in stages of trust: identifiers, exact names, beginnings, typing errors, full text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import or_
from sqlmodel import col, select

from storage.catalog import fulltext, names
from storage.catalog.answer import Answer, Confidence, Hit
from storage.catalog.identifiers import Identifiers, identifiers
from storage.catalog.tokens import content_words, grams, han_grams
from storage.enums import EntryKind
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Paper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

    from storage.catalog.names import NameMatch

MAX_QUERY = 400  # characters that are read of a question
NEAREST = 3  # shown when there is no answer
SURE_SCORE = 85.0
SURE_MARGIN = 4.0  # by which the first must lead the second
MIN_PREFIX = 3
SURE_PREFIX = 4
SOME_WORDS = 40.0
ALL_WORDS = 60.0
RRF = 10  # damps the lead of the first rank when rankings are fused


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry on its way to an answer."""

    entry_id: int
    paper_id: int | None
    score: float
    matched: str
    sure: bool = False


def search(
    session: Session, query: str, *, language: str = "en", drafts: bool = False, limit: int = 10
) -> Answer:
    """Answer a question in one ranked list.

    Args:
        session: A session for reading.
        query: Whatever was typed; any text is allowed.
        language: Which edition of an entry to show where there are several.
        drafts: Also search issues that are not published yet.
        limit: At most so many hits.
    """
    asked = " ".join(query.replace("\0", " ").split())[:MAX_QUERY]
    candidates = _candidates(session, asked)
    hits = _hits(session, candidates, language, drafts=drafts)
    if not hits:
        return Answer(Confidence.NONE, [])
    confidence = _confidence([hit for hit, _ in hits], [c for _, c in hits])
    shown = [hit for hit, _ in hits][: NEAREST if confidence is Confidence.NONE else limit]
    return Answer(confidence, shown)


def _candidates(session: Session, asked: str) -> list[Candidate]:
    found = identifiers(asked)
    if found and (by_id := _by_identifier(session, found)):
        return by_id
    if found and not content_words(_without_ids(asked)):
        return []
    keys = {name_key(asked), name_key(_without_ids(asked))}
    exact = [_named(m, "name") for m in names.exact(session, keys)]
    if any(c.sure for c in exact):
        return _best(exact)
    key = name_key(asked)
    begun = names.beginning(session, key) if len(key) >= MIN_PREFIX else []
    near = names.similar(session, key)
    return _best(
        [
            *exact,
            *(_named(m, "beginning of a name") for m in begun),
            *(_named(m, "similar name") for m in near),
            *_parts(session, asked),
            *_by_text(session, asked),
        ]
    )


def _without_ids(asked: str) -> str:
    return re.sub(
        r"https?://\S+|arxiv|doi|\d{4}\.\d{4,5}(v\d+)?", " ", asked, flags=re.IGNORECASE
    ).strip()


def _named(match: NameMatch, how: str) -> Candidate:
    exact = how == "name"
    matched = {
        "author": f"author {match.label}",
        "family": f"author {match.label}",
        "related": f"names the related work {match.label}",
        "cited": f"cites {match.label}",
    }.get(match.kind, f"{how} {match.label}" if not exact else match.label)
    sure = exact and match.kind in names.SURE_KINDS
    return Candidate(match.entry_id, match.paper_id, match.score, matched, sure)


def _by_identifier(session: Session, found: Identifiers) -> list[Candidate]:
    query = (
        select(EntryPaper.entry_id, Paper)
        .join(Paper, col(Paper.id) == EntryPaper.paper_id)
        .where(or_(col(Paper.arxiv).in_(found.arxiv), col(Paper.doi).in_(found.dois)))
    )
    direct = [
        Candidate(
            entry_id,
            paper.id,
            100.0,
            f"arXiv {paper.arxiv}" if paper.arxiv else f"DOI {paper.doi}",
            sure=True,
        )
        for entry_id, paper in session.exec(query)
    ]
    if direct:
        return direct
    keys = [name_key(f"arxiv {number}") for number in found.arxiv]
    return [_named(m, "related") for m in names.exact(session, keys)]


def _parts(session: Session, asked: str) -> list[Candidate]:
    """Find names that stand within a longer question, such as a nickname and a topic."""
    terms = content_words(asked)[:12]
    keys = {}
    for size in (1, 2, 3, 4):
        for start in range(len(terms) - size + 1):
            keys[name_key("".join(terms[start : start + size]))] = size
    matches = [m for m in names.exact(session, keys) if m.kind != "family" or len(terms) > 1]
    return [
        replace(
            _named(m, "part"), sure=False, score=m.score - 26 + 3 * keys.get(name_key(m.label), 1)
        )
        for m in matches
        if m.kind not in {"cited", "related"}
    ]


def _by_text(session: Session, asked: str) -> list[Candidate]:
    terms = content_words(asked)
    han = han_grams(asked)
    pieces = [*han, *grams(" ".join(terms))]
    rankings = [
        fulltext.with_grams(session, han, every=True)
        if han
        else fulltext.with_words(session, terms, every=True),
        fulltext.with_words(session, terms, every=False),
        fulltext.with_grams(session, pieces, every=False),
    ]
    scores: dict[int, float] = {}
    for weight, ranking in zip((2.0, 1.0, 1.2), rankings, strict=True):
        for place, (entry_id, _) in enumerate(ranking):
            scores[entry_id] = scores.get(entry_id, 0.0) + weight / (RRF + place)
    everywhere = {entry_id for entry_id, _ in rankings[0]}
    top = max(scores.values(), default=1.0)
    return [
        Candidate(
            entry_id,
            None,
            (ALL_WORDS if entry_id in everywhere else SOME_WORDS) * (0.5 + 0.5 * score / top),
            "all words" if entry_id in everywhere else "some of the words",
        )
        for entry_id, score in scores.items()
    ]


def _best(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Keep each entry's best match; a second kind of match adds a little."""
    best: dict[int, Candidate] = {}
    for candidate in candidates:
        known = best.get(candidate.entry_id)
        if known is None:
            best[candidate.entry_id] = candidate
            continue
        first, second = sorted((known, candidate), key=lambda c: c.score, reverse=True)
        best[candidate.entry_id] = replace(
            first,
            score=first.score + second.score / 20,
            paper_id=first.paper_id or second.paper_id,
            sure=first.sure or second.sure,
        )
    return sorted(best.values(), key=lambda c: (-c.score, c.entry_id))


def _hits(
    session: Session, candidates: list[Candidate], language: str, *, drafts: bool
) -> list[tuple[Hit, Candidate]]:
    rows = _entries(session, [c.entry_id for c in candidates], drafts=drafts)
    twins: dict[tuple[str, int], tuple[Candidate, list[tuple[Entry, Issue]]]] = {}
    for candidate in candidates:
        if candidate.entry_id not in rows:
            continue
        entry, issue = rows[candidate.entry_id]
        place = (issue.slug, entry.position)
        if place not in twins:
            twins[place] = (
                candidate,
                _editions(session, issue.slug, entry.position, drafts=drafts),
            )
    papers = _papers(session, [e.id or 0 for _, same in twins.values() for e, _ in same])
    answered = []
    for candidate, same in twins.values():
        entry, issue = min(same, key=lambda pair: _distance(pair[1], language))
        answered.append((_hit(entry, issue, candidate, papers.get(entry.id or 0, [])), candidate))
    return answered


def _entries(session: Session, ids: list[int], *, drafts: bool) -> dict[int, tuple[Entry, Issue]]:
    query = (
        select(Entry, Issue)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(col(Entry.id).in_(ids))
    )
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    return {entry.id or 0: (entry, issue) for entry, issue in session.exec(query)}


def _editions(
    session: Session, slug: str, position: int, *, drafts: bool
) -> list[tuple[Entry, Issue]]:
    query = (
        select(Entry, Issue)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(Issue.slug == slug, Entry.position == position, Entry.kind == EntryKind.PAPER)
    )
    if not drafts:
        query = query.where(col(Issue.published_at).is_not(None))
    return list(session.exec(query).all())


def _papers(session: Session, entry_ids: list[int]) -> dict[int, list[Paper]]:
    query = (
        select(EntryPaper.entry_id, Paper)
        .join(Paper, col(Paper.id) == EntryPaper.paper_id)
        .where(col(EntryPaper.entry_id).in_(entry_ids))
        .order_by(EntryPaper.entry_id, col(EntryPaper.position))  # type: ignore[arg-type]
    )
    found: dict[int, list[Paper]] = {}
    for entry_id, paper in session.exec(query):
        found.setdefault(entry_id, []).append(paper)
    return found


def _distance(issue: Issue, language: str) -> tuple[int, bool]:
    have, wanted = issue.language.lower(), language.lower()
    same = 0 if have == wanted else 1 if have.split("-")[0] == wanted.split("-")[0] else 2
    return same, issue.translation_of_id is not None


def _hit(entry: Entry, issue: Issue, candidate: Candidate, papers: list[Paper]) -> Hit:
    paper = next((p for p in papers if p.id == candidate.paper_id), papers[0] if papers else None)
    return Hit(
        paper_id=paper.id if paper else None,
        title=paper.title if paper else entry.title,
        arxiv=paper.arxiv if paper else None,
        entry_id=entry.id or 0,
        issue=issue.slug,
        language=issue.language,
        number=entry.number or entry.position,
        matched=candidate.matched,
        score=round(candidate.score, 2),
    )


def _confidence(hits: list[Hit], candidates: list[Candidate]) -> Confidence:
    first = candidates[0]
    papers = {
        hit.paper_id or -hit.entry_id for hit, c in zip(hits, candidates, strict=True) if c.sure
    }
    if first.sure:
        return Confidence.SURE if len(papers) == 1 else Confidence.CHOICES
    second = candidates[1].score if len(candidates) > 1 else 0.0
    if first.score >= SURE_SCORE and first.score - second >= SURE_MARGIN and first.paper_id:
        return Confidence.CHOICES
    return Confidence.CHOICES if first.score >= ALL_WORDS * 0.75 else Confidence.NONE
