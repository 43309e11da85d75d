"""What the ledger costs a copy, by itself, beside as many bare rows changed and added; run with `make bench`.

Processor time of the thread that asks, on SQLite: leasing a batch, reading what is due, writing what became of
it, closing the batch. In a send other threads work beside it, and it takes more.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

from publisher import deliver
from publisher.pace import Pace
from publisher.record import Answer, commit
from publisher.schedule import SystemClock
from storage import outbox
from storage.enums import Medium
from tests.benchmarks.deliver_once import house_in
from tests.benchmarks.test_delivery import Way, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATCHES = 40  # as many as there are of 20,000 readers
PACE = Pace()


class Costs:
    """Processor time by part."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        started = time.thread_time()
        yield
        self.seconds[part] += time.thread_time() - started


def test_the_ledger_of_a_send_by_itself(tmp_path: Path) -> None:
    prepare(tmp_path, 25, Way("pipelining"))
    house = house_in(tmp_path)
    database, now, costs, copies = house.database, datetime.now(UTC), Costs(), 0
    asyncio.run(house.engine().start_due())
    route = SimpleNamespace(pace=PACE, clock=SystemClock(), hash_address=house.tokens.hash_address)
    for _ in range(BATCHES):
        with costs.of("lease"), database.write() as session:
            until = now + timedelta(minutes=1)
            lease = outbox.lease(session, owner="me", medium=Medium.EMAIL, now=now, until=until)
        after, more = 0, True
        while more:
            with costs.of("read"), database.read() as session:
                due, more = deliver._slice(session, lease, route, after)
            copies, after = copies + len(due), due[-1].delivery_id
            answers = [
                Answer(it, lease, "accepted", "250 2.0.0", "Ok", f"<{it.delivery_id}@example.org>")
                for it in due
            ]
            with costs.of("write"), database.write() as session:
                commit(session, answers, now, PACE)
        with costs.of("close"), database.write() as session:
            outbox.close_batch(session, lease.batch_id, "me", now, PACE.slack)
    with database.read() as session:
        assert outbox.balance(session, 1).submitted == copies
    database.close()
    bare = _bare_seconds(tmp_path, copies)
    each = {part: f"{1e6 * seconds / copies:.1f}" for part, seconds in costs.seconds.items()}
    total = costs.seconds.total()
    print(  # noqa: T201
        f"\n{copies:,} copies, µs each: {each}, in all {1e6 * total / copies:.1f}; "
        f"{total / bare:.1f} times as many bare rows changed and added ({1e6 * bare / copies:.1f})"
    )


def _bare_seconds(folder: Path, rows: int) -> float:
    """Change and add as many rows of a few columns, in groups of the same size."""
    with sqlite3.connect(folder / "bare.sqlite3", isolation_level=None) as bare:
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute("CREATE TABLE copy (id INTEGER PRIMARY KEY, status TEXT, words TEXT)")
        bare.execute("CREATE TABLE happened (id INTEGER PRIMARY KEY, copy INTEGER, words TEXT)")
        bare.execute("BEGIN")
        bare.executemany(
            "INSERT INTO copy VALUES (?, 'pending', NULL)", ((n,) for n in range(rows))
        )
        bare.execute("COMMIT")
        started = time.thread_time()
        for first in range(0, rows, PACE.group_size):
            group = range(first, min(first + PACE.group_size, rows))
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany(
                "UPDATE copy SET status = 'submitted', words = ? WHERE id = ?",
                [(f"<{n}@example.org>", n) for n in group],
            )
            bare.executemany(
                "INSERT INTO happened (copy, words) VALUES (?, ?)",
                [(n, f"<{n}@example.org>") for n in group],
            )
            bare.execute("COMMIT")
        return time.thread_time() - started
