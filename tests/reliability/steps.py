"""What scenarios are made of: each step does one thing to a trial."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tests.reliability.trial import Trial


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
