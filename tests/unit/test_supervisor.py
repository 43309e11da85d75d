"""Parts of the process are restarted when they fall and stopped together."""

import asyncio

import pytest

from paperround import supervisor
from paperround.errors import UserError
from paperround.supervisor import Part, supervise


async def test_a_part_that_falls_is_started_again(monkeypatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.01)
    stop, starts = asyncio.Event(), []

    async def falls(stop: asyncio.Event) -> None:
        starts.append(1)
        if len(starts) < 3:
            raise OSError
        stop.set()

    await supervise([Part("falls", falls)], stop)
    assert len(starts) == 3


async def test_a_part_that_cannot_run_stops_the_others_and_says_why() -> None:
    stop, finished = asyncio.Event(), []

    async def patient(stop: asyncio.Event) -> None:
        await stop.wait()
        finished.append("patient")

    async def impossible(_stop: asyncio.Event) -> None:
        raise UserError("port 80 is taken")

    with pytest.raises(UserError, match="port 80"):
        await supervise([Part("a", patient), Part("b", impossible)], stop)
    assert finished == ["patient"]


async def test_stop_waits_for_what_is_in_flight() -> None:
    stop, done = asyncio.Event(), []

    async def slow(stop: asyncio.Event) -> None:
        await stop.wait()
        await asyncio.sleep(0.05)
        done.append(1)

    asyncio.get_running_loop().call_later(0.01, stop.set)
    await supervise([Part("slow", slow)], stop)
    assert done == [1]
