"""Completes what a member has typed so far, from the first character: names, identifiers, words and filters."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from storage.catalog import names, question, vocabulary
from storage.catalog.answer import Suggestion
from storage.catalog.begun_ids import begun_id, ids_beginning
from storage.catalog.concepts import understand
from storage.catalog.document import CHARACTER, author_token, characters
from storage.catalog.fulltext import Ask, holding, holding_each
from storage.catalog.naming import Kind
from storage.catalog.narrowing import completed
from storage.catalog.search import search
from storage.catalog.tokens import is_han, tokens
from storage.catalog.topics import topic_named
from storage.listing import ListQuery
from storage.names import name_key

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Row
    from sqlmodel import Session

    from storage.catalog.begun_ids import IdChoice
    from storage.catalog.fulltext import Phrase
    from storage.catalog.names import NameMatch

MAX_CHOICES = 25
MAX_LENGTH = 100
NEWEST = 100  # names looked at where very many begin with a letter
SPARE = 3  # entries more than needed are read: two may be about one paper
INNER = 40  # entries of which a name holds the words within
MIN_INNER = 3  # letters from which words within names are looked for
CONTINUATIONS = 12  # of the last word
MAX_PEOPLE = 5  # whose papers are offered
_ORDER = {Kind.EDITOR: 0, Kind.SHORT: 1, Kind.TITLE: 1, Kind.GUESSED: 2}

_TITLES = ListQuery(
    "SELECT e.id AS entry_id, e.title AS entry_title, i.slug, p.id AS paper_id, p.title, p.arxiv "
    "FROM entry e JOIN issue i ON i.id = e.issue_id "
    "LEFT JOIN entry_paper ep ON ep.entry_id = e.id LEFT JOIN paper p ON p.id = ep.paper_id "
    "WHERE e.id {ids} AND (:drafts OR i.published_at IS NOT NULL)",
    "ids",
)

_Choice = tuple[str, str, str | None, str]  # title, the name that was typed, arXiv id, issue


def suggest(
    session: Session,
    prefix: str,
    *,
    language: str = "en",
    drafts: bool = False,
    limit: int = MAX_CHOICES,
) -> list[Suggestion]:
    """Give choices, most likely first; the papers of the newest issues when nothing is typed yet."""
    limit = max(0, min(limit, MAX_CHOICES))
    typed = prefix[:MAX_LENGTH].encode("utf-8", "replace").decode()
    if not name_key(typed):
        return _suggestions(_newest(session, drafts=drafts), limit)
    if asked := question.unfinished(typed):
        values = completed(session, asked, language=language, drafts=drafts, limit=limit)
        if found := [_filter(*value) for value in values if len(value[0]) <= MAX_LENGTH]:
            return found
    if question.read(typed, partial(topic_named, session)).filters:
        answer = search(session, typed, language=language, drafts=drafts, limit=limit)
        return _suggestions(
            [(h.title, "", h.arxiv, h.issue) for h in answer.hits if h.title], limit
        )
    return _suggestions(_papers(session, typed, limit, drafts=drafts), limit)


def _papers(session: Session, typed: str, limit: int, *, drafts: bool) -> list[_Choice]:
    """Find papers by identifier and name, and where they are few by words within names, author and text."""
    begun = begun_id(typed)
    ids = [_by_id(c) for c in ids_beginning(session, begun, drafts=drafts)] if begun else []
    if begun and begun.certain:
        return ids
    key = name_key(typed)
    matches = _ranked(names.starting(session, key, NEWEST))
    inner = _inner(session, typed, key)
    few = not ids and len({match.entry_id for match in matches}) < limit
    rows = _titles(session, chain(matches, inner) if few else matches, limit, drafts=drafts) + ids
    if not few and _distinct(rows) < limit:
        rows += _titles(session, inner, limit, drafts=drafts)
    if not rows and len(key) > 1:
        rows = _nearly(session, typed, key, limit, drafts=drafts)
    return rows


def _inner(session: Session, typed: str, key: str) -> Iterator[NameMatch]:
    """Give the names of entries that hold the typed words within; asks for them when the first is wanted."""
    if len(key) >= MIN_INNER or is_han(key):
        entries = _within(session, typed, key)
        yield from _ranked(names.of_entries(session, entries, key, own=True))


def _nearly(session: Session, typed: str, key: str, limit: int, *, drafts: bool) -> list[_Choice]:
    """Find papers whose name was mistyped, else those whose entries say all of it, in these words or others."""
    matches = [match for match, _ in names.similar(session, key)]
    if rows := _titles(session, _ranked(matches), limit, drafts=drafts):
        return rows
    groups = [list(concept.ways) for concept in understand(session, typed)]
    if not all(groups):
        return []
    every = [*holding(session, "names", groups, limit=INNER)]
    every = every or holding(session, "words", groups, limit=INNER)
    inner = names.of_entries(session, every, key, own=True)
    return _titles(session, _ranked(inner), limit, drafts=drafts)


def _filter(asked: str, called: str) -> Suggestion:
    return Suggestion(_short(f"{asked} – {called}" if called else asked, MAX_LENGTH), asked)


def _by_id(choice: IdChoice) -> _Choice:
    return choice.title, choice.found, choice.arxiv, choice.issue


def _ranked(matches: Iterable[NameMatch]) -> list[NameMatch]:
    return sorted((m for m in matches if m.kind in _ORDER), key=_likelihood)


def _within(session: Session, typed: str, key: str) -> list[int]:
    """Find entries whose names hold the typed words, the last of which may go on, and entries of authors so called."""
    *whole, last = tokens(typed) or [""]
    if is_han(last) and len(last) == 1:
        (last,) = characters([last])
    ended = last.startswith(CHARACTER) or is_han(last) or not typed[-1:].isalnum()
    person = author_token(key)
    goes_on = {} if ended or len(last) < MIN_INNER else {last: CONTINUATIONS}
    begun = vocabulary.beginning_each(session, {**goes_on, person: MAX_PEOPLE})
    groups: list[list[Phrase]] = [[(word,)] for word in whole]
    if ended or goes_on:
        groups.append([(last,), *((term,) for term, _ in begun.get(last, []))])
    people = [(token,) for token, _ in begun[person]]
    in_names, written = holding_each(
        session, [Ask("names", tuple(groups), INNER), Ask("words", (people,), INNER)]
    )
    if not in_names and 0 < len(whole) < len(groups):
        in_names = holding(session, "names", groups[: len(whole)], limit=INNER)
    return [*in_names, *written][:INNER]


def _likelihood(match: NameMatch) -> tuple[int, float, int]:
    # A nickname before a title; of two alike, the one of which less is missing; then the newer.
    return _ORDER[match.kind], -round(match.nearness, 1), -match.entry_id


def _newest(session: Session, *, drafts: bool) -> list[_Choice]:
    shown = "" if drafts else "WHERE published_at IS NOT NULL"
    rows = session.execute(
        text(
            "SELECT p.title, p.arxiv, i.slug FROM "  # noqa: S608 - one of two conditions of ours
            f"(SELECT id, slug, month FROM issue {shown} ORDER BY month DESC, id LIMIT 6) i "
            "JOIN entry e ON e.issue_id = i.id JOIN entry_paper ep ON ep.entry_id = e.id "
            "JOIN paper p ON p.id = ep.paper_id ORDER BY i.month DESC, i.id, e.position, ep.position "
            "LIMIT :limit"
        ),
        {"limit": 4 * MAX_CHOICES},
    )
    return [(row.title, "", row.arxiv, row.slug) for row in rows]


def _titles(
    session: Session, matches: Iterable[NameMatch], limit: int, *, drafts: bool
) -> list[_Choice]:
    """Give the papers of names, in their order, read as far as they are needed."""
    found: list[_Choice] = []
    read: dict[int, list[Row[Any]]] = {}
    left, ahead = iter(matches), 0
    while (missing := limit - _distinct(found)) > 0:
        ahead = max(missing + SPARE, 2 * ahead)
        some, unread = _next(left, ahead, read.keys())
        if not some:
            break
        read |= _places(session, unread, drafts=drafts) if unread else {}
        found += _chosen(some, read)
    return found


def _next(
    matches: Iterator[NameMatch], ahead: int, read: Container[int]
) -> tuple[list[NameMatch], list[int]]:
    """Take the next names, of so many entries that were not read yet, and give these entries."""
    some: list[NameMatch] = []
    unread: dict[int, None] = {}
    for match in matches:
        some.append(match)
        if match.entry_id not in read:
            unread[match.entry_id] = None
        if len(unread) == ahead:
            break
    return some, list(unread)


def _places(
    session: Session, entry_ids: Sequence[int], *, drafts: bool
) -> dict[int, list[Row[Any]]]:
    """Read the papers of entries and the issues in which they stand; nothing of what is not shown."""
    found: dict[int, list[Row[Any]]] = {entry_id: [] for entry_id in entry_ids}
    for row in _TITLES.ask(session, ids=entry_ids, drafts=drafts):
        found[row.entry_id].append(row)
    return found


def _chosen(
    matches: Iterable[NameMatch], places: Mapping[int, Sequence[Row[Any]]]
) -> Iterator[_Choice]:
    for match in matches:
        rows = places[match.entry_id]
        for row in [r for r in rows if r.paper_id == match.paper_id] or rows[:1]:
            if title := row.title or row.entry_title:
                label = "" if match.kind is Kind.TITLE else match.label
                yield title, label, row.arxiv, row.slug


def _distinct(choices: Iterable[_Choice]) -> int:
    return len({title for title, *_ in choices})


def _suggestions(rows: Iterable[_Choice], limit: int) -> list[Suggestion]:
    chosen: dict[str, Suggestion] = {}
    for title, name, arxiv, slug in rows:
        if title not in chosen and len(chosen) < limit:
            chosen[title] = Suggestion(_label(title, name, slug), _value(title, arxiv))
    return list(chosen.values())


def _label(title: str, name: str, slug: str) -> str:
    start = f"{name} – " if name and not title.startswith(name) else ""
    room = MAX_LENGTH - len(start) - len(slug) - len(" · ")
    return _short(f"{start}{_short(title, max(room, 1))} · {slug}", MAX_LENGTH)


def _value(title: str, arxiv: str | None) -> str:
    if len(title) <= MAX_LENGTH:
        return title
    return f"arXiv:{arxiv}" if arxiv else title[:MAX_LENGTH].strip()


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
