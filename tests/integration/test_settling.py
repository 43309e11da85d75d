"""Uncertain mail settled by evidence, on both databases: logs of servers, notifications, absence."""

import json
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart

import pytest
from sqlmodel import select

from mailer.identity import Letterhead
from mailer.tokens import Tokens
from paperround.errors import UserError
from paperround.identity import identity_of
from paperround.keys import key_ring
from paperround.settings import Settings
from paperround.settling import settle_by_evidence
from publisher import plan, schedule
from publisher.pace import Pace
from publisher.record import Answer, commit
from storage import outbox
from storage.enums import Audience, DeliveryStatus, EventKind, Medium, SendStatus, SubscriberStatus
from storage.tables import Channel, Delivery, Event, Issue, Newsletter, Send, Subscriber
from tests.support import commands

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
SETTLED = LATER + timedelta(minutes=1)
TAKEN = """\
Mar  1 09:00:01 mx postfix/smtpd[5716]: {queue}: client=localhost[127.0.0.1]
Mar  1 09:00:01 mx postfix/cleanup[5718]: {queue}: message-id={id}
Mar  1 09:00:01 mx postfix/qmgr[5651]: {queue}: from=<news@example.org>, size=8306, nrcpt=1 (queue active)
"""
CUT = """\
Mar  1 09:00:02 mx postfix/smtpd[5716]: {queue}: client=localhost[127.0.0.1]
Mar  1 09:00:02 mx postfix/cleanup[5718]: {queue}: message-id={id}
Mar  1 09:00:02 mx postfix/smtpd[5716]: lost connection after DATA (300 bytes) from localhost[127.0.0.1]
"""
FOREIGN = TAKEN.format(queue="AAAAAAAAAA", id="<other@example.net>")


class Crashed:
    """A send to six readers, of whom one was served, and a crash that left five uncertain."""

    def __init__(self, folder, database, url) -> None:
        self.folder, self.database = folder, database
        self.settings = Settings(
            data_dir=folder, database_url=url, smtp_host="localhost",
            sender_address="news@example.org", bounce_domain="bounce.example.org",
        )  # fmt: skip
        self.tokens = Tokens(key_ring(self.settings))
        with database.write() as session:
            letter = Newsletter(slug="n", name="N", languages=["en"])
            session.add(letter)
            session.flush()
            issue = Issue(newsletter_id=letter.id, slug="2022-04", language="en", title="April",
                          month=NOW.date().replace(day=1), month_source="given")  # fmt: skip
            session.add(issue)
            session.add_all(
                Subscriber(address=f"r{n}@example.org", address_key=f"r{n}@example.org",
                           status=SubscriberStatus.ACTIVE, created_at=NOW)
                for n in range(6)
            )  # fmt: skip
            session.add(Channel(guild_id=1, channel_id=100, channel_name="c", language="en"))
            session.flush()
            schedule.schedule(session, issue, due_at=NOW, now=NOW, audience=Audience.EVERYONE)
        with database.write() as session:
            assert plan.start(session, 1, NOW)
        self.letterhead = Letterhead(identity_of(self.settings, database, None))
        for medium in Medium:
            self.answer(medium)
        with database.read() as session:
            self.lost = [it.delivery_id for it in outbox.uncertain(session, "2022-04")
                         if it.medium is Medium.EMAIL]  # fmt: skip

    def answer(self, medium) -> None:
        with self.database.write() as session:
            lease = outbox.lease(
                session, owner="me", medium=medium, now=LATER, until=LATER + timedelta(60)
            )
            due = outbox.due_copies(session, lease, after=0, limit=9, now=LATER)
            answers = [Answer(it, lease, "unknown", text="no reply") for it in due]
            if medium is Medium.EMAIL:
                answers[0] = Answer(due[0], lease, "accepted", code="250 2.0.0",
                                    remote_id=self.letterhead.message_id(1, due[0].recipient_id))  # fmt: skip
            commit(session, answers, LATER, Pace())
            outbox.close_batch(session, lease.batch_id, "me", LATER, Pace().slack)

    def get(self, delivery_id) -> Delivery:
        with self.database.read() as session:
            return session.get_one(Delivery, delivery_id)

    def message_id(self, delivery_id) -> str:
        return self.letterhead.message_id(1, self.get(delivery_id).subscriber_id)

    def served(self) -> int:
        with self.database.read() as session:
            return session.exec(
                select(Delivery.id).where(Delivery.status == DeliveryStatus.SUBMITTED)
            ).first()

    def statuses(self) -> list[DeliveryStatus]:
        return [self.get(it).status for it in self.lost]

    def subscriber(self, delivery_id) -> Subscriber:
        with self.database.read() as session:
            return session.get_one(Subscriber, self.get(delivery_id).subscriber_id)

    def events(self, delivery_id) -> list[Event]:
        with self.database.read() as session:
            query = select(Event).where(Event.delivery_id == delivery_id).order_by(Event.id)
            return list(session.exec(query))

    def log(self, *, taken=(), cut=(), name="mail.log", more=FOREIGN):
        lines = [TAKEN.format(queue=f"B{it:09}", id=self.message_id(it)) for it in taken]
        lines += [CUT.format(queue=f"C{it:09}", id=self.message_id(it)) for it in cut]
        path = self.folder / name
        path.write_text(more + "".join(lines), "utf-8")
        return path

    def notification(self, delivery_id, action, status, *, to=None, name="report.eml"):
        fields, group = Message(), Message()
        mark = self.tokens.bounce_local_part(delivery_id)
        fields["Reporting-MTA"] = "dns; mx.example.net"
        fields["Original-Envelope-Id"] = mark.replace("+", "+2B")
        group["Final-Recipient"] = f"rfc822; {to or self.subscriber(delivery_id).address}"
        group["Action"], group["Status"] = action, status
        report = MIMENonMultipart("message", "delivery-status")
        report.set_payload([fields, group])
        whole = MIMEMultipart("report", report_type="delivery-status")
        whole["From"] = "MAILER-DAEMON@mx.example.net"
        whole.attach(report)
        path = self.folder / name
        path.write_bytes(whole.as_bytes())
        return path

    def settle(self, *paths, complete_from=None):
        return settle_by_evidence(
            self.settings, self.database, "2022-04", paths, complete_from=complete_from, now=SETTLED
        )

    def balance(self):
        with self.database.read() as session:
            found = outbox.balance(session, 1)
        assert found.holds
        return found


