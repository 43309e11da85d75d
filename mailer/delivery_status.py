"""Reads delivery status notifications (RFC 3464): what became of the message that an envelope id names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.parser import BytesParser, HeaderParser
from email.policy import compat32
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

_REPORTS = {"message/delivery-status", "message/global-delivery-status"}  # RFC 3464, RFC 6533
_BLANK_LINES = re.compile(r"\r?\n(?:[ \t]*\r?\n)+")
_HEX = re.compile(r"\+([0-9A-Fa-f]{2})")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message for one recipient.

    Attributes:
        action: `failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464 §2.3.3).
        status: Such as `5.1.1`; empty where there is none.
        addresses: The recipient as we wrote it, where that was kept, and as the server tried it.
    """

    action: str
    status: str
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification says about the message of one envelope."""

    envelope_ids: tuple[str, ...]  # the spellings of one: as it stands there, and decoded
    fates: tuple[Fate, ...]

    @property
    def has_failed(self) -> bool:
        """Whether nobody got the message, nor will."""
        return bool(self.fates) and all(fate.action == "failed" for fate in self.fates)


def read_notices(message: bytes) -> list[Notice] | None:
    """Read what a message notifies us of; None where it is no notification.

    Args:
        message: A message, which may be cut off behind its report.
    """
    try:
        parts = list(BytesParser(policy=compat32).parsebytes(message).walk())
    except RecursionError:
        return None  # nested a hundred times deeper than any notification
    reports = [part for part in parts if part.get_content_type() in _REPORTS]
    if not reports:
        return None
    return [notice for part in reports for notice in _notices(part)]


def _notices(part: Message) -> Iterator[Notice]:
    head, *groups = _groups(part)
    envelope_id = head.get("Original-Envelope-Id")
    if envelope_id is not None:
        yield Notice(_spellings(envelope_id), tuple(_fate(it) for it in groups if it.get("Action")))


def _groups(part: Message) -> list[Message]:
    """Read the groups of fields; the first one is about the message (RFC 3464 §2.1)."""
    body = part.as_bytes().decode("utf-8", "replace").lstrip()
    _, *blocks = _BLANK_LINES.split(body)  # the header of the part itself comes first
    read = [HeaderParser(policy=compat32).parsestr(block.strip()) for block in blocks]
    return [it for it in read if it.keys()] or [part]


def _fate(group: Message) -> Fate:
    fields = (group.get("Original-Recipient"), group.get("Final-Recipient"))
    addresses = [it for field in fields if field for it in _spellings(field.partition(";")[2])]
    status = _STATUS.search(group.get("Status") or "")
    return Fate(
        group.get("Action", "").split("(")[0].strip().lower(),
        status[0] if status else "",
        frozenset(addresses),
    )


def _spellings(value: str) -> tuple[str, ...]:
    """Give a value as it stands there and decoded from xtext (RFC 3461 §4): servers differ in that.

    One spelling alone cannot tell: `b+47` may be what we wrote, or the xtext of `bG`.
    """
    plain = value.strip()
    return tuple(dict.fromkeys((plain, _HEX.sub(lambda match: chr(int(match[1], 16)), plain))))
