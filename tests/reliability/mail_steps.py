"""Steps in which the mail server misbehaves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.reliability.trial import Trial
    from tests.support.scripted_smtp import Fault

NOT_NOW = "451 4.3.0 not now"
CLOSING = "421 4.3.2 closing"


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