@pytest.fixture
def crashed(tmp_path, database, database_url):
    return Crashed(tmp_path, database, database_url)


UNCERTAIN, SUBMITTED, PENDING, FAILED = (
    DeliveryStatus.UNCERTAIN, DeliveryStatus.SUBMITTED, DeliveryStatus.PENDING, DeliveryStatus.FAILED,
)  # fmt: skip


def test_what_the_log_shows_as_taken_is_submitted_and_the_event_names_the_evidence(crashed) -> None:
    first, second, *_ = crashed.lost
    done = crashed.settle(crashed.log(taken=[first], cut=[second]))
    assert crashed.statuses() == [SUBMITTED, *[UNCERTAIN] * 4]
    assert (done.count("log"), done.count()) == (1, 1)
    event = crashed.events(first)[-1]
    assert (event.kind, event.source) == (EventKind.SUBMITTED, "evidence")
    assert event.content == {
        "detail": "the mail server took it, says the log mail.log",
        "remote_id": crashed.message_id(first),
    }
    assert crashed.get(first).attempts == 1
    assert (crashed.balance().submitted, crashed.balance().uncertain) == (2, 5)


def test_an_envelope_sender_of_the_delivery_is_as_good_as_its_message_id(crashed) -> None:
    mark = crashed.tokens.bounce_local_part(crashed.lost[2])
    line = (
        "Mar  1 09:00:01 mx smtpd[39]: f274cf34b7d0786b smtp envelope evpid=78e5c402920bcc4f "
        f"from=<{mark}@bounce.example.org> to=<r@example.net>\n"
    )
    crashed.settle(crashed.log(more=line))
    assert crashed.statuses() == [UNCERTAIN, UNCERTAIN, SUBMITTED, UNCERTAIN, UNCERTAIN]


def test_without_the_word_that_the_log_is_complete_absence_proves_nothing(crashed) -> None:
    assert crashed.settle(crashed.log()).count() == 0
    assert set(crashed.statuses()) == {UNCERTAIN}


