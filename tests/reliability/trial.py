"""One trial: real processes that deliver from one database to the scripted server, and the count at the end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import func, insert
from sqlmodel import select

from publisher import schedule
from publisher.ingest import ReadFile, ingest
from publisher.marks import mark_files
from publisher.readers.detect import read_edition
from publisher.views import find_issue
from storage import outbox
from storage.enums import Audience, SendStatus, SubscriberStatus, UncertainPolicy
from storage.tables import Send, Subscriber
from tests.reliability.mail_steps import SLOW_DOMAIN
from tests.reliability.scenarios import CONNECTIONS
from tests.reliability.verdict import Verdict
from tests.support.scripted_smtp import IN_FLIGHT

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from types import TracebackType

    from tests.reliability.stores import Store
    from tests.support.scripted_smtp import ScriptedServer

ROOT = Path(__file__).resolve().parents[2]
EDITION = ROOT / "editions" / "2022-06.en.md"
DRIVER = ROOT / "tests" / "support" / "drive_engine.py"
PATIENCE_SECONDS = 300.0
LOOK_SECONDS = (
    0.1  # between looks whether there is anything left to wait for; each asks the database
)

_OF_ONE_PROCESS = re.compile(r"dead_process_recovered .*\buncertain=(\d+)")
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")


class TrialError(AssertionError):
    """A trial did not come to its end."""


class Starter:
    """Starts processes of the driver, whose imports it makes once."""

    def __enter__(self) -> Self:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._driver = subprocess.Popen(
            [sys.executable, DRIVER], text=True, bufsize=1, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._driver.stdout.readline() == "ready\n"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._driver.stdin.close()
        self._driver.stdout.close()
        self._driver.wait()

    def start(self, order: Path) -> int:
        """Start a process; give its number."""
        return int(self._ask(f"start {order}"))

    def exit_code(self, pid: int) -> int | None:
        """Give the exit code of a process, once, or None while it runs."""
        answer = self._ask(f"poll {pid}")
        return None if answer == "alive" else int(answer)

    def _ask(self, what: str) -> str:
        self._driver.stdin.write(f"{what}\n")
        return self._driver.stdout.readline().strip()


class Trial:
    """One send to so many readers, and everything that is done to it.

    Args:
        store: The database.
        server: The mail server.
        beside: A second one, which takes nothing.
        starter: Starts the processes.
        readers: How many.
        dice: Where chance comes from.
        late: Since when the send is due.
        on_uncertain: What to do with a copy of which nobody knows whether it arrived.
    """

    def __init__(
        self, store: Store, server: ScriptedServer, starter: Starter, readers: int,
        dice: random.Random, *, late: timedelta = timedelta(0),
        on_uncertain: UncertainPolicy = UncertainPolicy.HOLD, beside: ScriptedServer | None = None,
    ) -> None:  # fmt: skip
        self.store, self.server, self.beside, self.dice = store, server, beside, dice
        self._starter = starter
        self.readers = {f"r{n}@{'example.org' if n % 10 else SLOW_DOMAIN}" for n in range(readers)}
        self.running: list[int] = []
        self.killed = 0
        self._began = time.monotonic()
        self.data_dir = store.folder / "data"
        self._log = store.folder / "log"
        self._clock = store.folder / "clock"
        self._order = store.folder / "order.json"
        self._order.write_text(json.dumps(self._environment()))
        self._on_uncertain = on_uncertain
        self.send_id = self._prepare(late)

    def _environment(self) -> dict[str, str]:
        servers = [it for it in (self.server, self.beside) if it is not None]
        return {
            "PAPERROUND_DATA_DIR": str(self.data_dir),
            "PAPERROUND_DATABASE_URL": self.store.url,
            "PAPERROUND_SENDER_ADDRESS": "news@example.org",
            "PAPERROUND_BASE_URL": "https://news.example.org",
            "PAPERROUND_WEB_PORT": "0",
            "PAPERROUND_SMTP_HOST": ",".join(f"127.0.0.1:{it.port}" for it in servers),
            "PAPERROUND_SMTP_TLS": "none",
            "PAPERROUND_SMTP_CONNECTIONS": str(CONNECTIONS),
            "PAPERROUND_SMTP_TIMEOUT": "10",
            "PAPERROUND_SECRET_KEY": "reliability" * 4,
            "DRIVE_CLOCK": str(self._clock),
            "DRIVE_LOG": str(self._log),
        }

    def _prepare(self, late: timedelta) -> int:
        edition, form, digest = read_edition(EDITION)
        now = datetime.now(UTC) - late
        rows = [
            {"address": it, "address_key": it, "status": SubscriberStatus.ACTIVE, "language": "en",
             "name": f"Reader {n}", "created_at": now}
            for n, it in enumerate(sorted(self.readers))
        ]  # fmt: skip
        with self.store.database.write() as session:
            ingest(session, ReadFile(edition, EDITION.name, form, digest), today=now.date())
            session.connection().execute(insert(Subscriber), rows)
            send = schedule.schedule(
                session, find_issue(session, edition.slug), due_at=now, now=now,
                audience=Audience.EMAIL, on_uncertain=self._on_uncertain,
            )  # fmt: skip
            self.slug, send_id = edition.slug, send.id
        return send_id

    # What scenarios do.

    def start(self) -> int:
        """Start a process."""
        pid = self._starter.start(self._order)
        self.running.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        """Kill a process."""
        os.kill(pid, signal.SIGKILL)
        self._gone(pid, {-signal.SIGKILL})
        self.killed += 1

    def terminate(self, pid: int) -> None:
        """Tell a process to stop, and wait until it has."""
        self.tell_to_stop(pid)
        self.see_off(pid)

    def tell_to_stop(self, pid: int) -> None:
        """Tell a process to stop."""
        os.kill(pid, signal.SIGTERM)

    def see_off(self, pid: int) -> None:
        """Wait until a process that was told to stop has."""
        # Before it has an engine there is nothing to finish, and nobody who would.
        self._gone(pid, {0} if f"-{pid}-" in self.logged() else {0, -signal.SIGTERM})

    def _gone(self, pid: int, expected: set[int]) -> None:
        self.running.remove(pid)
        found: list[int] = []

        def ended() -> bool:
            code = self._starter.exit_code(pid)
            found.extend([] if code is None else [code])
            return bool(found)

        self.wait(ended, "the end of a process", sending=False)
        if found[0] not in expected:
            raise TrialError(f"a process ended with {found[0]}\n{self.tail()}")

    def wait(self, condition: Callable[[], bool], for_what: str, *, sending: bool = True) -> None:
        """Wait until something is so; complain when a process falls, or the send ends, before that."""
        look = time.monotonic()
        deadline = look + PATIENCE_SECONDS
        while not condition():
            if sending and time.monotonic() >= look:
                self._check_alive()
                self.expect(not self.over or condition(), f"it was over before {for_what}")
                look = time.monotonic() + LOOK_SECONDS
            self.expect(time.monotonic() < deadline, f"waited in vain for {for_what}")
            time.sleep(0.003)

    def _check_alive(self) -> None:
        for pid in self.running:
            code = self._starter.exit_code(pid)
            if code is not None:
                self.running.remove(pid)
                raise TrialError(f"a process fell with {code}\n{self.tail()}")

    def reach(self, part: float) -> None:
        """Wait until the server has taken so much of all."""
        wanted = int(part * len(self.readers))
        self.wait(lambda: self.server.count >= wanted, f"{wanted} copies were taken")
        self.expect(not self.over, "it was over before all that should have happened to it")

    @property
    def over(self) -> bool:
        """Whether nothing is left to go wrong."""
        return self.status() is SendStatus.SENT

    def expect(self, condition: bool, otherwise: str) -> None:
        """Complain unless something is so."""
        if not condition:
            raise TrialError(f"{otherwise}; {self.state()}\n{self.tail()}")

    def wrong_clock(self, seconds: float) -> None:
        """Set the clock of the processes."""
        draft = self._clock.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.rename(self._clock)

    def pause(self) -> None:
        """Pause the send as the command does."""
        with self.store.database.write() as session:
            schedule.pause(session, self.send_id, datetime.now(UTC))

    def resume(self) -> None:
        """Let it go on as the command does."""
        with self.store.database.write() as session:
            schedule.resume(session, self.send_id, datetime.now(UTC))

    def cancel(self) -> None:
        """Cancel the send as the command does."""
        with self.store.database.write() as session:
            schedule.cancel(session, self.send_id, datetime.now(UTC))

    def balance(self) -> outbox.Balance:
        """Count the ledger."""
        with self.store.database.read() as session:
            return outbox.balance(session, self.send_id)

    def status(self) -> SendStatus:
        """Say where the send stands."""
        with self.store.database.read() as session:
            return session.get_one(Send, self.send_id).status

    def pause_reason(self) -> str | None:
        """Say why it paused by itself."""
        with self.store.database.read() as session:
            return session.get_one(Send, self.send_id).pause_reason

    def leaseholders(self) -> int:
        """Count the processes that have work in hand."""
        with self.store.database.read() as session:
            return len(outbox.leaseholders(session))

    def logged(self) -> str:
        """Give what the processes logged, free of addresses."""
        return _ADDRESS.sub("<address>", self._log.read_text()) if self._log.exists() else ""

    def tail(self) -> str:
        """Give the last lines of the log."""
        return "\n".join(self.logged().splitlines()[-25:])

    def state(self) -> str:
        """Say how far it is."""
        return f"{self.status().value}, {self.server.count} taken, {self.balance()}"

    # The end.

    def finish(self) -> Verdict:
        """Let it come to its end and count."""
        if not self.running:
            self.start()
        while True:
            status = self.status()
            if status is SendStatus.SENT:
                break
            if status is SendStatus.PAUSED:
                raise TrialError(f"it paused by itself: {self.pause_reason()}\n{self.tail()}")
            self._check_alive()
            if time.monotonic() - self._began > PATIENCE_SECONDS:
                raise TrialError(f"it takes too long; {self.state()}\n{self.tail()}")
            time.sleep(0.05)
        seconds = time.monotonic() - self._began
        self.wait(self._dead_are_settled, "the dead were settled", sending=False)
        for pid in list(self.running):
            self.terminate(pid)
        return self._count(seconds)

    def _dead_are_settled(self) -> bool:
        return all(
            any(f"-{pid}-" in owner for pid in self.running) for owner in mark_files(self.data_dir)
        )

    def abandon(self) -> None:
        """Leave nothing running."""
        for pid in self.running:
            os.kill(pid, signal.SIGKILL)
            while self._starter.exit_code(pid) is None:
                time.sleep(0.01)
        self.running.clear()

    def _count(self, seconds: float) -> Verdict:
        balance, server = self.balance(), self.server
        with self.store.database.read() as session:
            unknown = {it.recipient for it in outbox.uncertain(session, self.slug)}
            bounced = session.exec(
                select(func.count()).where(Subscriber.status != SubscriberStatus.ACTIVE)
            ).one()
        taken = {address.decode(): count for address, count in server.taken.items()}
        in_flight = IN_FLIGHT[server.way]
        bound = (self.killed * CONNECTIONS + server.broken) * in_flight
        return Verdict(
            planned=balance.planned,
            once=sum(count == 1 for count in taken.values()),
            never=len(self.readers - set(taken) - unknown),
            twice=sum(count > 1 for count in taken.values()),
            repeats=server.count - len(taken),
            most_repeats=bound if self._on_uncertain is UncertainPolicy.RESEND else 0,
            misdirected=server.misdirected,
            uncertain=balance.uncertain,
            bound=bound,
            bounced=bounced,
            open_=balance.planned - balance.submitted - balance.uncertain,
            worst=max(map(int, _OF_ONE_PROCESS.findall(self.logged())), default=0),
            worst_bound=CONNECTIONS * in_flight,
            balance_holds=balance.holds and balance.planned == len(self.readers)
            and balance.uncertain == len(unknown),
            marks_left=len(mark_files(self.data_dir)),
            killed=self.killed,
            broken=server.broken,
            seconds=seconds,
        )  # fmt: skip
