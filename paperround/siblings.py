"""Further processes that deliver mail beside the one that serves, each on a core of its own, over one ledger."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from paperround.supervisor import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMAND = ("-m", "paperround", "sender")


class SiblingFellError(Exception):
    """A process that delivers mail ended unasked; its exit status."""


def sibling(number: int, command: Sequence[str] = COMMAND) -> Part:
    """Make the part that keeps another process delivering.

    Args:
        number: Which one, for the log.
        command: What Python is to run.
    """

    async def run(stop: asyncio.Event) -> None:
        # A session of its own, so that Ctrl-C reaches it through us alone. It stops when its standard
        # input ends: when we say so, and when we are killed.
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        assert process.stdin is not None
        ended, stopped = asyncio.ensure_future(process.wait()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not stop.is_set():
                raise SiblingFellError(process.returncode)
            process.stdin.close()
            await ended
        finally:
            stopped.cancel()
            process.stdin.close()

    return Part(f"sender {number}", run)


async def until_input_ends(stop: asyncio.Event) -> None:
    """Set `stop` when standard input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass
    stop.set()
