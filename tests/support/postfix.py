"""Starts the Postfix that is installed, from a configuration folder and with queues of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.mail_servers import MailServer, require_root

if TYPE_CHECKING:
    from collections.abc import Iterator

# As in `mail_servers`: `gone…` is refused for good, `later…` for now, anybody else is taken.
MAIN: Final = r"""
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/state
maillog_file = {root}/log
maillog_file_prefixes = {root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_host_lookup = native
myhostname = mx.test
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.net
virtual_mailbox_maps = static:box/
virtual_mailbox_base = {root}/var/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_mailbox_limit = 0
# From ten errors on it would answer late; that is all, and would make the tests slow.
smtpd_error_sleep_time = 0s
smtpd_recipient_restrictions = check_recipient_access regexp:{root}/refused
{options}
"""
REFUSED: Final = """
/^gone/ 550 5.1.1 no such reader
/^later/ 451 4.2.1 not now
"""
MASTER: Final = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(*options: str) -> Iterator[MailServer]:
    """Run Postfix with further lines of `main.cf`."""
    require_root()
    program = shutil.which("postfix") or "/usr/sbin/postfix"
    if not Path(program).exists():
        pytest.skip("Postfix SKIPPED: the program is not here; install the package postfix")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        server = _configure(root, *options)
        subprocess.run([program, "-c", root, "start"], check=True, capture_output=True)
        try:
            yield server
        finally:
            subprocess.run([program, "-c", root, "stop"], check=False, capture_output=True)


def _configure(root: Path, *options: str) -> MailServer:
    root.chmod(0o755)
    (root / "queue").mkdir()
    (root / "state").mkdir()
    shutil.chown(root / "state", "postfix")
    (root / "var/mail").mkdir(parents=True)
    (root / "var/mail").chmod(0o777)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (root / "main.cf").write_text(MAIN.format(root=root, options="\n".join(options)))
    (root / "master.cf").write_text(MASTER.format(port=port))
    (root / "refused").write_text(REFUSED)
    return MailServer(port, root, root / "log")
