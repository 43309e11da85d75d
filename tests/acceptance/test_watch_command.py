"""`paperround sends --watch`, run as a user runs it, while the ledger changes in another process."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from paperround.cli.watching import outlook
from publisher import plan, schedule
from publisher.pace import Pace
from publisher.record import Answer, commit
from storage import outbox
from storage.enums import Medium, SubscriberStatus
from storage.tables import Issue, Newsletter, Send, Subscriber
from tests.support import commands

PATIENCE_S = 60


class Watched:
    """A send to three readers, and the command that watches it in a process of its own."""

    def __init__(self, folder, database, url) -> None:
        self.folder, self.database, self.url = folder, database, url
        self.watching: list[subprocess.Popen] = []
        self.now = datetime.now(UTC)
        with database.write() as session:
            letter = Newsletter(slug="n", name="N", languages=["en"])
            session.add(letter)
            session.flush()
            issue = Issue(newsletter_id=letter.id, slug="2022-04", language="en", title="April",
                          month=self.now.date().replace(day=1), month_source="given")  # fmt: skip
            session.add(issue)
            session.add_all(
                Subscriber(address=f"r{n}@example.org", address_key=f"r{n}@example.org",
                           status=SubscriberStatus.ACTIVE, created_at=self.now)
                for n in range(3)
            )  # fmt: skip
            session.flush()
            schedule.schedule(session, issue, due_at=self.now, now=self.now)

    def start(self) -> None:
        with self.database.write() as session:
            assert plan.start(session, 1, self.now)

    def answer(self, *verdicts) -> None:
        later = self.now + timedelta(seconds=1)
        with self.database.write() as session:
            lease = outbox.lease(
                session, owner="me", medium=Medium.EMAIL, now=later, until=later + timedelta(60)
            )
            due = outbox.due_copies(session, lease, after=0, limit=9, now=later)
            answers = [Answer(d, lease, v) for d, v in zip(due, verdicts, strict=False)]
            commit(session, answers, later, Pace())
            outbox.close_batch(session, lease.batch_id, "me", later, Pace().slack)

    def act(self, command) -> None:
        with self.database.write() as session:
            command(session, 1, datetime.now(UTC))

    def status(self) -> str:
        with self.database.read() as session:
            return session.get_one(Send, 1).status.value

    @property
    def settings(self) -> dict[str, str]:
        return {"PAPERROUND_DATABASE_URL": self.url, "PAPERROUND_SMTP_HOST": "localhost",
                "PAPERROUND_SENDER_ADDRESS": "news@example.org"}  # fmt: skip

    def watch(self, *arguments, **more) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "paperround", "sends", "--watch", *arguments],
            cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
            env=os.environ | self.settings | {"PAPERROUND_DATA_DIR": str(self.folder),
                                              "COLUMNS": "200", "TERM": "xterm"},
            **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more),
        )  # fmt: skip
        self.watching.append(process)
        return process


@pytest.fixture
def watched(tmp_path, database, database_url):
    it = Watched(tmp_path, database, database_url)
    yield it
    for process in it.watching:
        process.kill()
        process.communicate()


def test_json_gives_an_object_a_look_until_the_send_is_sent(watched) -> None:
    watched.start()
    process = watched.watch("1", "--json")
    (send,) = json.loads(process.stdout.readline())["sends"]
    assert (send["status"], send["balance"]["pending"], send["rate"]) == ("sending", 3, None)
    json.loads(process.stdout.readline())
    watched.answer("accepted", "accepted", "accepted")
    rest, complaints = process.communicate(timeout=PATIENCE_S)
    (last,) = json.loads(rest.splitlines()[-1])["sends"]
    assert (last["status"], last["ended"], last["holds"]) == ("sent", 3, True)
    assert (process.returncode, complaints) == (0, "")


def test_a_pipe_gets_a_line_only_when_something_changed(watched) -> None:
    watched.start()
    process = watched.watch()
    assert process.stdout.readline().startswith(
        "send 1  2022-04  0 %  ETA not known yet  3 planned"
    )
    watched.act(schedule.cancel)
    (last,) = process.communicate(timeout=PATIENCE_S)[0].splitlines()
    assert "cancelled at" in last
    assert "3 planned = 3 cancelled" in last
    assert process.returncode == 0


def test_a_send_that_is_due_soon_is_watched_from_before_its_start(watched) -> None:
    process = watched.watch("--json")
    (send,) = json.loads(process.stdout.readline())["sends"]
    assert send["status"] == "scheduled"
    watched.start()
    watched.answer("accepted", "permanent", "accepted")
    rest, _ = process.communicate(timeout=PATIENCE_S)
    (last,) = json.loads(rest.splitlines()[-1])["sends"]
    assert (last["status"], last["balance"]["failed"]) == ("sent", 1)


def test_ctrl_c_ends_the_watching_with_130_and_leaves_the_send_alone(watched) -> None:
    watched.start()
    process = watched.watch()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert complaints == "Not watching any more; the sends go on as before.\n"
    assert watched.status() == "sending"


def test_a_terminal_shows_the_deferred_and_the_reason_of_a_pause(watched) -> None:
    watched.start()
    watched.answer("accepted", "transient", "transient")
    screen, inner = pty.openpty()
    process = watched.watch(stdout=inner, stderr=inner)
    os.close(inner)
    seen = read_until(screen, "2 deferred, the next at ")
    assert "33 %" in seen
    watched.act(schedule.pause)
    read_until(screen, "paused: by the operator")
    process.send_signal(signal.SIGINT)
    assert "Traceback" not in read_until(screen, "the sends go on as before")
    assert process.wait(PATIENCE_S) == 130
    os.close(screen)


def read_until(screen, words) -> str:
    seen = ""
    while words not in seen:
        assert select.select([screen], [], [], PATIENCE_S)[0], f"{words!r} did not come"
        seen += os.read(screen, 65536).decode()
    return seen


def test_where_nothing_runs_or_the_send_is_unknown_it_says_so(watched) -> None:
    watched.act(schedule.cancel)
    here = {"folder": watched.folder, "settings": watched.settings}
    done = commands.run("sends", "--watch", **here)
    assert (done.code, done.stderr) == (0, "No send runs, is paused, or is due within the hour.\n")
    done = commands.run("sends", "--watch", "7", **here)
    assert done.code == 2
    assert done.stderr == (
        "paperround: There is no send 7. `paperround sends` lists those there are.\n"
    )


NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
RUNNING = {"status": "sending", "zone": "Europe/Amsterdam", "next_retry_at": None,
           "wait_reason": None,
           "balance": {"pending": 5, "submitting": 0, "deferred": 0}}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"seconds_left": 59}, "ETA 13:00 CET (in 59 s)"),
        ({"seconds_left": 600}, "ETA 13:10 CET (in 10 min)"),
        ({"seconds_left": 7500}, "ETA 15:05 CET (in 2 h 5 min)"),
        ({"seconds_left": None}, "ETA not known yet"),
        ({"seconds_left": None, "next_retry_at": "2026-12-01T12:30:00+00:00",
          "balance": {"pending": 0, "submitting": 0, "deferred": 3}},
         "3 deferred, the next at 13:30 CET"),
        ({"seconds_left": 60, "next_retry_at": "2026-12-01T12:30:00+00:00",
          "balance": {"pending": 9, "submitting": 0, "deferred": 3}},
         "ETA 13:01 CET (in 1 min), 3 deferred, the next at 13:30 CET"),
        ({"seconds_left": None, "wait_reason": "mail is off."}, "waits: mail is off."),
        ({"status": "scheduled", "due_at": "2026-12-01T12:45:00+00:00"}, "starts at 13:45 CET"),
    ],
)  # fmt: skip
def test_the_outlook_in_words(more, said) -> None:
    assert outlook(RUNNING | more, NOON) == said
