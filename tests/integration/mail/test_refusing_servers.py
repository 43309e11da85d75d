"""Servers that refuse everything, or hang up: nobody is left out for it, and another server takes the rest."""

from __future__ import annotations

import asyncio
import time

import pytest

from mailer.flight import Flight
from mailer.relay import Limits, Relay
from tests.support.relays import Feed, at
from tests.support.scripted_smtp import IN_FLIGHT, Fault, ScriptedServer

CONTENT = b"To: r%d@example.net\r\nSubject: x\r\n\r\nHello\r\n"
UNKNOWN_USER = "550 5.1.1 User unknown in local recipient table"
POLICY = "550 5.7.1 I take no mail from you"
PATIENCE_S = 10


def audience_of(readers: int) -> Feed:
    """Give a feed of one message to each of so many readers."""
    return Feed(
        Flight(number, b"news@example.org", b"r%d@example.net" % number, CONTENT % number)
        for number in range(readers)
    )


@pytest.fixture(params=["plain", "pipelined", "chunked"])
def way(request):
    return request.param


@pytest.fixture
def server(way):
    with ScriptedServer(way) as one:
        yield one


async def sent(readers: int, *servers: ScriptedServer, connections: int = 4) -> Feed:
    """Send to so many readers over these servers."""
    relay = Relay([at(it.port) for it in servers], Limits(connections=connections))
    audience = audience_of(readers)
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await relay.send(audience) is None
    finally:
        await relay.close()
    assert len(audience.outcomes) == readers
    return audience


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("readers", [3, 100])
async def test_nobody_has_failed_where_everybody_is_refused(server, stage, readers) -> None:
    server.misbehave(Fault(stage, UNKNOWN_USER))
    audience = await sent(readers, server)
    # A DATA refused for all is refused for the sender's sake (RFC 5321 §3.3).
    expected = "ours" if stage == "data" and server.way != "chunked" else "transient"
    assert set(audience.verdicts) == {expected}


async def test_a_refusal_is_certain_once_nothing_else_comes_for_now(server) -> None:
    """Such as that of a probe, whose outcome the others wait for."""

    heard = asyncio.Event()

    class Probe(Feed):
        ended = False

        def settled(self, *of) -> None:
            super().settled(*of)
            heard.set()

    server.misbehave(Fault("rcpt", UNKNOWN_USER))
    relay, probe = Relay([at(server.port)]), Probe(audience_of(1).left)
    sending = asyncio.ensure_future(relay.send(probe))
    async with asyncio.timeout(PATIENCE_S):
        await heard.wait()
        probe.ended = True
        relay.poke()
        assert await sending is None
    await relay.close()
    assert probe.in_order == ["permanent"]


async def test_a_server_that_refuses_us_is_left_alone_while_another_takes_all(server, way) -> None:
    with ScriptedServer(way) as broken:
        broken.misbehave(Fault("mail", POLICY))
        assert (await sent(400, server, broken)).verdicts == {"accepted": 400}
    refused_at_once = 4 * IN_FLIGHT[way]
    assert broken.struck <= refused_at_once


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
async def test_our_fault_is_told_where_everybody_hears_of_it(server, stage) -> None:
    server.misbehave(Fault(stage, POLICY))
    assert set((await sent(100, server)).verdicts) == {"ours"}


@pytest.mark.parametrize("reply", [UNKNOWN_USER, POLICY])
async def test_a_refusal_among_acceptances_is_one_readers_own(server, reply) -> None:
    server.misbehave(Fault("rcpt", reply, every=10))
    audience = await sent(200, server)
    verdicts = audience.verdicts
    assert (verdicts["accepted"], verdicts["ours"]) == (180, 0)
    # Of the last no acceptance tells: such a refusal is believed of a reader, and tried again if it is of us.
    assert verdicts["transient"] <= (4 if reply == POLICY else 0)
    refused = {it for it, outcome in audience.outcomes.items() if outcome.verdict != "accepted"}
    assert set(audience.refusals) == refused


async def test_a_server_that_broke_in_the_middle_fails_nobody(server) -> None:
    server.misbehave(Fault("rcpt", UNKNOWN_USER), at=100)
    verdicts = (await sent(200, server)).verdicts
    assert verdicts["accepted"] >= 100
    assert verdicts["permanent"] == 0


