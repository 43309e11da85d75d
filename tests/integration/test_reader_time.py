"""An issue at the same hour of everybody's own day, from the command to the batches."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from paperround.cli import app
from paperround.cli.app import settings
from publisher import plan, schedule
from storage import outbox, subscribers
from storage.enums import Medium
from storage.subscribers import NewSubscriber, ReaderError
from storage.tables import Batch, Channel, Delivery, Issue, Newsletter, Subscriber

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
PROJECT = Path(__file__).resolve().parents[2]
ZONES = ["Asia/Tokyo"] * 3 + ["Europe/Amsterdam"] * 4 + ["Europe/Berlin"] * 2 + [None] * 1


@pytest.fixture
def scheduled(database):
    """Give a store with readers around the world and a send for nine in the morning."""
    with database.write() as session:
        letter = Newsletter(slug="n", name="N", languages=["en", "zh"])
        session.add(letter)
        session.flush()
        more = {"newsletter_id": letter.id, "slug": "2026-07", "month_source": "given",
                "month": NOW.date()}  # fmt: skip
        issue = Issue(language="en", title="July", **more)
        session.add(issue)
        session.flush()
        session.add(Issue(language="zh", title="七月", translation_of_id=issue.id, **more))
        readers = [
            NewSubscriber(f"r{n}@example.org", language="zh" if n % 2 else "en", zone=zone)
            for n, zone in enumerate(ZONES)
        ]
        subscribers.add_confirmed(session, readers, source="test", now=NOW)
        session.flush()
        send = schedule.schedule(
            session, issue, due_at=NOW, now=NOW, zone="Europe/Amsterdam",
            reader_time=datetime.fromisoformat("2026-07-01 09:00"),
        )  # fmt: skip
        send_id = send.id
    return database, send_id


def test_each_zone_gets_batches_of_its_own_that_start_at_its_hour(scheduled) -> None:
    database, send_id = scheduled
    with database.write() as session:
        assert plan.start(session, send_id, NOW)
    with database.read() as session:
        balance = outbox.balance(session, send_id)
        assert (balance.planned, balance.pending, balance.holds) == (10, 10, True)
        query = (
            select(Subscriber.zone, Batch.start_at, Delivery.id)
            .join(Delivery, col(Delivery.subscriber_id) == Subscriber.id)
            .join(Batch, col(Batch.id) == Delivery.batch_id)
        )
        rows = session.exec(query).all()
    assert {(zone, at.hour) for zone, at, _ in rows} == {
        ("Asia/Tokyo", 0), ("Europe/Amsterdam", 7), ("Europe/Berlin", 7), (None, 7),
    }  # fmt: skip
    assert len(rows) == 10


def test_zones_that_meet_in_one_moment_are_all_served(scheduled) -> None:
    """Lagos has no summer time and London has; nine o'clock comes to both at once."""
    database, send_id = scheduled
    with database.write() as session:
        readers = [
            NewSubscriber(f"{zone[-3:]}@example.org", zone=zone)
            for zone in ("Africa/Lagos", "Europe/London", "Atlantic/Canary")
        ]
        subscribers.add_confirmed(session, readers, source="test", now=NOW)
    with database.write() as session:
        assert plan.start(session, send_id, NOW)
    with database.read() as session:
        assert outbox.balance(session, send_id).planned == len(ZONES) + len(readers)


def test_discord_goes_by_the_clock_of_home(scheduled) -> None:
    database, send_id = scheduled
    with database.write() as session:
        session.add(Channel(guild_id=1, channel_id=2, language="en"))
    with database.write() as session:
        assert plan.start(session, send_id, NOW)
    with database.read() as session:
        posts = select(Batch.start_at).where(Batch.medium == Medium.DISCORD)
        assert session.exec(posts).one() == datetime(2026, 7, 1, 7, tzinfo=UTC)


def test_nothing_can_be_leased_before_its_hour(scheduled) -> None:
    database, send_id = scheduled
    with database.write() as session:
        plan.start(session, send_id, NOW)
    taken = {}
    for at in (NOW, NOW + timedelta(hours=12, minutes=1), NOW + timedelta(hours=19, minutes=1)):
        taken[at] = 0
        while True:
            with database.write() as session:
                lease = outbox.lease(
                    session, owner="o", medium=Medium.EMAIL, now=at, until=at + timedelta(minutes=1)
                )
            if lease is None:
                break
            taken[at] += 1
    assert list(taken.values()) == [0, 2, 2], "two editions for each of two moments"


