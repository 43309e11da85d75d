"""An SMTP server that counts each copy it takes and misbehaves by script; fast, in a thread of its own.

It takes a copy at the moment when it has decided on 250, before the reply leaves: so what arrived is known
exactly, whether or not the client ever hears of it. It lives in the process of the test, which is not
killed, so memory is as durable as a file would be.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

# Where a fault strikes. `body`: in the middle of the content; `dot`: when all of it is there and nothing
# was taken; `taken`: when the copy was taken and the reply has not left.
Stage = Literal["connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "taken"]
Way = Literal["plain", "pipelined", "chunked"]

IN_FLIGHT: dict[Way, int] = {"plain": 1, "pipelined": 1, "chunked": 8}  # copies on one connection
_OFFERS: dict[Way, tuple[str, ...]] = {
    "plain": (),
    "pipelined": ("PIPELINING",),
    "chunked": ("PIPELINING", "CHUNKING"),
}
_STAGES: dict[bytes, Stage] = {b"EHLO": "ehlo", b"MAIL": "mail", b"RCPT": "rcpt"}
_END = b"\r\n.\r\n"
_LINGER_SECONDS = 1.0
_HEAD = 4096  # octets of a message in which To stands
_TO = re.compile(rb"^To:.*?([\w.+-]+@[\w.-]+)", re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong at a stage.

    Attributes:
        stage: Where.
        reply: What is said instead of the right answer; None drops the connection.
        every: Strikes each so-manieth time that the stage is reached.
        about: Strikes only where this stands in the command, such as a domain in that of `rcpt`.
    """

    stage: Stage
    reply: str | None = None
    every: int = 1
    about: bytes = b""

    @property
    def closes(self) -> bool:
        """Whether the connection ends with it."""
        return self.reply is None or self.reply.startswith("421")


