"""A PostgreSQL server of our own, for as long as a test run takes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRIES = 5


class PostgresServer:
    """A cluster in a scratch folder.

    Args:
        programs: The folder of initdb and pg_ctl.
        folder: The scratch folder.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self.account = _account()
        self._programs, self._folder, self._cluster = programs, folder, folder / "cluster"
        self._port = 0
        if self.account:
            shutil.chown(folder, self.account)

    @property
    def url(self) -> str:
        """Give the URL of the maintenance database."""
        return f"postgresql://paperround@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        """Make the cluster and start the server at a port of its own."""
        self._run("initdb", "-D", self._cluster, "-U", "paperround", "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        for left in reversed(range(TRIES)):
            self._port = _free_port()
            try:
                self.start()
            except subprocess.CalledProcessError:
                if not left:
                    raise
            else:
                break  # no other program took the port before the server could

    def start(self) -> None:
        """Start the server and wait for it, at the port it had."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", self._cluster, "-w", "-l", self._folder / "log", "-o", options,
                  "start")  # fmt: skip

    def stop(self) -> None:
        """Stop the server at once, as a crash would."""
        self._run("pg_ctl", "-D", self._cluster, "-m", "immediate", "stop", check=False)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Hold every process of it still (SIGSTOP): it neither answers nor hangs up."""
        first = int((self._cluster / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGSTOP)  # from now on it starts no other
        found = subprocess.run(["pgrep", "-P", str(first)], check=True, capture_output=True)
        processes = [first, *map(int, found.stdout.split())]
        try:
            _signal(processes, signal.SIGSTOP)
            yield
        finally:
            _signal(processes, signal.SIGCONT)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let it take no writes from anybody, also over connections that are open."""
        self._tell("ALTER SYSTEM SET default_transaction_read_only = on")
        try:
            yield
        finally:
            self._tell("ALTER SYSTEM RESET default_transaction_read_only")

    def _tell(self, setting: LiteralString) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(setting)
            connection.execute("SELECT pg_reload_conf()")

    def _run(self, program: str, *arguments: object, check: bool = True) -> None:
        command: list[Any] = [self._programs / program, *arguments]
        subprocess.run(
            command, check=check, user=self.account, cwd=self._folder, stdout=subprocess.DEVNULL
        )


@contextmanager
def running_postgres() -> Iterator[PostgresServer | None]:
    """Run a server; gives None where its programs are not installed."""
    programs = _programs()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="paperround-pg-"))
    server = PostgresServer(programs, folder)
    try:
        try:
            server.make()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _signal(processes: Sequence[int], what: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):  # it was about to end
            os.kill(pid, what)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _programs() -> Path | None:
    """Find the newest PostgreSQL server programs on this machine."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3])
    )
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def _account() -> str | None:
    """Name the account to run the server under; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    with open("/etc/passwd", encoding="utf-8") as accounts:  # noqa: PTH123
        return "postgres" if any(a.startswith("postgres:") for a in accounts) else "nobody"
