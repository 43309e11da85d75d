"""The command `serve`: everything in one process, or mail in several, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Annotated

import typer

from paperround.cli.app import app, fail, settings, store
from paperround.siblings import sibling, until_input_ends
from paperround.supervisor import Part, stop_on_signals, supervise
from paperround.wiring import House

if TYPE_CHECKING:
    from publisher.pace import Pace
    from storage.database import Database

MOST_SENDERS = 64


@app.command()
def serve(
    *,
    senders: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_SENDERS,
            help="Processes that deliver mail, this one included: one for each core at most.",
        ),
    ] = 1,
) -> None:
    """Serve the web pages, deliver due sends, mail confirmations and run the Discord bot.

    SIGTERM and Ctrl-C finish what is in flight and stop. Several processes may serve one database.
    """
    if senders > 1 and not settings().mail_is_on:
        raise fail("--senders is for mail, and mail is off. Set PAPERROUND_SMTP_HOST first.")
    with store(new=True) as database:
        house = House(settings(), database)
        others = [sibling(number) for number in range(2, senders + 1)]
        asyncio.run(run_parts([*house.parts(), *others], database, house.pace))


@app.command(hidden=True)
def sender() -> None:
    """Deliver mail beside `serve --senders`; stops when its standard input ends."""
    with store(indexed=False) as database:
        house = House(settings(), database)
        parts = [Part("engine", house.mail_engine().run)]
        asyncio.run(run_parts(parts, database, house.pace, with_input=True))


async def run_parts(
    parts: list[Part], database: Database, pace: Pace, *, with_input: bool = False
) -> None:
    """Run the parts of a process until it is told to stop, by a signal or by the end of its input.

    A database that does not answer keeps it waiting for `pace.farewell_seconds`, and not at all after
    a second signal.
    """
    stop = asyncio.Event()
    gc.freeze()  # what is loaded by now stays; to look through it for garbage takes a tenth of a second each time
    with stop_on_signals(stop):
        companions = [asyncio.create_task(_hang_up_late(database, stop, pace.farewell_seconds))]
        if with_input:
            companions.append(asyncio.create_task(until_input_ends(stop)))
        try:
            await supervise(parts, stop)
        finally:
            for task in companions:
                task.cancel()
            database.hang_up()  # Python waits for all threads, also for those that wait for an answer


async def _hang_up_late(database: Database, stop: asyncio.Event, seconds: float) -> None:
    await stop.wait()
    await asyncio.sleep(seconds)
    database.hang_up()
