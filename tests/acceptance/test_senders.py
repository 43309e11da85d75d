"""`paperround serve --senders 3`: several real processes on one ledger, started and stopped as one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher import schedule
from publisher.ingest import ReadFile, ingest
from publisher.readers.detect import read_edition
from publisher.views import find_issue
from storage import outbox, schema, subscribers
from storage.database import Database
from storage.enums import Audience, SendStatus
from storage.subscribers import NewSubscriber
from storage.tables import Send
from tests.support.scripted_smtp import ScriptedServer

EDITION = Path(__file__).resolve().parents[2] / "editions" / "2022-06.en.md"
READERS = 1_500
DELAY_SECONDS = 0.01  # 400 copies a second from each process, at most
PATIENCE_SECONDS = 60


@pytest.fixture
def server():
    with ScriptedServer(delay=DELAY_SECONDS) as it:
        yield it


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def serving(tmp_path, server):
    """Give a function that starts the command; all that it started is gone in the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        web = probe.getsockname()[1]
    environment = os.environ | {
        "PAPERROUND_DATA_DIR": str(tmp_path / "data"), "PAPERROUND_SMTP_HOST": "127.0.0.1",
        "PAPERROUND_SMTP_PORT": str(server.port), "PAPERROUND_SMTP_TLS": "none",
        "PAPERROUND_SENDER_ADDRESS": "news@example.org", "PAPERROUND_WEB_PORT": str(web),
        "PAPERROUND_LOG_FORMAT": "json",
    }  # fmt: skip
    started = []

    def start(*options: str, **settings: str) -> subprocess.Popen:
        with (tmp_path / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "paperround", "serve", *options], cwd=tmp_path,
                env=environment | settings, stdout=log, stderr=log,
            )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def store(tmp_path):
    (tmp_path / "data").mkdir()
    database = Database(f"sqlite:///{tmp_path}/data/paperround.sqlite3")
    schema.upgrade(database)
    edition, form, digest = read_edition(EDITION)
    now = datetime.now(UTC)
    with database.write() as session:
        ingest(session, ReadFile(edition, EDITION.name, form, digest), today=now.date())
        readers = [NewSubscriber(f"r{n}@example.org") for n in range(READERS)]
        subscribers.add_confirmed(session, readers, source="test", now=now)
        schedule.schedule(
            session, find_issue(session, "2022-06"), due_at=now, now=now, audience=Audience.EMAIL
        )
    yield database
    database.close()


def engines(folder) -> list[str]:
    """List the owners that have started an engine, as the log tells."""
    lines = (folder / "log").read_text().splitlines()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    return [it["owner"] for it in logged if it["event"] == "engine_started"]


def processes(tmp_path) -> int:
    """Count processes that run our command with this folder as theirs."""
    count = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            ours = b"paperround" in (place / "cmdline").read_bytes()
            count += ours and (place / "cwd").resolve() == tmp_path
        except OSError:
            continue
    return count


def status(database: Database) -> SendStatus:
    with database.read() as session:
        return session.get_one(Send, 1).status


def test_three_share_a_send_and_stop_as_one(tmp_path, server, store, serving) -> None:
    process = serving("--senders", "3")
    wait_until(lambda: len(set(engines(tmp_path))) == 3)
    wait_until(lambda: status(store) is SendStatus.SENT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert processes(tmp_path) == 0
    assert len(server.taken) == READERS
    assert set(server.taken.values()) == {1}
    with store.read() as session:
        balance = outbox.balance(session, 1)
    assert (balance.submitted, balance.holds) == (READERS, True)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="SKIPPED: needs /proc to see processes")
def test_killing_the_first_ends_the_others_and_nobody_gets_it_twice(
    tmp_path, server, store, serving
) -> None:
    # So slow that much is left when the third has started.
    process = serving("--senders", "3", PAPERROUND_MAIL_LIMITS="50/s")
    wait_until(lambda: len(set(engines(tmp_path))) == 3)
    wait_until(lambda: server.count >= 200)
    process.kill()
    process.wait()
    wait_until(lambda: processes(tmp_path) == 0)
    assert server.count < READERS
    server.delay = 0
    again = serving()
    wait_until(lambda: status(store) is SendStatus.SENT)
    again.send_signal(signal.SIGTERM)
    assert again.wait(30) == 0
    arrivals = {address.decode() for address in server.taken}
    with store.read() as session:
        balance = outbox.balance(session, 1)
        uncertain = {it.recipient for it in outbox.uncertain(session, "2022-06")}
    assert set(server.taken.values()) == {1}
    assert len(arrivals | uncertain) == READERS
    assert balance.holds
    assert balance.uncertain <= 4  # the connections of the one that was killed


def test_senders_need_mail(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "paperround", "serve", "--senders", "2"], cwd=tmp_path, check=False,
        capture_output=True, text=True, env=os.environ | {"PAPERROUND_DATA_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 2
    assert "mail is off" in done.stderr


def test_a_second_ctrl_c_is_not_needed(tmp_path, server, store, serving) -> None:
    """Ctrl-C in mid-send finishes what is in flight in every process and leaves nothing uncertain."""
    process = serving("--senders", "2")
    wait_until(lambda: server.count >= 100)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert processes(tmp_path) == 0
    with store.read() as session:
        balance = outbox.balance(session, 1)
    assert (balance.uncertain, balance.submitting, balance.holds) == (0, 0, True)
    assert balance.submitted == server.count < READERS


def test_a_second_signal_cuts_short_what_a_silent_mail_server_holds_up(
    tmp_path, server, store, serving
) -> None:
    """SIGTERM, then Ctrl-C: it ends with 130 and one line, and the next start sends what is left."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = serving(PAPERROUND_SMTP_PORT=str(silent.getsockname()[1]))
        silent.settimeout(60)
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGTERM)
            wait_until(lambda: "press Ctrl-C again" in (tmp_path / "log").read_text())
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said
    assert said.rstrip().endswith("run the same command again to go on")
    with store.read() as session:
        balance = outbox.balance(session, 1)
    assert (balance.submitted, balance.uncertain, balance.holds) == (0, 0, True)
    server.delay = 0
    again = serving()
    wait_until(lambda: status(store) is SendStatus.SENT)
    again.send_signal(signal.SIGTERM)
    assert again.wait(30) == 0
    assert (len(server.taken), set(server.taken.values())) == (READERS, {1})
