"""Addresses with a local part beyond ASCII: they go over the mail server that offers SMTPUTF8 (RFC 6531)."""

from __future__ import annotations

import asyncio

import pytest

from mailer import relay as relay_module
from mailer.flight import Flight
from tests.support.relays import CONTENT, Feed, at

PATIENCE_S = 10
OFFER = "250-actor.test\n250-PIPELINING\n250-8BITMIME\n250 SMTPUTF8"


@pytest.fixture(autouse=True)
def _often_watched(monkeypatch) -> None:
    monkeypatch.setattr(relay_module, "_WATCH_S", 0.05)


def audience(count: int, *, every: int) -> Feed:
    """Give so many messages, each so-manieth to an address beyond ASCII; those have odd tickets."""
    return Feed(
        Flight(2 * n + beyond, b"news@example.org",
               ("阿达" if beyond else "ada").encode() + b"%d@example.net" % n, CONTENT, utf8=beyond)
        for n in range(count)
        for beyond in [n % every == 0]
    )  # fmt: skip


def beyond_ascii(feed: Feed) -> set[tuple[str, str]]:
    """Give what became of those beyond ASCII, as verdict and code."""
    return {(it.verdict, it.code[:8]) for ticket, it in feed.outcomes.items() if ticket % 2}


@pytest.mark.parametrize("weights", [(1, 1), (10, 1), (1, 10)])
@pytest.mark.parametrize("connections", [1, 2, 4])
@pytest.mark.parametrize("every", [1, 10])
async def test_the_server_that_offers_it_gets_them_all(
    actor, relay, weights, connections, every
) -> None:
    (plain, first), (able, second) = await actor(), await actor(EHLO=OFFER)
    servers = [at(first, weights[0]), at(second, weights[1])]
    feed = audience(60, every=every)
    sent = relay(*servers, connections=connections).send(feed)
    assert await asyncio.wait_for(sent, PATIENCE_S) is None
    assert feed.verdicts == {"accepted": 60}
    assert not any("SMTPUTF8" in line for line in plain.said)
    assert sum("SMTPUTF8" in line for line in able.said) == 60 // every


async def test_where_none_offers_it_they_fail_at_once(actor, relay) -> None:
    (_, first), (_, second) = await actor(), await actor()
    feed = audience(60, every=10)
    await asyncio.wait_for(relay(at(first), at(second)).send(feed), PATIENCE_S)
    assert feed.verdicts == {"accepted": 54, "permanent": 6}
    assert all("SMTPUTF8" in it.text for it in feed.outcomes.values() if it.verdict == "permanent")


async def test_a_spare_that_does_not_serve_is_no_reason_to_wait(actor, relay) -> None:
    (_, first), (spare, second) = await actor(), await actor(EHLO=OFFER)
    feed = audience(60, every=10)
    await asyncio.wait_for(relay(at(first), at(second, 0)).send(feed), PATIENCE_S)
    assert beyond_ascii(feed) == {("permanent", "not sent")}
    assert spare.connections == 0


async def test_while_the_other_server_is_away_they_are_tried_later(actor, relay, free_port) -> None:
    """It may offer what they need; nobody was asked, so nothing is known of any server by it."""
    _, port = await actor()
    feed = audience(60, every=10)
    sent = relay(at(port), at(free_port), connections=2).send(feed)
    assert await asyncio.wait_for(sent, PATIENCE_S) is None
    assert feed.verdicts == {"accepted": 54, "transient": 6}
    assert beyond_ascii(feed) == {("transient", "not sent")}


async def test_one_that_goes_away_while_they_wait_keeps_nobody(actor, relay, listen) -> None:
    """It is full of others, and then hangs up for good."""
    _, port = await actor()
    greeted = []

    async def serve(reader, writer) -> None:
        greeted.append(1)
        if len(greeted) > 1:
            return
        writer.write(b"220 here\r\n")
        await reader.readline()
        writer.write(OFFER.replace("\n", "\r\n").encode() + b"\r\n")
        await reader.readline()

    feed = audience(60, every=3)
    sent = relay(at(port), at(await listen(serve)), connections=2).send(feed)
    assert await asyncio.wait_for(sent, PATIENCE_S) is None
    assert set(feed.verdicts) == {"accepted", "transient"}
    assert {verdict for verdict, _ in beyond_ascii(feed)} == {"transient"}
    assert len(feed.outcomes) == 60


@pytest.mark.parametrize("servers", [1, 2])
async def test_one_connection_of_a_server_that_offers_it_gets_them_all(
    actor, relay, servers
) -> None:
    """Behind a load balancer stand several, and one of them knows it."""
    (_, first), (_, second) = await actor(), await actor(EHLO=[OFFER, "250 actor.test"])
    feed = audience(200, every=3)
    sent = relay(*[at(second), at(first)][:servers], connections=4).send(feed)
    assert await asyncio.wait_for(sent, PATIENCE_S) is None
    assert feed.verdicts == {"accepted": 200}


async def test_when_that_connection_ends_nobody_waits_for_it(actor, relay) -> None:
    _, port = await actor(EHLO=[OFFER, "250 actor.test"])
    feed = audience(200, every=3)
    sent = relay(at(port), connections=4, messages=10).send(feed)
    assert await asyncio.wait_for(sent, PATIENCE_S) is None
    assert feed.verdicts["accepted"] + feed.verdicts["permanent"] == 200
    others = {it.verdict for ticket, it in feed.outcomes.items() if not ticket % 2}
    assert others == {"accepted"}


async def test_no_more_of_them_wait_than_may_be_under_way(actor, relay) -> None:
    """What was taken from a feed leaves also after a pause, and lies in memory."""
    (_, first), (_, second) = await actor(), await actor(EHLO=OFFER)
    feed = audience(400, every=1)
    sent = asyncio.ensure_future(relay(at(first), at(second), connections=2, window=8).send(feed))
    most = 0
    while not sent.done():
        most = max(most, 400 - len(feed.left) - len(feed.outcomes))
        await asyncio.sleep(0)
    assert feed.verdicts == {"accepted": 400}
    assert most <= 2 * 2 * 8


async def test_a_slow_server_that_they_wait_for_keeps_no_other_idle(actor, relay) -> None:
    (plain, first), (able, second) = await actor(), await actor(EHLO=OFFER)
    answer = able._answer

    async def late(*said) -> bool:
        await asyncio.sleep(0.005)
        return await answer(*said)

    able._answer = late
    feed = audience(200, every=10)
    await asyncio.wait_for(
        relay(at(first), at(second), connections=2, window=2).send(feed), PATIENCE_S
    )
    assert feed.verdicts == {"accepted": 200}
    assert len(plain.mails) > 60, "its share of the others, however slow this machine is"


async def test_the_only_connection_goes_over_to_the_server_that_they_wait_for(
    actor, relay, monkeypatch
) -> None:
    """At once; it would else be idle until somebody looks, again and again."""
    monkeypatch.setattr(relay_module, "_WATCH_S", 60)
    (_, first), (_, second) = await actor(), await actor(EHLO=OFFER)
    feed = audience(60, every=1)
    sent = relay(at(first), at(second), connections=1).send(feed)
    assert await asyncio.wait_for(sent, PATIENCE_S) is None
    assert feed.verdicts == {"accepted": 60}
