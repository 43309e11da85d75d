"""How long a connection is used and waited for, and how long a server that fails is left alone."""

from __future__ import annotations

import asyncio

import pytest

from mailer.connect import SmtpSettings
from mailer.flight import Flight
from mailer.relay import Limits, Relay, Server

CONTENT = b"Subject: x\r\n\r\nHello\r\n"
TIMEOUT_S = 60


@pytest.fixture
async def skip(monkeypatch):
    """Give a function that sets the clock forward by seconds, and lets happen what is due then."""
    loop, skipped = asyncio.get_running_loop(), [0.0]
    time = loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + sum(skipped))

    async def forward(seconds):
        await asyncio.sleep(0.01)
        skipped.append(seconds)
        await asyncio.sleep(0.01)

    return forward


@pytest.fixture
async def relay(skip):
    """Give a function that makes a relay, of one connection by default; it is closed in the end."""
    made = []

    def make(servers, *, connections=1, **limits):
        made.append(Relay(servers, Limits(connections=connections, **limits)))
        return made[-1]

    yield make
    for one in made:
        await asyncio.wait_for(one.close(), 5)


class Slow:
    """An SMTP server that does something before it answers, and knows which connection carried what.

    Args:
        late: The commands, or `.` for the reply to the content.
        before: What it waits for then.
        greeting: What it says first.
    """

    def __init__(self, late="", before=None, greeting="220 slow.test"):
        self.late, self.before, self.greeting = late, before, greeting
        self.verbs = []  # of each connection
        self.left = asyncio.Event()  # by a client

    async def serve(self, reader, writer):
        verbs, greeting = [], self.greeting
        self.verbs.append(verbs)
        writer.write(f"{greeting}\r\n".encode())
        while line := not greeting.startswith("4") and await reader.readline():
            verb = line.split()[0].decode().upper()
            verbs.append(verb)
            await self._answer(verb, writer)
            if verb == "DATA":
                await reader.readuntil(b"\r\n.\r\n")
                await self._answer(".", writer)
        self.left.set()

    async def _answer(self, verb, writer):
        if verb in self.late.split():
            await self.before()
        writer.write(b"354 go\r\n" if verb == "DATA" else b"250 2.0.0 ok\r\n")


class Trickle:
    """A feed that now and then has nothing to give."""

    def __init__(self, *flights):
        self.pile, self.ended, self.outcomes = list(flights), False, []

    def next(self):
        return self.pile.pop() if self.pile else None

    def leaving(self, _flight):
        pass

    def settled(self, _flight, outcome):
        self.outcomes.append(outcome.verdict)


def at(port):
    return SmtpSettings("127.0.0.1", port, "none", timeout_s=TIMEOUT_S)


def flight(number=1, content=CONTENT):
    return Flight(number, b"news@example.org", b"ada@example.net", content)


@pytest.mark.parametrize(
    ("late", "timeouts", "verdict", "code"),
    [
        ("EHLO", 1.1, "transient", "timeout"),
        ("MAIL RCPT DATA", 0.9, "accepted", "250 2.0.0"),
        ("MAIL", 1.1, "transient", "timeout"),
        ("RCPT", 1.1, "transient", "timeout"),
        ("DATA", 1.1, "transient", "timeout"),
        (".", 9.9, "accepted", "250 2.0.0"),
        (".", 10.1, "unknown", "no reply"),
    ],
)
async def test_the_reply_to_the_final_dot_may_take_ten_times_as_long_as_any_other(
    listen, relay, skip, late, timeouts, verdict, code
):
    """RFC 5321 §4.5.3.2.6: who gives up there does not know whether the mail was taken."""
    slow = Slow(late, lambda: skip(timeouts * TIMEOUT_S))
    outcome = await relay(at(await listen(slow.serve))).deliver(flight())
    assert (outcome.verdict, outcome.code) == (verdict, code)


