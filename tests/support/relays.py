"""What a relay under test gets: servers, and feeds that remember what became of each message."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mailer.connect import SmtpSettings
from mailer.flight import Flight, xtext
from mailer.relay import Server

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.replies import Outcome

CONTENT = b"Subject: x\r\n\r\nHello\r\n"


class Feed:
    """Gives these flights, one after another; their tickets are their names."""

    def __init__(self, flights: Iterable[Flight[Any]]) -> None:
        self.left = list(flights)[::-1]
        self.outcomes: dict[Any, Outcome] = {}  # in the order in which they came
        self.marked: Counter[Any] = Counter()
        self.refusals: Counter[Any] = Counter()

    @property
    def ended(self) -> bool:
        return not self.left

    def next(self) -> Flight[Any] | None:
        return self.left.pop() if self.left else None

    def leaving(self, flight: Flight[Any]) -> None:
        self.marked[flight.ticket] += 1

    def refused(self, flight: Flight[Any]) -> None:
        self.refusals[flight.ticket] += 1

    def settled(self, flight: Flight[Any], outcome: Outcome) -> None:
        assert flight.ticket not in self.outcomes, "one outcome each"
        self.outcomes[flight.ticket] = outcome

    @property
    def in_order(self) -> list[str]:
        """The verdicts, as they came."""
        return [outcome.verdict for outcome in self.outcomes.values()]

    @property
    def verdicts(self) -> Counter[str]:
        """How often each verdict came."""
        return Counter(self.in_order)


class Pile(Feed):
    """So many messages to one reader."""

    def __init__(self, count: int) -> None:
        super().__init__(
            Flight(number, b"n%d@example.org" % number, b"ada@example.net", CONTENT,
                   envelope_id=b"b+2B7.ab", original=xtext(b"a+b=c@example.net"))
            for number in reversed(range(count))
        )  # fmt: skip


def at(port: int, weight: int = 1) -> Server:
    """Give the mail server on a port of this machine."""
    return Server(SmtpSettings("127.0.0.1", port, "none", timeout_s=5), weight)
