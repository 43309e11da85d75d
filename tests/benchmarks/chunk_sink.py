"""A mail server that takes everything by BDAT and keeps nothing: python chunk_sink.py PORT [MILLISECONDS].

Postfix's `smtp-sink` offers no CHUNKING. Every reply leaves so many milliseconds late.
"""

from __future__ import annotations

import asyncio
import sys

from slow_link import exact_loop

REPLIES = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 CHUNKING\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
OK = b"250 2.0.0 ok\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.unread = b""
        self.left = 0  # octets of a chunk that are still to come

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.say(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        said = []
        data = self.unread + data
        start, length = 0, len(data)
        while start < length:
            if self.left:
                taken = min(self.left, length - start)
                start, self.left = start + taken, self.left - taken
                if not self.left:
                    said.append(OK)
                continue
            end = data.find(b"\r\n", start)
            if end < 0:
                break
            verb, _, rest = data[start:end].partition(b" ")
            start = end + 2
            if verb == b"BDAT":
                self.left = int(rest.split()[0])
            else:
                said.append(REPLIES.get(verb.upper(), OK))
        self.unread = data[start:]
        if said:
            self.say(b"".join(said))

    def say(self, said: bytes) -> None:
        if self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self.give, said)
        else:
            self.give(said)

    def give(self, said: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(said)

    def eof_received(self) -> bool:
        return False


async def main(port: int, milliseconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Sink(milliseconds / 1000), "127.0.0.1", port, backlog=256
    )
    await server.serve_forever()


if __name__ == "__main__":
    late_ms = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    with asyncio.Runner(loop_factory=exact_loop if late_ms else None) as runner:
        runner.run(main(int(sys.argv[1]), late_ms))
