"""The commands around sends, run as an operator runs them: plain words, never a traceback."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from publisher import plan
from publisher.pace import Pace
from publisher.record import Answer, commit
from storage import outbox, preferences, schema
from storage.database import Database
from storage.enums import Medium, SubscriberStatus
from storage.tables import Batch, Channel, Issue, Newsletter, Send, Subscriber
from tests.support import commands

NOW = datetime.now(UTC)
MAIL_ON = {
    "PAPERROUND_SENDER_ADDRESS": "news@example.org",
    "PAPERROUND_SMTP_HOST": "localhost",
    "PAPERROUND_BASE_URL": "https://news.example.org",
}


class Terminal:
    def __init__(self, folder) -> None:
        self.folder, self.settings = folder, MAIL_ON
        self.database = Database(f"sqlite:///{folder}/paperround.sqlite3")
        schema.upgrade(self.database)
        with self.database.write() as session:
            letter = Newsletter(slug="n", name="N", languages=["en"])
            session.add(letter)
            session.flush()
            session.add(Issue(newsletter_id=letter.id, slug="2022-04", language="en", title="April",
                              month=NOW.date().replace(day=1), month_source="given"))  # fmt: skip

    def subscribe(self, address: str) -> None:
        with self.database.write() as session:
            session.add(Subscriber(address=address, address_key=address,
                                   status=SubscriberStatus.ACTIVE))  # fmt: skip

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command; give what it printed, or, when it failed, what it complained of."""
        done = commands.run(*arguments, folder=self.folder, settings=self.settings)
        assert done.code == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 else done.stderr

    def json(self, *arguments: str):
        return json.loads(self.run(*arguments, "--json"))


@pytest.fixture
def terminal(tmp_path):
    it = Terminal(tmp_path)
    yield it
    it.database.close()


def test_why_tells_that_the_reader_chose(terminal) -> None:
    terminal.subscribe("reader@example.org")
    chosen = preferences.Preferences("en", "Asia/Tokyo")
    with terminal.database.write() as session:
        preferences.prefer(session, 1, chosen, source="preferences page", now=NOW)
    said = terminal.run("why", "reader@example.org", "2022-04")
    (line,) = [it for it in said.splitlines() if "updated" in it]
    assert line.endswith("source preferences page, changed zone")


def test_a_send_from_schedule_to_cancel(terminal) -> None:
    terminal.subscribe("reader@example.org")
    said = terminal.run(
        "schedule", "2022-04", "--at", "2031-12-01 09:00", "--zone", "Europe/Amsterdam"
    )
    assert (
        "on Monday, 01 December 2031 at 09:00 CET to 1 subscriber and 0 channels, as of today"
        in said
    )
    (send,) = terminal.json("sends")
    assert terminal.json("sends", "1") == [send]
    assert "There is no send 2" in terminal.run("sends", "2", code=2)
    assert send["due_at"] == "2031-12-01T08:00:00+00:00"
    assert (send["status"], send["zone"], send["holds"]) == ("scheduled", "Europe/Amsterdam", True)
    assert "2031-12-01 09:00 CET" in terminal.run("sends")
    assert "Send 1 is scheduled for 2031-12-01 09:00 CET; it cannot be resumed." in terminal.run(
        "resume", "1", code=2
    )
    assert terminal.json("pause", "1")["status"] == "paused"
    assert "Send 1 is paused: by the operator. `paperround resume 1` goes on." in terminal.run(
        "sends"
    )
    assert terminal.json("resume", "1")["status"] == "scheduled"
    assert (
        "Issue 2022-04 has a send already: send 1 is scheduled for 2031-12-01 09:00 CET. "
        "Nobody gets an issue twice; to change it, first `paperround cancel 1`."
    ) in terminal.run("schedule", "2022-04", "--now", code=2)
    assert "Send 1 is cancelled. Nothing has left." in terminal.run("cancel", "1")
    with terminal.database.write() as session:  # as an earlier version left it
        session.get_one(Send, 1).pause_reason = "the fault is ours"
    assert "is paused" not in terminal.run("sends")
    assert terminal.json("schedule", "2022-04", "--now")["id"] == 2


@pytest.mark.parametrize(
    ("audience", "whom"),
    [("email", "to 1 subscriber, as of today"), ("discord", "to 2 channels, as of today")],
)
def test_only_the_audience_is_counted(terminal, audience, whom) -> None:
    terminal.subscribe("reader@example.org")
    terminal.settings = MAIL_ON | {"PAPERROUND_DISCORD_TOKEN": "x"}
    with terminal.database.write() as session:
        session.add_all([Channel(guild_id=1, channel_id=it) for it in (1, 2)])
    assert whom in terminal.run("schedule", "2022-04", "--now", "--audience", audience)


