"""Who gets a send, in which language and in which batches; on both databases."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import select

from publisher import plan, schedule
from storage import outbox
from storage.enums import (
    Audience,
    ChannelStatus,
    Medium,
    SendStatus,
    SubscriberStatus,
)
from storage.tables import Batch, Channel, Delivery, Issue, Send, Subscriber
from tests.integration.ledger.rig import LATER, NOW


def test_everyone_gets_their_language_and_the_rest_the_original(ledger) -> None:
    ledger.subscribe("en", "zh", "zh-TW", "nl")
    ledger.follow("zh", "en")
    send_id = ledger.start()
    with ledger.database.read() as session:
        rows = session.exec(
            select(Batch.medium, Issue.language, Subscriber.language, Channel.language)
            .select_from(Delivery)
            .join(Batch, Batch.id == Delivery.batch_id)
            .join(Issue, Issue.id == Batch.issue_id)
            .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
            .outerjoin(Channel, Channel.id == Delivery.channel_id)
        ).all()
    assert Counter(rows) == Counter([
        (Medium.EMAIL, "en", "en", None), (Medium.EMAIL, "zh", "zh", None),
        (Medium.EMAIL, "zh", "zh-TW", None), (Medium.EMAIL, "en", "nl", None),
        (Medium.DISCORD, "zh", None, "zh"), (Medium.DISCORD, "en", None, "en"),
    ])  # fmt: skip
    assert ledger.balance(send_id).planned == 6


def test_batches_are_full_and_of_one_kind(ledger) -> None:
    ledger.subscribe(*["en"] * 1_201, *["zh"] * 10)
    ledger.start()
    with ledger.database.read() as session:
        counted = Counter(session.exec(select(Delivery.batch_id)).all())
        sizes = {it.id: it.size for it in session.exec(select(Batch)).all()}
    assert counted == sizes
    assert sorted(sizes.values()) == [10, 201, 500, 500]


def test_only_the_active_are_counted_and_planned(ledger) -> None:
    ledger.subscribe("en")
    for status in SubscriberStatus:
        if status is not SubscriberStatus.ACTIVE:
            ledger.subscribe("en", status=status)
    (channel,) = ledger.follow("en")
    with ledger.database.write() as session:
        session.get_one(Channel, channel).status = ChannelStatus.BROKEN
        assert schedule.reach(session, Audience.EVERYONE) == schedule.Reach(1, 0)
    assert ledger.balance(ledger.start()).planned == 1


@pytest.mark.parametrize(
    ("audience", "planned"), [(Audience.EVERYONE, 3), (Audience.EMAIL, 2), (Audience.DISCORD, 1)]
)
def test_an_audience_is_what_it_says(ledger, audience, planned) -> None:
    ledger.subscribe("en", "en")
    ledger.follow("en")
    assert ledger.balance(ledger.start(audience)).planned == planned


def test_starting_publishes_every_language_and_keeps_an_earlier_date(ledger) -> None:
    early = NOW - timedelta(days=9)
    with ledger.database.write() as session:
        session.get_one(Issue, ledger.issue.id).published_at = early
    ledger.start()
    with ledger.database.read() as session:
        dates = dict(session.exec(select(Issue.language, Issue.published_at)).all())
    assert dates == {"en": early, "zh": NOW}


def test_a_send_without_recipients_is_sent_at_once(ledger) -> None:
    send_id = ledger.start()
    assert ledger.get(Send, send_id).status is SendStatus.SENT


def test_a_send_is_started_once_however_many_try(ledger) -> None:
    """Eight threads see the same due send; one of them plans it."""
    ledger.subscribe(*["en"] * 50)
    with ledger.database.write() as session:
        schedule.schedule(session, ledger.issue, due_at=NOW, now=NOW)
    started = []

    def tick() -> None:
        import asyncio  # noqa: PLC0415

        started.extend(asyncio.run(plan.start_due(ledger.database, NOW)))

    threads = [threading.Thread(target=tick) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1
    assert len(ledger.deliveries()) == 50


def test_a_future_send_is_not_due(ledger) -> None:
    with ledger.database.write() as session:
        send = schedule.schedule(session, ledger.issue, due_at=LATER, now=NOW)
    with ledger.database.write() as session:
        assert not plan.start(session, send.id, NOW)
    with ledger.database.read() as session:
        assert outbox.due_sends(session, NOW) == []
        assert outbox.due_sends(session, LATER) == [send.id]
