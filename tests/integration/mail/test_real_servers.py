"""Exim, OpenSMTPD and Postfix of Debian: every mail arrives once and whole, whatever is refused in between."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import ExitStack

import pytest

from mailer.connect import SmtpSettings
from mailer.evidence import read_evidence
from mailer.flight import Flight
from mailer.relay import Limits, Relay
from tests.support import mail_servers
from tests.support.postfix import postfix
from tests.support.relays import Feed

# How Exim is made to offer less; OpenSMTPD offers neither PIPELINING nor CHUNKING.
CHUNKED = ()
PIPELINED = ("chunking_advertise_hosts =",)
PLAIN = ("chunking_advertise_hosts =", "pipelining_advertise_hosts =")
WAYS = {
    "exim-chunked": (mail_servers.exim, CHUNKED),
    "exim-pipelined": (mail_servers.exim, PIPELINED),
    "exim-plain": (mail_servers.exim, PLAIN),
    "opensmtpd": (mail_servers.opensmtpd, ()),
    "postfix-chunked": (postfix, ()),
    "postfix-pipelined": (postfix, ("smtpd_discard_ehlo_keywords = chunking",)),
}
# A dot at the beginning of a line, a line of dots, the longest line, octets beyond ASCII, blank lines at the end.
BODY = b"".join(
    line + b"\r\n"
    for line in (b".", b"..", b".dot", b"x" * 998, "Größe 论文".encode(), b"", b".", b"", b"")
)


def content(number: int, body: bytes = BODY) -> bytes:
    head = b"From: <news@example.org>\r\nSubject: %d\r\nMessage-ID: <%d@example.org>\r\n"
    date = b"Date: Sat, 21 Nov 2026 09:00:00 +0000\r\n\r\n"
    return head % (number, number) + date + b"%d\r\n" % number + body


class Mails(Feed):
    """One mail to each recipient."""

    def __init__(self, *recipients: bytes, bodies: dict[bytes, bytes] | None = None) -> None:
        self.sent = {
            it: content(number, (bodies or {}).get(it, BODY))
            for number, it in enumerate(recipients)
        }
        self.senders = {
            it: b"b+%d.x@bounce.example.org" % number for number, it in enumerate(recipients)
        }
        super().__init__(
            Flight(it, self.senders[it], it, self.sent[it], utf8=not it.isascii())
            for it in recipients
        )


@pytest.fixture
def start():
    """Give a function that starts a server of `WAYS` with further options."""
    with ExitStack() as running:

        def begin(way: str, *options: str, **more: object) -> mail_servers.MailServer:
            program, offers = WAYS[way]
            return running.enter_context(program(*offers, *options, **more))

        yield begin


async def send(port: int, mails: Mails, *, connections: int = 4, **settings: str) -> None:
    settings = {"host": "127.0.0.1", "tls": "none", **settings}
    smtp = SmtpSettings(port=port, timeout_s=10, local_name="test.example", **settings)
    relay = Relay(smtp, Limits(connections=connections))
    try:
        assert await relay.send(mails) is None
    finally:
        await relay.close()
    assert mails.outcomes.keys() == mails.sent.keys()


def readers(count: int) -> list[bytes]:
    return [b"r%d@example.net" % number for number in range(count)]


def assert_arrived(server: mail_servers.MailServer, mails: Mails, expected: list[bytes]) -> None:
    """Every expected mail lies there once and whole, and nothing else does."""
    arrived = server.arrived(len(expected))
    assert Counter(recipient for recipient, _ in arrived) == Counter(expected)
    for recipient, found in arrived:
        assert digest(found) == digest(mails.sent[recipient]), recipient


def digest(mail: bytes) -> str:
    return hashlib.sha256(mail.split(b"\r\n\r\n", 1)[1]).hexdigest()


def logged(server: mail_servers.MailServer, mails: Mails) -> set[bytes]:
    """Give the recipients of those that the server's log proves to have been taken."""
    by_name = {sender.decode(): it for it, sender in mails.senders.items()}
    by_name |= {f"{number}@example.org": it for number, it in enumerate(mails.sent)}
    taken = read_evidence([server.log], by_name.keys(), lambda _: False).taken
    return {by_name[name] for name in taken}