@pytest.mark.parametrize("command", ["sends", "pause", "resume", "cancel"])
def test_a_number_too_large_for_a_send_is_refused(terminal, command) -> None:
    assert "2147483647" in terminal.run(command, "9" * 20, code=2)


def test_by_the_readers_clocks_it_goes_out_from_a_time_on(terminal) -> None:
    terminal.subscribe("reader@example.org")
    at = ("--reader-local", "--at", "2032-03-27 09:00", "--zone", "Europe/Amsterdam")
    assert "goes out from Saturday, 27 March 2032 at 09:00 CET" in terminal.run(
        "schedule", "2022-04", *at
    )
    assert "Send 1 goes by each reader's own clock: 2032-03-27 09:00." in terminal.run("sends")


def test_in_a_pipe_a_sentence_stays_on_its_line(terminal) -> None:
    terminal.subscribe("reader@example.org")
    terminal.settings = MAIL_ON | {"COLUMNS": "40"}
    terminal.run("schedule", "2022-04", "--now")
    terminal.run("pause", "1")
    said = terminal.run("why", "reader@example.org", "2022-04")
    (line,) = [it for it in said.splitlines() if it.startswith("Send 1 is paused, due ")]
    assert line.endswith("; who gets it is decided then.")


def test_the_story_tells_when_a_send_was_due_in_words(terminal) -> None:
    terminal.subscribe("reader@example.org")
    local = ("--at", "2031-12-01 09:00", "--zone", "Europe/Amsterdam")
    terminal.run("schedule", "2022-04", *local)
    said = terminal.run("why", "reader@example.org", "2022-04")
    assert "source cli, send 1, due at 2031-12-01 09:00:00 CET, zone Europe/Amsterdam" in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["2022-05", "--now"], "There is no issue '2022-05'. The newest are 2022-04."),
        (["2022-04"], "When? Give --at"),
        (["2022-04", "--at", "soon"], "'soon' is not a date and time"),
        (["2022-04", "--at", "2020-01-01 09:00"], "2020-01-01 09:00 UTC is past"),
        (["2022-04", "--at", "2020-01-01 09:00", "--zone", "Asia/Shanghai"],
         "2020-01-01 09:00 CST is past"),
        (["2022-04", "--at", "2031-01-01 09:00", "--zone", ""], "There is no time zone ''."),
        (["2022-04", "--at", "2031-01-01 09:00", "--zone", "Europe/Amsterdm"],
         "Did you mean Europe/Amsterdam"),
        (["2022-04", "--at", "2031-01-01 09:00", "--now"], "exclude each other"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(terminal, arguments, complaint) -> None:
    terminal.subscribe("reader@example.org")
    said = terminal.run("schedule", *arguments, code=2)
    assert said.startswith("paperround: ")
    assert complaint in said
    assert terminal.json("sends") == []


def test_an_issue_for_nobody_has_to_be_confirmed(terminal) -> None:
    said = terminal.run("schedule", "2022-04", "--now", code=2)
    assert "no active subscriber nor channel" in said
    assert "--yes" in said
    assert terminal.json("schedule", "2022-04", "--now", "--yes")["subscribers"] == 0


def test_the_story_of_a_reader_and_the_uncertain(terminal) -> None:
    for name in ("taken", "lost"):
        terminal.subscribe(f"{name}@example.org")
    terminal.run("schedule", "2022-04", "--now")
    later = datetime.now(UTC) + timedelta(seconds=1)
    with terminal.database.write() as session:
        assert plan.start(session, 1, later)
    with terminal.database.write() as session:
        lease = outbox.lease(session, owner="me", medium=Medium.EMAIL, now=later, until=later)
        taken, lost = outbox.due_copies(session, lease, after=0, limit=9, now=later)
        answers = [
            Answer(taken, lease, "accepted", code="250 2.0.0", remote_id="<1.1@example.org>"),
            Answer(lost, lease, "unknown", text="no reply to the last dot"),
        ]
        commit(session, answers, later, Pace())
        outbox.close_batch(session, lease.batch_id, "me", later, Pace().slack)

    said = terminal.run("why", " Taken@example.org ", "2022-04")
    assert "Message-ID: <1.1@example.org>" in said
    assert f"  {later:%Y-%m-%d %H:%M:%S} UTC  submitted" in said
    told = terminal.json("why", "lost@example.org", "2022-04")
    assert told["deliveries"][0]["status"] == "uncertain"
    assert [it["kind"] for it in told["events"]] == [
        "scheduled", "started", "uncertain", "finished",
    ]  # fmt: skip
    assert "not known" in terminal.run("why", "nobody@example.org", "2022-04")
    assert "no reply to the last dot" in terminal.run("uncertain", "2022-04")
    assert terminal.json("uncertain", "2022-04")["uncertain"][0]["recipient"] == "lost@example.org"
    assert "exclude each other" in terminal.run(
        "uncertain", "2022-04", "--resend", "--accept", code=2
    )
    assert "1 will be handed off again" in terminal.run("uncertain", "2022-04", "--resend")
    assert "Nothing is uncertain" in terminal.run("uncertain", "2022-04")
    (send,) = terminal.json("sends")
    assert (send["status"], send["balance"]["pending"], send["holds"]) == ("sending", 1, True)
    terminal.settings = MAIL_ON | {"COLUMNS": "80"}
    (line,) = [it for it in terminal.run("sends").splitlines() if it.startswith(" 1 ")]
    assert "UTC  2 planned = 1" in line, "the time stands on one line"


def test_what_nobody_here_can_deliver_is_not_scheduled_without_a_reason(terminal) -> None:
    terminal.subscribe("reader@example.org")
    terminal.settings = {}
    said = terminal.run("schedule", "2022-04", "--now", code=2)
    assert "delivery: Mail is off by these settings, so 1 subscriber would wait for it." in said
    assert "Set PAPERROUND_SMTP_HOST and PAPERROUND_SENDER_ADDRESS" in said
    assert "--force" in said
    assert terminal.json("sends") == []
    made = terminal.json("schedule", "2022-04", "--now", "--force", "another machine serves")
    assert made["forced"]["checks"] == "delivery"


def test_the_same_holds_for_channels_and_a_missing_token(terminal) -> None:
    with terminal.database.write() as session:
        session.add(Channel(guild_id=1, channel_id=2))
    to_discord = ("schedule", "2022-04", "--now", "--audience", "discord")
    said = terminal.run(*to_discord, code=2)
    assert "Discord is off by these settings, so 1 channel would wait for it." in said
    assert "Set PAPERROUND_DISCORD_TOKEN" in said
    terminal.subscribe("reader@example.org")
    assert (
        terminal.json("schedule", "2022-04", "--now", "--audience", "email", "--offline")[
            "channels"
        ]
        == 0
    )
    terminal.settings = {"PAPERROUND_DISCORD_TOKEN": "x"}
    assert terminal.json(*to_discord)["checks"] is None


def test_a_send_that_nobody_delivers_says_so_wherever_one_looks(terminal) -> None:
    terminal.subscribe("reader@example.org")
    terminal.run("schedule", "2022-04", "--now")
    with terminal.database.write() as session:
        assert plan.start(session, 1, datetime.now(UTC))
    assert terminal.json("sends")[0]["wait_reason"] is None, "with these settings it would be sent"
    terminal.settings = {}
    reason = (
        "mail is off by these settings, and no process has taken it up. "
        "Set PAPERROUND_SMTP_HOST and PAPERROUND_SENDER_ADDRESS, and start `paperround serve` anew."
    )
    assert terminal.json("sends")[0]["wait_reason"] == reason
    assert f"Send 1 waits: {reason}" in terminal.run("sends")
    assert f"Send 1 waits: {reason}" in terminal.run("why", "reader@example.org", "2022-04")
    later = datetime.now(UTC) + timedelta(minutes=1)
    with terminal.database.write() as session:
        outbox.lease(session, owner="another machine", medium=Medium.EMAIL, now=later, until=later)
    assert terminal.json("sends")[0]["wait_reason"] is None


def test_a_send_that_waits_for_the_end_of_quiet_hours_says_so(terminal) -> None:
    terminal.subscribe("reader@example.org")
    terminal.run("schedule", "2022-04", "--now")
    with terminal.database.write() as session:
        assert plan.start(session, 1, datetime.now(UTC))
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    terminal.settings = MAIL_ON | {
        "PAPERROUND_QUIET_HOURS": f"{now - hour:%H:%M}-{now + hour:%H:%M}"
    }
    reason = f"these are quiet hours; mail leaves again at {now + hour:%H:%M} UTC."
    assert terminal.json("sends")[0]["wait_reason"] == reason
    assert f"Send 1 waits: {reason}" in terminal.run("why", "reader@example.org", "2022-04")
    with terminal.database.write() as session:
        session.exec(update(Batch).values(medium=Medium.DISCORD))
    assert "quiet" not in terminal.json("sends")[0]["wait_reason"], "what is left is no mail"
    with terminal.database.write() as session:
        session.exec(update(Batch).values(medium=Medium.EMAIL))
    terminal.settings = MAIL_ON | {
        "PAPERROUND_QUIET_HOURS": f"{now + hour:%H:%M}-{now + 2 * hour:%H:%M}"
    }
    assert terminal.json("sends")[0]["wait_reason"] is None
