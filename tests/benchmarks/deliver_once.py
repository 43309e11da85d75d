"""Delivers the send that is due in a folder and prints what it took, as JSON: python deliver_once.py FOLDER."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from paperround.settings import GivenSettings
from paperround.wiring import House
from storage import outbox
from storage.database import Database

_SENT = ("sent",)


def house_in(folder: Path) -> House:
    """Give the house whose settings lie in a folder."""
    given = json.loads((folder / "settings.json").read_text())
    settings = GivenSettings(data_dir=folder, **given)
    return House(settings, Database(settings.database))


async def deliver(house: House) -> None:
    """Run the engine until the first send is sent."""
    stop = asyncio.Event()
    engine = asyncio.create_task(house.engine().run(stop))

    # Looked at with a connection of its own, so that looking costs the delivery next to nothing.
    with closing(sqlite3.connect(house.database.url.database)) as ledger:
        query = "SELECT status FROM send WHERE id = 1"
        while ledger.execute(query).fetchone() != _SENT:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.1)
    stop.set()
    await engine


def main(folder: Path) -> None:
    """Deliver, and print what it took."""
    house = house_in(folder)
    gc.freeze()  # as the command `serve` does
    started, before = time.perf_counter(), time.process_time()
    asyncio.run(deliver(house))
    seconds, cpu = time.perf_counter() - started, time.process_time() - before
    with house.database.read() as session:
        balance = outbox.balance(session, 1)
    assert balance.submitted == balance.planned
    status = Path("/proc/self/status").read_text()
    most = int(status.split("VmHWM:")[1].split()[0]) / 1024
    took = {"messages": balance.submitted, "seconds": seconds, "cpu": cpu, "megabytes": most}
    sys.stdout.write(json.dumps(took) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
