"""Runs commands of `paperround` in processes of their own, which a server forks that has the program loaded."""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paperround.cli.commands import MODULES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(
    ["paperround.__main__", *{f"paperround.cli.{module}" for module in MODULES.values()}]
)
LONGEST_S = 120


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and its exit status."""

    stdout: str
    stderr: str
    code: int


def run(
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None, typed: str = ""
) -> Ran:
    """Run a command as in a pipe, in a folder; give what it said.

    Args:
        arguments: The words after `paperround`.
        folder: Where it runs, its data folder, and the only one in which it looks for programs:
            each look at a mail by SpamAssassin, where that is installed, takes seconds.
        settings: More of its environment.
        typed: Its input.
    """
    environment = {
        **{name: it for name, it in os.environ.items() if not name.startswith("PAPERROUND_")},
        "PAPERROUND_DATA_DIR": str(folder),
        "PATH": str(folder),
        "COLUMNS": "200",
        **(settings or {}),
    }
    streams = [folder / name for name in (".stdin", ".stdout", ".stderr")]
    streams[0].write_text(typed, encoding="utf-8")
    os.unsetenv("COLUMNS")  # which GNU readline sets behind our back; the server would keep it
    process = FORKING.Process(target=_main, args=(arguments, folder, environment, streams))
    process.start()
    process.join(LONGEST_S)
    if process.exitcode is None:
        process.kill()
        process.join()
    texts = [path.read_text(encoding="utf-8") for path in streams[1:]]
    for path in streams:
        path.unlink()
    return Ran(*texts, process.exitcode or 0)


def _main(
    arguments: tuple[str, ...], folder: Path, environment: dict[str, str], streams: list[Path]
) -> None:
    for number, path in enumerate(streams):
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - multiprocessing has put its own in
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["paperround", *arguments]
    from paperround.__main__ import main  # noqa: PLC0415 - the server has loaded it

    main()
