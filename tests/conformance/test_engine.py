"""What every engine must do, whatever it runs on: one suite, all engines, both databases.

The sender here is scripted: it stands for the other side, whose every kind of answer must be provoked.
"""

import asyncio
import hashlib
import shutil
import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select
from structlog.testing import capture_logs

from publisher import schedule
from publisher.deliver import post_nonce
from publisher.engines.embedded import EmbeddedEngine
from publisher.errors import MarksError
from publisher.pace import Pace
from storage import outbox
from storage.enums import EventKind, Medium, SendStatus, SubscriberStatus, SuppressionReason
from storage.errors import DatabaseUnavailableError
from storage.tables import (
    Channel,
    Delivery,
    Event,
    Issue,
    Newsletter,
    Send,
    Subscriber,
    Suppression,
)

PACE = Pace(
    tick_seconds=0.05,
    poll_seconds=0.02,
    control_seconds=0.05,
    recover_seconds=0.1,
    retry_first_seconds=0.1,
    reconnect_first_seconds=0.05,
    reconnect_cap_seconds=0.1,
    group_seconds=0.05,
    slice_size=7,
)
ENGINES = {"embedded": EmbeddedEngine}


@dataclass(frozen=True)
class Reply:
    verdict: str = "accepted"
    code: str = "250 2.0.0"
    text: str = "taken"
    remote_id: str | None = None
    retry_after: float | None = None


@dataclass
class OtherSide:
    """Answers as scripted, by address and attempt, and keeps what it was given."""

    answer: object = field(default=lambda _copy, _attempt: Reply())
    copies: list = field(default_factory=list)
    prepared: list = field(default_factory=list)
    delay: float = 0.0
    open: int = 0

    @property
    def attempts(self) -> Counter:
        return Counter(copy.address for copy in self.copies)

    def sender(self):
        return ScriptedSender(self)


class ScriptedSender:
    def __init__(self, side: OtherSide) -> None:
        self.side = side
        side.open += 1

    async def prepare(self, issue) -> None:
        self.side.prepared.append(issue["language"])

    async def hand_off(self, copy):
        self.side.copies.append(copy)
        await asyncio.sleep(self.side.delay)
        reply = self.side.answer(copy, self.side.attempts[copy.address])
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def close(self) -> None:
        self.side.open -= 1


