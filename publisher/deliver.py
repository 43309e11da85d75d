"""Delivers a batch: read what is due, hand it off, record the answer; the path of every copy.

The order of steps around a hand-off is the crash promise (see `publisher.marks`): lease committed,
mark SUBMITTING, hand off, mark the answer, commit the answer with its group, free the mark.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import traceback
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from publisher.feed import BatchFeed
from publisher.ports import BulkSender
from publisher.record import Answer, pause
from publisher.route import answer_of, copy_of, is_gone, mark_of
from storage import outbox
from storage.enums import Medium
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from sqlmodel import Session

    from publisher.ports import Sender
    from publisher.route import Route
    from storage.outbox import Due, Lease

log = structlog.get_logger()

_HOPELESS: Final = (
    "the mail server takes whole messages and hangs up without an answer, again and again: look into its log, "
    "then settle what is uncertain and resume"
)
NONCE_LENGTH = 25  # Discord's limit


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
            match route.sender:
                case BulkSender():
                    await _stream(lease, route, route.sender)
                case _:
                    await _hand_off_all(lease, route, route.sender)
    except StorageError as error:
        log.warning("batch_interrupted", batch=lease.batch_id, reason=str(error))
    await route.recorder.flush()
    if why := route.reachability.news(lease.send_id):
        log.warning("send_waits", send=lease.send_id, medium=lease.medium.value, reason=why)
        now = route.clock.now()
        await route.control.insist(outbox.note_wait, lease.send_id, lease.medium, why, now)
    route.control.halted(lease)
    await route.control.insist(
        outbox.close_batch, lease.batch_id, route.control.owner, route.clock.now(), route.pace.slack
    )
    route.control.let_go(lease)


async def _stream(lease: Lease, route: Route, sender: BulkSender) -> None:
    feed = BatchFeed(lease, route, sender)
    async with aclosing(_slices(lease, route)) as slices:
        filling = asyncio.create_task(feed.fill(slices))
        try:
            unreachable = await sender.stream(feed)
        finally:
            filling.cancel()
            feed.close()
            with suppress(asyncio.CancelledError):
                await filling
    if route.reachability.is_hopeless:
        route.reachability.start_anew()
        await _pause(lease, route, _HOPELESS)
    if unreachable is None:
        return
    if unreachable.verdict == "ours":
        await _pause(lease, route, f"the fault is ours: {unreachable.code} {unreachable.text}")
    else:
        route.reachability.missed(unreachable.text)


async def _hand_off_all(lease: Lease, route: Route, sender: Sender) -> None:
    async with aclosing(_due(lease, route)) as all_due:
        async for due in all_due:
            await route.recorder.room()
            if not route.control.may_go(lease):
                return
            answer = await _hand_off(due, lease, route, sender)
            route.recorder.add(answer)
            if answer.verdict == "ours":
                route.control.halt(lease)
            if is_gone(route, answer):
                return


async def _prepare(lease: Lease, route: Route) -> bool:
    """Let the sender make what all copies share; a fault in that pauses the send."""
    edition = await route.database.reading(route.editions.get, lease.issue_id)
    try:
        await route.sender.prepare(edition)
    except Exception as error:  # noqa: BLE001 - whatever it is, the send must wait and say why
        log.error("edition_not_prepared", send=lease.send_id, at=_where(error))  # noqa: TRY400 - no texts in logs
        await _pause(lease, route, f"the issue could not be prepared: {error or _where(error)}")
        return False
    return True


async def _pause(lease: Lease, route: Route, reason: str) -> None:
    route.control.halt(lease)
    await route.control.insist(pause, lease.send_id, route.clock.now(), reason)


async def _due(lease: Lease, route: Route) -> AsyncGenerator[Due, None]:
    """Give what is due one by one; who must not get it is recorded and left out."""
    async with aclosing(_slices(lease, route)) as slices:
        async for due in slices:
            for it in due:
                if it.refused is None:
                    yield it
                elif route.control.may_go(lease):
                    route.recorder.add(Answer(it, lease, verdict=None, text=it.refused))


async def _slices(lease: Lease, route: Route) -> AsyncGenerator[list[Due], None]:
    """Read what is due slice by slice."""
    after, more = 0, True
    while more:
        due, more = await route.database.reading(_slice, lease, route, after)
        if due:
            yield due
            after = due[-1].delivery_id


def _slice(session: Session, lease: Lease, route: Route, after: int) -> tuple[list[Due], bool]:
    """Read the next due deliveries, those on the suppression list refused; tell whether there are more."""
    size, now = route.pace.slice_size, route.clock.now()
    due = outbox.due_copies(session, lease, after=after, limit=size + 1, now=now)
    due, more = due[:size], len(due) > size
    if lease.medium is not Medium.EMAIL:
        return due, more
    hashes = {it.delivery_id: route.hash_address(it.address) for it in due if it.address}
    refused = outbox.suppressed_among(session, set(hashes.values()))
    if refused:
        due = [
            it._replace(refused="the address is on the suppression list")
            if it.refused is None and hashes.get(it.delivery_id) in refused
            else it
            for it in due
        ]
    return due, more


async def _hand_off(due: Due, lease: Lease, route: Route, sender: Sender) -> Answer:
    nonce = None
    if lease.medium is Medium.DISCORD:
        nonce = due.nonce or post_nonce(lease.send_id, due.address)
        await route.database.writing(
            outbox.begin_submitting, due.delivery_id, nonce, route.clock.now()
        )
    copy = copy_of(due, lease, nonce)
    slot = route.marks.begin(due.delivery_id)
    try:
        outcome = await sender.hand_off(copy)
    except Exception as error:  # noqa: BLE001 - a fault of ours: it may have left, so the send waits
        log.error("hand_off_broke", delivery=due.delivery_id, at=_where(error))  # noqa: TRY400 - no texts in logs
        reason = f"handing off delivery {due.delivery_id} broke ({_where(error)})"
        await _pause(lease, route, reason)
        return Answer(due, lease, "unknown", text=reason, slot=slot)
    route.marks.settle(slot, mark_of(outcome.verdict))
    return answer_of(due, lease, outcome, slot)


def _where(error: BaseException) -> str:
    """Name an error and its place, without its text, which may hold an address."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
