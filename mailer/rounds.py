"""Feeds of messages, and the rounds in which they are handed over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from mailer.replies import Outcome

if TYPE_CHECKING:
    from mailer.flight import Flight

T = TypeVar("T")


class Feed(Protocol[T]):
    """Where messages come from, and where their outcomes go."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""

    def next(self) -> Flight[T] | None:
        """Give the next message; None when there is none at the moment."""

    def leaving(self, flight: Flight[T]) -> None:
        """Take note that a message's last byte leaves now; again where it goes over another connection."""

    def refused(self, flight: Flight[T]) -> None:
        """Take note that a message was refused; its outcome follows when it is certain what that means."""

    def settled(self, flight: Flight[T], outcome: Outcome) -> None:
        """Take a message's outcome."""


class One(Generic[T]):
    """A feed of one message."""

    def __init__(self, flight: Flight[T]) -> None:
        self._flight: Flight[T] | None = flight
        self.outcome = Outcome("transient", "not sent", "it was not sent")

    @property
    def ended(self) -> bool:
        """Whether it was given."""
        return self._flight is None

    def next(self) -> Flight[T] | None:
        """Give it, once."""
        flight, self._flight = self._flight, None
        return flight

    def leaving(self, flight: Flight[T]) -> None:
        """Nobody asks."""

    def refused(self, flight: Flight[T]) -> None:
        """Nobody asks; its outcome follows."""

    def settled(self, _flight: Flight[T], outcome: Outcome) -> None:
        """Keep its outcome."""
        self.outcome = outcome


class Round(Generic[T]):
    """A feed that is being worked on."""

    def __init__(self, feed: Feed[T]) -> None:
        self.feed = feed
        self.under_way = 0
        self.done: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()

    def end(self, outcome: Outcome | None = None) -> None:
        """End it when nothing is under way any more and nothing will come."""
        if not self.under_way and not self.done.done() and (outcome or self.feed.ended):
            self.done.set_result(outcome)
