"""How fast copies leave, beside Postfix's own load generator in the same run; run with `make bench`.

Each line is one delivery of the whole process (ledger, marks, personalised multipart message, SMTP) in a
process of its own, towards Postfix's `smtp-sink` over ten connections; beside it, in the same minute,
`smtp-source` with as many connections and a ready text of the same length. Replies are made late by
`slow_link.py`; `chunk_sink.py` stands in where CHUNKING is to be offered. What a signature adds is measured
beside a bare one, each in turn. Nothing is asserted but that every message arrived: machines differ.
`PAPERROUND_BENCH_READERS` sets how many readers (20000).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from mailer.dkim_keys import SigningKey, make_key
from mailer.sender import MailSender
from publisher.ingest import ReadFile, ingest
from publisher.readers.detect import read_edition
from publisher.schedule import schedule
from publisher.views import find_issue, issue_view
from storage import schema, subscribers
from storage.enums import Audience
from storage.subscribers import NewSubscriber
from tests.benchmarks.deliver_once import house_in

if TYPE_CHECKING:
    from paperround.wiring import House

HERE = Path(__file__).resolve().parent
EDITION = HERE.parents[1] / "editions" / "2022-06.en.md"
READERS = int(os.environ.get("PAPERROUND_BENCH_READERS", "20000"))
SLOW_SOURCE = 500  # messages of smtp-source there, which waits for five replies to each
CONNECTIONS = 10
ROUNDS = 5
SHORT = 20_000  # readers, at the most, where a line is measured in several rounds
SHORT_PAPERS = 1  # of an issue of some 20 KB
FILLER = "\n\n" + " ".join(["Some more words make the issue 60 KB long."] * 120)


@dataclass(frozen=True)
class Way:
    """One line of the table."""

    offers: str  # "pipelining", "chunking" or "neither"
    late_ms: int = 0  # each reply
    papers: int | None = None  # None: all
    signed: bool = False

    def __str__(self) -> str:
        size = "20 KB" if self.papers else "60 KB"
        return f"{size}, {'signed' if self.signed else 'unsigned'}, {self.offers}, {self.late_ms} ms late"


WAYS = [
    Way("pipelining"),
    Way("pipelining", papers=SHORT_PAPERS),
    Way("pipelining", signed=True),
    Way("pipelining", papers=SHORT_PAPERS, signed=True),
    Way("chunking"),
    Way("neither"),
    Way("pipelining", 5),
    Way("pipelining", 20),
    Way("chunking", 5),
    Way("chunking", 20),
    Way("neither", 5),
    Way("neither", 20),
]


class Run(NamedTuple):
    """What a number of messages took."""

    messages: int
    seconds: float
    cpu: float
    megabytes: float = 0.0  # resident, at the most

    @property
    def rate(self) -> float:
        return self.messages / self.seconds

    @property
    def each_ms(self) -> float:
        return 1000 * self.cpu / self.messages


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_delivery_beside_smtp_source(tmp_path: Path, way: Way) -> None:
    """In several rounds where they are short: within a minute the machine's speed changes by half."""
    rounds = 1 if way.late_ms or READERS > SHORT else ROUNDS
    ours, theirs = [], []
    with ExitStack() as servers:
        port = its = servers.enter_context(_Server(way))
        size = prepare(tmp_path, port, way)
        if way.offers == "chunking":  # which smtp-source does not speak
            its = servers.enter_context(_Server(replace(way, offers="pipelining")))
        for _ in range(rounds):
            ours.append(Run(**_outcome_of_copy(tmp_path)))
            theirs.append(source(its, SLOW_SOURCE if way.late_ms else READERS, size))
    pairs = list(zip(ours, theirs, strict=True))
    rate = statistics.median(one.rate / other.rate for one, other in pairs)
    times = [one.each_ms / other.each_ms for one, other in pairs]
    mine, other = _middle(ours), _middle(theirs)
    print(  # noqa: T201
        f"\n{way}: {mine.messages:,} of {size:,} octets, medians of {rounds}\n"
        f"  paperround  {mine.rate:7,.0f}/s  {mine.each_ms:.3f} ms CPU  {mine.megabytes:.0f} MB\n"
        f"  smtp-source {other.rate:7,.0f}/s  {other.each_ms:.3f} ms CPU\n"
        f"  ratio       {rate:7.2f}    {statistics.median(times):.2f}"
        f" ({min(times):.2f} to {max(times):.2f})"
    )


