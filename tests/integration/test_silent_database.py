"""A database that neither answers nor hangs up, as behind a cut network, is told of and keeps nobody from stopping."""

import asyncio
import os
import signal
import time
from contextlib import suppress

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from paperround.cli.serve import run_parts
from paperround.supervisor import Part
from publisher.control import Control
from publisher.pace import Pace
from publisher.schedule import SystemClock
from storage.database import Database
from storage.errors import DatabaseUnavailableError

PACE = Pace(silent_seconds=0.1, farewell_seconds=0.3)


@pytest.fixture
def database(postgres_url):
    store = Database(postgres_url)
    yield store
    store.hang_up()
    store.close()


def wait(session, seconds=8.0) -> None:
    """Be a question to which no answer comes."""
    session.connection().execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})


async def test_who_waits_for_an_answer_is_freed_and_the_next_is_answered(database) -> None:
    waiting = [
        asyncio.create_task(database.reading(wait)),
        asyncio.create_task(database.writing(wait)),
    ]
    await asyncio.sleep(0.2)
    database.hang_up()
    for task in waiting:
        with pytest.raises(DatabaseUnavailableError, match="does not answer"):
            await task
    await database.writing(wait, 0)


async def test_a_commit_that_gets_no_answer_is_told_within_some_seconds(database) -> None:
    control = Control(database, "me", asyncio.Event(), clock=SystemClock(), pace=PACE)
    with capture_logs() as logs:
        await control.insist(wait, 0.3)
    assert [it["event"] for it in logs] == ["database_not_answering", "database_answering_again"]
    assert "0.1 s" in logs[0]["reason"]


async def test_who_gave_up_once_asks_no_more(database) -> None:
    """What is on its way may still be committed; to ask beside it could commit it twice."""
    stop, asked = asyncio.Event(), []
    stop.set()
    control = Control(database, "me", stop, clock=SystemClock(), pace=PACE)
    asyncio.get_running_loop().call_later(PACE.farewell_seconds + 0.1, database.hang_up)
    with pytest.raises(DatabaseUnavailableError):
        await control.insist(wait)
    with pytest.raises(DatabaseUnavailableError):
        await control.insist(asked.append)
    assert asked == []


@pytest.mark.parametrize("signals", [1, 2])
async def test_sigterm_ends_a_process_whose_database_is_silent(database, signals) -> None:
    """After the farewell, or at once when asked a second time."""
    pace = PACE if signals == 1 else Pace()

    async def asks(stop: asyncio.Event) -> None:
        while not stop.is_set():
            with suppress(DatabaseUnavailableError):
                await database.reading(wait)

    loop, began = asyncio.get_running_loop(), time.monotonic()
    for n in range(signals):
        loop.call_later(0.2 + 0.1 * n, os.kill, os.getpid(), signal.SIGTERM)
    serving = asyncio.create_task(run_parts([Part("asks", asks)], database, pace))
    await asyncio.wait([serving], timeout=5)
    assert serving.done()
    assert serving.cancelled() == (signals == 2)
    await loop.shutdown_default_executor()  # as `asyncio.run` does
    assert time.monotonic() - began < 2


async def test_a_connection_that_is_cut_is_noticed(database) -> None:
    def asked(session) -> dict[str, str]:
        return session.connection().connection.driver_connection.info.get_parameters()

    for read in (await database.reading(asked), await database.writing(asked)):
        assert (read["connect_timeout"], read["tcp_user_timeout"]) == ("5", "20000")
        assert (read["keepalives_idle"], read["keepalives_interval"]) == ("10", "5")


async def test_what_the_address_says_of_time_outs_counts(postgres_url) -> None:
    database = Database(f"{postgres_url}?connect_timeout=30")
    with database.read() as session:
        info = session.connection().connection.driver_connection.info
        assert info.get_parameters()["connect_timeout"] == "30"
    database.close()
