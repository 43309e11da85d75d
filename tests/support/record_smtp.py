"""A real SMTP server in a process of its own: writes each accepted recipient to a file before it says 250.

Usage: record_smtp.py PORT RECORD MOOD. The file MOOD, when it exists, holds the reply to every message
instead, such as `451 4.3.0 not now`; the word `drop` closes the connection in place of the reply.
"""

import asyncio
import os
import sys
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Recorder:
    def __init__(self, record: Path, mood: Path) -> None:
        self.file = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.mood = mood

    async def handle_DATA(self, server, _session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.mood.exists() and (mood := self.mood.read_text().strip()):
            if mood != "drop":
                return mood
            server.transport.abort()
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        for recipient in envelope.rcpt_tos:
            os.write(self.file, f"{recipient} {message_id}\n".encode())
        return "250 2.0.0 taken"


async def main(port: int, record: Path, mood: Path) -> None:
    handler = Recorder(record, mood)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="sink.test", loop=loop), "127.0.0.1", port
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
