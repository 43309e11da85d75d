"""Nobody left out, nobody twice: real processes, a real SMTP server, and everything that can go wrong.

The server records every recipient in a file before it answers, so what really arrived is compared
with what the ledger believes.
"""

import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from publisher import schedule
from publisher.marks import mark_files
from storage import outbox
from storage.database import Database
from storage.enums import DeliveryStatus, SendStatus, SubscriberStatus, UncertainPolicy
from storage.tables import Delivery, Issue, Newsletter, Send, Subscriber

SUPPORT = Path(__file__).resolve().parents[1] / "support"
READERS = 300
CROWD = 1_200  # three batches, so that two processes have something to share
PATIENCE_SECONDS = 60


class Server:
    """The recording SMTP server, started and stopped at will on one port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.record, self.mood = folder / "record", folder / "mood"
        self.record.touch()
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = start("record_smtp.py", self.port, self.record, self.mood)

    def stop(self) -> None:
        if self.process is not None:
            end(self.process, signal.SIGKILL)
            self.process = None

    def arrivals(self) -> Counter:
        return Counter(line.split()[0] for line in self.record.read_text().splitlines())

    def wait_for(self, count: int) -> None:
        wait_until(lambda: len(self.record.read_text().splitlines()) >= count)


class Post:
    """Processes that deliver from one database to one server."""

    def __init__(self, database: Database, url: str, folder: Path, server: Server) -> None:
        self.database, self.url, self.folder, self.server = database, url, folder, server
        self.processes: list[subprocess.Popen] = []
        self.readers: set[str] = set()

    def subscribe(self, count: int) -> None:
        """Bring the number of readers up to so many."""
        more = [f"r{n}@example.org" for n in range(len(self.readers), count)]
        with self.database.write() as session:
            session.add_all(
                Subscriber(address=it, address_key=it, status=SubscriberStatus.ACTIVE)
                for it in more
            )
        self.readers.update(more)

    def run(self, workers: int = 1) -> subprocess.Popen:
        process = start("drive_workers.py", self.url, self.folder, self.server.port, workers)
        self.processes.append(process)
        return process

    def schedule(self, due: timedelta = timedelta(0), **more) -> int:
        now = datetime.now(UTC)
        with self.database.write() as session:
            issue = session.exec(select(Issue)).one()
            send = schedule.schedule(
                session, issue, due_at=now + due, now=now + min(due, timedelta(0)), **more
            )
            return send.id

    def balance(self, send_id: int) -> outbox.Balance:
        with self.database.read() as session:
            return outbox.balance(session, send_id)

    def status(self, send_id: int) -> SendStatus:
        with self.database.read() as session:
            return session.get_one(Send, send_id).status

    def finish(self) -> None:
        """Let a process run until nothing is left to do."""
        assert self.run().wait(PATIENCE_SECONDS) == 0


@pytest.fixture
def server(tmp_path):
    it = Server(tmp_path)
    it.start()
    yield it
    it.stop()


@pytest.fixture
def post(database, database_url, tmp_path, server):
    with database.write() as session:
        letter = Newsletter(slug="n", name="N", languages=["en"])
        session.add(letter)
        session.flush()
        session.add(Issue(newsletter_id=letter.id, slug="2022-04", language="en", title="April",
                          month=datetime(2022, 4, 1, tzinfo=UTC).date(), month_source="given"))  # fmt: skip
    it = Post(database, database_url, tmp_path / "data", server)
    it.subscribe(READERS)
    yield it
    for process in it.processes:
        end(process, signal.SIGKILL)


def start(script: str, *arguments: object) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, SUPPORT / script, *map(str, arguments)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen, how: signal.Signals) -> int:
    if process.poll() is None:
        process.send_signal(how)
    code = process.wait(PATIENCE_SECONDS)
    process.stdout.close()
    return code


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def assert_nobody_left_out_nobody_twice(post: Post, send_id: int, *, uncertain: int) -> None:
    arrivals, balance = post.server.arrivals(), post.balance(send_id)
    with post.database.read() as session:
        unknown = {it.recipient for it in outbox.uncertain(session, "2022-04")}
        attempts = session.exec(
            select(Delivery.status, Delivery.attempts).where(Delivery.send_id == send_id)
        ).all()
    assert [it for it, count in arrivals.items() if count > 1] == []
    assert post.readers - set(arrivals) - unknown == set()
    assert balance.holds
    assert balance.planned == len(post.readers)
    assert balance.submitted + balance.uncertain == balance.planned
    assert len(unknown) == balance.uncertain <= uncertain
    assert all(n >= 1 for status, n in attempts if status is DeliveryStatus.SUBMITTED)
    assert post.status(send_id) is SendStatus.SENT
    assert not mark_files(post.folder)


def leaseholders(post: Post) -> int:
    with post.database.read() as session:
        return len(outbox.leaseholders(session))


def test_killed_with_the_policy_to_resend(post: Post) -> None:
    """Whoever prefers a duplicate to a gap gets nobody uncertain, and at most one duplicate per kill."""
    send_id = post.schedule(on_uncertain=UncertainPolicy.RESEND)
    process = post.run()
    post.server.wait_for(50)
    end(process, signal.SIGKILL)
    post.finish()
    arrivals = post.server.arrivals()
    assert set(arrivals) == post.readers
    assert sum(arrivals.values()) <= READERS + 1
    assert post.balance(send_id).submitted == READERS


def test_due_while_nothing_ran(post: Post) -> None:
    """A send that came due while every process was down starts at the next start."""
    send_id = post.schedule(due=-timedelta(hours=3))
    post.finish()
    assert_nobody_left_out_nobody_twice(post, send_id, uncertain=0)


def test_cancel_in_mid_send(post: Post) -> None:
    """What has left has left, the rest never leaves, and the balance says so."""
    send_id = post.schedule()
    process = post.run()
    post.server.wait_for(30)
    with post.database.write() as session:
        schedule.cancel(session, send_id, datetime.now(UTC))
    assert process.wait(PATIENCE_SECONDS) == 0
    arrivals, balance = post.server.arrivals(), post.balance(send_id)
    assert balance.holds
    assert balance.submitted == len(arrivals) < READERS
    assert balance.cancelled == READERS - len(arrivals)
    assert max(arrivals.values()) == 1
