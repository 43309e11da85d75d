"""The command `demo`: the whole product on this machine, to look at."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from paperround.cli.app import app, fail
from paperround.supervisor import stop_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


@app.command()
def demo(
    *,
    seconds: Annotated[
        float, typer.Option(help="How long until the issue goes out.", min=1, max=3600)
    ] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="End when the issue has arrived.")] = False,
) -> None:
    """Publish a sample issue to an inbox and a Discord on this machine; nothing leaves it.

    Makes a scratch store in .demo, anew at each start. Ctrl-C ends it.
    """
    try:
        from paperround.demo.run import run_demo  # noqa: PLC0415 - its packages are an extra
    except ModuleNotFoundError as error:
        raise fail(
            f"The demo needs the package {error.name}. Install it: pip install 'paperround[demo]'"
        ) from error
    asyncio.run(_run(run_demo, seconds, once=once))


async def _run(
    run_demo: Callable[..., Coroutine[None, None, None]], seconds: float, *, once: bool
) -> None:
    stop = asyncio.Event()
    with stop_on_signals(stop):
        await run_demo(stop, seconds=seconds, once=once)
