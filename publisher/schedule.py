"""Decides when an issue goes to whom: schedules, pauses, resumes and cancels sends, and keeps the clock.

The scheduler is a clock, the database is the schedule: a `Timetable` only asks, every few seconds,
whether a send is due. A send that came due while nothing ran starts at the next start.
"""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import func
from sqlmodel import col, select

from publisher.errors import ScheduleError
from storage import outbox
from storage.enums import (
    Audience,
    BatchStatus,
    ChannelStatus,
    EventKind,
    Medium,
    SendStatus,
    SubscriberStatus,
    UncertainPolicy,
)
from storage.errors import StorageError
from storage.events import Happening, append
from storage.tables import Batch, Channel, Issue, Send, Subscriber

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

    from sqlmodel import Session

log = structlog.get_logger()

_SUGGESTIONS = 3


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Tell the time, aware and in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a send would reach at this moment."""

    subscribers: int
    channels: int

    @property
    def nobody(self) -> bool:
        """Whether it would reach no one."""
        return self.subscribers + self.channels == 0


def reach(session: Session, audience: Audience) -> Reach:
    """Count whom an audience holds at this moment."""
    people = session.exec(
        select(func.count(col(Subscriber.id))).where(
            Subscriber.status == SubscriberStatus.ACTIVE, col(Subscriber.address).is_not(None)
        )
    ).one()
    channels = session.exec(
        select(func.count(col(Channel.id))).where(Channel.status == ChannelStatus.ACTIVE)
    ).one()
    return Reach(
        subscribers=0 if audience is Audience.DISCORD else people,
        channels=0 if audience is Audience.EMAIL else channels,
    )


def untaken(session: Session, send: Send, now: datetime) -> set[Medium]:
    """Tell of which media a running send has copies that may leave, and no process has taken any batch."""
    if send.status is not SendStatus.SENDING:
        return set()
    is_pending = col(Batch.status) == BatchStatus.PENDING
    of_send = select(col(Batch.medium)).where(Batch.send_id == send.id).distinct()
    ready = session.exec(of_send.where(is_pending, col(Batch.start_at) <= now)).all()
    taken = session.exec(of_send.where(~is_pending)).all()
    return set(ready) - set(taken)


def has_open(session: Session, send: Send, medium: Medium) -> bool:
    """Tell whether a send that was planned has batches of a medium that are not done."""
    open_ = select(Batch.id).where(
        Batch.send_id == send.id, Batch.medium == medium, Batch.status != BatchStatus.DONE
    )
    return session.exec(open_.limit(1)).first() is not None


def find_zone(name: str) -> ZoneInfo:
    """Find a time zone by its name.

    Raises:
        ScheduleError: There is none; names the nearest ones.
    """
    known = available_timezones()
    if name in known:
        return ZoneInfo(name)
    by_fold = {zone.casefold(): zone for zone in known}
    by_city = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(known)}
    wanted = name.strip().replace(" ", "_").casefold()
    near = [by_fold[wanted]] if wanted in by_fold else []
    near += [by_city[c] for c in difflib.get_close_matches(wanted, by_city, _SUGGESTIONS, 0.75)]
    near += [by_fold[z] for z in difflib.get_close_matches(wanted, by_fold, _SUGGESTIONS, 0.6)]
    advice = f" Did you mean {' or '.join(dict.fromkeys(near[:_SUGGESTIONS]))}?" if near else ""
    raise ScheduleError(
        f"There is no time zone {name!r}.{advice} Zones are written like Europe/Amsterdam."
    )


def parse_when(text: str, zone: ZoneInfo) -> datetime:
    """Read a local time such as `2026-12-01 09:00`, or one with an offset, as UTC.

    Raises:
        ScheduleError: It cannot be read, does not exist in that zone, exists twice, or lies at the end of time.
    """
    local = _read_time(text)
    if local is None:
        raise ScheduleError(
            f"{text!r} is not a date and time. Write it like 2026-12-01 09:00, or say `now`."
        )
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        after = first.astimezone(UTC).astimezone(zone)
        raise ScheduleError(
            f"{text} does not exist in {zone.key}: the clocks are put forward then. "
            f"Take {after:%Y-%m-%d %H:%M} or an earlier time."
        )
    raise ScheduleError(
        f"{text} comes twice in {zone.key}: the clocks are put back then. "
        f"Say which: {first.isoformat(' ', 'minutes')} or {second.isoformat(' ', 'minutes')}."
    )


def local_time(text: str) -> datetime:
    """Read a time on the clock such as `2026-12-01 09:00`, of no zone in particular.

    Raises:
        ScheduleError: It cannot be read, names a zone, or lies at the end of time.
    """
    wall = _read_time(text)
    if wall is None or wall.tzinfo is not None:
        raise ScheduleError(
            f"{text!r} is not a date and time on a reader's clock. Write it like 2026-12-01 09:00."
        )
    return wall.replace(second=0, microsecond=0)


def _read_time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if found.year in {MINYEAR, MAXYEAR}:  # some hours off, on another clock, would be in no year
        raise ScheduleError(
            f"{text} cannot be told on every clock: the year must be from {MINYEAR + 1} to {MAXYEAR - 1}. "
            "Give a time such as 2026-12-01 09:00."
        )
    return found if ":" in text else None


def schedule(  # noqa: PLR0913 - what, when, to whom, and what then; all but one are named
    session: Session,
    issue: Issue,
    *,
    due_at: datetime,
    now: datetime,
    zone: str = "UTC",
    audience: Audience = Audience.EVERYONE,
    on_uncertain: UncertainPolicy = UncertainPolicy.HOLD,
    reader_time: datetime | None = None,
    source: str = "cli",
) -> Send:
    """Schedule an issue, in all its languages, for an audience.

    Args:
        session: An open transaction.
        issue: Any edition; the send is of the original, and each recipient gets their language.
        due_at: When; a moment that equals `now` means at once.
        now: The time.
        zone: The zone in which the time was given.
        audience: To whom.
        on_uncertain: What to do with a copy of which a crash left unknown whether it arrived.
        reader_time: The time on each reader's own clock, without a zone; the send is then planned at
            `due_at`, and everybody's copy leaves when their clock says so.
        source: Who asks, for the record.

    Raises:
        ScheduleError: The time is past, or a send of this issue reaches that audience already.
    """
    find_zone(zone)
    if due_at < now:
        raise ScheduleError(
            f"{_at(due_at, zone)} is past; it is {_at(now, zone)}. Give a later time, or say `now`."
        )
    original = _original(session, issue)
    _refuse_second(session, original, audience)
    send = Send(
        issue_id=original.id or 0,
        audience=audience,
        status=SendStatus.SCHEDULED,
        due_at=due_at,
        zone=zone,
        on_uncertain=on_uncertain,
        reader_time=reader_time.isoformat(timespec="minutes") if reader_time else None,
        created_at=now,
    )
    session.add(send)
    session.flush()
    append(session, Happening(EventKind.SCHEDULED, now, send_id=send.id, source=source,
                              content={"due_at": due_at.isoformat(), "zone": zone}))  # fmt: skip
    return send


def pause(
    session: Session,
    send_id: int,
    now: datetime,
    *,
    reason: str = "by the operator",
    source: str = "cli",
) -> Send:
    """Hold back what has not left yet; running processes stop within a second.

    Raises:
        ScheduleError: There is no such send, or it is not scheduled or sending.
    """
    if not outbox.pause_send(session, send_id, now, reason, source):
        raise _cannot(session, send_id, "paused")
    return _fresh(session, send_id)


def resume(session: Session, send_id: int, now: datetime, *, source: str = "cli") -> Send:
    """Go on with a paused send.

    Raises:
        ScheduleError: There is no such send, or it is not paused.
    """
    if not outbox.resume_send(session, send_id, now, source):
        raise _cannot(session, send_id, "resumed")
    return _fresh(session, send_id)


def cancel(session: Session, send_id: int, now: datetime, *, source: str = "cli") -> Send:
    """Take back what has not left yet, for good; running processes stop within a second.

    Raises:
        ScheduleError: There is no such send, or it is sent or cancelled already.
    """
    if not outbox.cancel_send(session, send_id, now, source):
        raise _cannot(session, send_id, "cancelled")
    return _fresh(session, send_id)


class Timetable:
    """Calls a tick every few seconds, at once at first, never two at a time.

    Args:
        tick: What to call; what it raises is logged, and the next tick comes all the same.
        seconds: The interval.
    """

    def __init__(self, tick: Callable[[], Awaitable[object]], seconds: float = 2.0) -> None:
        self._tick = tick
        self._seconds = seconds
        self._running = asyncio.Lock()
        self._watch: asyncio.TimerHandle | None = None
        # The default drops a tick that is a second late; ours may be late and are made up for.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 100},
        )

    async def __aenter__(self) -> Self:
        self._scheduler.add_job(
            self._guarded, "interval", seconds=self._seconds, next_run_time=datetime.now(UTC)
        )
        self._scheduler.start()
        self._look_at_clock()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._scheduler.remove_all_jobs()
        async with self._running:  # a tick that is at work comes to its end
            self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # the scheduler stops in the loop's next round

    def _look_at_clock(self) -> None:
        """Tick now if the next tick is farther off than the interval: the clock was set back."""
        now, interval = datetime.now(UTC), timedelta(seconds=self._seconds)
        for job in self._scheduler.get_jobs():
            if job.next_run_time - now > 2 * interval:
                log.warning("clock_was_set_back", next_tick_was=job.next_run_time.isoformat())
                job.modify(next_run_time=now)
        self._watch = asyncio.get_running_loop().call_later(self._seconds, self._look_at_clock)

    async def _guarded(self) -> None:
        if self._running.locked():
            return
        async with self._running:
            try:
                await self._tick()
            except StorageError as error:
                log.warning("tick_failed", reason=str(error))
            except Exception:
                log.exception("tick_failed")


def _original(session: Session, issue: Issue) -> Issue:
    if issue.translation_of_id is None:
        return issue
    return session.get_one(Issue, issue.translation_of_id)


def _refuse_second(session: Session, original: Issue, audience: Audience) -> None:
    # On PostgreSQL the lock makes two schedulers of one issue wait for each other.
    session.exec(select(Issue.id).where(Issue.id == original.id).with_for_update()).one()
    others = session.exec(
        select(Send)
        .join(Issue, col(Issue.id) == Send.issue_id)
        .where(Issue.slug == original.slug, Send.status != SendStatus.CANCELLED)
        .order_by(col(Send.id))
    ).all()
    for other in others:
        if audience is other.audience or Audience.EVERYONE in {audience, other.audience}:
            raise ScheduleError(
                f"Issue {original.slug} has a send already: send {other.id} {_standing(other)}. "
                "Nobody gets an issue twice"
                + (
                    "."
                    if other.status is SendStatus.SENT
                    else f"; to change it, first `paperround cancel {other.id}`."
                )
            )


def _standing(send: Send) -> str:
    """Say where a send stands, as the end of a sentence about it."""
    match send.status:
        case SendStatus.SENT:
            return f"was sent on {_at(send.finished_at, send.zone)}"
        case SendStatus.SENDING:
            return f"has been going out since {_at(send.started_at, send.zone)}"
        case SendStatus.PAUSED:
            return f"is paused: {send.pause_reason}"
        case SendStatus.SCHEDULED:
            return f"is scheduled for {_at(send.due_at, send.zone)}"
        case SendStatus.CANCELLED:
            return f"was cancelled on {_at(send.finished_at, send.zone)}"
        case SendStatus.DRAFT:
            return "is a draft"


def _cannot(session: Session, send_id: int, what: str) -> ScheduleError:
    send = session.get(Send, send_id)
    if send is None:
        return ScheduleError(f"There is no send {send_id}. `paperround sends` lists them.")
    return ScheduleError(f"Send {send_id} {_standing(send)}; it cannot be {what}.")


def _fresh(session: Session, send_id: int) -> Send:
    return session.get_one(Send, send_id, populate_existing=True)


def _at(at: datetime | None, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}" if at else "an unknown date"
