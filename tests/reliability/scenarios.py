"""Every scenario of the fault suite, from the first start of a process to the moment it is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from storage.enums import UncertainPolicy
from tests.reliability.mail_steps import (
    CLOSING,
    DISLIKED,
    NOBODY,
    NOT_NOW,
    SLOW_DOMAIN,
    SLOW_DOWN,
    SLOW_DOWN_CLOSING,
    KillInHandover,
    OthersFirst,
    Outage,
    Storm,
    StormUntilPause,
    Weather,
)
from tests.reliability.steps import (
    Freeze,
    Kill,
    Nap,
    PauseAndResume,
    Reach,
    SetClock,
    Share,
    Start,
    Step,
    Terminate,
)
from tests.reliability.store_steps import (
    CrashDatabase,
    FileLimit,
    FullDisk,
    Lock,
    LockAndStop,
    MoveAway,
    ReadOnly,
    SuspendDatabase,
    SuspendDatabaseAndStop,
)
from tests.support.scripted_smtp import IN_FLIGHT, Fault, Stage, Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.stores import Kind
    from tests.reliability.verdict import Verdict

BOTH: Final[tuple[Kind, ...]] = ("sqlite", "postgresql")
STAGES: Final[tuple[Stage, ...]] = ("connect", "ehlo", "mail", "rcpt", "data", "body", "dot")
HOUR: Final = 3600.0
CONNECTIONS: Final = 4  # of each process
_BEFORE_NOTICED: Final = 2  # replies in a row whose loss tells nothing yet
_PROBES: Final = 10  # that may be lost in a row, until the send pauses


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything.

    Attributes:
        readers: How many.
        crowd: How many, where several processes must have something to share.
        kills: SIGKILLs.
        times: Pauses, and other things that are done again and again.
        seconds: How long something is out of order.
        locked: How long the database is locked.
        often: A fault strikes each so-manieth time.
        rate: Copies that the mail server takes of one process in a second, at most.
    """

    readers: int
    crowd: int
    kills: int
    times: int
    seconds: float
    locked: float
    often: int
    rate: float


FULL: Final = Scale(20_000, 20_000, kills=20, times=10, seconds=3, locked=30, often=400,
                     rate=2_500)  # fmt: skip
SMALL: Final = Scale(500, 4_000, kills=3, times=2, seconds=0.4, locked=2, often=20, rate=500)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scenario:
    """What goes wrong.

    Attributes:
        name: For `--only`.
        says: For the table.
        steps: What is done, at a scale.
        way: How the mail server lets itself be spoken to.
        hurried: Whether it answers at once, instead of at the scale's rate.
        databases: On which it is tried.
        shares: Whether it takes several batches.
        certain: Whether nothing may be uncertain.
        probed: Whether the mail server loses the replies of so many connections that it is left alone.
        on_uncertain: What the operator wants done with a copy of unknown fate.
        small_disk: Whether the database and the marks lie on a small disk of their own.
        beside: What a second mail server says to every message, where there is one.
    """

    name: str
    says: str
    steps: Callable[[Scale], tuple[Step, ...]]
    way: Way = "chunked"
    hurried: bool = False
    databases: tuple[Kind, ...] = BOTH
    shares: bool = False
    certain: bool = False
    probed: bool = False
    on_uncertain: UncertainPolicy = UncertainPolicy.HOLD
    small_disk: bool = False
    beside: str | None = None

    def readers(self, scale: Scale) -> int:
        """Tell how many readers it takes."""
        return scale.crowd if self.shares else scale.readers

    def bound(self, verdict: Verdict) -> int:
        """Tell how many copies may be uncertain, or come again where the operator prefers that."""
        if self.certain:
            return 0
        lost = _BEFORE_NOTICED + CONNECTIONS * IN_FLIGHT[self.way] + _PROBES
        return min(lost, verdict.bound) if self.probed else verdict.bound

    @property
    def is_variant(self) -> bool:
        """Whether it differs from another one only in its way."""
        return self.name.endswith(("-pipelined", "-plain", "-chunked"))

    def delay(self, scale: Scale) -> float:
        """Tell by how many seconds each reply is late."""
        if self.hurried:
            return 0.0
        round_trips = {"plain": 4, "pipelined": 1, "chunked": 1}[self.way]
        return CONNECTIONS * IN_FLIGHT[self.way] / round_trips / scale.rate


def _kills(scale: Scale) -> tuple[Step, ...]:
    found: list[Step] = [Start(), Nap(0.6), Kill()]  # in starting or planning, perhaps
    for n in range(1, scale.kills):
        found += [Reach(0.95 * n / scale.kills), Nap(0.2), Kill()]
    return tuple(found)


def _handovers(scale: Scale) -> tuple[Step, ...]:
    return (Start(), *[KillInHandover()] * scale.kills)


