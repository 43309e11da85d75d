"""Runs the parts of the process side by side: restarts one that falls, stops all of them cleanly.

A part runs until its stop event is set and then finishes what is in flight. A second signal does not
wait any longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from paperround.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

log = structlog.get_logger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the process: a name for the log, and what runs until the event is set."""

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]


async def supervise(parts: Sequence[Part], stop: asyncio.Event) -> None:
    """Run all parts until `stop` is set and every part has finished.

    Raises:
        UserError: A part cannot run with what it was given (a taken port, a refused token); the
            others are stopped first.
    """
    tasks = [asyncio.create_task(_keep_running(part, stop), name=part.name) for part in parts]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def _keep_running(part: Part, stop: asyncio.Event) -> None:
    pause = FIRST_PAUSE_S
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        try:
            await part.run(stop)
        except UserError:
            raise
        except Exception as error:
            log.exception("part_fell", part=part.name, error=type(error).__name__, again_in_s=pause)
        else:
            return
        if asyncio.get_running_loop().time() - started > LONGEST_PAUSE_S:
            pause = FIRST_PAUSE_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


@contextlib.contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` on SIGTERM and Ctrl-C; a second one cancels the running task."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def on_signal() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        else:
            log.info(
                "stopping", remark="finishing what is in flight; press Ctrl-C again to cut it short"
            )
            stop.set()

    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
