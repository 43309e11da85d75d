"""The commands around sends: schedule, sends, pause, resume, cancel, why, uncertain."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from paperround.cli.app import app, console, fail, print_json, remarks, settings, store
from publisher import schedule as scheduling
from publisher.views import find_issue, latest_issues
from storage import outbox
from storage.enums import Audience, UncertainPolicy
from storage.names import mailbox_key
from storage.tables import Issue, Send

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

    from storage.outbox import Story

IssueSlug = Annotated[str, typer.Argument(help="Slug of the issue, such as 2022-04.")]
SendId = Annotated[int, typer.Argument(help="Number of the send, as `paperround sends` lists it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


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
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Schedule an issue to go to subscribers and channels, each in their language."""
    moment = datetime.now(UTC)
    zone_name = zone or settings().home_zone
    due_at = _due(at, now=now, zone=scheduling.find_zone(zone_name), moment=moment)
    with store() as database:
        with database.read() as session:
            _issue(session, issue)
            reach = scheduling.reach(session, audience)
        if reach.nobody:
            _confirm_nobody(issue, audience, yes=yes)
        with database.write() as session:
            found = _issue(session, issue)
            send = scheduling.schedule(
                session,
                found,
                due_at=due_at,
                now=moment,
                zone=zone_name,
                audience=audience,
                on_uncertain=on_uncertain,
            )
            answer = _send(session, send, found)
    if as_json:
        print_json(answer | {"subscribers": reach.subscribers, "channels": reach.channels})
        return
    local = due_at.astimezone(ZoneInfo(zone_name))
    console.print(
        f"Send {send.id}: issue {issue} goes out "
        + ("now" if due_at == moment else f"on {local:%A, %d %B %Y at %H:%M %Z}")
        + f" to {reach.subscribers} subscribers and {reach.channels} channels, as of today."
    )
    remarks.print(
        "It leaves while `paperround serve` runs; `paperround sends` shows how far it is."
    )


@app.command(name="sends")
def sends(as_json: AsJson = False) -> None:
    """List the sends with their balance: planned = submitted + failed + … + pending."""
    with store() as database, database.read() as session:
        listed = [_send(session, send, issue) for send, issue in outbox.list_sends(session)]
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
        _issue(session, issue)
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


@app.command(name="uncertain")
def uncertain(
    issue: IssueSlug,
    resend: Annotated[bool, typer.Option("--resend", help="Hand each off once more.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Take each as submitted.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the deliveries of which a crash left unknown whether they arrived; settle them."""
    if resend and accept:
        raise fail("--resend and --accept exclude each other. Give one of them.")
    with store() as database, database.write() as session:
        _issue(session, issue)
        found = outbox.uncertain(session, issue)
        settled = 0
        if resend or accept:
            settle = outbox.resend if resend else outbox.accept
            settled = settle(session, issue, datetime.now(UTC))
    if as_json:
        print_json({"uncertain": [asdict(it) for it in found], "settled": settled})
        return
    if not found:
        console.print(f"Nothing is uncertain in issue {issue}.")
    for it in found:
        line = f"send {it.send_id}  {it.recipient}  since {it.since:%Y-%m-%d %H:%M:%S} UTC"
        console.print(f"{line}  {it.detail or ''}", markup=False)
    if settled:
        console.print(
            f"{settled} {'will be handed off again' if resend else 'count as submitted'}."
        )
    elif found and (resend or accept):
        console.print("They belong to a cancelled send and stay as they are.")
    elif found:
        remarks.print("Settle them with --resend (a duplicate is possible) or --accept (a gap is).")


def _due(at: str | None, *, now: bool, zone: ZoneInfo, moment: datetime) -> datetime:
    if now and at not in {None, "now"}:
        raise fail("--now and --at exclude each other. Give one of them.")
    if now or at == "now":
        return moment
    if at is None:
        raise fail("When? Give --at '2026-12-01 09:00', or --now.")
    return scheduling.parse_when(at, zone)


def _issue(session: Session, slug: str) -> Issue:
    found = find_issue(session, slug)
    if found is None:
        known = [issue.slug for issue in latest_issues(session, limit=5, drafts=True)]
        advice = f"The newest are {', '.join(known)}." if known else "Import one first."
        raise fail(f"There is no issue {slug!r}. {advice}")
    return found


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
        "on_uncertain": send.on_uncertain.value,
        "started_at": send.started_at.isoformat() if send.started_at else None,
        "finished_at": send.finished_at.isoformat() if send.finished_at else None,
        "pause_reason": send.pause_reason,
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
