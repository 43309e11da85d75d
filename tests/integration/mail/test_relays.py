"""Several mail servers: shares by weight, and going on where one of them is gone."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from mailer import place as place_module
from mailer import relay as relay_module
from mailer.connect import SmtpSettings
from mailer.flight import Flight, xtext
from mailer.relay import Limits, Relay, Server

CONTENT = b"Subject: x\r\n\r\nHello\r\n"


class Pile:
    """A feed of so many messages."""

    def __init__(self, count: int) -> None:
        self.left, self.outcomes, self.marked = count, [], Counter()

    @property
    def ended(self) -> bool:
        return self.left == 0

    def next(self) -> Flight[int] | None:
        if not self.left:
            return None
        self.left -= 1
        return Flight(self.left, b"n%d@example.org" % self.left, b"ada@example.net", CONTENT,
                      envelope_id=b"b+2B7.ab", original=xtext(b"a+b=c@example.net"))  # fmt: skip

    def refused(self, flight) -> None:
        pass

    def leaving(self, flight: Flight[int]) -> None:
        self.marked[flight.ticket] += 1

    def settled(self, _flight: Flight[int], outcome) -> None:
        self.outcomes.append(outcome)


def at(port: int, weight: int = 1) -> Server:
    return Server(SmtpSettings("127.0.0.1", port, "none", timeout_s=5), weight)


@pytest.fixture
async def relay():
    """Give a function that makes a relay over servers; it is closed in the end."""
    made = []

    def make(*servers: Server, connections: int = 4, **limits: int):
        made.append(Relay(servers, Limits(connections=connections, **limits)))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_connections_are_shared_by_weight(actor, relay) -> None:
    (one, first), (other, second) = await actor(), await actor()
    pile = Pile(400)
    assert await relay(at(first, 3), at(second, 1)).send(pile) is None
    assert {o.verdict for o in pile.outcomes} == {"accepted"}
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
    assert [o.verdict for o in pile.outcomes] == ["permanent"] * 2 + ["accepted"] * 3


async def test_no_more_mails_are_in_doubt_than_may_be_under_way(actor, relay) -> None:
    server, port = await actor(EHLO="250-x\n250-PIPELINING\n250 CHUNKING", MAIL="drop")
    pile = Pile(9)
    assert await relay(at(port), connections=1, window=3).send(pile) is None
    assert {outcome.verdict for outcome in pile.outcomes} == {"unknown"}
    assert server.connections == 3


async def test_a_server_that_is_gone_is_left_out_and_one_of_weight_0_serves_in_need(
    actor, relay, free_port
) -> None:
    spare, port = await actor()
    pile = Pile(50)
    assert await relay(at(free_port, 2), at(port, 0)).send(pile) is None
    assert {o.verdict for o in pile.outcomes} == {"accepted"}
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
    assert pile.left == 5


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
    assert [o.verdict for o in pile.outcomes] == ["accepted"] * 3
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
    assert [outcome.verdict for outcome in pile.outcomes] == ["accepted"] * 40
    assert len(server.taken) == 40
    assert set(server.taken.values()) == {1}
    assert set(pile.marked.values()) == {1}


@pytest.mark.parametrize("refusal", [TOO_MANY, "421 too many messages in this connection"])
async def test_a_mail_that_every_open_connection_refuses_goes_over_a_new_one(
    rationing, relay, refusal
) -> None:
    """All of them have had their share when it comes."""
    server, port = await rationing("", refusal, share=1, awaited=6)
    six = relay(at(port), connections=6)
    for pile in Pile(6), Pile(1):
        assert await asyncio.wait_for(six.send(pile), 5) is None
        assert {outcome.verdict for outcome in pile.outcomes} == {"accepted"}
    assert server.connections > 6


async def test_a_mail_that_a_new_connection_refuses_too_is_given_up_for_now(
    rationing, relay
) -> None:
    server, port = await rationing("", TOO_MANY, share=100, never=b"n7@")
    pile = Pile(20)
    assert await relay(at(port), connections=1).send(pile) is None
    assert Counter(o.verdict for o in pile.outcomes) == {"accepted": 19, "transient": 1}
    assert server.connections == 2


async def test_what_policy_refuses_for_now_is_not_tried_over_another_connection(
    actor, relay
) -> None:
    server, port = await actor(MAIL=["250 2.1.0 ok", "450 4.7.1 too fast", "250 2.1.0 ok"])
    pile = Pile(3)
    assert await relay(at(port), connections=1).send(pile) is None
    assert [outcome.verdict for outcome in pile.outcomes] == ["accepted", "transient", "accepted"]
    assert server.connections == 1


@pytest.mark.parametrize("offer", ["", "PIPELINING", "PIPELINING CHUNKING"])
async def test_a_goodbye_by_policy_is_heard_of_one_mail_and_the_others_go_on(
    rationing, relay, offer
) -> None:
    server, port = await rationing(offer, "421 4.7.0 too fast", share=1000, never=b"n7@")
    pile = Pile(60)
    assert await relay(at(port)).send(pile) is None
    assert Counter(o.verdict for o in pile.outcomes) == {"accepted": 59, "transient": 1}
    assert server.refused == 1
    assert set(server.taken.values()) == {1}


async def test_a_mail_on_which_two_connections_are_lost_is_given_up_for_now(
    rationing, relay
) -> None:
    """All four have taken others, so that it might well be the mail."""
    server, port = await rationing("", "", share=1000, never=b"n7@", awaited=4)
    pile = Pile(40)
    assert await asyncio.wait_for(relay(at(port)).send(pile), 5) is None
    assert Counter(o.verdict for o in pile.outcomes) == {"accepted": 39, "transient": 1}
    assert server.refused == 2


async def test_a_server_that_refused_many_recipients_is_asked_over_a_new_connection(
    actor, relay
) -> None:
    server, port = await actor(RCPT="550 5.1.1 unknown")
    pile = Pile(20)
    assert await relay(at(port), connections=1).send(pile) is None
    assert [outcome.verdict for outcome in pile.outcomes] == ["permanent"] * 20
    assert server.connections == 4


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
