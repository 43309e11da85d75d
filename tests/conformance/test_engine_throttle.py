"""How an engine holds mail back, on both databases, with a sender that takes several copies at once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from publisher.engines import embedded
from publisher.limits import Limit, Limits, QuietHours
from publisher.throttle import Throttle
from storage import outbox
from storage.enums import DeliveryStatus, Medium, SendStatus, SubscriberStatus
from storage.outbox import planning
from storage.tables import Delivery, Send, Subscriber
from tests.support import engines
from tests.support.engines import PACE, Reply, ScriptedSender, when


class Streaming(ScriptedSender):
    """Takes copies from a feed, one after another."""

    def __init__(self, side) -> None:
        super().__init__(side)
        self._poked = asyncio.Event()

    def poke(self) -> None:
        self._poked.set()

    async def stream(self, feed) -> None:
        while not feed.ended:
            copy = feed.next()
            if copy is None:
                await self._poked.wait()
                self._poked.clear()
                continue
            feed.leaving(copy)
            feed.settled(copy, await self.hand_off(copy))


def streaming(rig) -> dict:
    return {Medium.EMAIL: lambda: Streaming(rig.mail)}


async def test_a_limit_spreads_a_send_over_time(rig) -> None:
    throttle = Throttle(Limits([Limit(40, 1)]))
    send_id = rig.schedule(audience="email")
    began = time.monotonic()
    async with rig.running(senders=streaming(rig), throttles={Medium.EMAIL: throttle}):
        await rig.until(send_id, SendStatus.SENT)
    assert time.monotonic() - began >= 19 / 40
    assert set(rig.mail.attempts.values()) == {1}


async def test_a_limit_of_one_domain_lets_the_others_pass(rig) -> None:
    _move(rig, "slow.example", 5)
    began, still = time.monotonic(), True
    limits = Limits(domains={"slow.example": [Limit(10, 1)]})
    throttle = Throttle(limits, uptime=lambda: began if still else time.monotonic())
    send_id = rig.schedule(audience="email")
    async with rig.running(senders=streaming(rig), throttles={Medium.EMAIL: throttle}):
        await when(lambda: sum("slow" not in it for it in rig.mail.attempts) == 15)
        assert sum("slow" in it for it in rig.mail.attempts) == 1, "no time has gone by for them"
        still = False
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}


@pytest.mark.parametrize("limit", [Limit(4, 1), Limit(300, 3600)])
async def test_a_limit_of_one_domain_keeps_no_batch_of_the_others_waiting(
    rig,
    monkeypatch,
    limit,
) -> None:
    """Its readers come first and fill whole batches; one worker goes through them all."""
    monkeypatch.setattr(planning, "BATCH_SIZE", 4)
    _move(rig, "slow.example", 12)
    throttle = Throttle(Limits(domains={"slow.example": [limit]}))
    send_id = rig.schedule(audience="email")
    async with rig.running(senders=streaming(rig), throttles={Medium.EMAIL: throttle}):
        await when(lambda: sum("slow" not in it for it in rig.mail.attempts) == 8)
    assert sum("slow" in it for it in rig.mail.attempts) <= 8
    assert rig.balance(send_id).submitted + rig.balance(send_id).deferred == 20
    assert set(rig.mail.attempts.values()) == {1}


async def test_what_was_put_off_for_its_domain_leaves_once_and_in_time(
    rig,
    monkeypatch,
) -> None:
    monkeypatch.setattr(planning, "BATCH_SIZE", 4)
    _move(rig, "slow.example", 20)
    throttle = Throttle(Limits(domains={"slow.example": [Limit(25, 1)]}))
    put_off, promised = throttle.put_off, []
    monkeypatch.setattr(throttle, "put_off", lambda *of: promised.append(of) or put_off(*of))
    send_id = rig.schedule(audience="email")
    began = time.monotonic()
    async with rig.running(
        senders=streaming(rig), throttles={Medium.EMAIL: throttle}, workers={Medium.EMAIL: 2}
    ):
        await rig.until(send_id, SendStatus.SENT)
    assert 19 / 25 <= time.monotonic() - began < 3
    assert set(rig.mail.attempts.values()) == {1}
    assert max(Counter(promised).values(), default=0) <= 3, "put off again and again"


async def test_refusals_of_one_domain_keep_no_batch_of_the_others_waiting(
    rig,
    monkeypatch,
) -> None:
    """Its readers come first; each batch of them makes the server be left alone, and then waits its turn."""
    monkeypatch.setattr(planning, "BATCH_SIZE", 5)
    pace = replace(PACE, refusals_in_a_row=2, retry_first_seconds=60.0,
                   reconnect_first_seconds=0.1, reconnect_cap_seconds=30.0)  # fmt: skip
    monkeypatch.setattr(engines, "PACE", pace)
    _move(rig, "busy.example", 14)
    rig.mail.answer = lambda copy, _attempt: (
        Reply("transient", "451 4.2.1", "mailbox is busy") if "busy" in copy.address else Reply()
    )
    rig.schedule(audience="email")
    async with rig.running(senders=streaming(rig)):
        await when(
            lambda: {f"r{n}@example.org" for n in (15, 16, 17, 18, 19)} <= {*rig.mail.attempts}
        )
    before = takewhile(lambda address: "busy" in address, rig.mail.attempts)
    assert len([*before]) <= 6, "two of each batch of theirs"


async def test_a_domain_that_asks_for_less_is_left_alone_and_the_rest_of_the_send_goes_on(
    rig,
) -> None:
    _move(rig, "busy.example", 6)
    busy = Reply("transient", "421 4.7.0", "too many messages", retry_after=45.0)
    rig.mail.answer = lambda copy, _attempt: (
        busy if copy.address.endswith("busy.example") else Reply()
    )
    send_id = rig.schedule(audience="email")
    async with rig.running(senders=streaming(rig)):
        await when(lambda: rig.balance(send_id).deferred == 6)
        await when(lambda: rig.balance(send_id).submitted == 14)
    tried = sum(n for address, n in rig.mail.attempts.items() if "busy" in address)
    assert tried == 1, "the others of that domain were not even tried"
    with rig.database.read() as session:
        rows = session.exec(select(Delivery).where(Delivery.status == DeliveryStatus.DEFERRED))
        assert sorted(row.attempts for row in rows) == [0, 0, 0, 0, 0, 1]


async def test_what_a_resting_domain_had_to_wait_for_leaves_after_its_rest(rig) -> None:
    _move(rig, "busy.example", 6)
    asked = Reply("transient", "451 4.7.1", "slow down", retry_after=0.3)
    rig.mail.answer = lambda copy, attempt: (
        asked if copy.address == "r0@busy.example" and attempt == 1 else Reply()
    )
    send_id = rig.schedule(audience="email")
    async with rig.running(senders=streaming(rig)):
        await rig.until(send_id, SendStatus.SENT)
    assert rig.balance(send_id).submitted == 20
    attempts = rig.mail.attempts
    assert attempts.pop("r0@busy.example") == 2
    assert set(attempts.values()) == {1}


@pytest.mark.parametrize("bulk", [True, False])
async def test_refusals_in_a_row_pause_the_server_and_a_probe_goes_on(
    rig,
    monkeypatch,
    bulk,
) -> None:
    """A relay that refuses everybody for now is not asked about everybody."""
    pace = replace(PACE, refusals_in_a_row=4, reconnect_first_seconds=0.4, reconnect_cap_seconds=0.4,
                   retry_first_seconds=0.05)  # fmt: skip
    monkeypatch.setattr(engines, "PACE", pace)
    down = True
    rig.mail.answer = lambda _copy, _attempt: (
        Reply("transient", "451 4.3.0", "no space") if down else Reply()
    )
    senders = streaming(rig) if bulk else {Medium.EMAIL: rig.mail.sender}
    send_id = rig.schedule(audience="email")
    async with rig.running(senders=senders):
        await when(lambda: len(rig.mail.copies) >= 4)
        await asyncio.sleep(0.2)
        assert len(rig.mail.copies) == 4
        down = False
        await rig.until(send_id, SendStatus.SENT)
    assert rig.balance(send_id).submitted == 20


async def test_a_server_that_hangs_up_behind_each_copy_pauses_the_send_and_is_asked_no_more(
    rig,
    monkeypatch,
) -> None:
    """Each copy leaves one more of which nobody knows whether it arrived."""
    pace = replace(PACE, lost_probes=2, reconnect_first_seconds=0.01, reconnect_cap_seconds=0.01)
    monkeypatch.setattr(engines, "PACE", pace)
    rig.mail.answer = lambda _copy, _attempt: Reply("unknown", "no reply", "hung up")
    send_id = rig.schedule(audience="email")
    async with rig.running(senders=streaming(rig)):
        await rig.until(send_id, SendStatus.PAUSED)
    with rig.database.read() as session:
        assert "look into its log" in session.get_one(Send, send_id).pause_reason
    assert rig.balance(send_id).uncertain == len(rig.mail.copies) < 10


async def test_a_pause_acts_while_copies_are_held_back(rig) -> None:
    throttle = Throttle(Limits([Limit(5, 1)]))
    send_id = rig.schedule(audience="email")
    async with rig.running(senders=streaming(rig), throttles={Medium.EMAIL: throttle}):
        await when(lambda: rig.mail.copies)
        with rig.database.write() as session:
            outbox.pause_send(session, send_id, datetime.now(UTC), "wait", "test")
        await asyncio.sleep(0.3)
        left = len(rig.mail.copies)
        await asyncio.sleep(0.5)
        assert len(rig.mail.copies) == left
    assert rig.balance(send_id).pending == 20 - left


async def test_quiet_hours_hold_no_batch_and_who_leaves_meanwhile_gets_nothing(
    rig,
    monkeypatch,
) -> None:
    monkeypatch.setattr(embedded, "LONGEST_HOLD_S", 0.1)  # between looks at the clock
    now = [datetime(2026, 12, 1, 23, tzinfo=UTC)]
    quiet = QuietHours(clock_time(22), clock_time(7), ZoneInfo("UTC"))
    throttle = Throttle(Limits(quiet=quiet), clock=lambda: now[0])
    send_id = rig.schedule(audience="email")
    async with rig.running(senders=streaming(rig), throttles={Medium.EMAIL: throttle}):
        await when(lambda: rig.balance(send_id).pending == 20)
        for _ in range(20):
            await asyncio.sleep(0.02)
            with rig.database.read() as session:
                assert outbox.leaseholders(session) == []
        _leaves(rig, "r0@example.org")
        now[0] += timedelta(hours=9)
        await rig.until(send_id, SendStatus.SENT)
    assert "r0@example.org" not in rig.mail.attempts
    assert (rig.balance(send_id).submitted, rig.balance(send_id).suppressed) == (19, 1)


async def test_who_leaves_while_held_back_gets_nothing(rig, monkeypatch) -> None:
    monkeypatch.setattr(engines, "PACE", replace(PACE, stale_seconds=0.3, slice_size=50))
    throttle = Throttle(Limits([Limit(10, 1)]))
    send_id = rig.schedule(audience="email")
    async with rig.running(senders=streaming(rig), throttles={Medium.EMAIL: throttle}):
        await when(lambda: rig.mail.copies)
        _leaves(rig, "r19@example.org")  # the last English one, read with all of its batch
        await rig.until(send_id, SendStatus.SENT)
    assert "r19@example.org" not in rig.mail.attempts
    assert set(rig.mail.attempts.values()) == {1}
    assert rig.balance(send_id).submitted == 19


def _leaves(rig, address: str) -> None:
    with rig.database.write() as session:
        reader = session.exec(select(Subscriber).where(Subscriber.address == address)).one()
        reader.status = SubscriberStatus.UNSUBSCRIBED
        session.add(reader)


def _move(rig, domain: str, count: int) -> None:
    """Give the first readers an address at a domain."""
    with rig.database.write() as session:
        for n, reader in enumerate(session.exec(select(Subscriber)).all()[:count]):
            reader.address = reader.address_key = f"r{n}@{domain}"
            session.add(reader)
