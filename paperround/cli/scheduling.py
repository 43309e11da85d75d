"""The command schedule: checks an issue, and says when it goes to whom."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from paperround.cli import checking
from paperround.cli.app import app, console, fail, print_json, remarks, settings, store
from paperround.cli.issues import issue_named
from paperround.cli.sends import AsJson, IssueSlug, shown
from paperround.media import counted
from publisher import schedule as scheduling
from publisher.local_time import local_starts
from storage import outbox
from storage.enums import Audience, UncertainPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from publisher.local_time import LocalStart

MOST_ZONES = 3  # named in a line


@dataclass(frozen=True, slots=True)
class _Timing:
    """When a send goes out.

    Attributes:
        asked_at: The present.
        zone: Of the time that was given, and of readers whose own is not known.
        due_at: When the first copies leave.
        wall: The time on each reader's own clock, where it goes by that.
        starts: When it begins for the readers of each zone then, the earliest first.
    """

    asked_at: datetime
    zone: str
    due_at: datetime
    wall: datetime | None = None
    starts: tuple[LocalStart, ...] = ()


@app.command(name="schedule")
def schedule(  # noqa: PLR0913, PLR0917 - typer makes an option of each
    issue: IssueSlug,
    at: Annotated[
        str | None, typer.Option(help="When, such as `2026-12-01 09:00`; or `now`.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Time zone of --at. Default: the setting home_zone.")
    ] = None,
    audience: Annotated[
        Audience, typer.Option(help="To whom: everyone, email or discord.")
    ] = Audience.EVERYONE,
    on_uncertain: Annotated[
        UncertainPolicy,
        typer.Option(
            help="After a crash: hold what may have arrived, or resend it, at most twice."
        ),
    ] = UncertainPolicy.HOLD,
    now: Annotated[bool, typer.Option("--now", help="Send at once.")] = False,
    reader_local: Annotated[
        bool,
        typer.Option(
            "--reader-local",
            help="--at is the time on each reader's own clock; --zone is for those of unknown zone.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    force: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Schedule what fails its checks; the reason is kept."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Check it without DNS and the web.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Schedule an issue to go to subscribers and channels, each in their language.

    It is checked first, as by `paperround check`; one that fails is refused.
    """
    timing = _timing(
        at, settings().home_zone if zone is None else zone, now=now, reader_local=reader_local
    )
    with store() as database:
        with database.read() as session:
            issue_named(session, issue)
            reach = scheduling.reach(session, audience)
            timing = _started(session, timing, audience)
        if reach.nobody:
            _confirm_nobody(issue, audience, yes=yes)
        report = checking.gate(database, issue, audience, reach, force=force, offline=offline)
        with database.write() as session:
            found = issue_named(session, issue)
            send = scheduling.schedule(
                session,
                found,
                due_at=timing.due_at,
                now=timing.asked_at,
                zone=timing.zone,
                audience=audience,
                on_uncertain=on_uncertain,
                reader_time=timing.wall,
            )
            checking.record_force(session, send.id or 0, report, force, timing.asked_at)
            answer = shown(session, send, found)
    checking.tell(report, force)
    if as_json:
        checks = report.counts if report else None
        more = {"checks": checks, "starts": [_start(it) for it in timing.starts]}
        print_json(answer | asdict(reach) | more)
    else:
        _print_scheduled(answer, timing, reach)


def _timing(at: str | None, zone: str, *, now: bool, reader_local: bool) -> _Timing:
    """Understand when a send shall go out; whose clocks it follows is not known yet."""
    moment = datetime.now(UTC)
    found = scheduling.find_zone(zone)
    if reader_local:
        return _Timing(asked_at=moment, zone=zone, due_at=moment, wall=_wall(at, now=now))
    due_at = _due(at, now=now, zone=found, moment=moment)
    return _Timing(asked_at=moment, zone=zone, due_at=due_at)