def test_a_zone_that_does_not_exist_is_refused(database) -> None:
    with database.write() as session, pytest.raises(ReaderError, match="Europe/Amsterdam"):
        readers = [NewSubscriber("a@example.org", zone="Amsterdam")]
        subscribers.add_confirmed(session, readers, source="test", now=NOW)


class Console:
    """The command line at a store with an issue and readers of some zones."""

    def __init__(self, folder, monkeypatch) -> None:
        for name, value in {
            "PAPERROUND_DATA_DIR": str(folder / "data"),
            "PAPERROUND_SMTP_HOST": "localhost",
            "PAPERROUND_SENDER_ADDRESS": "news@example.org",
            "PAPERROUND_BASE_URL": "https://news.example.org",
            "PAPERROUND_DISCORD_TOKEN": "x",
            "COLUMNS": "200",
            "PATH": str(folder),  # no SpamAssassin, which takes its time
        }.items():
            monkeypatch.setenv(name, value)
        self._people = folder / "people.csv"
        assert self.run("import", PROJECT / "editions" / "2022-06.en.md").exit_code == 0

    def run(self, *arguments):
        return CliRunner().invoke(app, [str(it) for it in arguments])

    def subscribe(self, *zones: str) -> None:
        rows = [f"r{n}@example.org,,en,{zone}" for n, zone in enumerate(zones)]
        self._people.write_text("\n".join(["address,name,language,zone", *rows]))
        added = self.run("subscribe", "--file", self._people, "--confirmed", "--source", "test")
        assert added.exit_code == 0, added.output

    def schedule(self, at: str, audience: str = "email"):
        return self.run("schedule", "2022-06", "--reader-local", "--zone", "Europe/Amsterdam",
                        "--audience", audience, "--at", at, "--yes", "--offline", "--json")  # fmt: skip

    def scheduled(self, at: str, audience: str = "email"):
        made = self.schedule(at, audience)
        assert made.exit_code == 0, made.output or made.exception
        return json.loads(made.stdout)


@pytest.fixture
def console(tmp_path, monkeypatch):
    settings.cache_clear()
    yield Console(tmp_path, monkeypatch)
    settings.cache_clear()


def test_the_command_shows_who_is_served_when(console) -> None:
    console.subscribe("Asia/Tokyo", "America/New_York", "")
    assert "past for every reader" in str(console.schedule("2020-07-01 09:00").exception)
    answer = console.scheduled("2099-07-01 09:00")
    assert answer["reader_time"] == "2099-07-01T09:00"
    assert [
        (it["at"][11:16], it["zones"], it["readers"], it["summer_time"]) for it in answer["starts"]
    ] == [
        ("00:00", ["Asia/Tokyo"], 1, False),
        ("07:00", [None], 1, True),
        ("13:00", ["America/New_York"], 1, True),
    ]
    assert answer["due_at"].startswith("2099-07-01T00:00")


def test_mail_alone_is_planned_when_the_hour_of_its_first_readers_comes(console) -> None:
    """Home's hour is nobody's there; frozen by it, who subscribes until their own would get nothing."""
    console.subscribe("America/New_York")
    answer = console.scheduled("2099-07-01 09:00")
    assert answer["due_at"].startswith("2099-07-01T13:00")
    assert [it["zones"] for it in answer["starts"]] == [["America/New_York"]]


@pytest.mark.parametrize(("audience", "zones"), [
    ("discord", [[None]]), ("everyone", [[None], ["America/New_York"]]),
])  # fmt: skip
def test_discord_is_among_those_who_go_by_home(console, audience, zones) -> None:
    console.subscribe("America/New_York")
    answer = console.scheduled("2099-07-01 09:00", audience)
    assert answer["due_at"].startswith("2099-07-01T07:00")
    assert [it["zones"] for it in answer["starts"]] == zones


def test_an_issue_for_no_reader_yet_goes_by_home(console) -> None:
    assert console.scheduled("2099-07-01 09:00")["due_at"].startswith("2099-07-01T07:00")


def test_who_is_past_the_time_is_served_at_once_and_the_others_at_their_hour(console) -> None:
    console.subscribe("Pacific/Kiritimati", "Pacific/Pago_Pago")  # a day and an hour apart
    now = datetime.now(UTC)
    answer = console.scheduled(f"{now:%Y-%m-%d %H:%M}")
    first, second = answer["starts"]
    assert (first["at"], first["zones"]) == (answer["due_at"], ["Pacific/Kiritimati"])
    assert datetime.fromisoformat(first["at"]) >= now
    assert second["zones"] == ["Pacific/Pago_Pago"]
