"""Consent is asked for, confirmed, withdrawn and forgotten, and every change leaves an event."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from publisher.consent import ConsentDesk
from storage import subscribers
from storage.database import Database
from storage.enums import SubscriberStatus
from storage.subscribers import AddressError, NewSubscriber
from storage.tables import Event, Subscriber, Suppression

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def ask(database: Database, address: str = "ann@example.org", now: datetime = NOW) -> None:
    with database.write() as session:
        subscribers.ask(session, address, language="en", source="web", wording="yes please", now=now,
                        hash_address=hashed)  # fmt: skip


def only(database: Database) -> Subscriber:
    with database.read() as session:
        return session.exec(select(Subscriber)).one()


def kinds(database: Database) -> list[str]:
    with database.read() as session:
        return [e.kind.value for e in session.exec(select(Event).order_by(Event.id))]


def test_asked_confirmed_left_and_asked_again(database: Database) -> None:
    ask(database)
    reader = only(database)
    assert reader.status is SubscriberStatus.PENDING
    with database.write() as session:
        assert subscribers.confirm(session, reader.id, source="web", wording="w", now=NOW)
    assert only(database).status is SubscriberStatus.ACTIVE
    with database.write() as session:
        assert subscribers.unsubscribe(session, reader.id, source="one-click", now=NOW)
        assert subscribers.unsubscribe(session, reader.id, source="one-click", now=NOW)
    assert only(database).status is SubscriberStatus.UNSUBSCRIBED
    ask(database, now=NOW + timedelta(days=2))
    assert only(database).status is SubscriberStatus.PENDING
    assert kinds(database) == ["subscribed", "confirmed", "unsubscribed", "subscribed"]


def test_asking_twice_a_day_asks_once(database: Database) -> None:
    ask(database, "Ann@Example.org")
    ask(database, "ann@example.org", NOW + timedelta(hours=1))
    assert kinds(database) == ["subscribed"]


def test_the_wording_agreed_to_is_kept(database: Database) -> None:
    ask(database)
    with database.read() as session:
        event = session.exec(select(Event)).one()
    assert event.content == {"wording": "yes please"}
    assert (event.source, event.at) == ("web", NOW)


def test_an_old_confirmation_does_not_bring_back_who_left(database: Database) -> None:
    ask(database)
    reader = only(database)
    with database.write() as session:
        subscribers.unsubscribe(session, reader.id, source="web", now=NOW)
    with database.write() as session:
        assert subscribers.confirm(session, reader.id, source="web", wording="", now=NOW) is False


def test_forgetting_leaves_only_a_hash(database: Database) -> None:
    ask(database)
    with database.write() as session:
        reader = subscribers.find(session, "ann@example.org")
        subscribers.forget(session, reader, hash_address=hashed, source="cli", now=NOW)
    reader = only(database)
    assert (reader.address, reader.address_key, reader.name) == (None, None, None)
    with database.read() as session:
        assert session.exec(select(Suppression)).one().address_hash == hashed("ann@example.org")
    ask(database, now=NOW + timedelta(days=9))
    assert only(database).address is None


def test_readers_who_left_are_not_brought_back_by_a_list(database: Database) -> None:
    ask(database)
    with database.write() as session:
        subscribers.unsubscribe(session, only(database).id, source="web", now=NOW)
    with database.write() as session:
        readers = [NewSubscriber("ANN@example.org"), NewSubscriber("bob@example.org", "Bob", "zh")]
        assert subscribers.add_confirmed(session, readers, source="list", now=NOW) == (1, 1)
    with database.read() as session:
        assert subscribers.find(session, "ann@example.org").status is SubscriberStatus.UNSUBSCRIBED


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "@example.org", "a b@example.org", "ann@localhost", "ann@exa mple.org",
     "a\r\nb@example.org", "a\0@example.org", "<ann@example.org>", "a" * 65 + "@example.org",
     "ann@" + "a" * 250 + ".org", "ann@@example.org", ".a@example.org", "a..b@example.org",
     "ann@-x.org", "ann@\u2028.org"],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused(address) -> None:
    with pytest.raises(AddressError) as caught:
        subscribers.checked_address(address)
    assert "@example" not in str(caught.value).replace("name@example.org", "")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Ann@Example.ORG ", "Ann@example.org"),
        ("张@例子.中国", "张@例子.中国"),
        ("a+b@x.io", "a+b@x.io"),
    ],
)
def test_an_address_is_kept_as_given_but_for_its_domain(given, kept) -> None:
    assert subscribers.checked_address(given) == kept


@dataclass
class Answer:
    verdict: str
    code: str = ""
    text: str = ""
    remote_id: str | None = None
    retry_after: float | None = None


class Desk:
    """A notifier whose answers are given beforehand."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.mailed = list(answers), []

    async def send_confirmation(self, _subscriber_id: int, address: str, language: str) -> Answer:
        self.mailed.append((address, language))
        return Answer(self.answers.pop(0) if self.answers else "accepted")

    def now(self) -> datetime:
        return NOW


async def test_each_who_asked_is_mailed_once(database: Database) -> None:
    ask(database)
    ask(database, "bob@example.org")
    desk = Desk()
    both = ConsentDesk(database, desk, desk), ConsentDesk(database, desk, desk)
    for one in both:
        await one.mail_next()
    assert sorted(desk.mailed) == [("ann@example.org", "en"), ("bob@example.org", "en")]


async def test_a_confirmation_that_did_not_go_out_waits(database: Database) -> None:
    ask(database)
    desk = Desk("transient")
    consent = ConsentDesk(database, desk, desk)
    assert await consent.mail_next() is False
    assert await consent.mail_next() is True
    assert await consent.mail_next() is None
    assert len(desk.mailed) == 2
