"""Reads in a mail server's log, line by line, which of our messages the server took.

A line counts only where the server writes it after it took the message. Postfix names the Message-ID
while the message still arrives, so there the queue must name the message too; a connection that was cut
before shows that it was not taken. A line that merely names a Message-ID proves nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_QUEUE_ID = rb"([0-9A-Za-z]{5,24})"
_CLIENT = re.compile(rb"smtpd\[(\d+)\]: " + _QUEUE_ID + rb": client=")
_NAMED = re.compile(rb"/cleanup\[\d+\]: " + _QUEUE_ID + rb": message-id=<?([^<>\s]*)>?\s*$")
_QUEUED = re.compile(rb"/(?!smtpd|cleanup|pickup)[\w-]+\[\d+\]: " + _QUEUE_ID + rb": (?:from|to)=<")
_CUT = re.compile(rb"smtpd\[(\d+)\]: (?:lost connection|timeout) after (?:DATA|BDAT) \(")
_GONE = re.compile(rb"smtpd\[(\d+)\]: disconnect from ")
_EXIM = re.compile(rb" \w{6}-\w{6,11}-\w{2,4} <= (\S+) (?:.* )?id=<?([^<>\s]+)>?(?:\s|$)")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')  # Exim: a subject, which may say anything
_OPENSMTPD_SENDER = re.compile(rb"[0-9a-f]{16} smtp envelope evpid=[0-9a-f]{16} from=<([^<>\s]+)>")
_OPENSMTPD_ID = re.compile(rb"[0-9a-f]{16} smtp message (?:.* )?msgid=<?([^<>\s]+@[^<>\s]+)>?")
_SENDMAIL = re.compile(rb"\]: \w{14,}: from=<?([^<>\s]*)>?, size=.* msgid=<([^<>\s]+)>, ")


class ServerLog:
    """What the lines of one or several logs say of the messages asked for.

    Args:
        wanted: Message-IDs without their brackets, and envelope senders in lower case.

    Attributes:
        taken: Those that the server took.
        refused: Those whose last byte never reached the server.
        named: Those that a line names, whatever became of them.
        messages: How many lines speak of a message by a name that we could give, ours or not.
    """

    def __init__(self, wanted: AbstractSet[str]) -> None:
        self.taken: set[str] = set()
        self.refused: set[str] = set()
        self.named: set[str] = set()
        self.messages = 0
        self._wanted = wanted
        self._arriving: dict[bytes, bytes] = {}  # the process of a connection → queue id
        self._queue: dict[bytes, str] = {}  # queue id → one of the wanted

    def read(self, line: bytes) -> None:
        """Take note of a line, in the order in which the server wrote them."""
        if b"message-id=" in line:
            self._name(line)
        elif b" <= " in line:
            self._take(_EXIM.search(_QUOTED.sub(b"", line)))
        elif b" smtp " in line:
            self._take(_OPENSMTPD_SENDER.search(line) or _OPENSMTPD_ID.search(line))
        elif b"msgid=<" in line:
            self._take(_SENDMAIL.search(line))
        elif b"smtpd[" in line:
            self._follow(line)
        elif self._queue and (match := _QUEUED.search(line)) and match[1] in self._queue:
            self.taken.add(self._queue[match[1]])

    def _name(self, line: bytes) -> None:
        if (match := _NAMED.search(line)) is None:
            return
        self.messages += 1
        queue_id, name = match[1], _text(match[2])
        self._queue.pop(queue_id, None)  # queue ids are used again
        if name in self._wanted:
            self.named.add(name)
            self.refused.discard(name)
            self._queue[queue_id] = name

    def _take(self, match: re.Match[bytes] | None) -> None:
        if match is None:
            return
        self.messages += 1
        first, *rest = (_text(it) for it in match.groups())
        found = {first, first.lower(), *rest} & self._wanted
        self.taken |= found
        self.named |= found

    def _follow(self, line: bytes) -> None:
        if match := _CLIENT.search(line):
            self._arriving[match[1]] = match[2]
        elif match := _CUT.search(line):
            name = self._queue.get(self._arriving.pop(match[1], b""))
            if name is not None:
                self.refused.add(name)
        elif match := _GONE.search(line):
            self._arriving.pop(match[1], None)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
