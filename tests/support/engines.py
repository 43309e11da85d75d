"""Engines to try, with another side that answers as a test says."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlmodel import select

from publisher import schedule
from publisher.engines.embedded import EmbeddedEngine
from publisher.pace import Pace
from storage import outbox
from storage.enums import Medium, SendStatus
from storage.tables import (
    Issue,
    Send,
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
