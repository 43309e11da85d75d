"""Hands copies of an issue to a mail sender and reads what arrived."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser

from mailer.flight import Flight
from publisher.ports import Copy


def copy(number=1, address="ada@example.net", name=None):
    return Copy(
        delivery_id=number,
        send_id=2,
        recipient_id=number,
        address=address,
        name=name,
        language="en",
    )


def flight(content):
    return Flight(1, b"news@example.org", b"ada@example.net", content)


def parse(raw):
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert not message.defects
    return message


async def hand_off(sender, issue, *copies):
    await sender.prepare(issue)
    return [await sender.hand_off(it) for it in copies or [copy()]]
