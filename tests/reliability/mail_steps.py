"""Steps in which the mail server misbehaves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.enums import SendStatus
from tests.reliability.steps import Kill, Nap

if TYPE_CHECKING:
    from tests.reliability.trial import Trial
    from tests.support.scripted_smtp import Fault

NOT_NOW = "451 4.3.0 not now"
CLOSING = "421 4.3.2 closing"
NOBODY = "550 5.1.1 User unknown"
DISLIKED = "554 5.7.1 Message refused by policy"
SLOW_DOWN = "450 4.7.1 Too many messages, try again in 10 minutes"
SLOW_DOWN_CLOSING = "421 4.7.0 Too many messages, try again in 10 minutes"
SLOW_DOMAIN = "example.net"  # where every tenth reader has their mail
_OTHERS_IN_A_REST = 100
_LEFT_ALONE = "not_reachable"  # in the log


@dataclass(frozen=True, slots=True)
class Storm:
    """Faults of the mail server from a moment on, until they struck so often, and for so long.

    Where they must be `noticed`, strikes count from the moment on when the mail server is left alone.
    """

    at: float
    faults: tuple[Fault, ...]
    seconds: float = 0.0
    strikes: int = 1
    noticed: bool = False

    def run(self, trial: Trial) -> None:
        said = trial.logged().count(_LEFT_ALONE)
        before = trial.server.struck
        trial.server.misbehave(*self.faults, at=int(self.at * len(trial.readers)))
        if self.noticed:
            trial.wait(lambda: trial.logged().count(_LEFT_ALONE) > said, "it was left alone")
            before = trial.server.struck
        trial.wait(
            lambda: trial.server.struck >= before + self.strikes,
            f"{self.strikes} strikes of {self.faults[0].stage}",
        )
        time.sleep(self.seconds)
        trial.server.misbehave()


@dataclass(frozen=True, slots=True)
class StormUntilPause:
    """Faults of the mail server from a moment on, until the send pauses for them; they end, and it is resumed."""

    at: float
    faults: tuple[Fault, ...]
    reason: str
    seconds: float

    def run(self, trial: Trial) -> None:
        trial.server.misbehave(*self.faults, at=int(self.at * len(trial.readers)))
        trial.wait(lambda: trial.status() is SendStatus.PAUSED, "it paused by itself")
        trial.expect(self.reason in (trial.pause_reason() or ""), "it paused for another reason")
        time.sleep(self.seconds)
        trial.server.misbehave()
        trial.resume()


@dataclass(frozen=True, slots=True)
class OthersFirst:
    """A domain that takes nothing goes on so until everybody else has theirs, and for a while longer.

    If others waited while it rests, few of them would get theirs between two of its rests.
    """

    domain: str
    seconds: float

    def run(self, trial: Trial) -> None:
        others = {it for it in trial.readers if not it.endswith(f"@{self.domain}")}
        trial.wait(lambda: trial.server.count == len(others), "all others had theirs")
        rests = [line for line in trial.logged().splitlines() if "domain_rests" in line]
        trial.expect(
            0 < _OTHERS_IN_A_REST * len(rests) <= len(others),
            f"others waited: it had {len(rests)} rests",
        )
        trial.expect(all(self.domain in line for line in rests), "another domain had to rest")
        time.sleep(self.seconds)
        taken = {it.decode() for it in trial.server.taken}
        trial.expect(taken == others, "somebody else had theirs before")
        trial.server.misbehave()


@dataclass(frozen=True, slots=True)
class Weather:
    """Faults of the mail server from now on, every so often."""

    faults: tuple[Fault, ...]

    def run(self, trial: Trial) -> None:
        trial.server.misbehave(*self.faults)


@dataclass(frozen=True, slots=True)
class KillInHandover:
    """SIGKILL soon after the second mail server has refused something, which now leaves for the first."""

    def run(self, trial: Trial) -> None:
        before = trial.beside.struck
        trial.wait(lambda: trial.beside.struck > before, "the second mail server refused something")
        Nap(0.1).run(trial)
        Kill().run(trial)


@dataclass(frozen=True, slots=True)
class Outage:
    """The mail server is gone for a while."""

    seconds: float

    def run(self, trial: Trial) -> None:
        trial.server.close()
        time.sleep(self.seconds)
        trial.server.open()