def _middle(runs: list[Run]) -> Run:
    """Give the medians of runs of the same number of messages."""
    return Run(*(statistics.median(each) for each in zip(*runs, strict=True)))


@pytest.mark.parametrize("papers", [None, SHORT_PAPERS], ids=["60 KB", "20 KB"])
def test_what_signing_adds_to_a_send(tmp_path: Path, papers: int | None) -> None:
    ways = {signed: Way("pipelining", papers=papers, signed=signed) for signed in (False, True)}
    rounds: list[_Round] = []
    with _Server(ways[False]) as port:
        for signed, way in ways.items():
            (tmp_path / str(signed)).mkdir()
            size = prepare(tmp_path / str(signed), port, way)
        for _ in range(ROUNDS):
            took = [Run(**_outcome_of_copy(tmp_path / str(signed))).each_ms for signed in ways]
            theirs = source(port, READERS, size).each_ms
            rounds.append(
                _Round(*took, theirs, bare_signature_ms(), sending_signature_ms(port, size))
            )
    alone, sending = (
        statistics.median(
            (r.signed - r.unsigned) / bare for r, bare in zip(rounds, each, strict=True)
        )
        for each in ([r.alone for r in rounds], [r.sending for r in rounds])
    )
    middle = _Round(*(statistics.median(each) for each in zip(*rounds, strict=True)))
    print(  # noqa: T201
        f"\n{ways[True]}: {middle.signed:.3f} ms CPU, unsigned {middle.unsigned:.3f}, "
        f"smtp-source {middle.source:.3f}\n"
        f"  a bare signature: {middle.alone:.3f} with nothing else running, "
        f"{middle.sending:.3f} in a process that sends\n"
        f"  signing adds {alone:.2f} of the former, {sending:.2f} of the latter (medians of {ROUNDS} rounds)"
    )


class _Round(NamedTuple):
    """Processor time of a message, of ours and of `smtp-source`, and of a bare signature; in milliseconds."""

    unsigned: float
    signed: float
    source: float
    alone: float
    sending: float


def bare_signature_ms(signatures: int = 5_000) -> float:
    """Tell the processor time of a bare RSA-2048 signature, again and again and nothing else."""
    key = SigningKey("example.org", "s1", make_key("rsa"))
    digest = hashlib.sha256(b"ready").digest()
    started = time.process_time()
    for _ in range(signatures):
        key.sign(digest)
    return 1000 * (time.process_time() - started) / signatures


