"""Confirmation mails go out once each, wait when mail does not go, and one reader holds up no other."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from publisher import consent
from publisher.consent import ConsentDesk
from storage import subscribers
from storage.database import Database
from storage.tables import Subscriber

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Answer:
    verdict: str
    code: str = ""
    text: str = ""
    remote_id: str | None = None
    retry_after: float | None = None


@dataclass
class PostOffice:
    """A notifier and clock whose answers and time are given beforehand."""

    verdicts: dict[str, list[str]] = field(default_factory=dict)
    mailed: list[tuple[str, str]] = field(default_factory=list)
    time: datetime = NOW
    visited: asyncio.Event = field(default_factory=asyncio.Event)

    async def send_confirmation(self, _subscriber_id: int, address: str, language: str) -> Answer:
        await asyncio.sleep(0)
        self.mailed.append((address, language))
        self.visited.set()
        left = self.verdicts.get(address, [])
        return Answer(left.pop(0) if left else "accepted")

    def now(self) -> datetime:
        return self.time


def ask(database: Database, *addresses: str, language: str = "en") -> None:
    for number, address in enumerate(addresses):
        with database.write() as session:
            subscribers.ask(session, address, language=language, source="web", wording="w",
                            now=NOW + timedelta(seconds=number), hashes=lambda key: [key])  # fmt: skip


async def test_each_who_asked_is_mailed_once_in_their_language(database: Database) -> None:
    ask(database, "ann@example.org")
    ask(database, "bob@example.org", language="zh")
    office = PostOffice()
    desks = [ConsentDesk(database, office, office) for _ in range(3)]
    await asyncio.gather(*(desk.mail_waiting() for desk in desks))
    assert sorted(office.mailed) == [("ann@example.org", "en"), ("bob@example.org", "zh")]


async def test_a_confirmation_that_did_not_go_out_waits_longer_each_time(
    database: Database,
) -> None:
    ask(database, "ann@example.org")
    office = PostOffice({"ann@example.org": ["transient"] * 3})
    desk = ConsentDesk(database, office, office)
    waits = []
    for minutes in range(60):
        office.time = NOW + timedelta(minutes=minutes)
        before = len(office.mailed)
        await desk.mail_waiting()
        if len(office.mailed) > before:
            waits.append(minutes)
    assert waits == [0, 2, 6, 14]


async def test_a_reader_whose_server_refuses_for_now_holds_up_nobody(database: Database) -> None:
    ask(database, "slow@example.org", "ann@example.org", "bob@example.org")
    office = PostOffice({"slow@example.org": ["transient"] * 9})
    assert await ConsentDesk(database, office, office).mail_waiting() is True
    assert [address for address, _ in office.mailed] == [
        "slow@example.org", "ann@example.org", "bob@example.org",
    ]  # fmt: skip


@pytest.mark.parametrize(("verdict", "tries"), [("transient", 3), ("ours", 1)])
async def test_a_mail_server_that_takes_nothing_is_left_alone_for_a_while(
    database: Database, verdict, tries
) -> None:
    names = [f"reader{n}@example.org" for n in range(6)]
    ask(database, *names)
    office = PostOffice({name: [verdict] for name in names})
    assert await ConsentDesk(database, office, office).mail_waiting() is False
    assert len(office.mailed) == tries


@pytest.mark.parametrize("verdict", ["permanent", "unknown"])
async def test_a_mail_that_may_have_arrived_or_never_can_is_not_repeated(
    database: Database, verdict
) -> None:
    ask(database, "ann@example.org")
    office = PostOffice({"ann@example.org": [verdict]})
    desk = ConsentDesk(database, office, office)
    await desk.mail_waiting()
    office.time += timedelta(hours=5)
    await desk.mail_waiting()
    assert len(office.mailed) == 1


async def test_who_waited_for_days_is_left_alone(database: Database) -> None:
    ask(database, "ann@example.org")
    office = PostOffice(time=NOW + timedelta(days=5))
    await ConsentDesk(database, office, office).mail_waiting()
    assert office.mailed == []


async def test_a_flood_of_forms_is_no_flood_of_mail(database: Database, monkeypatch) -> None:
    monkeypatch.setattr(consent, "HOURLY_CAP", 3)
    ask(database, *(f"reader{n}@example.org" for n in range(5)))
    office = PostOffice()
    desk = ConsentDesk(database, office, office)
    await desk.mail_waiting()
    assert len(office.mailed) == 3
    office.time += timedelta(hours=1)
    await desk.mail_waiting()
    assert len(office.mailed) == 5


async def test_who_left_or_was_forgotten_meanwhile_is_not_mailed(database: Database) -> None:
    ask(database, "ann@example.org", "bob@example.org")
    with database.write() as session:
        ann = subscribers.find(session, "ann@example.org")
        subscribers.unsubscribe(session, ann.id, source="web", now=NOW)
        bob = subscribers.find(session, "bob@example.org")
        subscribers.forget(session, bob, hash_address=str, source="cli", now=NOW)
    office = PostOffice()
    await ConsentDesk(database, office, office).mail_waiting()
    assert office.mailed == []


async def test_the_desk_works_until_told_to_stop(database: Database) -> None:
    ask(database, "ann@example.org")
    office, stop = PostOffice(), asyncio.Event()
    running = asyncio.create_task(ConsentDesk(database, office, office).run(stop))
    await asyncio.wait_for(office.visited.wait(), 5)
    stop.set()
    await asyncio.wait_for(running, 5)
    with database.read() as session:
        assert session.exec(select(Subscriber)).one().confirmation_mailed_at == NOW
