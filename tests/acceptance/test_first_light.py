"""The whole product at once: editions from their files to 200 inboxes and 20 channels, and back by question.

Imported, scheduled and delivered as an operator would have it, through a real SMTP server and the real
discord.py in a simulated Discord, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import contextvars
import re
from collections import Counter
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

import dkim
import pytest
import simcord
from sqlmodel import select

from bot.client import create_bot
from mailer.dkim_keys import make_key
from paperround.demo.catcher import MailCatcher
from paperround.keys import write_private
from paperround.settings import GivenSettings
from paperround.signing import signing_keys
from paperround.wiring import House
from publisher.corrections import read_corrections
from publisher.ingest import ReadFile, apply_corrections, ingest
from publisher.readers.detect import read_edition
from publisher.schedule import schedule
from publisher.views import find_issue
from storage import outbox, subscribers
from storage.channels import Following, follow
from storage.enums import SendStatus, SuppressionReason
from storage.names import mailbox_key
from storage.subscribers import NewSubscriber
from storage.tables import Channel, Delivery, Issue, Send, Subscriber, Suppression

if TYPE_CHECKING:
    from pathlib import Path

    from paperround.settings import Settings
    from storage.database import Database

READERS, CHANNELS = 200, 20
NAMES = ("Ann", "José Ñandú", "小明", 'O\'Neil, "Bob"', None, "Zoë 🦊", "محمد", "x" * 40)


def load(database: Database, seeds: list[Path], shared: Path) -> None:
    for path in seeds:
        edition, form, digest = read_edition(path)
        with database.write() as session:
            ingest(
                session, ReadFile(edition, path.name, form, digest), today=datetime.now(UTC).date()
            )
    text = (shared / "data" / "seed_corrections.toml").read_text()
    with database.write() as session:
        apply_corrections(session, read_corrections(text, "c"), "c")
        readers = [
            NewSubscriber(
                f"reader{n}@example.org", NAMES[n % len(NAMES)], "zh" if n % 4 == 0 else "en"
            )
            for n in range(READERS)
        ]
        subscribers.add_confirmed(session, readers, source="test", now=datetime.now(UTC))


async def send_april(house: House, outside: contextvars.Context) -> int:
    """Schedule April 2022 for now and run the engine until it is sent."""

    def at_once(session: Any) -> int:
        now = datetime.now(UTC)
        return schedule(session, find_issue(session, "2022-04"), due_at=now, now=now).id

    def status(session: Any, send_id: int) -> SendStatus:
        return session.get_one(Send, send_id).status

    async def run() -> int:
        send_id = await house.database.writing(at_once)
        stop = asyncio.Event()
        engine = asyncio.create_task(house.engine().run(stop))
        async with asyncio.timeout(90):
            while await house.database.reading(status, send_id) is not SendStatus.SENT:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        stop.set()
        await engine
        return send_id

    return await asyncio.get_running_loop().create_task(run(), context=outside.copy())


def check_mails(catcher: MailCatcher, house: House) -> None:
    assert Counter(m.recipient for m in catcher.mails) == {
        f"reader{n}@example.org": 1 for n in range(READERS)
    }
    ids = set()
    for caught in catcher.mails:
        number = int(re.findall(r"\d+", caught.recipient)[0])
        message = BytesParser(policy=policy.default).parsebytes(caught.source)
        assert not message.defects
        for name in ("From", "To", "Subject", "Date", "Message-ID", "List-Id"):
            assert len(message.get_all(name)) == 1, name
        ids.add(message["Message-ID"])
        to = message["To"].addresses[0]
        assert to.addr_spec == caught.recipient
        assert to.display_name == (NAMES[number % len(NAMES)] or "")
        unsubscribe = re.findall(r"<([^>]+)>", message["List-Unsubscribe"])
        assert [u.split(":")[0] for u in unsubscribe] == ["https", "mailto"]
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        token = unsubscribe[0].rsplit("/", 1)[1]
        subscriber_id = house.tokens.verify("unsubscribe", token, now=datetime.now(UTC))
        with house.database.read() as session:
            assert session.get_one(Subscriber, subscriber_id).address == caught.recipient
        html, text = caught.part("html"), caught.part("plain")
        chinese = number % 4 == 0
        assert ("超参数调优" in text) is chinese
        for part in (html, text):
            assert "Make-A-Scene" in part
            assert unsubscribe[0] in part
        assert html.count("<h2") >= 10
        assert len(html.encode()) < 80_000
        assert max(len(line) for line in caught.source.split(b"\r\n")) <= 998
    assert len(ids) == READERS


def check_signatures(catcher: MailCatcher, settings: Settings) -> None:
    """Have dkimpy judge a mail in each language, as it came out of the SMTP server."""
    [key] = signing_keys(settings)
    records = {f"{key.record_name}.".encode(): key.record.encode()}
    assert key.record_name == "s1._domainkey.example.org"
    for caught in catcher.mails[:: READERS // 8]:
        assert dkim.verify(caught.source, dnsfunc=lambda name, **_: records[name])


@pytest.fixture
async def catcher():
    catcher = MailCatcher()
    await catcher.start()
    yield catcher
    await catcher.stop()


async def test_from_the_files_to_every_inbox_and_channel_and_back(
    database: Database, catcher: MailCatcher, seeds, shared, tmp_path, monkeypatch
) -> None:
    load(database, seeds, shared)
    key_file = tmp_path / "dkim.pem"
    write_private(key_file, make_key("rsa"))
    settings = GivenSettings(
        data_dir=tmp_path, base_url="https://news.example.org", sender_address="news@example.org",
        smtp_host=catcher.host, smtp_port=catcher.port, smtp_tls="none",
        postal_address="1 Example Street", dkim_selector="s1", dkim_key_file=key_file,
    )  # fmt: skip
    bot = create_bot(database, base_url=settings.base_url, newsletter_name=None)
    outside = contextvars.copy_context()
    async with simcord.run(bot, shard_count=1, settle_timeout=60) as env:
        guild = env.create_guild("Reading group")
        rooms = [guild.create_text_channel(f"papers-{n}") for n in range(CHANNELS)]
        with database.write() as session:
            for n, room in enumerate(rooms):
                language = "zh" if n % 4 == 0 else "en"
                follow(session, Following(guild.id, room.id, "G", room.name, language, None, None))
        house = House(settings, database, bot)
        send_id = await send_april(house, outside)

        check_mails(catcher, house)
        check_signatures(catcher, settings)
        for n, room in enumerate(rooms):
            posts = list(env.backend.messages[room.id].values())
            assert len(posts) == 1
            said = str(room.last_message.components[0].to_dict())
            assert "Pathways" in said
            assert ("2022 年 4 月" in said) is (n % 4 == 0)
        with database.read() as session:
            balance = outbox.balance(session, send_id)
            nonces = session.exec(select(Delivery.nonce).where(Delivery.nonce.is_not(None))).all()
        assert (balance.planned, balance.submitted) == (READERS + CHANNELS, READERS + CHANNELS)
        assert balance.holds
        assert len(set(nonces)) == CHANNELS

        member = guild.add_member(env.create_user("ada"), roles=[])
        for question in ("chinchilla", "2203.15556"):
            answer = await member.slash(rooms[1], "paper", query=question)
            card = str(answer.response.components)
            assert "Compute\\\\-Optimal" in card
            assert "2203.15556" in card
            assert "lang=en" in card
        emit = env.backend.emit

        def in_chinese(event: str, payload: Any, *args: Any, **kwargs: Any) -> None:
            said = {**payload, "locale": "zh-CN"} if event == "INTERACTION_CREATE" else payload
            emit(event, said, *args, **kwargs)

        monkeypatch.setattr(env.backend, "emit", in_chinese)
        answer = await member.slash(rooms[1], "paper", query="chinchilla")
        card = str(answer.response.components)
        assert "lang=zh" in card
        assert "为什么重要" in card


async def test_one_click_and_the_next_issue_stays_away(
    database: Database, catcher: MailCatcher, seeds, shared, tmp_path
) -> None:
    """A reader who left between two issues is not in the next audience; `why` tells the story."""
    load(database, seeds, shared)
    with database.write() as session:
        leaver = subscribers.find(session, "reader7@example.org")
        subscribers.unsubscribe(session, leaver.id, source="one-click", now=datetime.now(UTC))
        assert session.exec(select(Channel)).all() == []
        assert session.exec(select(Issue)).all()
    settings = GivenSettings(
        data_dir=tmp_path, base_url="https://news.example.org", sender_address="news@example.org",
        smtp_host=catcher.host, smtp_port=catcher.port, smtp_tls="none",
    )  # fmt: skip
    house = House(settings, database)
    with database.write() as session:
        digest = house.tokens.hash_address(mailbox_key("reader9@example.org"))
        session.add(Suppression(address_hash=digest, reason=SuppressionReason.COMPLAINED))
        shouted = subscribers.find(session, "reader9@example.org")
        shouted.address = "Reader9@Example.org"
    send_id = await send_april(house, contextvars.copy_context())
    assert len(catcher.mails) == READERS - 2
    got = {m.recipient.lower() for m in catcher.mails}
    assert got.isdisjoint({"reader7@example.org", "reader9@example.org"})
    with database.read() as session:
        balance = outbox.balance(session, send_id)
    assert (balance.planned, balance.suppressed) == (READERS - 1, 1)
    with database.read() as session:
        told = outbox.story(session, "reader8@example.org", "2022-04")
    assert told is not None
