"""A batch comes to its end over real connections, also when copies of it never leave.

The feed of the engine and the relay are put together as they work, towards a scripted server.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from mailer.compiler import IssueCompiler
from mailer.connect import SmtpSettings
from mailer.relay import Limits, Relay
from mailer.sender import MailSender
from publisher.feed import BatchFeed
from publisher.pace import Pace
from publisher.prose import to_html, to_text
from publisher.reachability import Reachability
from publisher.throttle import Throttle
from storage.enums import Medium
from storage.outbox import Due
from tests.support.scripted_smtp import IN_FLIGHT, Fault, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from publisher.record import Answer

PACE = Pace(slice_size=20)
SLOW_DOWN = Fault("rcpt", "450 4.7.1 too many messages, slow down")
PATIENCE_S = 10


class Kept:
    """A recorder that keeps the answers."""

    is_full = False

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def add(self, answer: Answer) -> None:
        self.answers.append(answer)

    async def room(self) -> None:
        pass


@pytest.fixture(params=[1, 10], ids="{} connections".format)
def connections(request):
    return request.param


@pytest.fixture(params=["plain", "pipelined", "chunked"])
def way(request):
    return request.param


async def sent(server, connections, identity, tokens, issue, addresses: list[str]) -> Kept:
    """Send a batch to these addresses."""
    settings = SmtpSettings(
        "127.0.0.1", server.port, timeout_s=5.0, local_name="test.example", tls="none"
    )
    relay = Relay(settings, Limits(connections=connections))
    sender = MailSender(relay, IssueCompiler(identity, to_html, to_text), tokens)
    await sender.prepare(issue)
    kept = Kept()
    lease = SimpleNamespace(batch_id=1, send_id=1, medium=Medium.EMAIL, on_uncertain=None)
    route = SimpleNamespace(
        recorder=kept, pace=PACE, throttle=Throttle(),
        control=SimpleNamespace(may_go=lambda _: True, halt=lambda _: None),
        marks=SimpleNamespace(begin=lambda _: 0, settle=lambda *_: None),
        reachability=Reachability(Medium.EMAIL, PACE),
    )  # fmt: skip
    feed = BatchFeed(lease, route, sender)
    filling = asyncio.create_task(feed.fill(slices(addresses)))
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await sender.stream(feed) is None
    finally:
        filling.cancel()
        await sender.close()
    return kept


async def slices(addresses: list[str]) -> AsyncIterator[list[Due]]:
    due = [Due(n, n, it, None, "en", 0, None) for n, it in enumerate(addresses, 1)]
    for start in range(0, len(due), PACE.slice_size):
        await asyncio.sleep(0)
        yield due[start : start + PACE.slice_size]


@pytest.mark.parametrize("copies", [9, 20, 50])
async def test_a_domain_that_asks_for_less_ends_the_batch(
    way, connections, copies, identity, tokens, mail_issue
) -> None:
    with ScriptedServer(way) as server:
        server.misbehave(SLOW_DOWN)
        kept = await sent(
            server, connections, identity, tokens, mail_issue("en"),
            [f"r{n}@busy.example" for n in range(copies)],
        )  # fmt: skip

    assert sorted(it.due.delivery_id for it in kept.answers) == list(range(1, copies + 1))
    assert not any(it.verdict == "accepted" for it in kept.answers)


@pytest.mark.parametrize("good", [0, 9, 25])
async def test_addresses_that_cannot_be_used_end_the_batch(
    way, connections, good, identity, tokens, mail_issue
) -> None:
    addresses = [f"r{n}@example.net" for n in range(good)] + ["no address"] * 3
    with ScriptedServer(way) as server:
        kept = await sent(server, connections, identity, tokens, mail_issue("en"), addresses)

    said = [it.verdict for it in sorted(kept.answers, key=lambda it: it.due.delivery_id)]
    assert said == ["accepted"] * good + ["permanent"] * 3


@pytest.mark.parametrize("taken", [True, False])
async def test_a_server_that_hangs_up_behind_each_message_gets_no_more_than_was_under_way(
    way, connections, identity, tokens, mail_issue, taken
) -> None:
    """Nobody knows of these copies whether they were taken; the others wait."""
    with ScriptedServer(way) as server:
        server.misbehave(Fault("taken" if taken else "dot"))
        addresses = [f"r{n}@example.net" for n in range(400)]
        kept = await sent(server, connections, identity, tokens, mail_issue("en"), addresses)
    unknown = sum(it.verdict == "unknown" for it in kept.answers)
    assert 0 < unknown <= connections * IN_FLIGHT[way] + 2


async def test_a_batch_everybody_of_which_is_refused_fails_nobody(
    way, connections, identity, tokens, mail_issue
) -> None:
    with ScriptedServer(way) as server:
        server.misbehave(Fault("rcpt", "550 5.1.1 User unknown"))
        addresses = [f"r{n}@example.net" for n in range(400)]
        kept = await sent(server, connections, identity, tokens, mail_issue("en"), addresses)
    assert {it.verdict for it in kept.answers} == {"transient"}
    assert len(kept.answers) < 200  # then it is left alone
