"""A ledger to play with: readers, channels, an issue in two languages, and shorthands for what the engine does."""

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from publisher import plan, schedule
from publisher.pace import Pace
from publisher.record import Answer, commit
from storage import outbox
from storage.enums import (
    Audience,
    Medium,
    SubscriberStatus,
    UncertainPolicy,
)
from storage.tables import Channel, Delivery, Event, Issue, Newsletter, Subscriber

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
SLACK = timedelta(0)


class Ledger:
    """A ledger with one issue in two languages, and short ways to speak of it."""

    def __init__(self, database) -> None:
        self.database = database
        with database.write() as session:
            letter = Newsletter(slug="n", name="N", languages=["en", "zh"])
            session.add(letter)
            session.flush()
            more = {"newsletter_id": letter.id, "slug": "2022-04", "month_source": "given",
                    "month": NOW.date().replace(day=1)}  # fmt: skip
            original = Issue(language="en", title="April", **more)
            session.add(original)
            session.flush()
            session.add(Issue(language="zh", title="四月", translation_of_id=original.id, **more))
            self.issue = original

    def subscribe(self, *languages: str, status=SubscriberStatus.ACTIVE) -> list[int]:
        with self.database.write() as session:
            start = len(session.exec(select(Subscriber.id)).all())
            added = [
                Subscriber(address=f"r{n}@example.org", address_key=f"r{n}@example.org",
                           language=language, status=status, created_at=NOW)
                for n, language in enumerate(languages, start)
            ]  # fmt: skip
            session.add_all(added)
            session.flush()
            return [it.id for it in added]

    def follow(self, *languages: str) -> list[int]:
        with self.database.write() as session:
            added = [
                Channel(guild_id=1, channel_id=100 + n, channel_name=f"c{n}", language=language)
                for n, language in enumerate(languages)
            ]
            session.add_all(added)
            session.flush()
            return [it.id for it in added]

    def start(self, audience=Audience.EVERYONE, on_uncertain=UncertainPolicy.HOLD) -> int:
        with self.database.write() as session:
            send_id = schedule.schedule(
                session, self.issue, due_at=NOW, now=NOW, audience=audience,
                on_uncertain=on_uncertain,
            ).id  # fmt: skip
        with self.database.write() as session:
            assert plan.start(session, send_id, NOW)
        return send_id

    def lease(self, owner="me", medium=Medium.EMAIL, now=NOW):
        with self.database.write() as session:
            return outbox.lease(
                session, owner=owner, medium=medium, now=now, until=now + timedelta(minutes=1)
            )

    def due(self, lease, now=NOW):
        with self.database.read() as session:
            return outbox.due_copies(session, lease, after=0, limit=1000, now=now)

    def answer(self, lease, *verdicts, now=NOW, pace=None, **more) -> None:
        due = self.due(lease, now)
        with self.database.write() as session:
            commit(
                session,
                [Answer(d, lease, v, **more) for d, v in zip(due, verdicts, strict=False)],
                now,
                pace or Pace(),
            )

    def close(self, lease, owner="me", now=NOW):
        with self.database.write() as session:
            return outbox.close_batch(session, lease.batch_id, owner, now, SLACK)

    def recover(self, left, owner="me", now=LATER):
        with self.database.write() as session:
            return outbox.recover(session, owner, left, now, SLACK)

    def balance(self, send_id):
        with self.database.read() as session:
            balance = outbox.balance(session, send_id)
        assert balance.holds
        return balance

    def get(self, model, key):
        with self.database.read() as session:
            found = session.get_one(model, key)
            session.expunge_all()
            return found

    def deliveries(self) -> list[Delivery]:
        with self.database.read() as session:
            rows = list(session.exec(select(Delivery).order_by(Delivery.id)).all())
            session.expunge_all()
            return rows

    def events(self, kind=None) -> list[Event]:
        with self.database.read() as session:
            rows = session.exec(select(Event).order_by(Event.id)).all()
            session.expunge_all()
        return [it for it in rows if kind in {None, it.kind}]

    def why(self, address: str) -> str:
        with self.database.read() as session:
            return " ".join(outbox.story(session, address, "2022-04").sentences)