def hash_address(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


@dataclass
class Rig:
    database: object
    data_dir: object
    make: type
    mail: OtherSide = field(default_factory=OtherSide)
    posts: OtherSide = field(default_factory=OtherSide)

    def engine(self, **more):
        senders = {Medium.EMAIL: self.mail.sender, Medium.DISCORD: self.posts.sender}
        return self.make(
            self.database, more.pop("senders", senders), data_dir=self.data_dir,
            hash_address=hash_address, pace=PACE, **more,
        )  # fmt: skip

    @asynccontextmanager
    async def running(self, **more):
        stop = asyncio.Event()
        task = asyncio.create_task(self.engine(**more).run(stop))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(task, 10)

    def schedule(self, **more) -> int:
        now = datetime.now(UTC)
        with self.database.write() as session:
            issue = session.exec(select(Issue).where(Issue.language == "en")).one()
            return schedule.schedule(session, issue, due_at=now, now=now, **more).id

    async def until(self, send_id: int, status: SendStatus) -> None:
        for _ in range(500):
            if await self.database.reading(_status, send_id) is status:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(await self.database.reading(outbox.balance, send_id))

    def balance(self, send_id: int):
        with self.database.read() as session:
            balance = outbox.balance(session, send_id)
        assert balance.holds
        return balance


async def when(condition) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")


def _status(session, send_id):
    return session.exec(select(Send.status).where(Send.id == send_id)).one()


@pytest.fixture(params=ENGINES)
def rig(request, database, tmp_path) -> Rig:
    with database.write() as session:
        letter = Newsletter(slug="n", name="N", languages=["en", "zh"])
        session.add(letter)
        session.flush()
        more = {"newsletter_id": letter.id, "slug": "2022-04", "month_source": "given",
                "month": datetime(2022, 4, 1, tzinfo=UTC).date()}  # fmt: skip
        original = Issue(language="en", title="April", **more)
        session.add(original)
        session.flush()
        session.add(Issue(language="zh", title="四月", translation_of_id=original.id, **more))
        session.add_all(
            Subscriber(address=f"r{n}@example.org", address_key=f"r{n}@example.org", name=f"R {n}",
                       language="zh" if n % 3 == 0 else "en", status=SubscriberStatus.ACTIVE)
            for n in range(20)
        )  # fmt: skip
        session.add_all(
            Channel(guild_id=1, channel_id=1000 + n, channel_name=f"c{n}", role_id=n)
            for n in range(3)
        )
    return Rig(database, tmp_path / "data", ENGINES[request.param])


async def test_everybody_gets_one_copy_in_their_language(rig) -> None:
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert rig.mail.attempts == {f"r{n}@example.org": 1 for n in range(20)}
    assert rig.posts.attempts == {str(1000 + n): 1 for n in range(3)}
    assert sorted(rig.mail.prepared) == ["en", "zh"]
    assert rig.balance(send_id).submitted == 23
    assert not list((rig.data_dir / "inflight").iterdir()), "every mark was freed"


async def test_it_leaves_no_sender_open_and_no_marks(rig) -> None:
    async with rig.running(workers={Medium.EMAIL: 3}):
        await asyncio.sleep(0.1)
        assert rig.mail.open == 3
    assert rig.mail.open == rig.posts.open == 0
    assert not list((rig.data_dir / "inflight").iterdir())


async def test_a_refusal_for_now_is_tried_again_until_taken(rig) -> None:
    rig.mail.answer = lambda _copy, attempt: (
        Reply() if attempt > 2 else Reply("transient", "451 4.3.0", "not now")
    )
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {3}
    assert rig.balance(send_id).submitted == 23


async def test_a_refusal_for_good_fails_one_and_no_other(rig) -> None:
    rig.mail.answer = lambda copy, _attempt: (
        Reply("permanent", "550 5.1.1", "no such mailbox") if copy.name == "R 7" else Reply()
    )
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert (rig.balance(send_id).failed, rig.balance(send_id).submitted) == (1, 22)
    with rig.database.read() as session:
        bounced = select(Subscriber.name).where(Subscriber.status == SubscriberStatus.BOUNCED)
        assert session.exec(bounced).all() == ["R 7"]


async def test_no_reply_after_the_last_byte_is_uncertain_and_not_repeated(rig) -> None:
    rig.mail.answer = lambda copy, _attempt: (
        Reply("unknown", "", "connection lost") if copy.name == "R 7" else Reply()
    )
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert rig.mail.attempts["r7@example.org"] == 1
    assert rig.balance(send_id).uncertain == 1


async def test_a_fault_of_ours_pauses_and_resume_goes_on(rig) -> None:
    healed = []
    rig.mail.answer = lambda _copy, _attempt: (
        Reply() if healed else Reply("ours", "535 5.7.8", "wrong password")
    )
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.PAUSED)
        await asyncio.sleep(0.2)
        assert len(rig.mail.copies) == 1
        healed.append(True)
        await rig.database.writing(schedule.resume, send_id, datetime.now(UTC))
        await rig.until(send_id, SendStatus.SENT)
    assert rig.balance(send_id).submitted == 23


async def test_an_edition_that_cannot_be_rendered_pauses_with_the_reason(rig, monkeypatch) -> None:
    async def prepare(_self, _issue) -> None:
        raise ValueError("the template asks for 'sponsr'")

    monkeypatch.setattr(ScriptedSender, "prepare", prepare)
    send_id = rig.schedule()
    async with rig.running():
        await rig.until(send_id, SendStatus.PAUSED)
    with rig.database.read() as session:
        assert "the template asks for 'sponsr'" in session.get_one(Send, send_id).pause_reason
    assert rig.balance(send_id).pending == 23


async def test_a_sender_that_breaks_leaves_one_uncertain_and_names_no_address(rig) -> None:
    rig.mail.answer = lambda copy, _attempt: ValueError(copy.address)
    send_id = rig.schedule()
    with capture_logs() as logs:
        async with rig.running():
            await rig.until(send_id, SendStatus.PAUSED)
            await asyncio.sleep(0.1)
    assert rig.balance(send_id).uncertain == 1
    assert "example.org" not in str(logs)


async def test_when_nothing_answers_it_waits_and_says_so_once(rig) -> None:
    """One copy is tried at a time, not the whole list, and the outage stands once in the log and in the ledger."""
    healed = []
    rig.mail.answer = lambda _copy, _attempt: (
        Reply() if healed else Reply("transient", "", "connection refused")
    )
    send_id = rig.schedule()
    with capture_logs() as logs:
        async with rig.running():
            await when(lambda: rig.mail.copies)
            await asyncio.sleep(0.5)
            tried = len(rig.mail.copies)
            with rig.database.read() as session:
                assert outbox.wait_noted(session, send_id) == "connection refused"
            healed.append(True)
            await when(lambda: rig.balance(send_id).submitted > 3)  # the posts were not held up
            with rig.database.read() as session:
                assert outbox.wait_noted(session, send_id) is None
            await rig.until(send_id, SendStatus.SENT)
    with rig.database.read() as session:
        waits = session.exec(select(Event).where(Event.kind == EventKind.WAITING)).all()
    assert [event.content["medium"] for event in waits].count("email") == 1
    assert 1 <= tried <= 12
    assert [log["event"] for log in logs].count("not_reachable") == 1
    told = [it for it in logs if it["event"] == "send_waits"]
    assert [(it["send"], it["medium"], it["reason"]) for it in told] == [
        (send_id, "email", "connection refused")
    ]
    assert rig.balance(send_id).submitted == 23


