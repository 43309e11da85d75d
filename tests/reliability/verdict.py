"""What came of a trial, and what of it was not promised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a trial."""

    planned: int
    once: int
    never: int
    twice: int
    repeats: int  # copies that came again
    most_repeats: int
    misdirected: int
    uncertain: int
    bound: int
    bounced: int  # subscribers
    open_: int  # neither submitted nor uncertain
    worst: int  # most uncertain of one killed process
    worst_bound: int
    balance_holds: bool
    marks_left: int
    killed: int
    broken: int
    seconds: float

    @property
    def faults(self) -> list[str]:
        """Say what was promised and did not hold."""
        promised = {
            f"{self.never} of {self.planned} never got it": self.never == 0,
            f"{self.repeats} copies came again, at most {self.most_repeats} promised": self.repeats
            <= self.most_repeats,
            f"{self.misdirected} copies were somebody else's": self.misdirected == 0,
            f"{self.uncertain} uncertain, at most {self.bound} promised": self.uncertain
            <= self.bound,
            f"{self.worst} uncertain of one killed process, at most {self.worst_bound} promised": self.worst
            <= self.worst_bound,
            f"{self.bounced} count as bounced": self.bounced == 0,
            f"{self.open_} neither submitted nor uncertain": self.open_ == 0,
            "the balance does not hold": self.balance_holds,
            f"{self.marks_left} files of marks are left": self.marks_left == 0,
        }
        return [what for what, holds in promised.items() if not holds]
