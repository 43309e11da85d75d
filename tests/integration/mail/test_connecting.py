"""Opening a connection: whose certificate is believed, what STARTTLS is worth, and how a login ends."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import aiosmtplib
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mailer.connect import SmtpSettings
from mailer.flight import Flight
from mailer.relay import Limits, Relay

HOST = "127.0.0.1"
LOGIN = {"user": "round", "password": "hunter2"}


class Guarded:
    """An SMTP server that can speak TLS and ask for a login; keeps the lines that it was told.

    Args:
        context: Its certificate; None speaks in the clear.
        tls: When it is used.
        offers: What it offers before STARTTLS, or for good without it.
        secure_offers: What it offers behind STARTTLS.
        injected: What somebody puts into the clear text behind the go-ahead for TLS.
        login: What it says to AUTH; None hangs up.
    """

    def __init__(
        self, context=None, tls=None, *, offers=(), secure_offers=(), injected=b"", login="235 ok"
    ):
        self.context, self.tls, self.login = context, tls, login
        self.offers, self.secure_offers, self.injected = offers, secure_offers, injected
        self.said, self.port = [], 0
        self.left = asyncio.Event()  # by a client

    async def serve(self, reader, writer):
        writer.write(b"220 guarded.test\r\n")
        offers = self.offers
        while line := await reader.readline():
            self.said.append(line.decode().strip())
            match line[:4].upper():
                case b"EHLO":
                    listed = [*offers, "HELP"]
                    writer.write(b"250-guarded.test\r\n")
                    writer.writelines(f"250-{it}\r\n".encode() for it in listed[:-1])
                    writer.write(f"250 {listed[-1]}\r\n".encode())
                case b"STAR":
                    writer.write(b"220 2.0.0 go ahead\r\n" + self.injected)
                    await writer.start_tls(self.context)
                    offers = self.secure_offers
                case b"AUTH" if self.login is None:
                    break
                case b"AUTH":
                    writer.write(self.login.encode() + b"\r\n")
                case b"DATA":
                    writer.write(b"354 go\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    writer.write(b"250 2.0.0 taken\r\n")
                case _:
                    writer.write(b"250 2.0.0 ok\r\n")
        self.left.set()


@pytest.fixture
def guarded(listen):
    """Give a function that starts a guarded server."""

    async def start(*given, **more):
        server = Guarded(*given, **more)
        server.port = await listen(
            server.serve, ssl=server.context if server.tls == "tls" else None
        )
        return server

    return start


@pytest.fixture
def certify(tmp_path):
    """Give a function that makes a certificate which vouches for itself: (file, context of its server)."""

    def make(*, host=HOST, until=timedelta(days=1)):
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "guarded.test")])
        try:
            its_name = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            its_name = x509.DNSName(host)
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + until)
            .add_extension(x509.SubjectAlternativeName([its_name]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / "certificate.pem"
        file.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return str(file), context

    return make


async def deliver(port, *, tls="none", utf8=False, **settings):
    relay = Relay(SmtpSettings(HOST, port, tls, timeout_s=5, **settings), Limits(connections=1))
    flight = Flight(1, b"news@example.org", "阿达@example.net".encode() if utf8 else b"ada@example.net",
                    b"Subject: x\r\n\r\nHello\r\n", utf8=utf8)  # fmt: skip
    try:
        return await relay.deliver(flight)
    finally:
        await relay.close()


@pytest.mark.parametrize("tls", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("made", "trusted", "words"),
    [
        ({"host": "mx.example.com"}, True, "mismatch"),
        ({"host": "127.0.0.2"}, True, "mismatch"),
        ({"until": -timedelta(days=1)}, True, "expired"),
        ({}, False, "signed certificate"),
    ],
)
async def test_nothing_leaves_for_a_server_whose_certificate_is_not_its_own_or_not_good(
    guarded, certify, tls, made, trusted, words
):
    """Another host's, one that has expired, one that nobody vouches for."""
    file, context = certify(**made)
    server = await guarded(context, tls, offers=("STARTTLS", "AUTH PLAIN"))
    outcome = await deliver(server.port, tls=tls, ca_file=file if trusted else None, **LOGIN)
    assert (outcome.verdict, outcome.code) == ("ours", "no connection")
    assert f"the certificate of {HOST}:{server.port} is not trusted: " in outcome.text
    assert words in outcome.text
    assert [line.split()[0] for line in server.said] == ["EHLO", "STARTTLS"][: 2 * (tls != "tls")]


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_the_login_and_the_mail_go_to_a_server_with_a_good_certificate(guarded, certify, tls):
    file, context = certify()
    server = await guarded(context, tls, offers=("STARTTLS", "AUTH PLAIN"), secure_offers=("AUTH PLAIN",))  # fmt: skip
    outcome = await deliver(server.port, tls=tls, ca_file=file, **LOGIN)
    assert outcome.verdict == "accepted"
    said = [line.split()[0] for line in server.said]
    opening = ["EHLO"] if tls == "tls" else ["EHLO", "STARTTLS", "EHLO"]
    assert said[: len(opening) + 2] == [*opening, "AUTH", "MAIL"]


