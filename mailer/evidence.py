"""Reads files for evidence of what became of our mail: logs of mail servers, and notifications.

A file of any size is read line by line; what is kept is bounded by the number of messages asked for.
"""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from typing import IO, TYPE_CHECKING, Literal, cast

from mailer.delivery_status import Notice, read_notices
from mailer.errors import EvidenceError
from mailer.server_log import ServerLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from pathlib import Path

LINE_BYTES = 64 * 1024  # longer lines are read in pieces
MESSAGE_BYTES = 256 * 1024  # a report stands before the message that it returns
_HEAD_BYTES = 16 * 1024
_GZIP = b"\x1f\x8b"
_FIELD = re.compile(rb"(?:From .*\r?\n)?[A-Za-z][A-Za-z0-9-]*:[ \t\r\n]")
_ADDRESS = re.compile(r"[^\s<>()]+@[^\s<>()]+")


@dataclass(slots=True)
class Evidence:
    """What the files say.

    Attributes:
        taken: Message-IDs and envelope senders of those asked for that a server took, and the log's name.
        refused: Those that were cut off before their last byte, as far as no other line says they were taken.
        named: Those that a log names at all.
        notices: Every notification in the files, with the file's name.
        kinds: What each file is, by name.
    """

    taken: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    notices: list[tuple[Notice, str]] = field(default_factory=list)
    kinds: dict[str, Literal["log", "notification"]] = field(default_factory=dict)


def read_evidence(
    paths: Iterable[Path], wanted: AbstractSet[str], is_ours: Callable[[str], bool]
) -> Evidence:
    """Read files; what a server writes over several lines may stand in two logs, given in their order.

    Args:
        paths: Logs (plain, or compressed by gzip), and notifications as message files or mbox.
        wanted: Message-IDs without brackets, and envelope senders in lower case, to look for in logs.
        is_ours: Whether an envelope id is one to keep the notification of.

    Raises:
        EvidenceError: A file cannot be read, or is neither.
    """
    evidence, log = Evidence(), ServerLog(wanted)
    for path in paths:
        try:
            with _open(path) as file:
                _read(file, path, log, evidence, is_ours)
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise EvidenceError(f"{path} cannot be read: {reason}.") from error
    evidence.refused, evidence.named = log.refused - log.taken, log.named
    return evidence


def shown_name(path: Path) -> str:
    """Give the name by which the ledger keeps a file: without its folder, and without any address."""
    return _ADDRESS.sub("…", path.name)


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_compressed = file.read(len(_GZIP)) == _GZIP
    return cast("IO[bytes]", gzip.open(path)) if is_compressed else path.open("rb")


def _read(
    file: IO[bytes],
    path: Path,
    log: ServerLog,
    evidence: Evidence,
    is_ours: Callable[[str], bool],
) -> None:
    name = shown_name(path)
    if _is_mail(file):
        evidence.kinds[name] = "notification"
        _read_mail(file, path, evidence, is_ours)
        return
    evidence.kinds[name] = "log"
    before, known = log.messages, set(log.taken)
    for line in _lines(file):
        log.read(line)
    if log.messages == before:
        raise EvidenceError(
            f"{path} is no log of a mail server that names messages, and no delivery status "
            "notification. Give a log of Postfix, Exim, OpenSMTPD or sendmail, an .eml or an mbox."
        )
    evidence.taken |= dict.fromkeys(log.taken - known, name)


def _read_mail(
    file: IO[bytes], path: Path, evidence: Evidence, is_ours: Callable[[str], bool]
) -> None:
    notifications = 0
    for message in _messages(file):
        notices = read_notices(message)
        notifications += notices is not None
        evidence.notices += [
            (it, shown_name(path)) for it in notices or () if any(map(is_ours, it.envelope_ids))
        ]
    if not notifications:
        raise EvidenceError(
            f"{path} holds mail, but no delivery status notification (RFC 3464). "
            "Give the message that the server sent back, with its report, as .eml or mbox."
        )


def _is_mail(file: IO[bytes]) -> bool:
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    if not _FIELD.match(head):
        return False
    fields = BytesHeaderParser().parsebytes(head.split(b"\n", 1)[1] if _is_mbox(head) else head)
    return any(name in fields for name in ("Content-Type", "MIME-Version", "From", "Received"))


def _is_mbox(head: bytes) -> bool:
    return head.startswith(b"From ")


def _messages(file: IO[bytes]) -> Iterator[bytes]:
    """Give the beginning of each message of an mbox, or of the one message of a file."""
    message, behind_blank, is_mbox = bytearray(), True, False
    for number, line in enumerate(_lines(file)):
        if _is_mbox(line) and (number == 0 or (is_mbox and behind_blank)):
            is_mbox = True
            if message:
                yield bytes(message)
            message.clear()
        elif len(message) < MESSAGE_BYTES:
            message += line
        behind_blank = not line.strip()
    yield bytes(message)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.readline(LINE_BYTES), b"")
