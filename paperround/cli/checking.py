"""The command `check`, which looks at an issue as its readers' programs will; and the gate of `schedule`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from paperround.cli.app import app, console, fail, print_json, remarks, settings, store
from paperround.cli.issues import issue_named
from paperround.media import check_delivery
from paperround.preflight import Report, preflight_of
from paperround.preflight.records import asking_dns, reading_zone
from storage import outbox
from storage.enums import Audience

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from mailer.preflight import Level
    from mailer.preflight.spf import Ask
    from publisher.schedule import Reach
    from storage.database import Database

FAILED: Final = 1
PATIENCE_S: Final = 10.0
HASTE_S: Final = 3.0  # of a schedule: what is not answered by then is a warning
_STYLES: Final = {"pass": "green", "warn": "yellow", "fail": "bold red", "skip": "dim"}
_ORDER: Final[tuple[Level, ...]] = ("pass", "skip", "warn", "fail")  # what matters stands last


@app.command(name="check")
def check(  # noqa: PLR0913 - typer makes an option of each
    issue: Annotated[str, typer.Argument(help="Slug of the issue, such as 2022-04.")],
    *,
    links: Annotated[bool, typer.Option("--links", help="Ask each link if it answers.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask neither DNS nor the web.")
    ] = False,
    rules: Annotated[
        Path | None,
        typer.Option(help="File of what mail programs lack. Default: the setting client_rules."),
    ] = None,
    zone: Annotated[
        typer.FileText | None,
        typer.Option(
            metavar="FILE",
            encoding="utf-8-sig",
            errors="replace",  # a comment may be in any encoding; what counts is ASCII
            help="A zone file (BIND), or - for standard input, instead of asking DNS.",
        ),
    ] = None,
    origin: Annotated[
        str | None, typer.Option(help="Domain of the zone file. Default: the sender's.")
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(help="IP address of the DNS server to ask. Default: this machine's."),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 53,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Render an issue for real and judge it as its readers' programs will; exit 1 if something failed.

    Looks at headers, size, links, languages, alt texts, the text part, what mail programs lack, the
    DNS records of the sender's domain, whether the page to unsubscribe answers, and SpamAssassin's
    opinion where it is installed.
    """
    if offline and (links or zone or server):
        raise fail(
            "--offline asks nobody. Leave it out, or leave out --links, --zone and --server."
        )
    if zone and server:
        raise fail("--zone and --server exclude each other. Give one of them.")
    ask = asking_dns(server, port, PATIENCE_S)
    if zone:
        ask = reading_zone(zone.read(), (origin or _sender_domain()).lower().rstrip("."))
    with store() as database:
        with database.read() as session:
            issue_named(session, issue)
        report = preflight_of(
            settings(),
            database,
            rules=rules,
            ask=None if offline else ask,
            ask_links=links,
            given_zone=bool(zone or server),
        ).run(issue)
    if as_json:
        print_json(report.as_json())
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(FAILED)


def gate(  # noqa: PLR0913 - what, to whom, and how; the last are named
    database: Database,
    issue: str,
    audience: Audience,
    reach: Reach,
    *,
    force: str | None,
    offline: bool,
) -> Report | None:
    """Look at an issue before it is scheduled; refuse one that fails, unless there is a reason not to.

    Returns:
        What was found; None where no mail goes out, and nothing else is wrong.

    Raises:
        UserError: Something failed, and no reason was given; or the reason is empty.
    """
    if force is not None and not force.strip():
        raise fail("--force wants a reason, which is kept. Say why.")
    if audience is Audience.DISCORD:
        report = Report(issue)
    else:
        ask: Ask | None = None if offline else asking_dns(None, 53, HASTE_S)
        report = preflight_of(settings(), database, ask=ask).run(issue)
    report.add(check_delivery(settings(), reach))
    if not report.ok and force is None:
        raise fail(_refusal(report))
    return report if report.found else None


def record_force(
    session: Session, send_id: int, report: Report | None, force: str | None, now: datetime
) -> None:
    """Keep why a send was scheduled in spite of what failed."""
    if force is not None and report is not None and not report.ok:
        names = list(dict.fromkeys(it.name for _, it in report.of("fail")))
        outbox.record_forced(session, send_id, force.strip(), names, now)


def tell(report: Report | None, force: str | None) -> None:
    """Say in a line what the gate found about an issue that was scheduled."""
    if report is None:
        return
    if report.ok and force is not None:
        remarks.print("Nothing failed, so there was nothing to force.")
    told = f"Checked: {report.summary}. `paperround check {report.issue}` tells more."
    remarks.print(told, markup=False, style="dim")


def _refusal(report: Report) -> str:
    failed = [
        f"  {it.name}{f' ({language})' if language else ''}: {it.what} {it.remedy}".rstrip()
        + (f" [{it.place}]" if it.place else "")
        for language, it in report.of("fail")
    ]
    checks = "1 check" if len(failed) == 1 else f"{len(failed)} checks"
    return "\n".join(
        [
            f"Issue {report.issue} was not scheduled, because {checks} failed:",
            *failed,
            "Mend them, or give --force with a reason, which is kept.",
        ]
    )


def _print(report: Report) -> None:
    table = Table("", "check", "edition", "found", box=None, pad_edge=False)
    for level in _ORDER:
        for language, it in report.of(level):
            found = Text(it.what)
            if it.remedy:
                found.append(f" {it.remedy}", style="italic")
            if it.place and level != "pass":
                found.append(f" [{it.place}]", style="dim")
            table.add_row(Text(level, style=_STYLES[level]), it.name, language or "", found)
    console.print(table)
    console.print(f"Issue {report.issue}: {report.summary}.", markup=False)


def _sender_domain() -> str:
    sender = settings().sender_address
    if sender is None:
        raise fail("No sender is set, so the zone is of no use. Set PAPERROUND_SENDER_ADDRESS.")
    return sender.rpartition("@")[2]
