"""What a worker carries along, and how a delivery becomes a copy and an outcome becomes an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from publisher.marks import Mark
from publisher.ports import Copy
from publisher.record import Answer
from storage.enums import Medium

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.control import Control
    from publisher.marks import Marks
    from publisher.pace import Pace
    from publisher.ports import BulkSender, Clock, Outcome, Sender, Verdict
    from publisher.reachability import Reachability
    from publisher.record import Recorder
    from publisher.throttle import Throttle
    from publisher.views import Editions
    from storage.database import Database
    from storage.outbox import Due, Lease

_REPLY_CODE = re.compile(r"^\d{3}")
_NEVER_LEFT = "not sent"  # the code of what nobody was asked about


@dataclass(frozen=True, slots=True)
class Route:
    """What a worker carries along."""

    database: Database
    sender: Sender | BulkSender
    marks: Marks
    recorder: Recorder
    control: Control
    reachability: Reachability
    throttle: Throttle
    clock: Clock
    pace: Pace
    hash_address: Callable[[str], str]
    editions: Editions


def copy_of(due: Due, lease: Lease, nonce: str | None = None) -> Copy:
    """Say what a sender needs to know of a delivery."""
    return Copy(
        delivery_id=due.delivery_id,
        send_id=lease.send_id,
        recipient_id=due.recipient_id,
        address=due.address,
        name=due.name,
        language=due.language,
        nonce=nonce,
        submitting_since=due.submitting_since,
        role_id=due.role_id,
    )


def answer_of(due: Due, lease: Lease, outcome: Outcome, slot: int | None) -> Answer:
    """Say what became of a delivery."""
    return Answer(
        due,
        lease,
        outcome.verdict,
        code=outcome.code,
        text=outcome.text,
        remote_id=outcome.remote_id,
        retry_after=outcome.retry_after,
        slot=slot,
    )


def mark_of(verdict: Verdict) -> Mark:
    """Give the mark of an answer."""
    match verdict:
        case "accepted":
            return Mark.ACCEPTED
        case "transient" | "permanent" | "ours":
            return Mark.REFUSED
        case "unknown":
            return Mark.SUBMITTING
        case _:
            assert_never(verdict)


def is_gone(route: Route, answer: Answer) -> bool:
    """Learn from an answer; tell whether the other side is to be left alone from now on."""
    if answer.code == _NEVER_LEFT:
        return False
    reply = (
        answer.verdict == "accepted"
        or answer.lease.medium is not Medium.EMAIL
        or bool(_REPLY_CODE.match(answer.code or ""))  # as each reply has in mail
    )
    return route.reachability.is_gone(answer.verdict, answer.text, reply=reply)