def test_what_a_complete_log_lacks_goes_out_again_and_posts_stay_as_they_are(crashed) -> None:
    first, second, *_ = crashed.lost
    log = crashed.log(taken=[crashed.served(), first], cut=[second])
    done = crashed.settle(log, complete_from=NOW)
    assert crashed.statuses() == [SUBMITTED, *[PENDING] * 4]
    assert (done.count("log"), done.count("absence"), done.unclear) == (1, 4, 0)
    event = crashed.events(second)[-1]
    assert (event.kind, event.content["detail"]) == (
        EventKind.RESENT, "was cut off before its end, says the complete log mail.log",
    )  # fmt: skip
    assert "never reached" in crashed.events(crashed.lost[3])[-1].content["detail"]
    with crashed.database.read() as session:
        assert session.get_one(Send, 1).status is SendStatus.SENDING
        (post,) = outbox.uncertain(session, "2022-04")
    assert post.medium is Medium.DISCORD
    with crashed.database.write() as session:
        lease = outbox.lease(
            session, owner="me", medium=Medium.EMAIL, now=SETTLED, until=SETTLED + timedelta(60)
        )
        due = outbox.due_copies(session, lease, after=0, limit=9, now=SETTLED)
    assert [it.delivery_id for it in due] == crashed.lost[1:]


def test_a_log_that_begins_behind_the_start_of_the_send_settles_nothing_by_absence(crashed) -> None:
    log = crashed.log(taken=[crashed.served()])
    done = crashed.settle(log, complete_from=NOW + timedelta(seconds=1))
    assert (done.count(), done.earlier) == (0, 5)


def test_what_a_complete_log_names_without_its_end_stays_uncertain(crashed) -> None:
    (first, *_), log = crashed.lost, crashed.log(taken=[crashed.served()])
    line = f"Mar  1 09:00:03 mx postfix/cleanup[1]: DDDDDDDDDD: message-id={crashed.message_id(first)}\n"
    with log.open("a", encoding="utf-8") as file:
        file.write(line)
    done = crashed.settle(log, complete_from=NOW)
    assert crashed.statuses() == [UNCERTAIN, *[PENDING] * 4]
    assert done.unclear == 1


def test_a_log_that_lacks_what_the_server_surely_took_is_not_complete(crashed) -> None:
    log = crashed.log(taken=crashed.lost[:1])
    with pytest.raises(UserError, match="it lacks 1 of 1 mails that the server took"):
        crashed.settle(log, complete_from=NOW)
    assert set(crashed.statuses()) == {UNCERTAIN}


def test_of_what_evidence_let_go_out_again_cancelling_says_that_it_never_left(crashed) -> None:
    crashed.settle(crashed.log(taken=[crashed.served()]), complete_from=NOW)
    with crashed.database.write() as session:
        schedule.cancel(session, 1, LATER)
    assert set(crashed.statuses()) == {DeliveryStatus.CANCELLED}


def test_a_mail_that_evidence_settled_is_no_witness_against_the_next_log(crashed) -> None:
    """Only what the server itself said over the connection shows that a log has gaps."""
    first = crashed.lost[0]
    crashed.settle(crashed.log(taken=[first], name="one.log"))
    crashed.settle(crashed.log(taken=[crashed.served()], name="two.log"), complete_from=NOW)
    assert crashed.statuses() == [SUBMITTED, *[PENDING] * 4]


def test_absence_proves_nothing_when_our_mail_is_named_differently_by_now(crashed) -> None:
    log = crashed.log(taken=[crashed.served()])
    crashed.settings = crashed.settings.model_copy(update={"message_id_domain": "new.example.org"})
    with pytest.raises(UserError, match="have changed since the send"):
        crashed.settle(log, complete_from=NOW)
    assert set(crashed.statuses()) == {UNCERTAIN}


