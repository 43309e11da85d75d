"""The recording SMTP server of `record_smtp.py`, started and stopped at will on one port."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = Path(__file__).with_name("record_smtp.py")
PATIENCE_SECONDS = 60


class Server:
    """A server that writes down what arrives.

    Args:
        folder: Where its record lies.
    """

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.record, self.mood = folder / "record", folder / "mood"
        self.record.touch()
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it."""
        command = [sys.executable, SCRIPT, str(self.port), self.record, self.mood]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE_SECONDS)
            self.process.stdout.close()
            self.process = None

    def arrivals(self) -> Counter:
        """Count what arrived, by recipient."""
        return Counter(line.split()[0] for line in self.record.read_text().splitlines())

    def wait_for(self, count: int) -> None:
        """Wait until so many arrived."""
        wait_until(lambda: len(self.record.read_text().splitlines()) >= count)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
