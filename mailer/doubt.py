"""Doubts what a mail server refuses for good while it takes nothing else: then the recipients are rarely at fault.

A relay that has lost its table of users answers `550 5.1.1 User unknown` to everybody, one that may not relay
for us `550`, a filter that dislikes this very issue `554`. Taken at its word, a whole audience would have
failed within seconds. And one recipient of whom a server wants no mail from us (`550 5.7.1`) is no reason to
pause a send while the others are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from mailer.replies import TEXT_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.flight import Flight
    from mailer.replies import Outcome

T = TypeVar("T")

_MOST_HELD: Final = 100  # refusals that wait for an acceptance, and recipients that are counted
# So many recipients in a row are believed without one: after mail that it took from us, and before any.
_BELIEVED_AFTER_MAIL, _BELIEVED = 4, 2
PERMANENT: Final = "5"  # the first digit of a code


class _Held(NamedTuple, Generic[T]):
    """A refusal that waits."""

    flight: Flight[T]
    outcome: Outcome
    after: int  # so many messages had been begun when it was heard


class Doubt(Generic[T]):
    """Holds back what one server refuses for good until it accepts something; one for each server."""

    def __init__(self) -> None:
        self._begun = 0
        self._held: list[_Held[T]] = []
        # Recipients that were refused, and after how many messages.
        self._row: dict[bytes, int] = {}
        self._has_accepted = False

    @property
    def held(self) -> int:
        """How many refusals wait."""
        return len(self._held)

    def begin(self, flight: Flight[T]) -> None:
        """Count a message that goes to this server."""
        self._begun += 1
        flight.serial = self._begun

    def weigh(self, flight: Flight[T], outcome: Outcome) -> list[tuple[Flight[T], Outcome]]:
        """Take an outcome; give those that are certain now, in their order.

        A refusal is believed when a message that was begun after it is accepted: then it is its recipient's,
        also where it would be our fault if all had got it. What many in a row got without one is everybody's:
        for now, or our fault.
        """
        if outcome.verdict == "accepted":
            self._has_accepted = True
            return [*self._believe(flight.serial), (flight, outcome)]
        if outcome.verdict not in {"permanent", "ours"} or not flight.opened:
            return [(flight, outcome)]  # for now, or not said to a recipient
        self._held.append(_Held(flight, outcome, self._begun))
        if len(self._row) < _MOST_HELD:
            self._row[flight.recipient] = self._begun
        return self._release(_doubted) if len(self._held) >= _MOST_HELD else []

    def end(self) -> list[tuple[Flight[T], Outcome]]:
        """Give what is held, now that nothing else is under way that could be accepted."""
        few = len(self._row) <= (_BELIEVED_AFTER_MAIL if self._has_accepted else _BELIEVED)
        return self._release(self._alone if few else _doubted)

    def _alone(self, outcome: Outcome) -> Outcome:
        """Judge one of few: what would be our fault may be its recipient's where others were accepted before."""
        if outcome.verdict == "ours" and self._has_accepted:
            return outcome._replace(verdict="transient")  # the next try may have others beside it
        return outcome

    def _believe(self, serial: int) -> list[tuple[Flight[T], Outcome]]:
        """Give what was refused before the message of this number was begun, which was accepted."""
        if not self._row:
            return []
        self._row = {who: after for who, after in self._row.items() if after >= serial}
        certain = [it for it in self._held if it.after < serial]
        self._held = [it for it in self._held if it.after >= serial]
        return [(it.flight, _believed(it.outcome)) for it in certain]

    def _release(self, judge: Callable[[Outcome], Outcome]) -> list[tuple[Flight[T], Outcome]]:
        held, self._held = self._held, []
        return [(it.flight, judge(it.outcome)) for it in held]


def _believed(outcome: Outcome) -> Outcome:
    if outcome.verdict == "ours":
        return outcome._replace(
            verdict="permanent" if outcome.code.startswith(PERMANENT) else "transient"
        )
    return outcome


def _doubted(outcome: Outcome) -> Outcome:
    if outcome.verdict == "ours":
        return outcome
    text = f"nobody is accepted: {outcome.text}"[:TEXT_LENGTH]
    return outcome._replace(verdict="transient", text=text)
