"""The stage of an answer that goes by the words of the texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.catalog.concepts import understand
from storage.catalog.editions import Candidate
from storage.catalog.matched import ALL_WORDS, AUTHOR, CITATION, SAME_MEANING, SOME_WORDS
from storage.catalog.retrieve import MAX_READ, candidates, documents
from storage.catalog.score import asking, fit

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.catalog.score import Fit

LEAST_READ = 24  # entries, however few are shown
BEST_TEXT = 72.0  # what a perfect text is worth against a name
COMPLETE = 1.2  # every word is there
MOST = 1.2  # of what a perfect text is worth


def by_text(
    session: Session, asked: str, within: set[int] | None = None, *, wanted: int = MAX_READ
) -> list[Candidate]:
    """Find entries whose text answers a question, best first.

    Args:
        session: A session for reading.
        asked: The question.
        within: The entries that filters admit; None where nothing narrows.
        wanted: How many hits will be shown; of what holds far less than the best no more are found.
    """
    concepts = understand(session, asked)
    # What filters admit is read whole where it is little: no other entry is then in its way.
    few = within is not None and len(within) <= MAX_READ
    least = min(max(wanted, LEAST_READ), MAX_READ)
    read = (
        documents(session, within or ())
        if few
        else candidates(session, concepts, within, least=least)
    )
    question = asking(concepts)
    fits = [
        (entry_id, how)
        for entry_id, document in read.items()
        if (how := fit(document, question)).coverage
    ]
    found = [
        Candidate(
            entry_id, None, _score(how), _described(how), nth=how.nth, complete=_is_whole(how)
        )
        for entry_id, how in fits
    ]
    return sorted(found, key=lambda c: (-c.score, -c.entry_id))


def _score(how: Fit) -> float:
    return BEST_TEXT * min(how.score * (COMPLETE if how.complete else 1.0), MOST)


def _is_whole(how: Fit) -> bool:
    return how.complete and how.literal and not how.cited


def _described(how: Fit) -> str:
    if how.author:
        return AUTHOR
    if how.cited:
        return CITATION
    if not how.literal:
        return SAME_MEANING
    return ALL_WORDS if how.complete else SOME_WORDS
