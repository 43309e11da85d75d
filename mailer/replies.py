"""Reads SMTP replies and classes them: accepted, try again, this recipient's fault, or ours.

Their words are cleaned of addresses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Verdict = Literal["accepted", "transient", "permanent", "ours", "unknown"]
# What the dialogue had come to when the reply arrived.
Stage = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body"]

TEXT_LENGTH: Final = 200
_LONGEST_LINE: Final = 4_096  # octets; RFC 5321 §4.5.3.1.5 allows 512
_LONGEST_TEXT: Final = 1_000  # characters of a reply that are looked at
_MOST_LINES: Final = 200  # of one reply
_CODE_LENGTH: Final = 3
_AFTER_CODE: Final = (b" ", b"-", b"\r", b"")
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_LEADING = re.compile(r"^\s*[245]\.\d{1,3}\.\d{1,3}\s+")
_ADDRESS = re.compile(r"<?[^\s<>@,;:\"'()]+@[^\s<>@,;:\"'()]+>?")
_OUR_CODES: Final = frozenset({502, 503, 504, 530, 534, 535, 538, 555})
_TRANSIENT: Final = 4
_PERMANENT: Final = 5
_ACCEPTED: Final = 2
_STORAGE: Final = 552  # a full mailbox or too large a message
# Standing of the sender and of what it says, not of the recipient (RFC 3463 X.7.X, X.1.7, X.1.8, X.5.4).
_OUR_PERMANENT = re.compile(r"5\.7\.\d+|5\.3\.4|5\.1\.[78]|5\.5\.4")
# The same in words, where no code says it: Exim has none.
_OUR_WORDS = re.compile(
    r"\brelay\w*\b.{0,20}\b(not|denied|prohibited)\b|\bsender verif", re.IGNORECASE
)
_OUR_TRANSIENT = re.compile(r"4\.7\.3\d")
_TOO_LARGE = re.compile(r"message.{0,40}\b(size|large|big)\b", re.IGNORECASE)
# Said before a recipient was named, or after one was taken and before the content was seen.
_OUR_STAGES: Final = frozenset({"connect", "ehlo", "starttls", "auth", "mail", "data"})
_RETRY = re.compile(
    r"(?:try again|retry|wait)[^.]{0,30}?\b(\d{1,5})\s*(s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?)\b",
    re.IGNORECASE,
)
_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}


class ExchangeOverError(Exception):
    """The server closes the connection or speaks no SMTP; nothing more can be said on it.

    Args:
        reason: What it said.
        code: Its reply code, or a word for what happened.
    """

    def __init__(self, reason: str, code: str = "connection lost") -> None:
        super().__init__(reason)
        self.code = code


class ReplyReader:
    """Puts together the replies of one connection, however they are cut on their way (RFC 5321 §4.2)."""

    def __init__(self) -> None:
        self._unread = b""
        self._said: list[bytes] = []  # lines of a reply that goes on

    def read(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Give the code and the words of each reply that is complete; lines are joined.

        Raises:
            ExchangeOverError: It is no SMTP, or goes on without end.
        """
        lines = (self._unread + data).split(b"\n")
        self._unread = lines.pop()
        if len(self._unread) > _LONGEST_LINE:
            raise ExchangeOverError("it speaks without end")
        for line in lines:
            digits = line[:_CODE_LENGTH]
            if not digits.isdigit() or line[3:4] not in _AFTER_CODE:
                raise ExchangeOverError("it speaks no SMTP")
            text = line[4:_LONGEST_LINE].rstrip(b"\r")
            if line[3:4] == b"-":
                self._said.append(text)
                if len(self._said) > _MOST_LINES:
                    raise ExchangeOverError("it speaks without end")
            elif self._said:
                said, self._said = [*self._said, text], []
                yield int(digits), b"\n".join(said)
            else:
                yield int(digits), text


class Outcome(NamedTuple):
    """What became of one hand-off.

    Attributes:
        verdict: The class of the answer.
        code: `550 5.1.1` when a reply came; else words: `no connection`, `timeout`, `no reply`,
            `not sent`.
        text: The reply in one line of at most 200 characters, free of addresses.
        remote_id: The Message-ID, when the server has it or may have it.
        retry_after: Seconds to wait that the other side asked for.
    """

    verdict: Verdict
    code: str
    text: str
    remote_id: str | None = None
    retry_after: float | None = None


def classify(stage: Stage, code: int, text: str) -> Outcome:
    """Class a reply by the stage it came at, its code (RFC 5321 §4.2) and its enhanced code (RFC 3463).

    Args:
        stage: What was being said when the reply came.
        code: The three digits.
        text: The words; lines of a multiline reply are joined. What is no UTF-8 may stand as surrogates.
    """
    text = text[:_LONGEST_TEXT]
    enhanced = _ENHANCED.search(text)
    status = enhanced[1] if enhanced and enhanced[1][0] == str(code)[0] else ""
    return Outcome(
        verdict=_verdict(stage, code, status, text),
        code=f"{code:03d} {status}".strip(),
        text=clean(_LEADING.sub("", text) if status else text),
        retry_after=_asked_for(text) if code // 100 == _TRANSIENT else None,
    )


def clean(text: str) -> str:
    """Make one line of at most 200 characters without addresses, control characters and surrogates."""
    text = text[:_LONGEST_TEXT].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    bare = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+", " ", text).strip()
    bare = _ADDRESS.sub("<address>", bare)
    return bare if len(bare) <= TEXT_LENGTH else bare[: TEXT_LENGTH - 1] + "…"


def _verdict(stage: Stage, code: int, status: str, text: str) -> Verdict:
    kind = code // 100
    if kind == _ACCEPTED:
        return "accepted"
    if kind == _TRANSIENT:
        return "ours" if _OUR_TRANSIENT.fullmatch(status) else "transient"
    if kind != _PERMANENT:
        return "transient"  # not SMTP at all; nothing was accepted, another try may find a server
    ours = (
        code in _OUR_CODES
        or stage in _OUR_STAGES
        or _OUR_PERMANENT.fullmatch(status)
        or (code == _STORAGE and not status and _TOO_LARGE.search(text))
        or (not status and _OUR_WORDS.search(text))
    )
    return "ours" if ours else "permanent"


def _asked_for(text: str) -> float | None:
    match = _RETRY.search(text)
    return int(match[1]) * _SECONDS[match[2][0].lower()] if match else None
