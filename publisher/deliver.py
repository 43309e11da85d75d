"""Delivers a batch: read what is due, hand it off, record the answer; the path of every copy.

The order of steps around a hand-off is the crash promise (see `publisher.marks`): lease committed,
mark SUBMITTING, hand off, mark the answer, commit the answer with its group, free the mark.
"""

from __future__ import annotations

import base64
import hashlib
import re
import traceback
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import structlog

from publisher.marks import Mark
from publisher.ports import Copy
from publisher.record import Answer
from publisher.views import issue_view
from storage import outbox
from storage.enums import Medium
from storage.errors import StorageError
from storage.tables import Issue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from sqlmodel import Session

    from publisher.control import Control, Reachability
    from publisher.marks import Marks
    from publisher.pace import Pace
    from publisher.ports import Clock, IssueView, Sender, Verdict
    from publisher.record import Recorder
    from storage.database import Database
    from storage.outbox import Due, Lease

log = structlog.get_logger()

NONCE_LENGTH = 25  # Discord's limit
_REPLY_CODE = re.compile(r"^\d{3}")


@dataclass(frozen=True, slots=True)
class Route:
    """What a worker carries along."""

    database: Database
    sender: Sender
    marks: Marks
    recorder: Recorder
    control: Control
    reachability: Reachability
    clock: Clock
    pace: Pace
    hash_address: Callable[[str], str]


def post_nonce(send_id: int, channel: str, part: int = 1) -> str:
    """Make the nonce under which a part of a send is posted to a Discord channel, always the same."""
    digest = hashlib.sha256(f"{send_id}|{channel}|{part}".encode()).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:NONCE_LENGTH]


async def deliver(lease: Lease, route: Route) -> None:
    """Hand off what is due of a leased batch and give the batch back.

    Raises:
        StorageError: The database does not answer and the process is told to stop; the lease stays,
            and the next process settles it by the marks.
    """
    try:
        if await _prepare(lease, route):
            await _hand_off_all(lease, route)
    except StorageError as error:
        log.warning("batch_interrupted", batch=lease.batch_id, reason=str(error))
    await route.recorder.flush()
    route.control.halted(lease)
    await route.control.insist(
        outbox.close_batch, lease.batch_id, route.control.owner, route.clock.now(), route.pace.slack
    )
    route.control.let_go(lease)


async def _hand_off_all(lease: Lease, route: Route) -> None:
    async with aclosing(_due(lease, route)) as all_due:
        async for due in all_due:
            await route.recorder.room()
            if not route.control.may_go(lease):
                return
            answer = await _hand_off(due, lease, route)
            route.recorder.add(answer)
            if answer.verdict == "ours":
                route.control.halt(lease)
            if _is_unreachable(answer):
                route.reachability.missed(answer.text)
                return
            route.reachability.reached()


async def _prepare(lease: Lease, route: Route) -> bool:
    """Let the sender make what all copies share; a fault in that pauses the send."""
    edition = await route.database.reading(read_edition, lease.issue_id)
    try:
        await route.sender.prepare(edition)
    except Exception as error:  # noqa: BLE001 - whatever it is, the send must wait and say why
        log.error("edition_not_prepared", send=lease.send_id, at=_where(error))  # noqa: TRY400 - no texts in logs
        await _pause(lease, route, f"the issue could not be prepared: {error or _where(error)}")
        return False
    return True


async def _pause(lease: Lease, route: Route, reason: str) -> None:
    route.control.halt(lease)
    await route.control.insist(
        outbox.pause_send, lease.send_id, route.clock.now(), reason, "engine"
    )


def read_edition(session: Session, issue_id: int) -> IssueView:
    """Read the edition that a batch gets."""
    return issue_view(session, session.get_one(Issue, issue_id))


async def _due(lease: Lease, route: Route) -> AsyncGenerator[Due, None]:
    """Read what is due slice by slice; who must not get it is recorded and left out."""
    after = 0
    while due := await route.database.reading(
        outbox.due_copies, lease, after=after, limit=route.pace.slice_size, now=route.clock.now()
    ):
        for it in await _without_suppressed(due, lease, route):
            if it.refused is None:
                yield it
            elif route.control.may_go(lease):
                route.recorder.add(Answer(it, lease, verdict=None, text=it.refused))
        after = due[-1].delivery_id


async def _without_suppressed(due: list[Due], lease: Lease, route: Route) -> list[Due]:
    if lease.medium is not Medium.EMAIL:
        return due
    hashes = {it.delivery_id: route.hash_address(it.address) for it in due if it.address}
    refused = await route.database.reading(outbox.suppressed_among, set(hashes.values()))
    return [
        replace(it, refused="the address is on the suppression list")
        if it.refused is None and hashes.get(it.delivery_id) in refused
        else it
        for it in due
    ]


async def _hand_off(due: Due, lease: Lease, route: Route) -> Answer:
    nonce = None
    if lease.medium is Medium.DISCORD:
        nonce = due.nonce or post_nonce(lease.send_id, due.address)
        await route.database.writing(
            outbox.begin_submitting, due.delivery_id, nonce, route.clock.now()
        )
    copy = Copy(
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
    slot = route.marks.begin(due.delivery_id)
    try:
        outcome = await route.sender.hand_off(copy)
    except Exception as error:  # noqa: BLE001 - a fault of ours: it may have left, so the send waits
        log.error("hand_off_broke", delivery=due.delivery_id, at=_where(error))  # noqa: TRY400 - no texts in logs
        reason = f"handing off delivery {due.delivery_id} broke ({_where(error)})"
        await _pause(lease, route, reason)
        return Answer(due, lease, "unknown", text=reason, slot=slot)
    route.marks.settle(slot, _mark_of(outcome.verdict))
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


def _mark_of(verdict: Verdict) -> Mark:
    match verdict:
        case "accepted":
            return Mark.ACCEPTED
        case "transient" | "permanent" | "ours":
            return Mark.REFUSED
        case "unknown":
            return Mark.SUBMITTING
        case _:
            assert_never(verdict)


def _is_unreachable(answer: Answer) -> bool:
    """Whether no reply came at all, so that the next copy would fare no better."""
    return (
        answer.verdict == "transient"
        and answer.lease.medium is Medium.EMAIL
        and not _REPLY_CODE.match(answer.code or "")
    )


def _where(error: BaseException) -> str:
    """Name an error and its place, without its text, which may hold an address."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