async def test_the_suppressed_and_the_gone_are_left_out(rig) -> None:
    """One unsubscribed after planning, one stands in the suppression list under a keyed hash."""
    rig.mail.delay = 0.01
    send_id = rig.schedule(audience="email")
    with rig.database.write() as session:
        session.add(Suppression(address_hash=hash_address("r5@example.org"),
                                reason=SuppressionReason.COMPLAINED))  # fmt: skip
    await rig.engine().start_due()
    with rig.database.write() as session:
        gone = session.exec(select(Subscriber).where(Subscriber.name == "R 8")).one()
        gone.status = SubscriberStatus.UNSUBSCRIBED
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert rig.balance(send_id).suppressed == 2
    assert {"r5@example.org", "r8@example.org"}.isdisjoint(rig.mail.attempts)


async def test_who_unsubscribes_in_mid_send_gets_nothing_more(rig) -> None:
    """Recipients are read in small slices shortly before their copies leave."""
    rig.mail.delay = 0.05
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: rig.mail.copies)
        with rig.database.write() as session:
            for person in session.exec(select(Subscriber)).all():
                person.status = SubscriberStatus.UNSUBSCRIBED
        await rig.until(send_id, SendStatus.SENT)
    assert len(rig.mail.copies) <= 2 * PACE.slice_size
    assert rig.balance(send_id).suppressed >= 6


async def test_a_post_is_stored_with_its_nonce_before_the_call(rig) -> None:
    seen = {}

    def answer(copy, _attempt):
        with rig.database.read() as session:
            row = session.get_one(Delivery, copy.delivery_id)
            seen[copy.address] = (row.status.value, row.nonce, copy.nonce, copy.role_id)
        return Reply(code="discord 200", remote_id=f"m{copy.address}")

    rig.posts.answer = answer
    send_id = rig.schedule(audience="discord")
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    nonce = post_nonce(send_id, "1001")
    assert seen["1001"] == ("submitting", nonce, nonce, 1)
    assert len(nonce) == 25
    assert len({post_nonce(send_id, str(1000 + n)) for n in range(3)}) == 3
    with rig.database.read() as session:
        assert set(session.exec(select(Delivery.remote_id))) == {"m1000", "m1001", "m1002"}


async def test_a_post_found_submitting_carries_the_time_of_the_first_try(rig) -> None:
    send_id = rig.schedule(audience="discord")
    await rig.engine().start_due()
    before = datetime.now(UTC) - timedelta(minutes=9)
    with rig.database.write() as session:
        row = session.exec(select(Delivery)).first()
        outbox.begin_submitting(session, row.id, "n" * 25, before)
        first = row.id
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    given = {copy.delivery_id: copy for copy in rig.posts.copies}
    assert given[first].submitting_since == before
    assert given[first].nonce == "n" * 25
    assert sum(copy.submitting_since is not None for copy in rig.posts.copies) == 1


async def test_a_medium_without_a_sender_waits(rig) -> None:
    """Discord is not set up: the mails go, the posts wait for the day it is."""
    send_id = rig.schedule()
    async with rig.running(senders={Medium.EMAIL: rig.mail.sender}):
        await when(lambda: rig.balance(send_id).submitted == 20)
    assert rig.balance(send_id).pending == 3
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)


async def test_two_engines_share_one_send(rig) -> None:
    rig.mail.delay = 0.01
    send_id = rig.schedule()
    async with rig.running(), rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}


async def test_stop_finishes_the_copy_in_hand_and_gives_the_rest_back(rig) -> None:
    rig.mail.delay = 0.2
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: rig.mail.copies)
    balance = rig.balance(send_id)
    assert (balance.submitted, balance.uncertain, balance.submitting) == (1, 0, 0)
    assert balance.pending == 19
    with rig.database.read() as session:
        assert outbox.leaseholders(session) == []


async def test_a_cancelled_task_leaves_its_marks_to_be_recovered(rig) -> None:
    """Torn down without a stop: what was in flight is uncertain, as after a kill."""
    rig.mail.delay = 0.3
    send_id = rig.schedule(audience="email")
    task = asyncio.create_task(rig.engine().run(asyncio.Event()))
    await when(lambda: rig.mail.copies)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rig.mail.delay = 0
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}
    assert (rig.balance(send_id).uncertain, rig.balance(send_id).submitted) == (1, 19)