@pytest.mark.parametrize(
    ("plain", "secure", "verdict"),
    [((), ("SMTPUTF8",), "accepted"), (("SMTPUTF8",), (), "permanent")],
)
async def test_only_what_is_offered_behind_starttls_counts(
    guarded, certify, plain, secure, verdict
):
    """RFC 3207 §4.2: who sits between us and the server may have written what came before."""
    file, context = certify()
    server = await guarded(context, "starttls", offers=("STARTTLS", *plain), secure_offers=secure)
    outcome = await deliver(server.port, tls="starttls", ca_file=file, utf8=True)
    assert outcome.verdict == verdict
    assert [line.split()[0] for line in server.said[:3]] == ["EHLO", "STARTTLS", "EHLO"]


@pytest.mark.parametrize(
    ("injected", "utf8", "code"),
    [
        (b"554 5.7.1 nobody may send here\r\n", False, "250 2.0.0"),
        (b"250-evil.test\r\n250 SMTPUTF8\r\n", True, "not sent"),
    ],
)
async def test_what_is_injected_before_tls_begins_is_never_taken_for_the_server_s_word(
    guarded, certify, injected, utf8, code
):
    """CVE-2011-0411 the other way round: clear text behind the go-ahead, read as if it were encrypted."""
    file, context = certify()
    server = await guarded(context, "starttls", offers=("STARTTLS",), injected=injected)
    outcome = await deliver(server.port, tls="starttls", ca_file=file, utf8=utf8)
    assert outcome.code in {code, "no connection"}
    assert ("DATA" in server.said) is (outcome.verdict == "accepted")


async def test_an_error_of_tls_that_names_no_reason_is_told_in_its_own_words(monkeypatch):
    async def fail(*_rest, **_more):
        raise aiosmtplib.SMTPConnectError("could not connect") from ssl.SSLError("odd handshake")

    monkeypatch.setattr(aiosmtplib.SMTP, "connect", fail)
    assert "odd handshake" in (await deliver(25)).text


async def test_a_server_that_speaks_no_tls_is_said_to(guarded, certify):
    _, context = certify()
    server = await guarded(context, "none")
    outcome = await deliver(server.port, tls="tls")
    assert "WRONG_VERSION_NUMBER" in outcome.text


@pytest.mark.parametrize(
    ("offers", "login", "verdict", "code", "words"),
    [
        (("AUTH PLAIN",), "535 5.7.8 wrong password", "ours", "535 5.7.8", "wrong password"),
        (("AUTH LOGIN",), "535 5.7.8 wrong password", "ours", "535 5.7.8", "wrong password"),
        (("AUTH PLAIN",), "550 not from here", "ours", "550", "not from here"),
        (("AUTH PLAIN",), "454 4.7.0 ask later", "transient", "454 4.7.0", "ask later"),
        (("AUTH PLAIN",), "421 4.3.2 closing", "transient", "421 4.3.2", "closing"),
        (("AUTH PLAIN",), None, "transient", "no connection", "EOF"),
        (("AUTH GSSAPI",), "235 ok", "ours", "no connection", "does not offer a way to log in"),
        ((), "235 ok", "ours", "no connection", "does not offer a way to log in"),
    ],
)
async def test_without_a_login_no_mail_leaves_and_the_verdict_says_whether_waiting_helps(
    guarded, offers, login, verdict, code, words
):
    server = await guarded(offers=offers, login=login)
    outcome = await deliver(server.port, **LOGIN)
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert words in outcome.text
    assert LOGIN["password"] not in outcome.text
    assert {line.split()[0] for line in server.said} <= {"EHLO", "AUTH"}
    await asyncio.wait_for(server.left.wait(), 1)