def _due(at: str | None, *, now: bool, zone: ZoneInfo, moment: datetime) -> datetime:
    if now and at not in {None, "now"}:
        raise fail("--now and --at exclude each other. Give one of them.")
    if now or at == "now":
        return moment
    if at is None:
        raise fail("When? Give --at '2026-12-01 09:00', or --now.")
    return scheduling.parse_when(at, zone)


def _wall(at: str | None, *, now: bool) -> datetime:
    if now or at in {None, "now"}:
        raise fail("--reader-local needs a time: --at '2026-12-01 09:00'.")
    return scheduling.local_time(at or "")


def _started(session: Session, timing: _Timing, audience: Audience) -> _Timing:
    """Tell when the readers of each zone get it; nobody would where the time is past everywhere."""
    if timing.wall is None:
        return timing
    readers = {} if audience is Audience.DISCORD else outbox.count_zones(session)
    if audience is not Audience.EMAIL or not readers:
        readers.setdefault(None, 0)  # Discord goes by the clock of home
    starts = local_starts(timing.wall, timing.zone, readers, not_before=timing.asked_at)
    if starts[-1].at == timing.asked_at:
        raise fail(f"{timing.wall:%Y-%m-%d %H:%M} is past for every reader. Give a later time.")
    return replace(timing, due_at=starts[0].at, starts=tuple(starts))


def _print_scheduled(send: dict[str, Any], timing: _Timing, reach: scheduling.Reach) -> None:
    """Say what goes out when, and to how many."""
    at_once = timing.due_at == timing.asked_at
    local = timing.due_at.astimezone(ZoneInfo(timing.zone))
    console.print(
        f"Send {send['id']}: issue {send['issue']} goes out "
        + ("from " if timing.wall else "" if at_once else "on ")
        + ("now" if at_once else f"{local:%A, %d %B %Y at %H:%M %Z}")
        + (f" ({timing.wall:%H:%M} on each reader's clock)" if timing.wall else "")
        + f" to {_whom(Audience(send['audience']), reach)}, as of today."
    )
    if timing.starts:
        console.print(_start_table(timing.starts))
    remarks.print(
        "It leaves while `paperround serve` runs; `paperround sends` shows how far it is."
    )


def _whom(audience: Audience, reach: scheduling.Reach) -> str:
    subscribers = counted(reach.subscribers, "subscriber")
    channels = counted(reach.channels, "channel")
    match audience:
        case Audience.EVERYONE:
            return f"{subscribers} and {channels}"
        case Audience.EMAIL:
            return subscribers
        case Audience.DISCORD:
            return channels


def _start(it: LocalStart) -> dict[str, Any]:
    return {
        "at": it.at.isoformat(),
        "zones": list(it.zones),
        "readers": it.readers,
        "utc_offset": _offset(it.offset),
        "summer_time": it.is_summer,
        "moved": it.is_moved,
    }


def _start_table(starts: Sequence[LocalStart]) -> Table:
    table = Table("leaves at (UTC)", "clocks", "readers", "zones", box=None)
    for it in starts:
        names = [zone or "zone not known" for zone in it.zones]
        more = f" and {len(names) - MOST_ZONES} more" if len(names) > MOST_ZONES else ""
        remark = " summer time" if it.is_summer else ""
        remark += ", an hour later: clocks go forward" if it.is_moved else ""
        table.add_row(
            f"{it.at:%Y-%m-%d %H:%M}", f"UTC{_offset(it.offset)}{remark}", f"{it.readers:,}",
            ", ".join(names[:MOST_ZONES]) + more,
        )  # fmt: skip
    return table


def _offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _confirm_nobody(issue: str, audience: Audience, *, yes: bool) -> None:
    if yes:
        return
    whom = {
        Audience.EVERYONE: "subscriber nor channel",
        Audience.EMAIL: "subscriber",
        Audience.DISCORD: "channel",
    }[audience]
    nobody = f"There is no active {whom}, so at this moment nobody would get issue {issue}."
    if not sys.stdin.isatty():
        raise fail(f"{nobody} Give --yes to schedule it all the same.")
    if not typer.confirm(f"{nobody} Schedule it all the same?"):
        raise fail("Nothing was scheduled.")