async def test_an_owner_whose_marks_are_nowhere_counts_as_lost_only_long_after_its_lease(
    rig,
) -> None:
    """Another host may still be at it; only the end of its lease, and a good while more, tells."""
    send_id = rig.schedule(audience="email")
    await rig.engine().start_due()
    with rig.database.write() as session:
        now = datetime.now(UTC)
        outbox.lease(session, owner="elsewhere", medium=Medium.EMAIL, now=now, until=now)
    async with rig.running():
        await when(lambda: rig.balance(send_id).submitted)
        await asyncio.sleep(0.3)
    assert rig.balance(send_id).uncertain == 0
    with rig.database.write() as session:
        session.connection().execute(
            text("UPDATE batch SET leased_until = :long_ago WHERE owner IS NOT NULL"),
            {"long_ago": "2020-01-01 00:00:00+00:00"
             if not rig.database.is_sqlite else "2020-01-01 00:00:00.000000"},
        )  # fmt: skip
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert rig.balance(send_id).uncertain > 0
    assert set(rig.mail.attempts.values()) == {1}


def outage_of(database, monkeypatch) -> list[bool]:
    """Give a list; while something is in it, the database takes nothing."""
    real, broken = database.writing, []

    async def writing(command, *args, **kwargs):
        if broken:
            raise DatabaseUnavailableError("The database is away.")
        return await real(command, *args, **kwargs)

    monkeypatch.setattr(database, "writing", writing)
    return broken


async def test_a_database_that_does_not_answer_for_a_while(rig, monkeypatch) -> None:
    """Nothing leaves while outcomes cannot be committed for long, and nothing is repeated after."""
    broken = outage_of(rig.database, monkeypatch)
    rig.mail.delay = 0.01
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: len(rig.mail.copies) >= 5)
        broken.append(True)
        await asyncio.sleep(0.4)
        broken.clear()
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}
    assert rig.balance(send_id).submitted == 20


async def test_no_more_than_four_groups_leave_while_no_outcome_is_committed(
    rig, monkeypatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PACE", replace(PACE, group_size=1))
    broken = outage_of(rig.database, monkeypatch)
    rig.mail.answer = lambda _copy, _attempt: broken.append(True) or Reply()
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: rig.mail.copies)
        await asyncio.sleep(0.3)
        assert len(rig.mail.copies) <= 8, "four being committed, four that wait"
        rig.mail.answer = lambda _copy, _attempt: Reply()
        broken.clear()
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}


async def test_it_refuses_to_send_without_marks(rig) -> None:
    rig.data_dir.write_text("a file stands where the folder should")
    send_id = rig.schedule()
    with pytest.raises(MarksError, match="Nothing is sent without them"):
        await rig.engine().run(asyncio.Event())
    assert rig.mail.copies == []
    assert rig.balance(send_id).planned == 0


async def test_marks_that_cannot_be_opened_keep_their_own_batch_alone(rig) -> None:
    """Their owner's copies wait: they are neither lost nor sent twice. One line says what to do."""
    send_id = rig.schedule(audience="email")
    await rig.engine().start_due()
    with rig.database.write() as session:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        outbox.lease(session, owner="elsewhere", medium=Medium.EMAIL,
                     now=datetime.now(UTC), until=long_ago)  # fmt: skip
    locked = rig.data_dir / "inflight" / "elsewhere.marks"
    locked.mkdir(parents=True)  # even root cannot write to a folder
    with capture_logs() as logs:
        async with rig.running():
            await when(lambda: rig.balance(send_id).submitted > 3)  # the posts were not held up
            await asyncio.sleep(0.3)
    said = [it for it in logs if it["event"] == "marks_not_readable"]
    assert [(it["owner"], str(locked) in it["reason"]) for it in said] == [("elsewhere", True)]
    waiting = rig.balance(send_id)
    assert (waiting.uncertain, waiting.submitted + waiting.pending) == (0, 20)
    assert waiting.pending > 0
    locked.rmdir()
    async with rig.running():
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}


async def test_a_store_that_vanishes_is_waited_for(rig) -> None:
    """What was on its way when the file of the store was moved is recorded when it is back; nobody gets it twice."""
    if not rig.database.is_sqlite:
        pytest.skip("PostgreSQL has no file of ours")
    file = rig.database.url.database
    rig.mail.delay = 0.02
    send_id = rig.schedule(audience="email")
    async with rig.running():
        await when(lambda: len(rig.mail.copies) >= 3)
        shutil.move(file, f"{file}.away")
        await asyncio.sleep(2 * PACE.control_seconds)
        left = len(rig.mail.copies)
        await asyncio.sleep(0.3)
        assert len(rig.mail.copies) == left < 20
        shutil.move(f"{file}.away", file)
        await rig.until(send_id, SendStatus.SENT)
    assert set(rig.mail.attempts.values()) == {1}
    assert rig.balance(send_id).submitted == 20
