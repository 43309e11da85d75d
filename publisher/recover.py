"""Finds processes that died with deliveries in hand, and settles what they, or a wrong clock, left behind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from publisher.errors import MarksError
from publisher.marks import left_behind, mark_files
from storage import outbox
from storage.outbox import Leavings

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from publisher.pace import Pace
    from storage.database import Database

log = structlog.get_logger()


async def recover_dead(  # noqa: PLR0913, PLR0917 - what one look takes
    database: Database, data_dir: Path, own: str, now: datetime, pace: Pace, told: set[str]
) -> int:
    """Settle what dead processes left; give the number of batches that came back.

    A process whose marks lie in our data folder is dead when its lock is free. Of one whose marks are
    not here (another host, another folder, a lost disk) only the lease tells: long after its end the
    process counts as lost, and so do its marks. Marks that cannot be read keep what their process holds
    waiting, for it may live; the log says so once, and `told` whose they are.
    """
    leases = dict(await database.reading(outbox.leaseholders))
    files = mark_files(data_dir)
    batches = 0
    for owner, path in files.items():
        if owner == own:
            continue
        try:
            batches += await _recover_marked(database, owner, path, now, pace)
            told.discard(owner)
        except MarksError as error:
            if owner not in told:
                told.add(owner)
                log.warning("marks_not_readable", owner=owner, reason=str(error))
    late = now - timedelta(seconds=pace.orphan_seconds)
    for owner, until in leases.items():
        if owner != own and owner not in files and until < late:
            batches += await _settle(database, owner, Leavings(complete=False), now, pace)
    return batches


async def recover_time(database: Database, now: datetime) -> int:
    """Bring forward what waits for a time that a wrong clock said; give the number of batches.

    To be called when a process starts, and when it sees its clock go back.
    """
    batches = await database.writing(outbox.bring_forward, now)
    if batches:
        log.warning("clock_was_set_back", batches=batches)
    return batches


async def _recover_marked(
    database: Database, owner: str, path: Path, now: datetime, pace: Pace
) -> int:
    with left_behind(path) as left:
        if left is None:
            return 0
        return await _settle(database, owner, left, now, pace)


async def _settle(database: Database, owner: str, left: Leavings, now: datetime, pace: Pace) -> int:
    found = await database.writing(outbox.recover, owner, left, now, pace.slack)
    if found["batches"]:
        log.warning("dead_process_recovered", owner=owner, marks=left.complete, **found)
    return found["batches"]
