"""How long it takes to freeze a million subscribers, beside copying as many bare rows; run with `make bench`."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from publisher.plan import start_due
from publisher.schedule import schedule
from storage import outbox, schema
from storage.database import Database
from storage.enums import Audience
from storage.tables import Issue, Newsletter

if TYPE_CHECKING:
    from pathlib import Path

READERS = 1_000_000
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :readers)
INSERT INTO subscriber (address, address_key, language, status, source, created_at)
SELECT 'r' || i || '@example.org', 'r' || i || '@example.org',
       CASE WHEN i % 4 = 0 THEN 'zh' ELSE 'en' END, 'active', 'benchmark', :now FROM n
"""


def test_planning_beside_copying_rows(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/plan.sqlite3")
    schema.upgrade(database)
    now = datetime.now(UTC)
    with database.write() as session:
        newsletter = Newsletter(slug="n", name="N", languages=["en"])
        session.add(newsletter)
        session.flush()
        issue = Issue(newsletter_id=newsletter.id, slug="s", language="en", title="T",
                      month=date(2026, 1, 1), month_source="given")  # fmt: skip
        session.add(issue)
        session.flush()
        session.connection().execute(text(FILL), {"readers": READERS, "now": now.isoformat(" ")})
        send_id = schedule(session, issue, due_at=now, now=now, audience=Audience.EMAIL).id
    started = time.perf_counter()
    asyncio.run(start_due(database, now))
    planning = time.perf_counter() - started
    started = time.perf_counter()
    with database.write() as session:
        session.connection().exec_driver_sql(
            "CREATE TABLE bare AS SELECT id, status FROM subscriber"
        )
    copying = time.perf_counter() - started
    with database.read() as session:
        assert outbox.balance(session, send_id).pending == READERS
    database.close()
    line = f"\nplanned {READERS:,} in {planning:.1f} s; copying bare rows {copying:.1f} s"
    print(f"{line}; {planning / copying:.1f} times")  # noqa: T201
