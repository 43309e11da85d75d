"""The uncertain are listed and settled, and what happened to a recipient can be told."""

from datetime import timedelta

from storage import outbox
from storage.enums import (
    Medium,
    SendStatus,
    SubscriberStatus,
)
from storage.tables import Send, Subscriber
from tests.integration.ledger.rig import LATER, NOW


def test_the_uncertain_are_listed_and_accepted(ledger) -> None:
    ledger.subscribe("en", "en")
    ledger.follow("en")
    send_id = ledger.start()
    for medium in (Medium.EMAIL, Medium.DISCORD):
        lease = ledger.lease(medium=medium)
        ledger.answer(lease, "unknown", "accepted", text="no reply to the last dot")
        ledger.close(lease)
    with ledger.database.write() as session:
        listed = outbox.uncertain(session, "2022-04")
        assert [it.recipient for it in listed] == ["#c0 on Discord", "r0@example.org"]
        assert outbox.accept(session, "2022-04", LATER) == 2
    assert ledger.balance(send_id).submitted == 3
    said = ledger.why("r0@example.org")
    assert "counted as submitted by the operator at 2026-12-01 09:01:00 UTC" in said
    assert "the next server accepted it" not in said


def test_the_uncertain_are_resent_when_asked(ledger) -> None:
    """A sent send starts again for them; a post is first looked up in the history."""
    ledger.subscribe("en", "en")
    ledger.follow("en")
    send_id = ledger.start()
    for medium in (Medium.EMAIL, Medium.DISCORD):
        lease = ledger.lease(medium=medium)
        ledger.answer(lease, "unknown", "accepted")
        ledger.close(lease)
    assert ledger.get(Send, send_id).status is SendStatus.SENT
    with ledger.database.write() as session:
        assert outbox.resend(session, "2022-04", LATER) == 2
    mail = ledger.lease(now=LATER)
    assert [it.address for it in ledger.due(mail)] == ["r0@example.org"]
    post = ledger.lease(medium=Medium.DISCORD, now=LATER)
    assert [it.submitting_since for it in ledger.due(post)] == [NOW]
    for lease in (mail, post):
        ledger.answer(lease, "accepted", now=LATER + timedelta(seconds=1))
        ledger.close(lease)
    assert ledger.get(Send, send_id).status is SendStatus.SENT
    assert ledger.balance(send_id).submitted == 3


def test_the_story_of_each_kind_of_recipient(ledger) -> None:
    ledger.subscribe("zh")
    ledger.subscribe("en", status=SubscriberStatus.PENDING)
    ledger.subscribe("en", status=SubscriberStatus.UNSUBSCRIBED)
    assert "never scheduled" in ledger.why("r0@example.org")
    ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "accepted", code="250 2.0.0", text="queued", remote_id="<1.1@x>")
    with ledger.database.write() as session:
        session.add(Subscriber(address="late@example.org", address_key="late@example.org",
                               status=SubscriberStatus.ACTIVE, created_at=LATER))  # fmt: skip
    got = ledger.why("r0@example.org")
    assert "is active since" in got
    assert "accepted it at 2026-12-01 09:00:00 UTC (250 2.0.0 queued)" in got
    assert "Message-ID: <1.1@x>" in got
    assert "Edition: zh" in got
    assert "has not confirmed yet" in ledger.why("r1@example.org")
    assert "was not active then" in ledger.why("r1@example.org")
    assert "unsubscribed" in ledger.why("r2@example.org")
    assert "before this subscriber joined (2026-12-01 09:01:00 UTC)" in ledger.why(
        "late@example.org"
    )
    assert "not known" in ledger.why("nobody@example.org")


def test_the_events_of_a_story_are_in_order_and_about_one_recipient(ledger) -> None:
    ledger.subscribe("en", "en")
    ledger.start()
    lease = ledger.lease()
    ledger.answer(lease, "transient", "accepted", code="451 4.3.0")
    with ledger.database.read() as session:
        told = outbox.story(session, "r0@example.org", "2022-04")
    assert [it["kind"] for it in told.events] == ["scheduled", "started", "deferred"]
    assert told.events[-1]["code"] == "451 4.3.0"
