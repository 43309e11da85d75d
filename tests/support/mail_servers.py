"""Starts Exim and OpenSMTPD, each in a root of its own, and reads what they delivered.

They come from the folder that `fetch_mail_servers.sh` filled. Root alone can start them; each has a copy
of the root there to itself, which is removed in the end.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_FETCHED: Final = Path(__file__).resolve().parents[2] / ".mail-servers"
_BOX: Final = "var/mail/box"
_START_S: Final = 10.0
_ENVELOPE_TO: Final = re.compile(rb"^(?:Envelope-to|Delivered-To): *([^\r\n]+)", re.MULTILINE)

# `gone…` is refused for good, `later…` for now, anybody else is taken.
EXIM: Final = r"""
primary_hostname = mx.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
acl_smtp_rcpt = rcpt
keep_environment =
deliver_drop_privilege = true
rfc1413_query_timeout = 0s
# Every mail is delivered, and at once; by default it stays in the queue from the eleventh of a connection on.
smtp_accept_queue_per_connection = 0
{options}
begin acl
rcpt:
  deny  local_parts = ^gone
        message = 5.1.1 no such reader
  defer local_parts = ^later
        message = 4.2.1 not now
  accept
begin routers
everybody:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = /var/mail/box
  maildir_format
  envelope_to_add
"""

OPENSMTPD: Final = r"""
{options}
filter gone phase rcpt-to match rcpt-to regex {{ "^gone" }} reject "550 5.1.1 no such reader"
filter later phase rcpt-to match rcpt-to regex {{ "^later" }} reject "451 4.2.1 not now"
filter both chain {{ gone, later }}
table readers {{ "@" = reader }}
listen on 127.0.0.1 port {port} hostname mx.test filter both
action keep maildir "/var/mail/box" virtual <readers>
match from any for any action keep
"""


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server at work.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        root: The root that it sees.
        log: What it says.
    """

    port: int
    root: Path
    log: Path

    def arrived(self, count: int) -> list[tuple[bytes, bytes]]:
        """Wait until so many mails were delivered; give the recipient and the whole content of each.

        A mail has CRLF again, as it was sent.
        """
        box = self.root / _BOX / "new"
        deadline = time.monotonic() + 20
        while len(files := list(box.iterdir()) if box.exists() else []) < count:
            if time.monotonic() > deadline:
                pytest.fail(f"{len(files)} of {count} mails were delivered: {self.said()}")
            time.sleep(0.05)
        return [_read(file) for file in files]

    def said(self) -> str:
        """Give the end of its log."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else "no log"


def _read(file: Path) -> tuple[bytes, bytes]:
    content = file.read_bytes()
    found = _ENVELOPE_TO.search(content)
    assert found, content[:500]
    return found[1], content.replace(b"\n", b"\r\n")


def require_root() -> None:
    """Skip the test where we may not start a mail server."""
    if os.geteuid() != 0:
        pytest.skip("mail servers SKIPPED: it takes root to start them")


@contextmanager
def exim(*options: str, files: Iterable[Path] = ()) -> Iterator[MailServer]:
    """Run Exim with further lines of its main configuration, and with copies of some files in `/etc`."""

    def command(root: Path, port: int) -> list[str]:
        text = EXIM.format(port=port, options="\n".join(options))
        (root / "etc/exim4/exim4.conf").write_text(text)
        for file in files:
            shutil.copy(file, root / "etc")
            (root / "etc" / file.name).chmod(0o644)
        return ["/usr/sbin/exim4", "-bdf"]

    with _running(command, "var/log/exim4/mainlog") as server:
        yield server


@contextmanager
def opensmtpd(*options: str) -> Iterator[MailServer]:
    """Run OpenSMTPD with further lines of configuration."""

    def command(root: Path, port: int) -> list[str]:
        text = OPENSMTPD.format(port=port, options="\n".join(options))
        (root / "etc/smtpd.conf").write_text(text)
        return ["/usr/sbin/smtpd", "-dv"]

    with _running(command, "log") as server:
        yield server


@contextmanager
def _running(command: Callable[[Path, int], list[str]], log: str) -> Iterator[MailServer]:
    root = _root()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (root / "log").open("wb") as output:
        process = subprocess.Popen(
            ["chroot", root, *command(root, port)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    server = MailServer(port, root, root / log)
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait()
        _end_group(process.pid)
        shutil.rmtree(root)


def _root() -> Path:
    """Make a root for one server; skip the test where that cannot be."""
    fetch = "tests/support/fetch_mail_servers.sh, as root on Debian, fetches them"
    require_root()
    if not (_FETCHED / "root").exists():
        pytest.skip(f"Exim and OpenSMTPD SKIPPED: they are not here; {fetch}")
    runs = _FETCHED / "runs"  # beside it, because /tmp may be mounted without devices
    runs.mkdir(exist_ok=True)
    root = Path(tempfile.mkdtemp(dir=runs))
    subprocess.run(["cp", "-a", f"{_FETCHED}/root/.", root], check=True)
    (root / "var/mail").chmod(0o777)
    return root


def _wait_for(server: MailServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    output = (server.root / "log").read_text(errors="replace")
    pytest.fail(f"the mail server does not listen: {output}")


def _end_group(group: int) -> None:
    """End what the server started and left behind."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