async def test_one_mail_by_itself_is_answered_at_once(server) -> None:
    server.misbehave(Fault("rcpt", UNKNOWN_USER))
    relay = Relay([at(server.port)])
    for number in range(9):
        mail = Flight(number, b"a@example.org", b"r%d@example.net" % number, CONTENT % number)
        assert (await relay.deliver(mail)).verdict == "permanent"
    await relay.close()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("mail", "451 4.3.0 not now"),
        Fault("mail", "452 4.3.1 no room"),
        Fault("mail", POLICY),
        Fault("mail"),
        Fault("rcpt", UNKNOWN_USER),
        Fault("rcpt", POLICY),
        Fault("rcpt"),
        Fault("ehlo", "554 5.7.1 go away"),
    ],
    ids=lambda fault: f"{fault.stage}-{fault.reply}",
)
async def test_another_server_takes_what_one_refuses_or_drops(server, way, fault) -> None:
    with ScriptedServer(way) as broken:
        broken.misbehave(fault)
        audience = await sent(400, server, broken)
    # With CHUNKING eight messages leave at once, and of those nobody knows where the connection is dropped.
    unknown = 8 if way == "chunked" and fault.reply is None else 0
    assert audience.verdicts["unknown"] <= unknown
    assert audience.verdicts["accepted"] == 400 - audience.verdicts["unknown"]
    assert set(server.taken.values()) == {1}


async def test_what_one_server_refused_leaves_again_towards_the_other(server, way) -> None:
    """A process killed then may not believe the refusal: the other server may have taken it."""
    said = []

    class Followed(Feed):
        def leaving(self, flight) -> None:
            said.append((flight.ticket, "leaves"))

        def refused(self, flight) -> None:
            said.append((flight.ticket, "refused"))

    with ScriptedServer(way) as broken:
        broken.misbehave(Fault("dot", UNKNOWN_USER))
        relay, audience = Relay([at(server.port), at(broken.port)]), Followed(audience_of(400).left)
        assert await asyncio.wait_for(relay.send(audience), PATIENCE_S) is None
        await relay.close()
    assert audience.verdicts == {"accepted": 400}
    assert "refused" in {what for _, what in said}
    assert set(dict(said).values()) == {"leaves"}, "the last that was told of each"


async def test_all_refuse_us_only_when_each_does(way) -> None:
    with ScriptedServer(way) as one, ScriptedServer(way) as other:
        for server in one, other:
            server.misbehave(Fault("mail", POLICY))
        verdicts = (await sent(50, one, other)).verdicts
    assert set(verdicts) == {"ours"}


async def test_a_spare_that_refuses_us_makes_no_outage_our_fault(way, free_port) -> None:
    with ScriptedServer(way) as spare:
        spare.misbehave(Fault("ehlo", "535 5.7.8 wrong password"))
        relay = Relay([at(free_port), at(spare.port, 0)])
        outcome = await relay.send(audience_of(5))
        await relay.close()
    assert outcome is not None
    assert outcome.verdict == "transient"


async def test_a_server_that_allows_few_connections_is_not_stormed(way) -> None:
    open_now = most = refused = 0

    async def serve(reader, writer):
        nonlocal open_now, most, refused
        if open_now >= 2:
            refused += 1
            writer.write(b"421 4.7.0 too many connections\r\n")
            writer.close()
            return
        open_now += 1
        most = max(most, open_now)
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            if line == b".\r\n":
                await asyncio.sleep(0.002)
            writer.write(b"354 go\r\n" if line == b"DATA\r\n" else b"250 ok\r\n")
            if line == b"DATA\r\n":
                await reader.readuntil(b"\r\n.\r\n")
                await asyncio.sleep(0.002)
                writer.write(b"250 ok\r\n")
        open_now -= 1
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    relay = Relay([at(port)], Limits(connections=10))
    audience = audience_of(300)
    began = time.monotonic()
    assert await relay.send(audience) is None
    took = time.monotonic() - began
    await relay.close()
    listening.close()
    assert audience.verdicts == {"accepted": 300}
    assert most == 2
    assert refused <= 2 + took  # one try a second