@pytest.mark.parametrize(
    ("action", "status", "to", "ends", "consent"),
    [
        ("failed", "5.1.1", None, FAILED, SubscriberStatus.BOUNCED),
        ("failed", "5.1.1", "other@example.net", FAILED, SubscriberStatus.ACTIVE),
        ("failed", "5.2.2", None, FAILED, SubscriberStatus.ACTIVE),
        ("delayed", "4.4.1", None, SUBMITTED, SubscriberStatus.ACTIVE),
        ("delivered", "2.0.0", None, SUBMITTED, SubscriberStatus.ACTIVE),
        ("relayed", "2.0.0", None, SUBMITTED, SubscriberStatus.ACTIVE),
    ],
)
def test_a_notification_tells_the_end_of_a_mail_and_a_dead_address_counts_as_bounced(
    crashed, action, status, to, ends, consent
) -> None:
    first = crashed.lost[0]
    done = crashed.settle(crashed.notification(first, action, status, to=to))
    assert crashed.statuses() == [ends, *[UNCERTAIN] * 4]
    assert crashed.subscriber(first).status is consent
    assert done.count("notification", ends) == 1
    kinds = [it.kind for it in crashed.events(first)]
    assert (EventKind.BOUNCED in kinds) is (consent is SubscriberStatus.BOUNCED)
    assert all("@" not in str(it.content.get("detail")) for it in crashed.events(first))
    crashed.balance()


def test_a_notification_weighs_more_than_a_log(crashed) -> None:
    first = crashed.lost[0]
    log, report = crashed.log(taken=[first]), crashed.notification(first, "failed", "5.1.1")
    crashed.settle(log, report)
    assert crashed.get(first).status is FAILED


def test_a_forged_notification_settles_nothing(crashed) -> None:
    crashed.tokens = Tokens([b"x" * 32])
    assert crashed.settle(crashed.notification(crashed.lost[0], "failed", "5.1.1")).count() == 0


def test_one_file_that_cannot_be_used_leaves_everything_as_it_was(crashed) -> None:
    with pytest.raises(UserError, match=r"absent\.log cannot be read: .* Nothing was settled\."):
        crashed.settle(crashed.log(taken=crashed.lost), crashed.folder / "absent.log")
    assert set(crashed.statuses()) == {UNCERTAIN}


def test_in_a_cancelled_send_nothing_goes_out_again_but_what_was_taken_is_settled(crashed) -> None:
    with crashed.database.write() as session:
        session.get_one(Send, 1).status = SendStatus.CANCELLED
    done = crashed.settle(crashed.log(taken=[crashed.served(), crashed.lost[0]]), complete_from=NOW)
    assert crashed.statuses() == [SUBMITTED, *[UNCERTAIN] * 4]
    assert done.count() == 1


def run(crashed, *arguments, code=0) -> str:
    done = commands.run(
        "uncertain", "2022-04", *arguments, folder=crashed.folder,
        settings={
            "PAPERROUND_DATABASE_URL": crashed.settings.database_url.get_secret_value(),
            "PAPERROUND_SENDER_ADDRESS": "news@example.org", "PAPERROUND_SMTP_HOST": "localhost",
        },
    )  # fmt: skip
    assert done.code == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def test_the_command_says_what_settled_how_many_and_how_many_are_left(crashed) -> None:
    log = str(crashed.log(taken=[crashed.served(), crashed.lost[0]]))
    assert "cannot be read" in run(crashed, "--evidence", "absent.log", code=2)
    assert "exclude each other" in run(crashed, "--evidence", log, "--resend", code=2)
    assert "Give the log" in run(crashed, "--log-complete", "2026-03-01", code=2)
    complete = ("--evidence", log, "--log-complete")
    assert "is not a time" in run(crashed, *complete, "soon", code=2)
    assert "is not past" in run(crashed, *complete, "2999-01-01", code=2)
    assert run(crashed, "--evidence", log).splitlines() == [
        "1 taken by the mail server, says the log: submitted.",
        "5 left uncertain.",
    ]
    answer = json.loads(run(crashed, *complete, "2026-03-01T09:00Z", "--json"))
    assert (len(answer["uncertain"]), answer["settled"]) == (5, 4)
    assert answer["evidence"] == {
        "by_log": 0, "by_notification": 0, "by_absence": 4, "submitted": 0, "failed": 0,
        "bounced": 0, "resent": 4, "left": 1, "unclear": 0, "earlier": 0,
    }  # fmt: skip
