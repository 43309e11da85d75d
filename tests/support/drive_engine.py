"""Runs `paperround serve` in processes that tests kill: the real command, but for its patience and its clock.

The engine waits a fraction of a second where the real one waits a minute, so that a send comes to its end
while a test waits for it; and its clock can be set. All else is what runs in service: settings, supervisor,
house, engine, marks, mail sender, connections.

Two ways to use it:

drive_engine.py              reads orders from standard input: `start FILE` forks a process with the
                             environment in that JSON file and answers its number; `poll NUMBER` answers
                             its exit code, or `alive`. Imports are done once, so a start takes no time.
drive_engine.py FILE         is that one process itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import paperround.__main__ as command
from paperround.cli import serve as serving
from paperround.wiring import House
from publisher.pace import Pace
from publisher.throttle import Throttle

if TYPE_CHECKING:
    from publisher.limits import Limits

CLOCK = "DRIVE_CLOCK"  # a file that says by how many seconds the clock is wrong
LOG = "DRIVE_LOG"
HURRY = 300

PACE = Pace(
    tick_seconds=0.1,
    poll_seconds=0.05,
    lease_seconds=3,
    recover_seconds=0.3,
    retry_first_seconds=0.3,
    retry_cap_seconds=1,
    reconnect_first_seconds=0.05,
    reconnect_cap_seconds=0.3,
    farewell_seconds=2,
)


class SettableClock:
    """The machine's clock, wrong by as much as a file says."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        wrong = float(self._file.read_text()) if self._file.exists() else 0.0
        return datetime.now(UTC) + timedelta(seconds=wrong)


class QuickThrottle(Throttle):
    """Lets a domain rest for 0.2 seconds where the real one lets it rest for 60."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits, uptime=lambda: HURRY * time.monotonic())

    def wait_for(self, address: str) -> float:
        return super().wait_for(address) / HURRY

    def put_off(self, address: str, send_id: int) -> float:
        return super().put_off(address, send_id) / HURRY


class QuickHouse(House):
    """The house, in a hurry."""

    def __init__(self, settings, database) -> None:
        clock = SettableClock(Path(os.environ[CLOCK]))
        super().__init__(settings, database, clock=clock, pace=PACE)

    def throttle(self) -> Throttle:
        return QuickThrottle(super().throttle()._limits)


def serve(order: str) -> None:
    """Be `paperround serve` with the settings of an order."""
    os.environ.update(json.loads(Path(order).read_text()))
    log = os.open(os.environ[LOG], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    null = os.open(os.devnull, os.O_RDWR)
    for stream, target in ((0, null), (1, log), (2, log)):
        os.dup2(target, stream)
    serving.House = QuickHouse
    sys.argv = ["paperround", "serve"]
    command.main()


def take_orders() -> None:
    """Start processes as they are asked for; end with standard input."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while order := sys.stdin.readline():
        verb, _, what = order.strip().partition(" ")
        if verb == "start":
            answer = str(_fork(what))
        else:
            pid, status = os.waitpid(int(what), os.WNOHANG)
            answer = str(os.waitstatus_to_exitcode(status)) if pid else "alive"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _fork(order: str) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            serve(order)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        finally:
            os._exit(code)  # nothing of the parent is to be cleaned up here
    return pid


if __name__ == "__main__":
    serve(sys.argv[1]) if len(sys.argv) > 1 else take_orders()
