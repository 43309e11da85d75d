"""A link to a mail server on which every reply arrives late: python slow_link.py LISTEN TARGET MILLISECONDS."""

from __future__ import annotations

import asyncio
import selectors
import sys


class Far(asyncio.Protocol):
    """The side of the server."""

    def __init__(self, near: Near) -> None:
        self.near = near

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(self.near.seconds, self.near.give, data)

    def connection_lost(self, _exc: Exception | None) -> None:
        asyncio.get_running_loop().call_later(self.near.seconds, self.near.end)

    def pause_writing(self) -> None:
        self.near.transport.pause_reading()

    def resume_writing(self) -> None:
        self.near.transport.resume_reading()


class Near(asyncio.Protocol):
    """The side of the client."""

    def __init__(self, target: int, seconds: float) -> None:
        self.target, self.seconds = target, seconds
        self.far: Far | None = None
        self.early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, far = await loop.create_connection(lambda: Far(self), "127.0.0.1", self.target)
        self.far = far
        far.transport.write(b"".join(self.early))

    def data_received(self, data: bytes) -> None:
        if self.far is None:
            self.early.append(data)
        else:
            self.far.transport.write(data)

    def eof_received(self) -> bool:
        if self.far is not None:
            self.far.transport.write_eof()
        return True

    def connection_lost(self, _exc: Exception | None) -> None:
        if self.far is not None:
            self.far.transport.close()

    def give(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)

    def end(self) -> None:
        self.transport.close()


async def main(listen: int, target: int, milliseconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Near(target, milliseconds / 1000), "127.0.0.1", listen, backlog=256
    )
    await server.serve_forever()


def exact_loop() -> asyncio.AbstractEventLoop:
    """Make a loop whose timers are not rounded up to whole milliseconds, as epoll's are."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=exact_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
