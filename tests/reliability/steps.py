"""What scenarios are made of: each step does one thing to a trial."""

from __future__ import annotations

import os
import resource
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.trial import Trial
    from tests.support.scripted_smtp import Fault

NOT_NOW = "451 4.3.0 not now"
CLOSING = "421 4.3.2 closing"
_FILE_LIMIT = 256 * 2**10


class Step(Protocol):
    """Something done to a trial."""

    def run(self, trial: Trial) -> None:
        """Do it."""


@dataclass(frozen=True, slots=True)
class Start:
    """Start so many processes."""

    processes: int = 1

    def run(self, trial: Trial) -> None:
        for _ in range(self.processes):
            trial.start()


@dataclass(frozen=True, slots=True)
class Reach:
    """Wait until the server has taken so much of all copies."""

    part: float

    def run(self, trial: Trial) -> None:
        trial.reach(self.part)


@dataclass(frozen=True, slots=True)
class Nap:
    """Wait for a random time."""

    seconds: float

    def run(self, trial: Trial) -> None:
        time.sleep(trial.dice.random() * self.seconds)


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL to so many processes; each has a successor, if one is wanted."""

    processes: int = 1
    replaced: bool = True

    def run(self, trial: Trial) -> None:
        trial.at_once = max(trial.at_once, self.processes)
        for pid in trial.dice.sample(trial.running, self.processes):
            trial.kill(pid)
        if self.replaced:
            Start(self.processes).run(trial)


@dataclass(frozen=True, slots=True)
class Terminate:
    """SIGTERM: nothing is in flight afterwards, nothing uncertain, no marks left; then a successor starts."""

    def run(self, trial: Trial) -> None:
        before = trial.balance().uncertain
        trial.terminate(trial.running[0])
        balance = trial.balance()
        trial.expect(balance.uncertain == before, "SIGTERM made something uncertain")
        trial.expect(balance.submitting == 0, "SIGTERM left something submitting")
        trial.expect(
            balance.submitted == trial.server.count, "the ledger does not know all that was taken"
        )
        trial.start()


@dataclass(frozen=True, slots=True)
class Storm:
    """Faults of the mail server from a moment on, until they struck so often, and for so long."""

    at: float
    faults: tuple[Fault, ...]
    seconds: float = 0.0
    strikes: int = 1

    def run(self, trial: Trial) -> None:
        before = trial.server.struck
        trial.server.misbehave(*self.faults, at=int(self.at * len(trial.readers)))
        trial.wait(
            lambda: trial.server.struck >= before + self.strikes,
            f"{self.strikes} strikes of {self.faults[0].stage}",
        )
        time.sleep(self.seconds)
        trial.server.misbehave()


@dataclass(frozen=True, slots=True)
class Weather:
    """Faults of the mail server from now on, every so often."""

    faults: tuple[Fault, ...]

    def run(self, trial: Trial) -> None:
        trial.server.misbehave(*self.faults)


@dataclass(frozen=True, slots=True)
class Outage:
    """The mail server is gone for a while."""

    seconds: float

    def run(self, trial: Trial) -> None:
        trial.server.close()
        time.sleep(self.seconds)
        trial.server.open()


@dataclass(frozen=True, slots=True)
class Share:
    """Wait until so many processes have work in hand at once."""

    processes: int

    def run(self, trial: Trial) -> None:
        trial.wait(
            lambda: trial.leaseholders() >= self.processes, f"{self.processes} were at work at once"
        )


@dataclass(frozen=True, slots=True)
class PauseAndResume:
    """Pause; a second later nothing leaves any more, and the ledger agrees with the server; resume."""

    def run(self, trial: Trial) -> None:
        trial.pause()
        time.sleep(1.0)
        held = trial.server.count
        time.sleep(0.3)
        trial.expect(trial.server.count == held, "copies left more than a second after the pause")
        balance = trial.balance()
        trial.expect(
            balance.submitted == held and balance.holds, "a paused send's ledger is not exact"
        )
        trial.resume()


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
        server = trial.store.server
        assert server is not None
        server.stop()
        time.sleep(self.seconds)
        server.start()


@dataclass(frozen=True, slots=True)
class SetClock:
    """The clock is wrong by so many seconds from now on."""

    seconds: float

    def run(self, trial: Trial) -> None:
        trial.wrong_clock(self.seconds)


@dataclass(frozen=True, slots=True)
class Freeze:
    """A process is suspended until its leases have long run out, while others work; then it goes on."""

    seconds: float

    def run(self, trial: Trial) -> None:
        pid = trial.running[0]
        os.kill(pid, signal.SIGSTOP)
        time.sleep(self.seconds)
        os.kill(pid, signal.SIGCONT)


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