async def test_a_server_that_reads_slowly_but_reads_is_not_given_up(listen, relay, skip):
    """It answers nothing before it has read everything, which takes it five times as long as we wait."""
    content = b"many words\r\n" * 3_000_000  # more than the kernel takes
    piece = len(content) // 10

    async def serve(reader, writer):
        writer.write(b"220 slow.test\r\n")
        await reader.readline()
        writer.write(b"250-slow.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n")
        for _ in range(6):
            await reader.readexactly(piece)
            await skip(0.9 * TIMEOUT_S)
        await reader.readexactly(len(content) - 6 * piece)
        writer.write(b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.0.0 taken\r\n")
        await reader.read()

    outcome = await relay(at(await listen(serve))).deliver(flight(content=content))
    assert (outcome.verdict, outcome.code) == ("accepted", "250 2.0.0")


async def test_a_connection_is_closed_after_so_many_messages_and_another_one_opened(listen, relay):
    slow = Slow()
    one = relay(at(await listen(slow.serve)), messages=3)
    for number in range(7):
        assert (await one.deliver(flight(number))).verdict == "accepted"
    assert [verbs.count("MAIL") for verbs in slow.verbs] == [3, 3, 1]
    assert [verbs[-1] for verbs in slow.verbs] == ["QUIT", "QUIT", "DATA"]


async def test_a_connection_is_kept_while_a_send_goes_on_and_closed_soon_behind_it(
    listen, relay, skip
):
    slow, feed = Slow(), Trickle(flight(1))
    one = relay(at(await listen(slow.serve)), idle_s=5)
    sending = asyncio.ensure_future(one.send(feed))
    while not feed.outcomes:
        await skip(0)
    await skip(100)
    feed.pile, feed.ended = [flight(2)], True
    one.poke()
    await sending
    assert feed.outcomes == ["accepted"] * 2
    await skip(2)
    assert not slow.left.is_set()
    await skip(5)
    await asyncio.wait_for(slow.left.wait(), 5)
    assert [verbs[-1] for verbs in slow.verbs] == ["QUIT"]
    assert (await one.deliver(flight(3))).verdict == "accepted"
    assert len(slow.verbs) == 2


@pytest.fixture
async def two(listen, relay):
    """Two servers of which one fails, and a relay over both that opens a connection for each mail."""
    failing, good = Slow(greeting="421 4.3.2 not now"), Slow()
    servers = [Server(at(await listen(it.serve))) for it in (failing, good)]
    return failing, relay(servers, messages=1)


async def test_a_server_that_fails_is_left_alone_longer_each_time_up_to_a_minute(two, skip):
    failing, both = two
    for tries, rest_s in enumerate([5, 10, 20, 40, 60, 60], start=1):
        await both.deliver(flight())
        await skip(rest_s - 1)
        assert (await both.deliver(flight())).verdict == "accepted"
        assert len(failing.verbs) == tries
        await skip(1.1)
    await both.deliver(flight())
    assert len(failing.verbs) == 7


async def test_a_server_that_came_back_is_left_alone_as_briefly_as_the_first_time(two, skip):
    failing, both = two
    for _ in range(3):
        await both.deliver(flight())
        await skip(60)
    failing.greeting = "220 back"
    await both.deliver(flight())
    failing.greeting = "421 4.3.2 not now"
    await both.deliver(flight())
    await skip(5.1)
    await both.deliver(flight())
    assert len(failing.verbs) == 6


async def test_a_server_that_takes_mail_but_no_more_connections_is_tried_again_in_a_second(
    listen, relay, skip
):
    slow, hold = Slow(), asyncio.Event()
    one = relay(at(await listen(slow.serve)), connections=2)
    await one.deliver(flight())
    slow.late, slow.before, slow.greeting = ".", hold.wait, "421 4.7.0 too many connections"
    sending = [asyncio.ensure_future(one.deliver(flight(number))) for number in (2, 3)]
    while len(slow.verbs) < 2:
        await skip(0)
    await skip(0.1)
    slow.greeting = "220 welcome"
    await skip(1)
    one.poke()
    for _ in range(20):
        await skip(0)
    assert len(slow.verbs) == 3
    hold.set()
    assert [(await it).verdict for it in sending] == ["accepted"] * 2


async def test_closing_does_not_wait_for_a_server_that_never_closes(listen, relay, skip):
    async def serve(reader, writer):
        await Slow().serve(reader, writer)
        await asyncio.Event().wait()

    one = relay(at(await listen(serve)))
    await one.deliver(flight())
    closing = asyncio.ensure_future(one.close())
    await skip(2.1)
    await asyncio.wait_for(closing, 1)


async def test_closing_does_not_wait_for_a_server_that_never_greets(listen, relay, skip):
    called = asyncio.Event()

    async def serve(_reader, _writer):
        called.set()
        await asyncio.Event().wait()

    one = relay(at(await listen(serve)))
    sending = asyncio.ensure_future(one.send(Trickle(flight())))
    await called.wait()
    await skip(1)
    await asyncio.wait_for(one.close(), 1)
    sending.cancel()