@pytest.mark.parametrize("way", WAYS)
async def test_a_send_arrives_once_and_whole(start, way) -> None:
    server = start(way)
    mails = Mails(*readers(200))
    await send(server.port, mails)
    assert mails.verdicts == {"accepted": 200}
    assert_arrived(server, mails, readers(200))


@pytest.mark.parametrize("way", WAYS)
async def test_refused_recipients_do_not_hurt_their_neighbours(start, way) -> None:
    """Also where many follow one another: Exim hangs up on clients that reset too often."""
    server = start(way)
    gone = [b"gone%d@example.net" % number for number in range(40)]
    later = [b"later%d@example.net" % number for number in range(20)]
    good = readers(40)
    mixed = [it for three in zip(good[:20], gone[:20], later, strict=True) for it in three]
    mails = Mails(*mixed, *gone[20:], *good[20:])
    await send(server.port, mails, connections=2)
    assert mails.verdicts == {"accepted": 40, "permanent": 40, "transient": 20}
    assert {mails.outcomes[it].code for it in gone} == {"550 5.1.1"}
    assert {mails.outcomes[it].code for it in later} == {"451 4.2.1"}
    assert_arrived(server, mails, good)
    assert logged(server, mails) == set(good)


@pytest.mark.parametrize("way", [way for way in WAYS if "postfix" not in way])
async def test_a_limit_of_mails_per_connection_makes_new_connections_and_loses_nothing(
    start, way
) -> None:
    """Exim says 421 and hangs up, OpenSMTPD refuses each MAIL from then on with 452."""
    limit = "smtp_accept_max_per_connection = 15" if "exim" in way else "smtp limit max-mails 15"
    server = start(way, limit)
    mails = Mails(*readers(120))
    await send(server.port, mails)
    assert mails.verdicts == {"accepted": 120}
    assert_arrived(server, mails, readers(120))


@pytest.mark.parametrize("way", WAYS)
async def test_a_mail_beyond_the_size_that_a_server_takes_is_our_fault_and_is_not_sent(
    start, way
) -> None:
    limit = "smtp max-message-size" if way == "opensmtpd" else "message_size_limit ="
    server = start(way, f"{limit} 20480")
    large = b"large@example.net"
    mails = Mails(*readers(10), large, *readers(20)[10:], bodies={large: BODY * 20})
    await send(server.port, mails)
    assert mails.outcomes.pop(large).verdict == "ours"
    assert mails.verdicts == {"accepted": 20}
    assert_arrived(server, mails, readers(20))


@pytest.mark.parametrize("way", ["exim-chunked", "exim-pipelined", "exim-plain"])
async def test_a_limit_of_connections_slows_down_and_loses_nothing(start, way) -> None:
    """OpenSMTPD has no such limit but that of open files."""
    server = start(way, "smtp_accept_max = 2")
    mails = Mails(*readers(60))
    await send(server.port, mails, connections=6)
    assert mails.verdicts == {"accepted": 60}
    assert_arrived(server, mails, readers(60))


@pytest.mark.parametrize("way", WAYS)
async def test_an_address_beyond_ascii_goes_where_smtputf8_is_offered(start, way) -> None:
    server = start(way)
    mails = Mails("艾达@example.net".encode(), b"ada@example.net")
    await send(server.port, mails)
    taken = 1 if way == "opensmtpd" else 2
    assert mails.verdicts["accepted"] == taken
    assert_arrived(server, mails, [b"ada@example.net", "艾达@example.net".encode()][:taken])


@pytest.mark.parametrize("way", ["exim-chunked", "exim-pipelined", "exim-plain"])
async def test_starttls_is_verified_against_a_certificate_of_our_own(
    start, way, certificate
) -> None:
    """OpenSMTPD 6.8 of Debian 12 cannot speak TLS with the OpenSSL of Debian 12."""
    pair = ("tls_certificate = /etc/cert.pem", "tls_privatekey = /etc/key.pem")
    server = start(way, *pair, files=certificate)
    mails = Mails(*readers(20))
    await send(server.port, mails, tls="starttls", ca_file=str(certificate[0]))
    assert mails.verdicts == {"accepted": 20}
    assert_arrived(server, mails, readers(20))
