"""Why a send was scheduled in spite of its checks is kept in the record, on both databases."""

from datetime import UTC, date, datetime

from storage import outbox
from storage.enums import Audience
from storage.tables import Issue, Newsletter, Send

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_reason_is_kept_with_the_send_and_told_to_whoever_asks_why(database):
    with database.write() as session:
        letter = Newsletter(slug="n", name="N", languages=["en"])
        session.add(letter)
        session.flush()
        issue = Issue(newsletter_id=letter.id, slug="i", language="en", title="T",
                      month=date(2026, 1, 1), month_source="given")  # fmt: skip
        session.add(issue)
        session.flush()
        sends = [Send(issue_id=issue.id, audience=audience, due_at=NOW) for audience in Audience]
        session.add_all(sends)
        session.flush()
        ids = [send.id for send in sends]
        outbox.record_forced(session, ids[1], "for the archive", ["size", "spf"], NOW)
    with database.read() as session:
        kept = {"reason": "for the archive", "checks": "size, spf"}
        assert [outbox.forced(session, it) for it in ids] == [None, kept, None]
        told = outbox.story(session, "nobody@example.org", "i")
    sentence = f"Send {ids[1]} was forced on 2026-01-01 00:00:00 UTC though size, spf failed: for the archive"
    assert [it for it in told.sentences if "forced" in it] == [f"{sentence}."]
