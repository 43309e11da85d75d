"""The command `serve`: everything in one process, until it is told to stop."""

from __future__ import annotations

import asyncio

from paperround.cli.app import app, settings, store
from paperround.supervisor import stop_on_signals, supervise
from paperround.wiring import House


@app.command()
def serve() -> None:
    """Serve the web pages, deliver due sends, mail confirmations and run the Discord bot.

    SIGTERM and Ctrl-C finish what is in flight and stop. Several processes may serve one database.
    """
    with store() as database:
        asyncio.run(_serve(House(settings(), database)))


async def _serve(house: House) -> None:
    stop = asyncio.Event()
    with stop_on_signals(stop):
        await supervise(house.parts(), stop)
