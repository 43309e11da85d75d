"""What stands in the marks while copies of a batch leave, and what keeps the next of them from leaving."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from publisher.feed import BatchFeed
from publisher.marks import Marks, left_behind
from publisher.pace import Pace
from publisher.reachability import Reachability
from publisher.throttle import Throttle
from storage.enums import Medium
from storage.outbox import Due, Leavings

if TYPE_CHECKING:
    from publisher.ports import Copy


def said(verdict: str, code: str = "250 2.0.0") -> SimpleNamespace:
    return SimpleNamespace(verdict=verdict, code=code, text="", remote_id=None, retry_after=None)


class Batch:
    """A feed of so many copies, with everything that it works with; only the ledger is missing."""

    def __init__(self, folder, copies: int) -> None:
        self.marks = Marks.create(folder, "me")
        self.full = False
        self.answers: list = []
        self.halted: list = []
        self.pokes = 0
        pace = Pace()
        self.reachability = Reachability(Medium.EMAIL, pace)
        lease = SimpleNamespace(batch_id=1, send_id=1, medium=Medium.EMAIL)
        route = SimpleNamespace(
            recorder=self, control=self, marks=self.marks, pace=pace,
            throttle=Throttle(), reachability=self.reachability,
        )  # fmt: skip
        self.feed = BatchFeed(lease, route, self)
        due = [Due(n, n, f"r{n}@example.net", None, "en", 0, None) for n in range(1, copies + 1)]
        self.filling = asyncio.ensure_future(self.feed.fill(self._read(due)))

    async def _read(self, due: list[Due]):
        yield due

    def leave(self) -> Copy:
        """Let the next copy leave."""
        copy = self.feed.next()
        assert copy is not None
        self.feed.leaving(copy)
        return copy

    def after_a_kill(self) -> Leavings:
        """Tell what another process finds when this one is gone."""
        self.marks.close(keep=True)
        with left_behind(self.marks.path) as left:
            assert left is not None
            return left

    # What the feed asks of the recorder, of the control and of the sender.

    @property
    def is_full(self) -> bool:
        return self.full

    def add(self, answer) -> None:
        self.answers.append(answer)

    async def room(self) -> None:
        pass

    def may_go(self, _lease) -> bool:
        return not self.halted

    def halt(self, lease) -> None:
        self.halted.append(lease)

    def poke(self) -> None:
        self.pokes += 1


@pytest.fixture
async def batch(tmp_path):
    made = Batch(tmp_path, 3)
    for _ in range(9):
        await asyncio.sleep(0)  # now it is read, and waits until more is asked for
    yield made
    made.filling.cancel()
    made.feed.close()
    await asyncio.wait([made.filling], timeout=1)


@pytest.mark.parametrize(
    ("verdict", "accepted", "in_flight"),
    [
        ("accepted", {1}, set()),
        ("transient", set(), set()),
        ("permanent", set(), set()),
        ("ours", set(), set()),
        ("unknown", set(), {1}),
    ],
)
async def test_an_answer_outlives_the_process_before_it_is_committed(
    batch, verdict, accepted, in_flight
) -> None:
    """Or what was taken would count as uncertain, and what was refused with it."""
    copy = batch.leave()
    batch.feed.settled(copy, said(verdict))
    left = batch.after_a_kill()
    assert (left.complete, left.accepted, left.in_flight) == (True, accepted, in_flight)


async def test_what_has_left_is_in_flight_and_what_has_not_is_not(batch) -> None:
    batch.leave()
    assert batch.feed.next() is not None  # and its last byte stays here
    assert batch.after_a_kill().in_flight == {1}


async def test_a_refusal_whose_meaning_is_not_certain_yet_was_no_acceptance_for_certain(
    batch,
) -> None:
    batch.feed.refused(batch.leave())
    assert batch.after_a_kill() == Leavings(complete=True)


async def test_what_leaves_again_after_a_refusal_is_in_flight_under_the_same_mark(batch) -> None:
    """Another server may take what the first refused; a kill then must not let it go out twice."""
    copy = batch.leave()
    batch.feed.refused(copy)
    batch.feed.leaving(copy)
    assert batch.marks.in_use == 1
    assert batch.after_a_kill().in_flight == {1}


async def test_a_mark_is_kept_until_its_outcome_is_committed(batch) -> None:
    batch.feed.settled(batch.leave(), said("accepted"))
    assert [it.slot is not None for it in batch.answers] == [True]
    assert batch.marks.in_use == 1


async def test_a_fault_of_ours_stops_the_send_at_once(batch) -> None:
    """Not only when the ledger knows of it: until then each copy would hear the same."""
    batch.feed.settled(batch.leave(), said("ours", "535 5.7.8"))
    assert batch.feed.next() is None
    assert batch.feed.ended


async def test_nothing_leaves_while_outcomes_are_not_being_committed(batch) -> None:
    batch.full = True
    assert batch.feed.next() is None
    assert not batch.feed.ended
    batch.full = False
    assert batch.feed.next() is not None


async def test_when_no_reply_comes_the_batch_ends_and_only_one_copy_of_the_next_is_the_probe(
    batch,
) -> None:
    batch.feed.settled(batch.leave(), said("transient", "no connection"))
    assert batch.feed.ended
    assert not batch.reachability.may_start


@pytest.mark.parametrize("verdict", ["permanent", "ours", "transient"])
async def test_a_copy_that_never_left_says_nothing_of_the_mail_server(
    batch, verdict, monkeypatch
) -> None:
    """Such as one to an address that cannot be used: the outage goes on, and one copy is the probe."""
    batch.reachability.missed("away")
    monkeypatch.setattr(batch.reachability, "_until", 0.0)
    copy = batch.feed.next()
    batch.feed.settled(copy, said(verdict, "not sent"))
    assert batch.reachability.news(1) == "away"


async def test_behind_a_probe_that_is_taken_the_others_are_asked_for(batch, monkeypatch) -> None:
    batch.reachability.missed("away")
    monkeypatch.setattr(batch.reachability, "_until", 0.0)  # it was left alone for long enough
    probe = batch.leave()
    assert batch.feed.next() is None, "one at a time"
    pokes = batch.pokes
    batch.feed.settled(probe, said("accepted"))
    await asyncio.sleep(0)
    assert batch.pokes > pokes
    assert batch.feed.next() is not None


@pytest.mark.parametrize("rounds", range(4))
async def test_reading_ends_with_the_batch_also_when_copies_are_asked_for_in_that_moment(
    batch, rounds
) -> None:
    """Python 3.11 forgets a cancelling that comes as what is waited for happens; the worker would hang for ever."""
    batch.full = True  # so that it is told when there is room again
    batch.feed.next()
    for _ in range(rounds):
        await asyncio.sleep(0)
    batch.filling.cancel()
    batch.feed.close()
    await asyncio.wait([batch.filling], timeout=1)
    assert batch.filling.done()
