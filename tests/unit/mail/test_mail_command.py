"""What MAIL tells a server of a message: what it offered to hear, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailer.exchange import Exchange
from mailer.flight import Flight, Offers

OFFERS = {
    "plain": Offers(),
    "pipelined": Offers(pipelining=True),
    "chunked": Offers(pipelining=True, chunking=True),
}
FLIGHT = Flight(1, b"b1@example.org", b"r1@example.net", b"Subject: x\r\n\r\nHello\r\n")


def mail_command(offers, its):
    exchange = Exchange(offers, lambda _: None)
    exchange.give(its)
    return b"".join(exchange.output()).partition(b"\r\n")[0]


@pytest.mark.parametrize("way", OFFERS)
def test_the_size_is_told_before_the_content_where_that_is_offered(way):
    """RFC 1870 §6: a server that has no room for it says so before the content is on its way."""
    for size in (True, False):
        said = mail_command(replace(OFFERS[way], size=size), FLIGHT)
        assert said == b"MAIL FROM:<b1@example.org>" + b" SIZE=%d" % len(FLIGHT.content) * size


@pytest.mark.parametrize("way", OFFERS)
def test_an_address_beyond_ascii_is_announced_and_no_other(way):
    """RFC 6531 §3.4: a server that was not told need not take it."""
    offers = replace(OFFERS[way], smtputf8=True)
    for utf8 in (True, False):
        said = mail_command(offers, replace(FLIGHT, utf8=utf8))
        assert said == b"MAIL FROM:<b1@example.org>" + b" BODY=8BITMIME SMTPUTF8" * utf8