def _terminations(scale: Scale) -> tuple[Step, ...]:
    found: list[Step] = [Start()]
    for n in range(scale.times):
        found += [Reach(0.9 * (n + 1) / (scale.times + 1)), Nap(0.05), Terminate()]
    return tuple(found)


def _later(part: float) -> Callable[[Scale], tuple[Step, ...]]:
    storm = (Fault("rcpt", NOT_NOW), Fault("dot", NOT_NOW))
    if part == 0:
        return lambda scale: (Weather(storm), Start(), Storm(part, storm, scale.seconds))
    return lambda scale: (Start(), Storm(part, storm, scale.seconds))


def _everywhere(reply: str | None) -> Callable[[Scale], tuple[Step, ...]]:
    """One stage after the other; before the first two, connections end so that there are new ones."""

    def steps(scale: Scale) -> tuple[Step, ...]:
        often = scale.often // 4
        found: list[Step] = [Start()]
        for n, stage in enumerate(STAGES):
            early = stage in {"connect", "ehlo"}
            faults = [Fault(stage, reply, every=2 if early else often)]
            if early:
                faults.append(Fault("mail", reply, every=often))
            strikes = scale.times * len(faults)
            found += [Storm(0.1 + 0.7 * n / len(STAGES), tuple(faults), strikes=strikes)]
        return tuple(found)

    return steps


def _lost_replies(scale: Scale) -> tuple[Step, ...]:
    return (Weather((Fault("taken", None, every=scale.often),)), Start())


def _refused_for_good(scale: Scale) -> tuple[Step, ...]:
    return (Start(), Storm(0.5, (Fault("rcpt", NOBODY),), scale.seconds, noticed=True))


def _disliked(scale: Scale) -> tuple[Step, ...]:
    return (Start(), StormUntilPause(0.5, (Fault("dot", DISLIKED),), "554 5.7.1", scale.seconds))


def _silent_probes(_: Scale) -> tuple[Step, ...]:
    # In a second some five probes are lost; from the tenth on the send would pause.
    return (Start(), Storm(0.3, (Fault("taken", None),), seconds=1.0, noticed=True))


def _hopeless(scale: Scale) -> tuple[Step, ...]:
    return (Start(), StormUntilPause(0.3, (Fault("taken", None),), "hangs up", scale.seconds))


def _limited(reply: str) -> Callable[[Scale], tuple[Step, ...]]:
    weather = Weather((Fault("rcpt", reply, about=SLOW_DOMAIN.encode()),))
    return lambda scale: (weather, Start(), OthersFirst(SLOW_DOMAIN, scale.seconds))


