"""The commands around sends: schedule, sends, pause, resume, cancel, why."""

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
from paperround.cli.watching import one_send, watch
from publisher import schedule as scheduling
from publisher.local_time import local_starts
from storage import outbox
from storage.enums import Audience, UncertainPolicy
from storage.names import mailbox_key
from storage.tables import Issue, Send

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlmodel import Session

    from publisher.local_time import LocalStart
    from storage.outbox import Story

MOST_ZONES = 3  # named in a line

IssueSlug = Annotated[str, typer.Argument(help="Slug of the issue, such as 2022-04.")]
SendId = Annotated[int, typer.Argument(help="Number of the send, as `paperround sends` lists it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


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
        typer.Option(help="After a crash: hold what may have arrived, or resend it."),
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
    offline: Annotated[bool, typer.Option("--offline", help="Check it without DNS.")] = False,
    as_json: AsJson = False,
) -> None:
    """Schedule an issue to go to subscribers and channels, each in their language.

    It is checked first, as by `paperround check`; one that fails is refused.
    """
    timing = _timing(at, zone or settings().home_zone, now=now, reader_local=reader_local)
    with store() as database:
        with database.read() as session:
            issue_named(session, issue)
            reach = scheduling.reach(session, audience)
            timing = _started(session, timing, audience)
        if reach.nobody:
            _confirm_nobody(issue, audience, yes=yes)
        report = checking.gate(database, issue, audience, force=force, offline=offline)
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
            answer = _send(session, send, found)
    checking.tell(report, force)
    if as_json:
        checks = report.counts if report else None
        more = {"checks": checks, "starts": [_start(it) for it in timing.starts]}
        print_json(answer | asdict(reach) | more)
    else:
        _print_scheduled(answer, timing, reach)


@app.command(name="sends")
def sends(
    send: Annotated[
        int | None, typer.Argument(help="Only the send of this number.", show_default=False)
    ] = None,
    watching: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Show rate, time left and balance every second, until all are sent or cancelled. "
            "Without SEND: what runs, is paused, or is due within the hour.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the sends with their balance: planned = submitted + failed + … + pending."""
    if watching:
        with store(indexed=False) as database:
            watch(database, send, describe=_send, counts=_counts, as_json=as_json)
        return
    with store() as database, database.read() as session:
        found = outbox.list_sends(session) if send is None else [one_send(session, send)]
        listed = [_send(session, it, issue) for it, issue in found]
    if as_json:
        print_json(listed)
        return
    if not listed:
        console.print("No send yet. Schedule one with `paperround schedule ISSUE --at …`.")
        return
    console.print(_table(listed))
    for it in listed:
        if it["pause_reason"]:
            console.print(f"Send {it['id']} is paused: {it['pause_reason']}", markup=False)
        if it["forced"]:
            what = f"Send {it['id']} was forced though {it['forced']['checks']} failed"
            console.print(f"{what}: {it['forced']['reason']}", markup=False)
        if not it["holds"]:
            console.print(f"Send {it['id']}: the balance does not hold; please report this.")


@app.command(name="pause")
def pause(send: SendId, as_json: AsJson = False) -> None:
    """Hold back what has not left yet; takes effect within a second."""
    _change(scheduling.pause, send, "is paused", as_json=as_json)


@app.command(name="resume")
def resume(send: SendId, as_json: AsJson = False) -> None:
    """Go on with a paused send."""
    _change(scheduling.resume, send, "goes on", as_json=as_json)


@app.command(name="cancel")
def cancel(send: SendId, as_json: AsJson = False) -> None:
    """Take back, for good, what has not left yet."""
    _change(scheduling.cancel, send, "is cancelled", as_json=as_json)


@app.command(name="why")
def why(
    address: Annotated[str, typer.Argument(help="Email address of the recipient.")],
    issue: IssueSlug,
    as_json: AsJson = False,
) -> None:
    """Tell the story of one recipient of one issue: what happened, when, and why."""
    with store() as database, database.read() as session:
        issue_named(session, issue)
        told = outbox.story(session, mailbox_key(address), issue)
    if as_json:
        print_json(_story(told))
        return
    for sentence in told.sentences:
        console.print(sentence, markup=False)
    for event in told.events:
        rest = {k: v for k, v in event.items() if k not in {"at", "kind"} and v != ""}
        known = ", ".join(f"{name} {value}" for name, value in rest.items())
        console.print(f"  {event['at'][:19]}  {event['kind']:<12} {known}", markup=False)


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
    readers: dict[str | None, int] = {None: 0}
    if audience is not Audience.DISCORD:
        readers |= outbox.count_zones(session)
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
        + ("from " if timing.wall and not at_once else "")
        + ("now" if at_once else f"on {local:%A, %d %B %Y at %H:%M %Z}")
        + (f" ({timing.wall:%H:%M} on each reader's clock)" if timing.wall else "")
        + f" to {reach.subscribers} subscribers and {reach.channels} channels, as of today."
    )
    if timing.starts:
        console.print(_start_table(timing.starts))
    remarks.print(
        "It leaves while `paperround serve` runs; `paperround sends` shows how far it is."
    )


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


def _change(
    act: Callable[[Session, int, datetime], Send], send_id: int, words: str, *, as_json: bool
) -> None:
    with store() as database, database.write() as session:
        send = act(session, send_id, datetime.now(UTC))
        answer = _send(session, send, session.get_one(Issue, send.issue_id))
    if as_json:
        print_json(answer)
    else:
        console.print(f"Send {send_id} {words}. {_counts(answer['balance'])}")


def _send(session: Session, send: Send, issue: Issue) -> dict[str, Any]:
    balance = outbox.balance(session, send.id or 0)
    return {
        "id": send.id,
        "issue": issue.slug,
        "title": issue.title,
        "audience": send.audience.value,
        "status": send.status.value,
        "due_at": send.due_at.isoformat(),
        "zone": send.zone,
        "reader_time": send.reader_time,
        "on_uncertain": send.on_uncertain.value,
        "started_at": send.started_at.isoformat() if send.started_at else None,
        "finished_at": send.finished_at.isoformat() if send.finished_at else None,
        "pause_reason": send.pause_reason,
        "forced": outbox.forced(session, send.id or 0),
        "balance": asdict(balance),
        "holds": balance.holds,
    }


def _counts(balance: dict[str, int]) -> str:
    parts = [f"{count} {name}" for name, count in balance.items() if count and name != "planned"]
    return f"{balance['planned']} planned" + (f" = {' + '.join(parts)}" if parts else "")


def _table(listed: list[dict[str, Any]]) -> Table:
    table = Table("send", "issue", "audience", "status", "due", "balance", "holds", box=None)
    for it in listed:
        due = datetime.fromisoformat(it["due_at"]).astimezone(ZoneInfo(it["zone"]))
        table.add_row(
            str(it["id"]),
            it["issue"],
            it["audience"],
            it["status"],
            f"{due:%Y-%m-%d %H:%M %Z}",
            _counts(it["balance"]) if it["started_at"] else "not started",
            "yes" if it["holds"] else "NO",
        )
    return table


def _story(told: Story) -> dict[str, Any]:
    return {
        "issue": told.slug,
        "subscriber": told.subscriber_id,
        "subscriber_status": told.subscriber_status,
        "deliveries": [asdict(it) for it in told.sends],
        "sentences": told.sentences,
        "events": told.events,
    }
