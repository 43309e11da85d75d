"""Servers that take so much over one connection, or nothing of some senders: the rest goes over another."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.support.relays import Pile, at

TOO_MANY = "452 4.5.3 Too many messages sent"


class Rationing:
    """A server that takes so many mails over one connection, and from some senders none; it may refuse without a word.

    It takes the first when so many connections are there.
    """

    def __init__(
        self, offer: str, refusal: str, *, share: int, never: bytes = b"none@", awaited: int = 0
    ) -> None:
        offers = "".join(f"250-{word}\r\n" for word in offer.split())
        self.greeting = f"250-rationing.test\r\n{offers}250 HELP"
        self.refusal, self.share, self.never, self.awaited = refusal, share, never, awaited
        self.taken, self.connections, self.all_are_there = Counter(), 0, asyncio.Event()
        self.refused = 0

    async def serve(self, reader, writer) -> None:
        self.connections += 1
        if self.connections >= self.awaited:
            self.all_are_there.set()
        count, sender = 0, None

        def say(text):
            writer.write(f"{text}\r\n".encode() if text else b"")

        say("220 rationing.test")
        while line := await self._heard(reader):
            verb = line[:4].upper()
            if verb in {b"EHLO", b"QUIT", b"RSET"}:
                say(self.greeting if verb == b"EHLO" else "250 ok")
            elif verb == b"MAIL" and (count == self.share or self.never in line):
                self.refused += 1
                say(self.refusal)
                if self.refusal[:3] in {"", "421"}:
                    break
            elif verb == b"MAIL":
                count, sender = count + 1, line.split()[1]
                say("250 ok")
            elif sender is None:
                say("503 5.5.1 MAIL first")
            elif verb == b"RCPT":
                say("250 ok")
            else:
                await self._content(verb, reader, say)
                self.taken[sender], sender = self.taken[sender] + 1, None
                say("250 ok")
        writer.close()

    async def _heard(self, reader) -> bytes:
        line = await reader.readline()
        if line[:4].upper() == b"BDAT":
            await reader.readexactly(int(line.split()[1]))
        return line

    async def _content(self, verb, reader, say) -> None:
        if verb == b"DATA":
            say("354 go")
            await reader.readuntil(b"\r\n.\r\n")
        await self.all_are_there.wait()


@pytest.fixture
async def rationing():
    """Give a function that starts a rationing server: (server, port)."""
    listening = []

    async def start(*given, **more):
        server = Rationing(*given, **more)
        listening.append(await asyncio.start_server(server.serve, "127.0.0.1", 0))
        return server, listening[-1].sockets[0].getsockname()[1]

    yield start
    for it in listening:
        it.close()


@pytest.mark.parametrize("share", [1, 3])
@pytest.mark.parametrize("refusal", [TOO_MANY, "421 too many messages in this connection"])
@pytest.mark.parametrize("offer", ["", "PIPELINING", "PIPELINING CHUNKING"])
async def test_what_only_this_connection_refuses_goes_over_another(
    rationing, relay, offer, refusal, share
) -> None:
    """OpenSMTPD says 452 to each MAIL after a hundred, Exim says 421 after a thousand and hangs up."""
    server, port = await rationing(offer, refusal, share=share)
    pile = Pile(40)
    assert await asyncio.wait_for(relay(at(port)).send(pile), 5) is None
    assert pile.in_order == ["accepted"] * 40
    assert len(server.taken) == 40
    assert set(server.taken.values()) == {1}
    assert len(pile.marked) == 40


@pytest.mark.parametrize("refusal", [TOO_MANY, "421 too many messages in this connection"])
async def test_a_mail_that_every_open_connection_refuses_goes_over_a_new_one(
    rationing, relay, refusal
) -> None:
    """All of them have had their share when it comes."""
    server, port = await rationing("", refusal, share=1, awaited=6)
    six = relay(at(port), connections=6)
    for pile in Pile(6), Pile(1):
        assert await asyncio.wait_for(six.send(pile), 5) is None
        assert set(pile.verdicts) == {"accepted"}
    assert server.connections > 6


async def test_a_mail_that_a_new_connection_refuses_too_is_given_up_for_now(
    rationing, relay
) -> None:
    server, port = await rationing("", TOO_MANY, share=100, never=b"n7@")
    pile = Pile(20)
    assert await relay(at(port), connections=1).send(pile) is None
    assert pile.verdicts == {"accepted": 19, "transient": 1}
    assert server.connections == 2


async def test_what_policy_refuses_for_now_is_not_tried_over_another_connection(
    actor, relay
) -> None:
    server, port = await actor(MAIL=["250 2.1.0 ok", "450 4.7.1 too fast", "250 2.1.0 ok"])
    pile = Pile(3)
    assert await relay(at(port), connections=1).send(pile) is None
    assert pile.in_order == ["accepted", "transient", "accepted"]
    assert server.connections == 1


@pytest.mark.parametrize("offer", ["", "PIPELINING", "PIPELINING CHUNKING"])
async def test_a_goodbye_by_policy_is_heard_of_one_mail_and_the_others_go_on(
    rationing, relay, offer
) -> None:
    server, port = await rationing(offer, "421 4.7.0 too fast", share=1000, never=b"n7@")
    pile = Pile(60)
    assert await relay(at(port)).send(pile) is None
    assert pile.verdicts == {"accepted": 59, "transient": 1}
    assert server.refused == 1
    assert set(server.taken.values()) == {1}


async def test_a_mail_on_which_two_connections_are_lost_is_given_up_for_now(
    rationing, relay
) -> None:
    """All four have taken others, so that it might well be the mail."""
    server, port = await rationing("", "", share=1000, never=b"n7@", awaited=4)
    pile = Pile(40)
    assert await asyncio.wait_for(relay(at(port)).send(pile), 5) is None
    assert pile.verdicts == {"accepted": 39, "transient": 1}
    assert server.refused == 2


async def test_a_server_that_refused_many_recipients_is_asked_over_a_new_connection(
    actor, relay
) -> None:
    server, port = await actor(RCPT="550 5.1.1 unknown")
    pile = Pile(20)
    assert await relay(at(port), connections=1).send(pile) is None
    assert pile.in_order == ["permanent"] * 20
    assert server.connections == 4