def sending_signature_ms(port: int, size: int, signatures: int = 5_000) -> float:
    """Tell the same where a ready text of that length is sent after each signature.

    The mail server then runs beside it as it does beside a send, on what may be the same processor's other thread.
    """
    key = SigningKey("example.org", "s1", make_key("rsa"))
    digest = hashlib.sha256(b"ready").digest()
    text = (b"x" * 70 + b"\r\n") * (size // 72) + b".\r\n"
    dialogue = (b"MAIL FROM:<a@example.org>\r\n", b"RCPT TO:<b@example.org>\r\n", b"DATA\r\n", text)
    took = 0.0
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.recv(512)
        client.sendall(b"HELO example.org\r\n")
        client.recv(512)
        for _ in range(signatures):
            started = time.thread_time()
            key.sign(digest)
            took += time.thread_time() - started
            for said in dialogue:
                client.sendall(said)
                assert client.recv(512)[:1] in {b"2", b"3"}
    return 1000 * took / signatures


def _outcome_of_copy(folder: Path) -> dict[str, float]:
    """Deliver from a copy of a folder, which can then be delivered from again."""
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        return _outcome(Path(copy))


def _outcome(folder: Path) -> dict[str, float]:
    """Deliver in a process of its own, which tells what it took."""
    done = subprocess.run(
        [sys.executable, HERE / "deliver_once.py", folder],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def source(port: int, messages: int, size: int) -> Run:
    """Let `smtp-source` send as many messages of that size over as many connections."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(
        [program("smtp-source"), "-s", str(CONNECTIONS), "-m", str(messages), "-l", str(size),
         f"127.0.0.1:{port}"], check=True,
    )  # fmt: skip
    took = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Run(messages, took, after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime)


class _Server:
    """A mail server that offers what a line of the table says; with late replies, behind a slow link."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> int:
        port, late = free_port(), self.way.late_ms
        if self.way.offers == "chunking":
            self._start(port, sys.executable, HERE / "chunk_sink.py", port, late)
            if late:
                print(f"\nreplies come after {_reply_ms(port):.2f} ms")  # noqa: T201
            return port
        options = ["-p"] if self.way.offers == "neither" else []
        self._start(port, program("smtp-sink"), *options, "-u", "nobody", f"127.0.0.1:{port}", 1000)
        return self._link(port, late) if late else port

    def _link(self, port: int, late_ms: float) -> int:
        """Set a link before the server; its own way, when it is idle, is a part of what replies are late by."""
        at_once = _reply_ms(port)
        near = free_port()
        self._start(near, sys.executable, HERE / "slow_link.py", near, port, late_ms)
        own = _reply_ms(near) - at_once - late_ms
        self._stop(self.processes.pop())
        self._start(near, sys.executable, HERE / "slow_link.py", near, port, late_ms - own)
        print(f"\nreplies are {_reply_ms(near) - at_once:.2f} ms late")  # noqa: T201
        return near

    def _start(self, port: int, *command: object) -> None:
        self.processes.append(subprocess.Popen(list(map(str, command))))
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail("the mail server does not listen")

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            self._stop(process)

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        process.wait()


def _reply_ms(port: int, commands: int = 200) -> float:
    """Tell how long an idle server takes to answer a command, as the median of so many."""
    took = []
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.recv(512)
        for _ in range(commands):
            began = time.perf_counter()
            client.sendall(b"NOOP\r\n")
            client.recv(512)
            took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def prepare(folder: Path, port: int, way: Way) -> int:
    """Fill a store with readers and a send that is due; give the length of a copy."""
    settings = {
        "smtp_port": port, "smtp_connections": CONNECTIONS, "sender_address": "news@example.org",
        "base_url": "https://news.example.org", "smtp_host": "127.0.0.1", "smtp_tls": "none",
        "postal_address": "1 Example Street", "log_level": "warning",
    }  # fmt: skip
    if way.signed:
        key = folder / "rsa.pem"
        key.write_bytes(make_key("rsa"))
        key.chmod(0o600)
        settings |= {"dkim_selector": "s1", "dkim_key_file": str(key)}
    (folder / "settings.json").write_text(json.dumps(settings))
    house = house_in(folder)
    schema.upgrade(house.database)
    edition, form, digest = read_edition(EDITION)
    if way.papers:
        edition = replace(edition, entries=edition.entries[: way.papers])
    else:
        edition = replace(edition, intro=edition.intro + FILLER)
    now = datetime.now(UTC)
    with house.database.write() as session:
        ingest(session, ReadFile(edition, EDITION.name, form, digest), today=now.date())
        readers = [NewSubscriber(f"reader{n}@example.org", f"Reader {n}") for n in range(READERS)]
        subscribers.add_confirmed(session, readers, source="benchmark", now=now)
        schedule(session, find_issue(session, edition.slug), due_at=now, now=now,
                 audience=Audience.EMAIL)  # fmt: skip
    size = asyncio.run(_length(house))
    house.database.close()
    return size


async def _length(house: House) -> int:
    with house.database.read() as session:
        view = issue_view(session, find_issue(session, "2022-06"))
    sender = MailSender(house.relay(), house.issue_compiler(), house.tokens)
    await sender.prepare(view)
    return len(sender.message(_Copy()))


@dataclass(frozen=True)
class _Copy:
    delivery_id: int = 1
    send_id: int = 1
    recipient_id: int = 1
    address: str = "reader1@example.org"
    name: str | None = "Reader 1"


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is missing; install the package postfix")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
