"""The command `serve`: everything in one process, or mail in several, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
from typing import Annotated

import typer

from paperround.cli.app import app, fail, settings, store
from paperround.siblings import sibling, until_input_ends
from paperround.supervisor import Part, stop_on_signals, supervise
from paperround.wiring import House

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
    with store() as database:
        house = House(settings(), database)
        others = [sibling(number) for number in range(2, senders + 1)]
        asyncio.run(_serve([*house.parts(), *others]))


@app.command(hidden=True)
def sender() -> None:
    """Deliver mail beside `serve --senders`; stops when its standard input ends."""
    with store(indexed=False) as database:
        house = House(settings(), database)
        asyncio.run(_serve([Part("engine", house.mail_engine().run)], with_input=True))


async def _serve(parts: list[Part], *, with_input: bool = False) -> None:
    stop = asyncio.Event()
    gc.freeze()  # what is loaded by now stays; to look through it for garbage takes a tenth of a second each time
    with stop_on_signals(stop):
        watching = asyncio.create_task(until_input_ends(stop)) if with_input else None
        await supervise(parts, stop)
        if watching is not None:
            watching.cancel()