class ScriptedServer:
    """The server.

    Args:
        way: What it offers after EHLO.
        delay: Seconds by which each reply is late.
    """

    def __init__(self, way: Way = "pipelined", delay: float = 0.0) -> None:
        self.way: Way = way
        self.delay = delay
        self.port = 0
        self.taken: Counter[bytes] = Counter()  # by recipient
        self.count = 0
        self.misdirected = 0  # copies that were addressed to somebody else than their recipient
        self.broken = 0  # connections that it broke
        self.struck = 0  # faults
        self._faults: tuple[Fault, ...] = ()
        self._to_come: tuple[int, tuple[Fault, ...]] | None = None
        self._reached: Counter[Fault] = Counter()
        self.connections: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # What the test says; called from its thread.

    def open(self) -> None:
        """Listen, on the same port as before."""
        self._do(self._open())

    def close(self) -> None:
        """Stop listening and break every connection."""
        self._do(self._close())

    def misbehave(self, *faults: Fault, at: int = 0) -> None:
        """Do so from now on, or once so many copies are taken, instead of what was said before."""
        self._do(self._misbehave(faults, at))

    def hang_up(self) -> None:
        """Break every connection."""
        self._do(self._hang_up())

    def _do(self, what) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    async def _open(self) -> None:
        self._server = await self._loop.create_server(
            lambda: _Connection(self), "127.0.0.1", self.port, backlog=256
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for _ in range(3):  # what was accepted just now gets its connection first
            await self._hang_up()
            await asyncio.sleep(0.01)

    async def _misbehave(self, faults: tuple[Fault, ...], at: int) -> None:
        if self.count < at:
            self._to_come = at, faults
            return
        self._to_come = None
        self._faults = faults
        self._reached.clear()

    async def _hang_up(self) -> None:
        for connection in list(self.connections):
            connection.break_off()

    # What the connections ask.

    def fault(self, stage: Stage, said: bytes = b"") -> Fault | None:
        """Give what goes wrong now, at a stage that a client reached with these words."""
        for fault in self._faults:
            if fault.stage == stage and fault.about in said:
                self._reached[fault] += 1
                if self._reached[fault] % fault.every == 0:
                    return fault
        return None

    def take(self, recipient: bytes, head: bytes) -> None:
        """Take a copy."""
        self.taken[recipient] += 1
        self.count += 1
        if self._to_come is not None and self.count >= self._to_come[0]:
            (_, self._faults), self._to_come = self._to_come, None
            self._reached.clear()
        found = _TO.search(head)
        if found is None or found[1].lower() != recipient.lower():
            self.misdirected += 1


class _Connection(asyncio.Protocol):
    def __init__(self, server: ScriptedServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._read: Callable[[], bool] = self._command
        self._late: deque[bytes] = deque()
        self._head = b""
        self._left = 0  # octets of a chunk to come
        self._verdict: Fault | None = None  # on the content that is coming
        self._clear()

    def connection_made(self, transport) -> None:
        self._transport = transport
        self._server.connections.add(self)
        if not self._strikes("connect"):
            self._say("220 scripted.test ready")

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while self._transport is not None and self._read():
            pass

    def break_off(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            self._server.broken += 1
            transport.abort()

    def _command(self) -> bool:
        end = self._unread.find(b"\n")
        if end < 0:
            return False
        line = bytes(self._unread[:end]).strip()
        del self._unread[: end + 1]
        verb, _, rest = line.partition(b" ")
        verb = verb.upper()
        stage = _STAGES.get(verb)
        if stage is None or not self._strikes(stage, rest):
            self._obey(verb, rest)
        return True

    def _obey(self, verb: bytes, rest: bytes) -> None:
        match verb:
            case b"EHLO":
                self._clear()
                self._say(*("250-" + it for it in ("scripted.test", *_OFFERS[self._server.way])),
                          "250 8BITMIME")  # fmt: skip
            case b"MAIL":
                self._say("503 5.5.1 nested MAIL" if self._sender else "250 2.1.0 go on")
                self._sender = True
            case b"RCPT":
                self._recipient = _ADDRESS.search(rest)[1] if self._sender else None
                self._say("250 2.1.5 go on" if self._recipient else "503 5.5.1 no sender yet")
            case b"DATA":
                self._begin_data()
            case b"BDAT":
                self._begin_chunk(int(rest.split()[0]))
            case b"RSET":
                self._clear()
                self._say("250 2.0.0 forgotten")
            case b"QUIT":
                self._say("221 2.0.0 goodbye")
                self._bow_out()
            case _:
                self._say("500 5.5.2 what?")

    def _begin_data(self) -> None:
        if self._recipient is None:
            self._say("503 5.5.1 no recipient")
        elif not self._strikes("data"):
            self._say("354 go ahead")
            self._begin_content(self._until_dot)

    def _begin_chunk(self, size: int) -> None:
        self._left = size
        self._verdict = self._server.fault("data")
        if self._verdict is not None and self._verdict.closes:
            self._strike(self._verdict)
        else:
            self._begin_content(self._until_size)

    def _begin_content(self, read: Callable[[], bool]) -> None:
        self._head, self._read = b"", read
        fault = self._server.fault("body")
        if fault is not None:
            self._strike(fault)

    def _keep_head(self, part: bytes) -> None:
        if len(self._head) < _HEAD:
            self._head += part[: _HEAD - len(self._head)]

    def _until_dot(self) -> bool:
        unread = self._unread
        end = unread.find(_END)
        if end < 0:
            ready = len(unread) - len(_END) + 1
            if ready > 0:
                self._keep_head(bytes(unread[: min(ready, _HEAD)]))
                del unread[:ready]
            return False
        self._keep_head(bytes(unread[: min(end, _HEAD)]))
        del unread[: end + len(_END)]
        self._end_content()
        return True

    def _until_size(self) -> bool:
        part = min(self._left, len(self._unread))
        self._keep_head(bytes(self._unread[: min(part, _HEAD)]))
        del self._unread[:part]
        self._left -= part
        if self._left:
            return False
        self._end_content()
        return True

    def _end_content(self) -> None:
        recipient, verdict = self._recipient, self._verdict
        self._clear()
        if verdict is not None:
            self._strike(verdict)
        elif recipient is None:
            self._say("503 5.5.1 no recipient")
        elif not self._strikes("dot"):
            self._server.take(recipient, self._head)
            if not self._strikes("taken"):
                self._say("250 2.0.0 taken")

    def _clear(self) -> None:
        self._sender, self._recipient, self._verdict = False, None, None
        self._read = self._command

    def _strikes(self, stage: Stage, said: bytes = b"") -> bool:
        fault = self._server.fault(stage, said)
        if fault is not None:
            self._strike(fault)
        return fault is not None

    def _strike(self, fault: Fault) -> None:
        self._server.struck += 1
        if fault.reply is None:
            self.break_off()
            return
        self._say(fault.reply)
        if fault.closes:
            self._bow_out()

    def _say(self, *lines: str) -> None:
        said = "".join(f"{line}\r\n" for line in lines).encode()
        if not self._server.delay:
            self._write(said)
            return
        self._late.append(said)
        asyncio.get_running_loop().call_later(self._server.delay, self._say_late)

    def _say_late(self) -> None:
        self._write(self._late.popleft())

    def _write(self, said: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(said)

    def _bow_out(self) -> None:
        """Close behind what was said, and let the client read it: what still comes in is thrown away."""
        self._read = self._throw_away
        asyncio.get_running_loop().call_later(self._server.delay, self._say_no_more)

    def _throw_away(self) -> bool:
        self._unread.clear()
        return False

    def _say_no_more(self) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.write_eof()
            asyncio.get_running_loop().call_later(_LINGER_SECONDS, transport.close)
