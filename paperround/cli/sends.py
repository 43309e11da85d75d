"""The commands around sends: sends, pause, resume, cancel, why."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from paperround.cli.app import app, console, print_json, settings, store
from paperround.cli.issues import issue_named
from paperround.cli.watching import one_send, watch
from paperround.media import media_off, quiet_reason, wait_reason
from publisher import schedule as scheduling
from storage import outbox
from storage.enums import DeliveryStatus, Medium, SendStatus
from storage.names import mailbox_key
from storage.tables import Issue, Send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlmodel import Session

    from storage.outbox import Story

IssueSlug = Annotated[str, typer.Argument(help="Slug of the issue, such as 2022-04.")]
LARGEST_ID = 2**31 - 1  # of PostgreSQL's integer
SendId = Annotated[
    int,
    typer.Argument(max=LARGEST_ID, help="Number of the send, as `paperround sends` lists it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


@app.command(name="sends")
def sends(
    send: Annotated[
        int | None,
        typer.Argument(max=LARGEST_ID, help="Only the send of this number.", show_default=False),
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
            watch(database, send, describe=shown, counts=_counts, as_json=as_json)
        return
    with store() as database, database.read() as session:
        found = outbox.list_sends(session) if send is None else [one_send(session, send)]
        listed = [shown(session, it, issue) for it, issue in found]
    if as_json:
        print_json(listed)
        return
    if not listed:
        console.print("No send yet. Schedule one with `paperround schedule ISSUE --at …`.")
        return
    console.print(_table(listed))
    for it in listed:
        if it["reader_time"] and it["status"] != SendStatus.CANCELLED:
            at = it["reader_time"].replace("T", " ")
            console.print(f"Send {it['id']} goes by each reader's own clock: {at}.")
        if it["pause_reason"]:
            why_so = it["pause_reason"].rstrip(".")
            how = f"`paperround resume {it['id']}` goes on."
            console.print(f"Send {it['id']} is paused: {why_so}. {how}", markup=False)
        if it["wait_reason"]:
            console.print(_waits(it["id"], it["wait_reason"]), markup=False)
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
        told.sentences += _waiting(session, told)
    if as_json:
        print_json(_story(told))
        return
    for sentence in told.sentences:
        console.print(sentence, markup=False)
    for event in told.events:
        known = ", ".join(_known(event))
        at = datetime.fromisoformat(event["at"]).astimezone(UTC)
        line = f"  {at:%Y-%m-%d %H:%M:%S} UTC  {event['kind']:<12} {known}"
        console.print(line, markup=False)


def _known(event: dict[str, Any]) -> Iterator[str]:
    """Tell what is known of an event besides when and what it was, its times in its own zone."""
    zone = ZoneInfo(event.get("zone", "UTC"))
    for name, value in event.items():
        if name.endswith("_at"):
            at = datetime.fromisoformat(value).astimezone(zone)
            yield f"{name.removesuffix('_at')} at {at:%Y-%m-%d %H:%M:%S %Z}"
        elif name not in {"at", "kind"} and value != "":
            yield f"{name} {value}"


def _change(
    act: Callable[[Session, int, datetime], Send], send_id: int, words: str, *, as_json: bool
) -> None:
    with store() as database, database.write() as session:
        send = act(session, send_id, datetime.now(UTC))
        answer = shown(session, send, session.get_one(Issue, send.issue_id))
    if as_json:
        print_json(answer)
    else:
        left = _counts(answer["balance"]) if answer["started_at"] else "Nothing has left."
        console.print(f"Send {send_id} {words}. {left}")


def shown(session: Session, send: Send, issue: Issue) -> dict[str, Any]:
    """Give what is told of a send, as JSON can hold it."""
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
        "pause_reason": send.pause_reason if send.status is SendStatus.PAUSED else None,
        "wait_reason": _wait_reason(session, send),
        "forced": outbox.forced(session, send.id or 0),
        "balance": asdict(balance),
        "holds": balance.holds,
    }


def _wait_reason(session: Session, send: Send) -> str | None:
    """Say why a send waits, as far as the settings here and the ledger show it; None where it does not."""
    if send.status is not SendStatus.SENDING:
        return None
    now = datetime.now(UTC)
    off = media_off(settings())
    waiting = scheduling.untaken(session, send, now) if off else set()
    nobody = next((wait_reason(medium) for medium in off if medium in waiting), None)
    quiet = quiet_reason(settings(), now)
    if quiet and not scheduling.has_open(session, send, Medium.EMAIL):
        quiet = None
    return nobody or quiet or outbox.wait_noted(session, send.id or 0)


def _waiting(session: Session, told: Story) -> list[str]:
    """Say of which sends the recipient's copy waits for want of a process that delivers it."""
    ids = [it.send_id for it in told.sends if it.status is DeliveryStatus.PENDING]
    reasons = {it: _wait_reason(session, session.get_one(Send, it)) for it in ids}
    return [_waits(send_id, reason) for send_id, reason in reasons.items() if reason]


def _waits(send_id: int, reason: str) -> str:
    return f"Send {send_id} waits: {reason}"


def _counts(balance: dict[str, int]) -> str:
    parts = [f"{count} {name}" for name, count in balance.items() if count and name != "planned"]
    return f"{balance['planned']} planned" + (f" = {' + '.join(parts)}" if parts else "")


def _table(listed: list[dict[str, Any]]) -> Table:
    table = Table("send", "issue", "audience", "status", "due", "balance", box=None)
    for it in listed:
        due = datetime.fromisoformat(it["due_at"]).astimezone(ZoneInfo(it["zone"]))
        table.add_row(
            str(it["id"]),
            it["issue"],
            it["audience"],
            it["status"],
            f"{due:%Y-%m-%d %H:%M %Z}",
            _counts(it["balance"]) if it["started_at"] else "not started",
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
