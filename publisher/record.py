"""Turns answers into ledger entries and commits them in groups; a mark is freed only after its commit."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, assert_never

import structlog

from storage import outbox
from storage.enums import DeliveryStatus, EventKind, Medium, UncertainPolicy
from storage.errors import StorageError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from publisher.control import Control
    from publisher.marks import Marks
    from publisher.pace import Pace
    from publisher.ports import Clock, Verdict
    from storage.outbox import Due, Lease, Record

log = structlog.get_logger()

MOST_GROUPS_WAITING = 4

# Only these say that the address itself is dead: no such mailbox, no such domain, mailbox has moved.
_DEAD_ADDRESS = re.compile(r"\b5\.1\.(?:1|2|6)\b")


class Answer(NamedTuple):
    """What became of one hand-off, or why there was none."""

    due: Due
    lease: Lease
    verdict: (
        Verdict | None
    )  # None: left out for the reason in `text`, or, with `retry_after`, for now
    code: str | None = None
    text: str | None = None
    remote_id: str | None = None
    retry_after: float | None = None
    slot: int | None = None  # of its mark


@dataclass(slots=True)
class _Group:
    """Answers that are committed together, known by their moment where that is asked for again."""

    answers: list[Answer]
    moment: datetime
    asked: bool = False

    def write(self, session: Session, pace: Pace) -> None:
        again, self.asked = self.asked, True
        commit(session, self.answers, self.moment, pace, again=again)


class Recorder:
    """Collects the answers of all workers of a process and commits them together."""

    def __init__(self, control: Control, marks: Marks, clock: Clock, pace: Pace) -> None:
        self._control, self._marks, self._clock, self._pace = control, marks, clock, pace
        self._waiting: list[Answer] = []
        self._group: _Group | None = None  # being committed, or asked for without an answer
        self._committing = asyncio.Lock()
        self._ready = asyncio.Event()  # a full group waits

    def add(self, answer: Answer) -> None:
        """Take an answer; it is committed within `group_seconds`."""
        self._waiting.append(answer)
        if len(self._waiting) >= self._pace.group_size:
            self._ready.set()

    @property
    def is_full(self) -> bool:
        """Whether so many answers wait that nothing more may leave."""
        return len(self._waiting) >= MOST_GROUPS_WAITING * self._pace.group_size

    async def room(self) -> None:
        """Wait while answers are not being committed, so that nothing more leaves meanwhile."""
        if self.is_full:
            await self.flush()

    async def flush(self) -> None:
        """Commit every answer taken so far, however long the database takes to answer.

        Raises:
            StorageError: It did not answer, and the process is told to stop; the marks keep what is
                known.
        """
        async with self._committing:
            if self._group:
                await self._commit(self._group)
            if self._waiting:
                self._group, self._waiting = _Group(self._waiting, self._clock.now()), []
                await self._commit(self._group)

    async def _commit(self, group: _Group) -> None:
        await self._control.insist(group.write, self._pace)
        self._marks.free(answer.slot for answer in group.answers if answer.slot is not None)
        self._group = None

    async def run(self, done: asyncio.Event) -> None:
        """Commit group after group until `done` is set."""
        while not done.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ready.wait(), self._pace.group_seconds)
            self._ready.clear()
            with suppress(StorageError):  # told by `insist`
                await self.flush()


def commit(
    session: Session, answers: list[Answer], now: datetime, pace: Pace, *, again: bool = False
) -> None:
    """Write a group of answers; pause the sends in which the fault is ours.

    Args:
        session: An open transaction.
        answers: The group.
        now: Its moment, always the same for a group.
        pace: Limits of retrying.
        again: Whether it was asked for before, and may have been written.
    """
    retried = [
        it.due.delivery_id
        for it in answers
        if it.verdict == "transient" and it.due.attempts + 1 >= pace.give_up_attempts
    ]
    since = outbox.first_deferrals(session, retried)
    unknown = [
        it.due.delivery_id
        for it in answers
        if it.verdict == "unknown" and it.lease.on_uncertain is UncertainPolicy.RESEND
    ]
    resent = outbox.resendable(session, unknown)
    records = [
        to_record(it, now, pace, since.get(it.due.delivery_id), resend=it.due.delivery_id in resent)
        for it in answers
    ]
    faults = {it.lease.send_id: it for it in answers if it.verdict == "ours"}
    for send_id, it in sorted(faults.items()):
        pause(session, send_id, now, _fault(it))
    outbox.record(session, records, now, "engine", again=again)


def pause(session: Session, send_id: int, now: datetime, reason: str) -> None:
    """Pause a send that cannot go on until somebody mends what is wrong, and tell the log of it."""
    if outbox.pause_send(session, send_id, now, reason, "engine"):
        remedy = f"`paperround sends` says what to mend, `paperround resume {send_id}` goes on"
        log.error("send_paused", send=send_id, remedy=remedy)


def to_record(  # noqa: PLR0911 - one line per verdict
    it: Answer, now: datetime, pace: Pace, since: datetime | None, *, resend: bool = False
) -> Record:
    """Say where the delivery stands after this answer.

    Args:
        it: The answer.
        now: The time.
        pace: Limits of retrying.
        since: When the delivery was first refused for now, where that matters.
        resend: Whether it goes out again where nobody knows if it arrived.
    """
    match it.verdict:
        case None if it.retry_after is not None:
            later = now + timedelta(seconds=it.retry_after)
            return _record(it, DeliveryStatus.DEFERRED, None, tries=0, retry_at=later)
        case None:
            return _record(it, DeliveryStatus.SUPPRESSED, EventKind.SUPPRESSED, tries=0)
        case "accepted":
            return _record(it, DeliveryStatus.SUBMITTED, EventKind.SUBMITTED)
        case "transient" if since and now - since >= timedelta(seconds=pace.give_up_seconds):
            return _record(it, DeliveryStatus.FAILED, EventKind.FAILED)
        case "transient":
            again = now + pace.retry_after(it.due.attempts + 1, it.retry_after)
            return _record(it, DeliveryStatus.DEFERRED, EventKind.DEFERRED, retry_at=again)
        case "permanent":
            return _record(it, DeliveryStatus.FAILED, EventKind.FAILED)
        case "ours":
            return _record(it, DeliveryStatus.PENDING, None)
        case "unknown" if resend:
            again = now + pace.retry_after(it.due.attempts + 1, it.retry_after)
            return _record(it, DeliveryStatus.DEFERRED, EventKind.RESENT, retry_at=again)
        case "unknown":
            return _record(it, DeliveryStatus.UNCERTAIN, EventKind.UNCERTAIN)
        case _:
            assert_never(it.verdict)


def _record(
    it: Answer,
    status: DeliveryStatus,
    event: EventKind | None,
    *,
    tries: int = 1,
    retry_at: datetime | None = None,
) -> Record:
    mail = it.lease.medium is Medium.EMAIL
    failed = it.verdict == "permanent"
    return outbox.Record(
        delivery_id=it.due.delivery_id,
        send_id=it.lease.send_id,
        subscriber_id=it.due.recipient_id if mail else None,
        channel_id=None if mail else it.due.recipient_id,
        status=status,
        event=event,
        tries=tries,
        retry_at=retry_at,
        code=it.code or None,
        detail=it.text or None,
        remote_id=it.remote_id,
        address_is_dead=failed and mail and says_dead(it.code),
        channel_is_broken=failed and not mail,
    )


def says_dead(code: str | None) -> bool:
    """Tell whether a status code says that the address itself is dead, and not that one mail failed."""
    return bool(_DEAD_ADDRESS.search(code or ""))


def _fault(it: Answer) -> str:
    reply = " ".join(part for part in (it.code, it.text) if part) or "no reason given"
    return f"the fault is ours: {reply}"
