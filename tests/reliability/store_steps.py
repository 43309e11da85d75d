"""Steps in which the database, its disk or its server fails."""

from __future__ import annotations

import os
import resource
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.reliability.steps import Kill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.trial import Trial
    from tests.support.postgres import PostgresServer

_FILE_LIMIT = 256 * 2**10


@dataclass(frozen=True, slots=True)
class Lock:
    """Another program holds the database locked."""

    seconds: float

    def run(self, trial: Trial) -> None:
        with trial.store.locked():
            time.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class LockAndStop:
    """SIGTERM while the database is locked, for longer than the process waits for it; then a successor starts."""

    seconds: float = 3.0  # the driver's processes wait for two

    def run(self, trial: Trial) -> None:
        pid = trial.running[0]
        with trial.store.locked():
            time.sleep(0.5)
            trial.tell_to_stop(pid)
            time.sleep(self.seconds)
        trial.see_off(pid)
        trial.start()


@dataclass(frozen=True, slots=True)
class FullDisk:
    """No byte is free where the database and the marks lie, until the process has felt it and for a while longer."""

    seconds: float
    kill: bool = False  # and its successor starts while the disk is full

    def run(self, trial: Trial) -> None:
        said = _complaints(trial)
        _held_still(trial, trial.store.fill_disk)
        _wait_for_complaint(trial, said)
        if self.kill:
            Kill().run(trial)
        time.sleep(self.seconds)
        trial.store.empty_disk()


@dataclass(frozen=True, slots=True)
class FileLimit:
    """No file may grow beyond a limit (setrlimit), until the process has felt it and for a while longer."""

    seconds: float

    def run(self, trial: Trial) -> None:
        pid = trial.running[0]
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        said = _complaints(trial)
        _held_still(
            trial, lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, (_FILE_LIMIT, hard))
        )
        _wait_for_complaint(trial, said)
        time.sleep(self.seconds)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


@dataclass(frozen=True, slots=True)
class CrashDatabase:
    """The PostgreSQL server stops as in a crash and comes back."""

    seconds: float

    def run(self, trial: Trial) -> None:
        server = _server(trial)
        server.stop()
        time.sleep(self.seconds)
        server.start()


@dataclass(frozen=True, slots=True)
class SuspendDatabase:
    """The processes of the PostgreSQL server are held still (SIGSTOP) for a while."""

    seconds: float

    def run(self, trial: Trial) -> None:
        with _server(trial).suspended():
            time.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class SuspendDatabaseAndStop:
    """SIGTERM while the PostgreSQL server is held still; the server goes on when process and successor are there.

    What the process asked last is answered only then, when it is dead and its successor looks at its marks.
    """

    def run(self, trial: Trial) -> None:
        with _server(trial).suspended():
            time.sleep(0.5)
            trial.terminate(trial.running[0])
            trial.start()
            time.sleep(0.2)


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """The PostgreSQL server takes no writes, until the process has felt it and for a while longer."""

    seconds: float

    def run(self, trial: Trial) -> None:
        said = _complaints(trial)
        with _server(trial).read_only():
            _wait_for_complaint(trial, said)
            time.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class MoveAway:
    """SQLite's file is not in its place for a while; once the process has seen that, nothing leaves."""

    seconds: float

    def run(self, trial: Trial) -> None:
        seen = trial.logged().count("database_gone")
        with trial.store.moved_away():
            trial.wait(
                lambda: trial.logged().count("database_gone") > seen, "it was missed", sending=False
            )
            time.sleep(0.2)  # for what was in flight
            held = trial.server.count
            time.sleep(self.seconds)
            still = trial.server.count == held
        trial.expect(still, "copies left while the file was away")


def _server(trial: Trial) -> PostgresServer:
    assert trial.store.server is not None
    return trial.store.server


def _held_still(trial: Trial, do: Callable[[], object]) -> None:
    """Do something while no process gets on and SQLite has no old log to write over."""

    def held() -> bool:
        for pid in trial.running:
            os.kill(pid, signal.SIGSTOP)
        if still := trial.store.empty_log():
            do()
        for pid in trial.running:
            os.kill(pid, signal.SIGCONT)
        return still

    trial.wait(held, "it could be held still")


def _complaints(trial: Trial) -> int:
    return trial.logged().count("database_not_answering")


def _wait_for_complaint(trial: Trial, said: int) -> None:
    trial.wait(lambda: _complaints(trial) > said, "the database failed")
