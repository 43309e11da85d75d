"""Consent is asked for, confirmed, withdrawn and forgotten, and every change leaves an event."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func
from sqlmodel import select

from storage import subscribers
from storage.database import Database
from storage.enums import EventKind, SubscriberStatus, SuppressionReason
from storage.subscribers import AddressError, Asked, Brought, NewSubscriber, ReaderError
from storage.tables import Event, Subscriber, Suppression

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def hashes(key: str) -> tuple[str, ...]:
    """As a ring of two keys does: the present one first."""
    return hashed(key), hashlib.sha256(b"old" + key.encode()).hexdigest()


def ask(database: Database, address: str = "ann@example.org", now: datetime = NOW) -> Asked:
    with database.write() as session:
        return subscribers.ask(session, address, language="en", source="web", wording="yes please",
                               now=now, hashes=hashes)  # fmt: skip


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
        brought = subscribers.add_confirmed(session, readers, source="list", now=NOW)
        assert brought == Brought(added=1, known=1)
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


@pytest.mark.parametrize(
    "twin",
    ["ANN@Example.org", "ann@EXAMPLE.ORG", " ann@example.org "],
    ids=["local", "domain", "blanks"],
)
def test_another_spelling_is_the_same_mailbox(database: Database, twin) -> None:
    ask(database)
    assert ask(database, twin) is Asked.RECENT
    with database.read() as session:
        assert subscribers.find(session, twin).address == "ann@example.org"


def test_a_domain_in_letters_and_in_ascii_is_one_domain(database: Database) -> None:
    ask(database, "ann@bücher.example")
    assert ask(database, "ann@xn--bcher-kva.example") is Asked.RECENT
    assert only(database).address == "ann@bücher.example"


def test_an_address_whose_folded_form_grows_too_long_is_refused() -> None:
    """U+0390 folds into three characters; the column of the key holds 254."""
    with pytest.raises(AddressError):
        subscribers.checked_address("ΐ" * 32 + "@" + ".".join(["a" * 50] * 3) + ".example")


def test_what_came_of_asking_is_told_to_the_operator(database: Database) -> None:
    assert ask(database) is Asked.QUEUED
    assert ask(database) is Asked.RECENT
    with database.write() as session:
        subscribers.confirm(session, only(database).id, source="web", wording="", now=NOW)
    assert ask(database, now=NOW + timedelta(days=3)) is Asked.ACTIVE


def test_who_complained_is_not_asked_again(database: Database) -> None:
    ask(database)
    with database.write() as session:
        session.exec(select(Subscriber)).one().status = SubscriberStatus.COMPLAINED
    assert ask(database, now=NOW + timedelta(days=3)) is Asked.BLOCKED
    assert only(database).status is SubscriberStatus.COMPLAINED


def test_a_suppression_under_an_older_key_still_holds(database: Database) -> None:
    with database.write() as session:
        session.add(Suppression(address_hash=hashes("ann@example.org")[1],
                                reason=SuppressionReason.DELETED))  # fmt: skip
    assert ask(database) is Asked.BLOCKED
    with database.write() as session:
        brought = subscribers.add_confirmed(session, [NewSubscriber("Ann@example.org")],
                                            source="list", now=NOW, hashes=hashes)  # fmt: skip
    assert brought == Brought(blocked=1)
    with database.read() as session:
        assert session.exec(select(Subscriber)).first() is None


def test_a_reader_whose_mail_bounced_can_leave_for_good(database: Database) -> None:
    ask(database)
    with database.write() as session:
        session.exec(select(Subscriber)).one().status = SubscriberStatus.BOUNCED
    with database.write() as session:
        assert subscribers.unsubscribe(session, only(database).id, source="one-click", now=NOW)
    assert only(database).status is SubscriberStatus.UNSUBSCRIBED


def test_one_new_address_in_many_forms_at_once_becomes_one_subscriber(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(database), range(8)))
    assert sorted(answers) == [Asked.QUEUED, *[Asked.RECENT] * 7]
    assert kinds(database) == ["subscribed"]


def test_a_list_brings_in_each_reader_once_with_an_event_each(database: Database) -> None:
    ask(database, "reader5@example.org")
    readers = [NewSubscriber(f"reader{n}@example.org", f"R {n}") for n in range(4_500)]
    readers.append(NewSubscriber("READER1@example.org"))
    with database.write() as session:
        brought = subscribers.add_confirmed(session, readers, source="a workshop " * 9, now=NOW,
                                            hashes=hashes)  # fmt: skip
    assert brought == Brought(added=4_499, confirmed=1, known=1)
    with database.read() as session:
        active = session.exec(
            select(func.count()).where(Subscriber.status == SubscriberStatus.ACTIVE)
        ).one()
        events = session.exec(select(Event).where(Event.kind == EventKind.CONFIRMED)).all()
    assert active == len(events) == len({it.subscriber_id for it in events}) == 4_500
    assert events[0].content["source"] == "a workshop " * 9


@pytest.mark.parametrize(
    "reader",
    [NewSubscriber("nobody"), NewSubscriber("b@example.org", "a\nb"), NewSubscriber("b@example.org", "x" * 201),
     NewSubscriber("b@example.org", language="English, please")],
)  # fmt: skip
def test_one_wrong_reader_in_a_list_keeps_everyone_out(database: Database, reader) -> None:
    with pytest.raises((AddressError, ReaderError)), database.write() as session:
        subscribers.add_confirmed(session, [NewSubscriber("ann@example.org"), reader], source="list",
                                  now=NOW)  # fmt: skip
    with database.read() as session:
        assert session.exec(select(Subscriber)).first() is None


@given(st.text(max_size=300))
def test_no_text_breaks_the_check_of_an_address(text) -> None:
    try:
        kept = subscribers.checked_address(text)
    except AddressError:
        return
    assert subscribers.checked_address(kept) == kept
    assert kept.isprintable()
    assert len(kept.encode()) <= 254
