"""Several mail servers: shares by weight, and going on where one of them is gone."""

from __future__ import annotations

import asyncio

from mailer import place as place_module
from mailer import relay as relay_module
from tests.support.relays import Pile, at


async def test_connections_are_shared_by_weight(actor, relay) -> None:
    (one, first), (other, second) = await actor(), await actor()
    pile = Pile(400)
    assert await relay(at(first, 3), at(second, 1)).send(pile) is None
    assert set(pile.verdicts) == {"accepted"}
    assert (one.connections, other.connections) == (3, 1)
    assert len(one.mails) + len(other.mails) == 400


async def test_two_sends_take_turns_on_a_connection(actor, relay) -> None:
    _, port = await actor()
    one, turns, piles = relay(at(port), connections=1), [], [Pile(10), Pile(10)]
    for number, pile in enumerate(piles):
        pile.settled = lambda _flight, _outcome, number=number: turns.append(number)
    await asyncio.wait_for(asyncio.gather(*(one.send(pile) for pile in piles)), 5)
    assert turns == [0, 1] * 10


async def test_the_last_of_those_who_share_a_relay_closes_it(actor, relay) -> None:
    server, port = await actor()
    shared = relay(at(port), connections=1)
    for _ in range(2):
        shared.join()
    await shared.send(Pile(1))
    await shared.leave()
    await shared.send(Pile(1))
    assert server.connections == 1
    await shared.leave()
    assert server.said[-1] == "QUIT"


async def test_a_mail_that_a_server_cannot_take_does_not_hold_up_those_behind_it(
    actor, relay
) -> None:
    class Mixed(Pile):
        def next(self):
            if (flight := super().next()) is not None:
                flight.utf8 = flight.ticket > 2
            return flight

    (_, port), pile = await actor(), Mixed(5)
    assert await asyncio.wait_for(relay(at(port)).send(pile), 5) is None
    assert pile.in_order == ["permanent"] * 2 + ["accepted"] * 3


async def test_no_more_mails_are_in_doubt_than_may_be_under_way(actor, relay) -> None:
    server, port = await actor(EHLO="250-x\n250-PIPELINING\n250 CHUNKING", MAIL="drop")
    pile = Pile(9)
    assert await relay(at(port), connections=1, window=3).send(pile) is None
    assert set(pile.verdicts) == {"unknown"}
    assert server.connections == 3


async def test_a_server_that_is_gone_is_left_out_and_one_of_weight_0_serves_in_need(
    actor, relay, free_port
) -> None:
    spare, port = await actor()
    pile = Pile(50)
    assert await relay(at(free_port, 2), at(port, 0)).send(pile) is None
    assert set(pile.verdicts) == {"accepted"}
    assert len(spare.mails) == 50


async def test_one_of_weight_0_gets_nothing_while_the_others_serve(actor, relay) -> None:
    (one, first), (spare, second) = await actor(), await actor()
    await relay(at(first), at(second, 0)).send(Pile(50))
    assert (len(one.mails), spare.connections) == (50, 0)


async def test_a_server_that_refuses_the_login_is_left_out_too(actor, relay) -> None:
    (_, first), (good, second) = await actor(connect="554 5.7.1 not you"), await actor()
    pile = Pile(20)
    assert await relay(at(first), at(second)).send(pile) is None
    assert len(good.mails) == 20


async def test_all_of_them_gone_is_said_and_nothing_is_lost(relay, free_port) -> None:
    pile = Pile(5)
    why = await relay(at(free_port), at(free_port)).send(pile)
    assert why is not None
    assert (why.verdict, why.code) == ("transient", "no connection")
    assert len(pile.left) == 5


async def test_a_server_that_comes_back_is_used_again(actor, relay, free_port, monkeypatch) -> None:
    monkeypatch.setattr(place_module, "_REST_S", 0.1)
    _, port = await actor()
    several = relay(at(free_port), at(port), connections=2)
    await several.send(Pile(5))
    back = []

    async def accept(reader, writer):
        back.append(1)
        writer.write(b"421 later\r\n")
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", free_port)
    await asyncio.sleep(0.15)
    monkeypatch.setattr(relay_module, "_WATCH_S", 0.05)
    for _ in range(100):
        await several.send(Pile(5))
        if back:
            break
        await asyncio.sleep(0.02)
    server.close()
    assert back


async def test_dsn_is_asked_for_where_it_is_offered(actor, relay) -> None:
    """ENVID and ORCPT of RFC 3461, so that a bounce tells which delivery it is about."""
    offering, port = await actor(EHLO="250-actor.test\n250 DSN")
    await relay(at(port), connections=1).send(Pile(1))
    assert "MAIL FROM:<n0@example.org> RET=HDRS ENVID=b+2B7.ab" in offering.said
    assert "RCPT TO:<ada@example.net> ORCPT=rfc822;a+2Bb+3Dc@example.net" in offering.said
    silent, port = await actor()
    await relay(at(port), connections=1).send(Pile(1))
    assert not any("ENVID" in line or "ORCPT" in line for line in silent.said)


async def test_what_a_dropped_connection_gives_back_wakes_one_that_has_nothing_to_do(relay) -> None:
    """The first connection drops its second message before it left, when the other one is idle already."""
    other_is_done, connections = asyncio.Event(), []

    async def serve(reader, writer):
        connections.append(1)
        is_first, taken = len(connections) == 1, 0
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"MAIL" and is_first and taken:
                await other_is_done.wait()
                await asyncio.sleep(0.1)
                break
            if verb == b"DATA":
                writer.write(b"354 go\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                taken += 1
                if not is_first:
                    other_is_done.set()
            writer.write(b"250 2.0.0 ok\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pile = Pile(3)
    assert await asyncio.wait_for(relay(at(port), connections=2).send(pile), 5) is None
    assert pile.in_order == ["accepted"] * 3
    server.close()


async def test_a_fault_of_ours_while_connecting_is_told_and_not_waited_for(
    actor, relay, monkeypatch
) -> None:
    _, port = await actor()

    async def broken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(place_module, "connect", broken)
    why = await asyncio.wait_for(relay(at(port)).send(Pile(1)), 5)
    assert why is not None
    assert (why.verdict, why.text) == ("transient", "KeyError")


async def test_closing_waits_for_connections_that_were_changed_for_others_too(relay) -> None:
    opened = closed = 0

    async def serve(reader, writer):
        nonlocal opened, closed
        opened += 1
        writer.write(b"220 here\r\n")
        while (line := await reader.readline()) and not line.startswith(b"QUIT"):
            writer.write(b"550 5.1.1 unknown\r\n" if line.startswith(b"RCPT") else b"250 ok\r\n")
        await asyncio.sleep(0.2)
        closed += 1
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    changing = relay(at(server.sockets[0].getsockname()[1]), connections=1)
    assert await changing.send(Pile(12)) is None
    await changing.close()
    assert opened == closed == 3
    server.close()
