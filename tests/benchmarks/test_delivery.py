"""How fast copies leave, beside Postfix's own load generator in the same run; run with `make bench`.

Prints the messages per second and the processor time per message of the whole delivery (ledger, marks,
personalised multipart message, SMTP) and of `smtp-source`, both towards the same `smtp-sink` over one
connection, and their ratios. Nothing is asserted but that every message arrived: machines differ.
"""

from __future__ import annotations

import asyncio
import resource
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from paperround.settings import GivenSettings
from paperround.wiring import House
from publisher.ingest import ReadFile, ingest
from publisher.readers.detect import read_edition
from publisher.schedule import schedule
from publisher.views import find_issue
from storage import outbox, schema, subscribers
from storage.database import Database
from storage.enums import Audience, SendStatus
from storage.subscribers import NewSubscriber
from storage.tables import Send

COPIES = 5_000
EDITION = Path(__file__).resolve().parents[2] / "editions" / "2022-06.en.md"


class Run(NamedTuple):
    """What a run of `COPIES` messages took."""

    seconds: float
    cpu: float

    def line(self, name: str) -> str:
        rate, each = COPIES / self.seconds, 1000 * self.cpu / COPIES
        return f"{name:<12} {rate:>8,.0f} messages/s   {each:>7.3f} ms CPU per message"


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is missing; install the package postfix")
    return found


@pytest.fixture
def sink():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    account = ["-u", "nobody"]
    server = subprocess.Popen([program("smtp-sink"), *account, f"127.0.0.1:{port}", "1000"])
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    server.terminate()
    server.wait()


def prepare(folder: Path, port: int) -> tuple[House, int]:
    settings = GivenSettings(
        data_dir=folder, sender_address="news@example.org", base_url="https://news.example.org",
        smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", postal_address="1 Example Street",
    )  # fmt: skip
    database = Database(settings.database)
    schema.upgrade(database)
    edition, form, digest = read_edition(EDITION)
    now = datetime.now(UTC)
    with database.write() as session:
        ingest(session, ReadFile(edition, EDITION.name, form, digest), today=now.date())
        readers = [NewSubscriber(f"reader{n}@example.org", f"Reader {n}") for n in range(COPIES)]
        subscribers.add_confirmed(session, readers, source="benchmark", now=now)
        send = schedule(session, find_issue(session, edition.slug), due_at=now, now=now,
                        audience=Audience.EMAIL)  # fmt: skip
        return House(settings, database), send.id


async def deliver(house: House, send_id: int) -> None:
    stop = asyncio.Event()
    engine = asyncio.create_task(house.engine().run(stop))

    def sent(session) -> bool:
        return session.get_one(Send, send_id).status is SendStatus.SENT

    while not await house.database.reading(sent):  # noqa: ASYNC110 - the ledger is what is waited for
        await asyncio.sleep(0.05)
    stop.set()
    await engine


def test_delivery_beside_smtp_source(tmp_path: Path, sink: int) -> None:
    house, send_id = prepare(tmp_path, sink)
    started, before = time.perf_counter(), time.process_time()
    asyncio.run(deliver(house, send_id))
    ours = Run(time.perf_counter() - started, time.process_time() - before)
    with house.database.read() as session:
        balance = outbox.balance(session, send_id)
    house.database.close()
    assert balance.submitted == COPIES
    assert balance.holds

    size = 60_000
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run([program("smtp-source"), "-s", "1", "-m", str(COPIES), "-l", str(size), "-d",
                    f"127.0.0.1:{sink}"], check=True)  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime
    theirs = Run(time.perf_counter() - started, cpu)
    rate, times = theirs.seconds / ours.seconds, ours.cpu / theirs.cpu
    for line in (
        "",
        ours.line("paperround"),
        theirs.line("smtp-source"),
        f"{'ratio':<12} {rate:>8.2f} of the rate    {times:>8.1f} times the CPU",
    ):
        print(line)  # noqa: T201
