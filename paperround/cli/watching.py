"""Shows how running sends get on, second by second, from the database alone; changes nothing.

It may run beside the processes that deliver, on any machine that reaches the database.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from paperround.cli.app import console, fail, remarks
from publisher.progress import Look, Progress
from storage import outbox
from storage.enums import SendStatus
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlmodel import Session

    from storage.database import Database
    from storage.tables import Issue, Send

    Describe = Callable[[Session, Send, Issue], dict[str, Any]]
    CountsInWords = Callable[[dict[str, int]], str]

LOOK_S = 1.0
LINE_S = 5.0  # between two plain lines of a send
AHEAD = timedelta(hours=1)
INTERRUPTED = 130
NOTHING = "No send runs, is paused, or is due within the hour."
_ENDED = {SendStatus.SENT.value, SendStatus.CANCELLED.value}
_OPEN = ("pending", "submitting", "deferred")


def watch(
    database: Database,
    send_id: int | None,
    *,
    describe: Describe,
    counts: CountsInWords,
    as_json: bool,
) -> None:
    """Show sends until each is sent or cancelled, or Ctrl-C is pressed.

    Args:
        database: Where they are.
        send_id: The one to watch; None for all that run, are paused, or are due within the hour.
        describe: Gives a send as `paperround sends --json` has it.
        counts: Puts a balance into words.
        as_json: Whether to print a JSON object per look instead.

    Raises:
        UserError: There is no such send.
        Exit: With 130, when Ctrl-C was pressed.
    """
    looks = _looks(Watch(database, send_id, describe))
    try:
        if as_json:
            _print_json(looks)
        elif console.is_terminal:
            _draw(looks, counts)
        else:
            _print_lines(looks, counts)
    except KeyboardInterrupt:
        remarks.print("Not watching any more; the sends go on as before.")
        raise typer.Exit(INTERRUPTED) from None


def one_send(session: Session, send_id: int) -> tuple[Send, Issue]:
    """Find a send and its issue.

    Raises:
        UserError: There is no such send.
    """
    found = outbox.send_with_issue(session, send_id)
    if found is None:
        raise fail(f"There is no send {send_id}. `paperround sends` lists those there are.")
    return found


@dataclass
class Watch:
    """Looks at sends and remembers how fast each one was."""

    database: Database
    send_id: int | None
    describe: Describe
    _progress: dict[int, Progress] = field(default_factory=dict)

    def look(self) -> list[dict[str, Any]]:
        """Describe each watched send, with its rate and what is left.

        Raises:
            UserError: There is no such send.
            StorageError: The database does not answer.
        """
        with self.database.read() as session:
            return [self._of(session, send, issue) for send, issue in self._chosen(session)]

    def _chosen(self, session: Session) -> list[tuple[Send, Issue]]:
        if self.send_id is None:
            until = datetime.now(UTC) + AHEAD
            return outbox.sends_to_watch(session, until, list(self._progress))
        return [one_send(session, self.send_id)]

    def _of(self, session: Session, send: Send, issue: Issue) -> dict[str, Any]:
        answer = self.describe(session, send, issue)
        balance, send_id = answer["balance"], send.id or 0
        ended = balance["planned"] - sum(balance[name] for name in _OPEN)
        ready = balance["pending"] + balance["submitting"]
        running = send.status is SendStatus.SENDING and send.planned is not None
        progress = self._progress.setdefault(send_id, Progress())
        progress.add(Look(time.monotonic(), ended, ready, running))
        retry_at = outbox.next_retry(session, send_id) if balance["deferred"] else None
        return answer | {
            "ended": ended,
            "rate": None if progress.rate is None else round(progress.rate, 1),
            "seconds_left": progress.seconds_left and round(progress.seconds_left),
            "next_retry_at": retry_at.isoformat() if retry_at else None,
        }


def _looks(watch: Watch) -> Iterator[list[dict[str, Any]]]:
    """Look every second until every send has ended."""
    sends = watch.look()
    yield sends
    while any(it["status"] not in _ENDED for it in sends):
        time.sleep(LOOK_S)
        sends = _insist(watch)
        yield sends


def _insist(watch: Watch) -> list[dict[str, Any]]:
    """Look, however long the database takes to come back."""
    silent = False
    while True:
        try:
            return watch.look()
        except StorageError as error:
            if not silent:
                remarks.print(f"{error}; waiting for it.", markup=False)
            silent = True
            time.sleep(LOOK_S)


def _print_json(looks: Iterator[list[dict[str, Any]]]) -> None:
    for sends in looks:
        look = {"at": datetime.now(UTC).isoformat(), "sends": sends}
        typer.echo(json.dumps(look, ensure_ascii=False))


def _print_lines(looks: Iterator[list[dict[str, Any]]], counts: CountsInWords) -> None:
    """Print a line per send when something changed, at most every five seconds; its end at once."""
    printed: dict[int, tuple[float, dict[str, Any]]] = {}
    for sends in looks:
        if not sends:
            remarks.print(NOTHING)
        for it in sends:
            at, before = printed.get(it["id"], (-LINE_S, {}))
            now = time.monotonic()
            is_news = _standing(it) != _standing(before)
            if is_news and (now - at >= LINE_S or it["status"] in _ENDED):
                printed[it["id"]] = (now, it)
                console.print(_line(it, counts), markup=False, soft_wrap=True)


def _draw(looks: Iterator[list[dict[str, Any]]], counts: CountsInWords) -> None:
    with Live(console=console, auto_refresh=False) as live:
        for sends in looks:
            live.update(_bars(sends, counts) if sends else NOTHING, refresh=True)


def _standing(it: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(it.get(name) for name in ("status", "pause_reason", "wait_reason", "balance"))


def _line(it: dict[str, Any], counts: CountsInWords) -> str:
    parts = [_name(it), _percent(it), _rate(it), outlook(it), _balance(it, counts)]
    return "  ".join(part for part in parts if part)


def _bars(sends: list[dict[str, Any]], counts: CountsInWords) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for it in sends:
        bar = ProgressBar(total=it["balance"]["planned"] or 1, completed=it["ended"], width=20)
        words = (_name(it), _percent(it), _rate(it), outlook(it), _balance(it, counts))
        name, *rest = (Text(part) for part in words)
        table.add_row(name, bar, *rest)
    return table


def _name(it: dict[str, Any]) -> str:
    return f"send {it['id']}  {it['issue']}"


def _percent(it: dict[str, Any]) -> str:
    planned = it["balance"]["planned"]
    # Rounded down, so that 100 % means all of them.
    return f"{it['ended'] * 100 // planned} %" if planned else ""


def _rate(it: dict[str, Any]) -> str:
    rate = it["rate"]
    if rate is None:
        return ""
    return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"  # noqa: PLR2004 - two digits are enough


def _balance(it: dict[str, Any], counts: CountsInWords) -> str:
    return counts(it["balance"]) if it["started_at"] else "not started"


def outlook(it: dict[str, Any], now: datetime | None = None) -> str:
    """Say what comes next for a send: when it starts, why it stands still, or when it will be through."""
    zone = ZoneInfo(it["zone"])
    match SendStatus(it["status"]):
        case SendStatus.PAUSED:
            return f"paused: {it['pause_reason']}"
        case SendStatus.DRAFT | SendStatus.SCHEDULED:
            return f"starts at {_clock(it['due_at'], zone)}"
        case SendStatus.SENT:
            return f"sent at {_clock(it['finished_at'], zone)}"
        case SendStatus.CANCELLED:
            return f"cancelled at {_clock(it['finished_at'], zone)}"
        case SendStatus.SENDING:
            coming = _wait(it) or _eta(it, zone, now or datetime.now(UTC))
            parts = (coming, _deferred(it, zone))
            return ", ".join(part for part in parts if part)


def _wait(it: dict[str, Any]) -> str:
    return f"waits: {it['wait_reason']}" if it["wait_reason"] else ""


def _eta(it: dict[str, Any], zone: ZoneInfo, now: datetime) -> str:
    left = it["seconds_left"]
    if left is None:
        waiting = it["balance"]["deferred"] and not _ready(it)
        return "" if waiting else "ETA not known yet"
    through = (now + timedelta(seconds=left)).isoformat()
    return f"ETA {_clock(through, zone)} (in {_duration(left)})"


def _ready(it: dict[str, Any]) -> int:
    return int(it["balance"]["pending"] + it["balance"]["submitting"])


def _deferred(it: dict[str, Any], zone: ZoneInfo) -> str:
    if not it["next_retry_at"]:
        return ""
    return f"{it['balance']['deferred']} deferred, the next at {_clock(it['next_retry_at'], zone)}"


def _clock(at: str | None, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(at).astimezone(zone):%H:%M %Z}" if at else "an unknown time"


def _duration(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s"
    minutes, hours = seconds // 60 % 60, seconds // 3600
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
