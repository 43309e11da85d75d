"""Takes back what the corrections of a file say of a paper's name."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from publisher.known_as import places
from publisher.words import Identity, say
from storage.names import alias_key
from storage.tables import Correction, Entry, EntryPaper, Issue, Paper

if TYPE_CHECKING:
    from sqlmodel import Session

_LISTS = ("aliases", "forbidden_aliases")


def retract(session: Session, paper: Paper, key: str) -> tuple[str, ...]:
    """Take a name out of the corrections of every entry that covers a paper; gives the files they came from.

    A name that is forbidden to all papers of an entry stays forbidden to the others.
    """
    files = []
    for slug, number in dict.fromkeys((p.slug, p.number) for p in places(session, paper)):
        rows = session.exec(
            select(Correction).where(Correction.slug == slug, Correction.number == number)
        ).all()
        for row in rows:
            content = deepcopy(row.content)
            taken = _take_out(content, key)
            own = [_take_out(one, key) for one in content.get("papers", []) if _is_that(one, paper)]
            if taken or any(own):
                row.content = content
                session.add(row)
                session.flush()
                files.append(row.origin)
            if "forbidden_aliases" in taken:
                _keep_for_others(session, paper, (slug, number), taken["forbidden_aliases"])
    session.flush()
    return tuple(dict.fromkeys(files))


def _take_out(content: dict[str, Any], key: str) -> dict[str, str]:
    """Take a name out of the lists of a correction; gives from which, and how it was spelled there."""
    taken = {}
    for which in _LISTS:
        kept = [name for name in content.get(which, []) if alias_key(name) != key]
        gone = [name for name in content.get(which, []) if alias_key(name) == key]
        if gone:
            content[which] = kept
            taken[which] = gone[0]
    return taken


def _is_that(given: dict[str, Any], paper: Paper) -> bool:
    stated = Identity(given.get("title") or "", given.get("arxiv"), given.get("doi"))
    return stated.is_that_of(Identity.of(paper))


def _keep_for_others(session: Session, paper: Paper, place: tuple[str, int], name: str) -> None:
    query = (
        select(EntryPaper.paper_id)
        .join(Entry, col(Entry.id) == EntryPaper.entry_id)
        .join(Issue, col(Issue.id) == Entry.issue_id)
        .where(Issue.slug == place[0], Entry.number == place[1], EntryPaper.paper_id != paper.id)
    )
    for other in sorted(set(session.exec(query))):
        say(session, session.get_one(Paper, other), name, place, forbidden=True)
