"""Answers a question in stages of trust: identifiers, exact names, beginnings, typing errors, full text."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from storage.catalog import confidence, meaning, named, names, question, textual
from storage.catalog.answer import Answer, Confidence
from storage.catalog.editions import hits
from storage.catalog.filtering import allowed, everything
from storage.catalog.identifiers import identifiers, spoken, without_identifiers
from storage.catalog.matched import NEAREST as NEAREST_NAME
from storage.catalog.matched import NEWEST
from storage.catalog.name_question import NameQuestion
from storage.catalog.tokens import words
from storage.catalog.topics import topic_named
from storage.names import alias_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlmodel import Session

    from storage.catalog.answer import Hit
    from storage.catalog.editions import Candidate

NEAREST = 3  # shown when there is no answer
AT_ONCE = 24  # candidates whose entries are read
SECOND_SIGNAL = 0.15  # of what full text says, on top of a name


def search(  # noqa: PLR0913 - a question and what narrows its answer
    session: Session,
    query: str,
    *,
    language: str = "en",
    drafts: bool = False,
    limit: int = 10,
    filters: question.Filters | None = None,
    near: Sequence[meaning.Near] = (),
) -> Answer:
    """Answer a question in one ranked list.

    Args:
        session: A session for reading.
        query: Whatever was typed; any text is allowed. `author:hoffmann 2022`, `topic:scaling`, `issue:2022-04`
            and the like narrow the answer down.
        language: Which edition of an entry to show where there are several.
        drafts: Also search issues that are not published yet.
        limit: At most so many hits.
        filters: What narrows the answer down, as options; of one kind, filters in the question are preferred.
        near: The entries nearest in meaning; they add to an answer that is not sure, and make none surer.
    """
    asked = question.read(query, partial(topic_named, session))
    narrowed = asked.filters.over(filters or question.Filters())
    into_hits = partial(hits, session, language=language, drafts=drafts, filters=narrowed)
    candidates = _candidates(session, asked.text, narrowed, near, drafts=drafts, wanted=limit)
    found: list[tuple[Hit, Candidate]] = []
    for start in range(0, len(candidates), AT_ONCE):
        found += into_hits(candidates[start : start + AT_ONCE])
        if len(found) >= limit:
            break
    found = _once(found)
    sureness = confidence.judge(found) if found else Confidence.NONE
    if sureness is Confidence.SURE:
        found = [pair for pair in found if pair[1].sure]
    if sureness is not Confidence.NONE or not query.strip():
        return Answer(sureness, [hit for hit, _ in found[:limit]])
    compared = any(c.matched.startswith(NEAREST_NAME) for c in candidates)
    further = _nearest(session, asked.text, narrowed, drafts=drafts, compared=compared)
    while len(found) < NEAREST and (more := next(further, None)) is not None:
        found = _once([*found, *into_hits(more)])
    return Answer(sureness, [hit for hit, _ in found[: min(limit, NEAREST)]])


def _nearest(
    session: Session, asked: str, narrowed: question.Filters, *, drafts: bool, compared: bool
) -> Iterator[list[Candidate]]:
    """Give what may stand in for an answer: names that look a little like the question, then the newest papers.

    Nothing that filters do not admit is offered.

    Args:
        session: A session for reading.
        asked: The question.
        narrowed: Its filters.
        drafts: Also give what is not published yet.
        compared: Whether the names were looked through already.
    """
    if not compared and words(without_identifiers(asked)):
        as_name = NameQuestion(session, asked)
        near = _permitted(session, as_name, named.nearest(session, as_name))
        yield _within(near, allowed(session, narrowed))
    newest = everything(session, narrowed, drafts=drafts, limit=AT_ONCE)
    yield [replace(c, matched=NEWEST, score=0.0) for c in newest]


def _once(found: Sequence[tuple[Hit, Candidate]]) -> list[tuple[Hit, Candidate]]:
    """Keep the first hit of each entry and paper."""
    kept: dict[tuple[int | None, int], tuple[Hit, Candidate]] = {}
    for hit, candidate in found:
        kept.setdefault((hit.paper_id, hit.entry_id), (hit, candidate))
    return list(kept.values())


def _candidates(  # noqa: PLR0913 - a question and what narrows its answer
    session: Session,
    asked: str,
    narrowed: question.Filters,
    near_in_meaning: Sequence[meaning.Near],
    *,
    drafts: bool,
    wanted: int,
) -> list[Candidate]:
    if not asked:
        return everything(session, narrowed, drafts=drafts) if narrowed else []
    within = allowed(session, narrowed)
    identified = named.by_identifier(session, asked)
    if identified is not None:
        return _within(identified, within)
    addressed = bool(identifiers(asked).addresses)
    asked = spoken(asked)
    as_name = NameQuestion(session, asked)
    exact = _within(named.by_exact_name(session, as_name), within)
    if addressed:  # a page may be called like a paper, and be of anything else
        exact = [replace(c, sure=False) for c in exact]
    if any(c.sure for c in exact):
        return _best(exact, [])
    if not exact and (apart := question.of_citation_key(asked)) != asked:
        asked, as_name = apart, NameQuestion(session, apart)
    text = textual.by_text(session, asked, within, wanted=wanted)
    spelled = any(c.complete for c in text)
    near = named.by_near_name(session, as_name, [c.entry_id for c in text], spelled=spelled)
    by_name = _permitted(session, as_name, [*exact, *near])
    if addressed:
        by_name = [replace(c, sure=False) for c in by_name]
    found = _best(by_name, text) or _permitted(session, as_name, named.nearest(session, as_name))
    return meaning.fuse(_within(found, within), near_in_meaning, within)


def _permitted(session: Session, asked: NameQuestion, near: list[Candidate]) -> list[Candidate]:
    """Leave out papers of which an editor said that the question is not their name; it is no misspelling either."""
    keys = [alias_key(form) for form in asked.forms]
    forbidden = names.forbidden_to(session, keys) if near else set()
    return [c for c in near if c.paper_id not in forbidden]


def _within(candidates: list[Candidate], allowed_ids: set[int] | None) -> list[Candidate]:
    return [c for c in candidates if allowed_ids is None or c.entry_id in allowed_ids]


def _best(by_name: Iterable[Candidate], by_text: Iterable[Candidate]) -> list[Candidate]:
    """Keep the best match of each entry and paper; what full text says of the entry adds a little."""
    best: dict[tuple[int, int | None], Candidate] = {}
    for candidate in by_name:
        key = (candidate.entry_id, candidate.paper_id)
        known = best.get(key)
        if known is None or (candidate.sure, candidate.score) > (known.sure, known.score):
            best[key] = candidate
    said = {c.entry_id: c for c in by_text}
    named_entries = {entry_id for entry_id, _ in best}
    joined = [
        replace(c, score=c.score + SECOND_SIGNAL * said[c.entry_id].score)
        if c.entry_id in said
        else c
        for c in best.values()
    ]
    joined += [c for c in said.values() if c.entry_id not in named_entries]
    for candidate in [c for c in joined if c.entry_id in said and c.entry_id in named_entries]:
        text = said[candidate.entry_id]
        if text.score > candidate.score:
            joined[joined.index(candidate)] = replace(
                text, paper_id=candidate.paper_id, sure=candidate.sure, score=text.score + 1
            )
    return sorted(joined, key=lambda c: (-c.score, -c.entry_id, c.paper_id or 0))