def _together(processes: int) -> Callable[[Scale], tuple[Step, ...]]:
    return lambda scale: (Start(processes), Share(min(processes, scale.crowd // 2_000)))


def _falls_of_some(scale: Scale) -> tuple[Step, ...]:
    found: list[Step] = [Start(4), Share(2)]
    for n in range(1, scale.times + 1):
        found += [Reach(0.7 * n / (scale.times + 1)), Kill(2)]
    return tuple(found)


def _pauses(scale: Scale) -> tuple[Step, ...]:
    found: list[Step] = [Start()]
    for n in range(scale.times):
        found += [Reach(0.5 * (n + 1) / (scale.times + 1)), PauseAndResume()]
    return tuple(found)


def _clocks(scale: Scale) -> tuple[Step, ...]:
    jumps = (2 * HOUR, -3 * HOUR, 240 * HOUR, -3 * HOUR)
    weather = Weather((Fault("rcpt", NOT_NOW, every=scale.often),))
    found: list[Step] = [weather, Start(2)]
    for n, jump in enumerate(jumps):
        found += [Reach(0.1 + 0.1 * n), SetClock(jump), Nap(scale.seconds / 4)]
    return tuple(found)


SCENARIOS: Final = (
    Scenario("kill", "SIGKILL at random moments, CHUNKING", _kills),
    Scenario("kill-pipelined", "SIGKILL at random moments, PIPELINING", _kills, way="pipelined"),
    Scenario("kill-plain", "SIGKILL at random moments, neither", _kills, way="plain"),
    Scenario("kill-resend", "SIGKILL at random moments, `--on-uncertain resend`", _kills,
             on_uncertain=UncertainPolicy.RESEND),
    Scenario("kill-handover", "SIGKILL while what one mail server refuses (550) leaves for another, CHUNKING",
             _handovers, beside=NOBODY),
    Scenario("kill-handover-pipelined", "the same, PIPELINING", _handovers, way="pipelined", beside=NOBODY),
    Scenario("term", "SIGTERM again and again", _terminations, certain=True),
    Scenario("later-start", "451 for a while at the start", _later(0), certain=True),
    Scenario("later-middle", "451 for a while in the middle", _later(0.5), certain=True),
    Scenario("later-end", "451 for a while at the end", _later(0.95), certain=True),
    Scenario("goodbye", "421 at every stage, CHUNKING", _everywhere(CLOSING),
             certain=True),
    Scenario("goodbye-pipelined", "421 at every stage, PIPELINING", _everywhere(CLOSING),
             way="pipelined", certain=True),
    Scenario("drop", "dropped connections at every stage, CHUNKING", _everywhere(None)),
    Scenario("drop-pipelined", "dropped connections at every stage, PIPELINING",
             _everywhere(None), way="pipelined"),
    Scenario("drop-plain", "dropped connections at every stage, neither", _everywhere(None),
             way="plain"),
    Scenario("lost-reply", "the reply to the final dot lost, again and again", _lost_replies,
             way="pipelined"),
    Scenario("lost-reply-chunked", "the reply to the last chunk lost, again and again",
             _lost_replies),
    Scenario("outage", "mail server gone for a while",
             lambda scale: (Start(), Reach(0.3), Outage(scale.seconds))),
    Scenario("refused", "everybody refused for good (550 5.1.1) for a while", _refused_for_good,
             certain=True),
    Scenario("refused-content", "every mail refused for good (554 5.7.1) for a while, then resumed",
             _disliked, certain=True),
    Scenario("hangs-up-chunked", "every reply to a last chunk lost for a while", _silent_probes,
             probed=True),
    Scenario("hangs-up-pipelined", "every reply to a final dot lost for a while", _silent_probes,
             way="pipelined", probed=True),
    Scenario("hangs-up-long", "every reply to a last chunk lost until the send pauses, then resumed",
             _hopeless, probed=True),
    Scenario("limited", "one domain refuses for now (450 4.7.1), the others go on",
             _limited(SLOW_DOWN), certain=True),
    Scenario("limited-goodbye-chunked", "the same with 421, which ends the connection, CHUNKING",
             _limited(SLOW_DOWN_CLOSING), certain=True),
    Scenario("limited-goodbye-pipelined", "the same with 421, PIPELINING",
             _limited(SLOW_DOWN_CLOSING), way="pipelined", certain=True),
    Scenario("two", "two processes on one database", _together(2), hurried=True, shares=True, certain=True),
    Scenario("four", "four processes on one database", _together(4), hurried=True, shares=True, certain=True),
    Scenario("four-kill", "four processes, two of them killed again and again", _falls_of_some,
             shares=True),
    Scenario("freeze", "one of two processes suspended beyond its lease",
             lambda scale: (Start(2), Share(2), Reach(0.1), Freeze(4 + scale.seconds)),
             shares=True, certain=True),
    Scenario("pause", "pause and resume again and again", _pauses, certain=True),
    Scenario("disk-full", "disk full for a while",
             lambda scale: (Start(), Reach(0.2), FullDisk(scale.seconds)),
             small_disk=True, certain=True, shares=True, hurried=True),
    Scenario("disk-full-kill", "disk full for a while, and SIGKILL meanwhile",
             lambda scale: (Start(), Reach(0.2), FullDisk(scale.seconds, kill=True)),
             small_disk=True, shares=True, hurried=True),
    Scenario("file-limit", "files may not grow for a while (setrlimit)",
             lambda scale: (Start(), Reach(0.2), FileLimit(scale.seconds)),
             certain=True, databases=("sqlite",), shares=True, hurried=True),
    Scenario("locked", "database locked for 30 s",
             lambda scale: (Start(), Reach(0.2), Lock(scale.locked)), certain=True),
    Scenario("locked-term", "SIGTERM while the database is locked",
             lambda _: (Start(), Reach(0.2), LockAndStop(), Reach(0.6), LockAndStop()),
             certain=True),
    Scenario("crashed", "database server crashed and started again",
             lambda scale: (Start(), Reach(0.2), CrashDatabase(scale.seconds), Reach(0.6),
                            CrashDatabase(scale.seconds)),
             certain=True, databases=("postgresql",)),
    Scenario("suspended", "database server suspended for a while",
             lambda scale: (Start(), Reach(0.2), SuspendDatabase(3 * scale.seconds)),
             certain=True, databases=("postgresql",)),
    Scenario("suspended-term", "SIGTERM while the database server is suspended",
             lambda _: (Start(), Reach(0.4), SuspendDatabaseAndStop()),
             certain=True, databases=("postgresql",)),
    Scenario("read-only", "database takes no writes for a while",
             lambda scale: (Start(), Reach(0.2), ReadOnly(scale.seconds)),
             certain=True, databases=("postgresql",)),
    Scenario("moved", "database file moved away for a while",
             lambda scale: (Start(), Reach(0.2), MoveAway(scale.seconds), Reach(0.6),
                            MoveAway(scale.seconds)),
             certain=True, databases=("sqlite",)),
    Scenario("clock", "clock set by hours and days, forth and back", _clocks, certain=True),
)  # fmt: skip
