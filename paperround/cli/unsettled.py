"""The command `uncertain`: lists the deliveries nobody knows the end of, and settles them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the types
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from paperround.cli.app import app, console, fail, print_json, remarks, settings, store
from paperround.settling import Settlement, settle_by_evidence
from publisher.views import find_issue
from storage import outbox
from storage.enums import DeliveryStatus

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.database import Database
    from storage.outbox import Uncertain


@app.command(name="uncertain")
def uncertain(  # noqa: PLR0913, PLR0917 - typer makes an option of each
    issue: Annotated[str, typer.Argument(help="Slug of the issue, such as 2022-04.")],
    resend: Annotated[bool, typer.Option("--resend", help="Hand each off once more.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Take each as submitted.")] = False,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Settle what this file proves: a mail server's log, or delivery status "
            "notifications (.eml, mbox). May be given several times, logs in their order.",
            show_default=False,
        ),
    ] = None,
    log_complete: Annotated[
        str | None,
        typer.Option(
            metavar="FROM",
            help="The logs name every mail from this time (ISO 8601) to their end, of all our mail "
            "servers: what is absent goes out again.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """List the deliveries of which a crash left unknown whether they arrived; settle them."""
    if sum((resend, accept, bool(evidence))) > 1:
        raise fail("--resend, --accept and --evidence exclude each other. Give one of them.")
    if log_complete and not evidence:
        raise fail("--log-complete speaks of a log. Give the log by --evidence FILE.")
    with store(indexed=False) as database:
        with database.read() as session:
            _check_issue(session, issue)
        if evidence:
            _by_evidence(database, issue, evidence, log_complete, as_json=as_json)
        else:
            _on_request(database, issue, resend=resend, accept=accept, as_json=as_json)


def _check_issue(session: Session, slug: str) -> None:
    if find_issue(session, slug) is None:
        raise fail(f"There is no issue {slug!r}. `paperround issues` lists those there are.")


def _by_evidence(
    database: Database, issue: str, files: list[Path], log_complete: str | None, *, as_json: bool
) -> None:
    now = datetime.now(UTC)
    complete_from = _moment(log_complete, now) if log_complete else None
    done = settle_by_evidence(
        settings(), database, issue, files, complete_from=complete_from, now=now
    )
    if as_json:
        print_json(
            {"uncertain": [_told(it) for it in done.found], "settled": done.count()}
            | {"evidence": _counted(done)}
        )
        return
    for sentence in _sentences(done, issue):
        console.print(sentence, markup=False, soft_wrap=True)
    if len(done.found) > done.count():
        remarks.print("`paperround uncertain` lists what is left; --resend and --accept settle it.")


def _counted(done: Settlement) -> dict[str, int]:
    return {
        "by_log": done.count("log"),
        "by_notification": done.count("notification"),
        "by_absence": done.count("absence"),
        "submitted": done.count(status=DeliveryStatus.SUBMITTED),
        "failed": done.count(status=DeliveryStatus.FAILED),
        "bounced": sum(proof.address_is_dead for _, proof in done.proofs.values()),
        "resent": done.count(status=DeliveryStatus.PENDING),
        "left": len(done.found) - done.count(),
        "unclear": done.unclear,
        "earlier": done.earlier,
    }


def _sentences(done: Settlement, issue: str) -> list[str]:
    if not done.found:
        return [f"Nothing is uncertain in issue {issue}."]
    it = _counted(done)
    said = {
        "by_log": "taken by the mail server, says the log: submitted.",
        "by_notification": f"settled by notifications, {it['failed']} of them as failed "
        f"({it['bounced']} bounced).",
        "by_absence": "never taken, says the complete log: handed off again.",
        "left": "left uncertain.",
        "unclear": "of these named in the log, which does not say what became of them.",
        "earlier": "of these may have left before the log is complete.",
    }
    return [f"{it[name]} {words}" for name, words in said.items() if it[name] or name == "left"]


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise fail(
            f"{text!r} is not a time. Write one such as 2026-12-01T09:00 or 2026-12-01T08:00Z."
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(settings().home_zone))
    if moment > now:
        raise fail(f"{text} is not past. Give the time from which on the log is complete.")
    return moment


def _on_request(
    database: Database, issue: str, *, resend: bool, accept: bool, as_json: bool
) -> None:
    with database.write() as session:
        found = outbox.uncertain(session, issue)
        settled = 0
        if resend or accept:
            settle = outbox.resend if resend else outbox.accept
            settled = settle(session, issue, datetime.now(UTC))
    if as_json:
        print_json({"uncertain": [_told(it) for it in found], "settled": settled})
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
        remarks.print(
            "Settle them with --evidence (a log, a notification), --resend (a duplicate is possible) "
            "or --accept (a gap is)."
        )


def _told(it: Uncertain) -> dict[str, Any]:
    return {
        "delivery_id": it.delivery_id,
        "send_id": it.send_id,
        "medium": it.medium.value,
        "recipient": it.recipient,
        "since": it.since,
        "detail": it.detail,
    }
