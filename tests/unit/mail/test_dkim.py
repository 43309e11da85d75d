"""Signed mail, judged by dkimpy and by OpenDKIM; what breaks a signature, and which keys may sign."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from mailer.addresses import read_address
from mailer.compiler import IssueCompiler
from mailer.confirmation import ConfirmationMailer
from mailer.connect import SmtpSettings
from mailer.dkim import SIGNED, Signer
from mailer.dkim_keys import SigningKey, make_key
from mailer.errors import AddressError, DkimError
from mailer.headers import structured_header
from mailer.message import HeaderSlot, Markers, MessageTemplate, compile_message
from mailer.relay import Relay
from mailer.sender import MailSender
from mailer.tokens import Tokens
from publisher.prose import to_html, to_text

SMTP = SmtpSettings("127.0.0.1", 25, "none")
TOKENS = Tokens([b"k" * 32])
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@dataclass
class Copy:
    delivery_id: int = 7
    send_id: int = 1
    recipient_id: int = 7
    address: str = "reader@example.com"
    name: str | None = None


@pytest.fixture
def signing(identity, dkim_keys):
    return replace(identity, signer=Signer(dkim_keys))


@pytest.fixture
async def sender(signing, mail_issue):
    """A sender that signs, an issue prepared."""
    return await prepared(signing, mail_issue("en"))


@pytest.fixture
def issue(sender):
    """The mail of that issue."""
    return sender.message(Copy(), now=NOW)


async def prepared(identity, issue):
    sender = MailSender(Relay(SMTP), IssueCompiler(identity, to_html, to_text), TOKENS)
    await sender.prepare(issue)
    return sender


async def written(identity, issue, copy=None, now=NOW):
    return (await prepared(identity, issue)).message(copy or Copy(), now=now)


def head(raw):
    return re.sub(rb"\r\n[ \t]", b" ", raw.partition(b"\r\n\r\n")[0])


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_both_judges_accept_both_signatures_of_an_issue(
    signing, mail_issue, ask_dkimpy, ask_opendkim, language
):
    raw = await written(signing, mail_issue(language), Copy(name="José Ñandú, 小明"))
    assert ask_dkimpy(raw) == [True, True]
    assert ask_opendkim(raw) == [True, True]


def test_both_judges_accept_both_signatures_of_a_confirmation(signing, ask_dkimpy, ask_opendkim):
    mailer = ConfirmationMailer(SMTP, signing, TOKENS)
    raw = mailer.message(7, read_address("reader@example.com"), "zh", now=NOW)
    assert ask_dkimpy(raw) == [True, True]
    assert ask_opendkim(raw) == [True, True]


async def test_a_signed_copy_is_the_unsigned_one_under_its_signatures(identity, issue, mail_issue):
    unsigned = await written(identity, mail_issue("en"))
    assert b"DKIM-Signature" not in unsigned
    assert issue.endswith(unsigned)
    added = re.sub(rb"\r\n[ \t]", b" ", issue.removesuffix(unsigned))
    assert [line.partition(b":")[0] for line in added.split(b"\r\n")[:-1]] == [
        b"DKIM-Signature"
    ] * 2


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=60), address=st.from_regex(r"[a-z0-9.!#$%+-]{1,20}", fullmatch=True))
@example(name="x" * 200, address="a")
@example(name="  two  blanks\t", address="a")
def test_whatever_the_reader_is_called_the_signature_holds(sender, ask_dkimpy, name, address):
    try:
        recipient = read_address(f"{address}@example.com")
    except AddressError:
        assume(False)
    raw = sender.message(Copy(name=name), recipient, now=NOW)
    assert ask_dkimpy(raw) == [True, True]


LINES = st.text(alphabet=st.sampled_from(" \t\n.a小="), max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=LINES, value=LINES, behind=LINES)
@example(before="", value=" ", behind="\n\n")
def test_whatever_stands_in_and_around_a_slot_the_signature_holds(
    dkim_keys, ask_dkimpy, before, value, behind
):
    markers = Markers()
    body = f"{before}{markers.of('x')}{behind}"
    template = compile_message(
        [structured_header("From", "news@example.org")],
        text=body, html=body, language="en", markers=markers,
    )  # fmt: skip
    raw = Signer(dkim_keys).compile(template).personalise({}, {"x": value}, now=NOW)
    assert ask_dkimpy(raw) == [True, True]


@pytest.mark.parametrize(
    "body", [(b"",), (b" ", b""), (b"\r\n", b"\r\n"), (b"a \r\n\r\n", b"\r\n"), (b"a", b" b  c")]
)
def test_a_body_that_is_empty_or_ends_in_empty_lines_is_signed_too(dkim_keys, ask_dkimpy, body):
    fixed = (b"From: news@example.org\r\n\r\n" + body[0], *body[1:])
    template = Signer(dkim_keys).compile(MessageTemplate(fixed, ("x",) * (len(fixed) - 1)))
    assert ask_dkimpy(template.personalise({}, {"x": "\n"}, now=NOW)) == [True, True]


@pytest.mark.parametrize("name", SIGNED)
async def test_a_header_that_is_added_breaks_both_signatures(issue, ask_dkimpy, name):
    """On top, where mail programs look first, and at the end."""
    added = f"{name}: <https://eve.example/>\r\n".encode()
    assert ask_dkimpy(added + issue) == [False, False]
    assert ask_dkimpy(issue.replace(b"\r\n\r\n", b"\r\n" + added + b"\r\n", 1)) == [False, False]


@pytest.mark.parametrize("name", ["Subject", "From", "List-Unsubscribe"])
async def test_opendkim_sees_an_added_header_as_well(issue, ask_opendkim, name):
    assert ask_opendkim(f"{name}: <eve@eve.example>\r\n".encode() + issue) == [False, False]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"\r\nSubject: ", b"\r\nSubject: Re: "),
        (b"/u/", b"/u/x"),
        (b"One-Click", b"Two-Click"),
        (b"</html>", b"<p>more</p></html>"),
        (b"--=_paperround--\r\n", b"--=_paperround--\r\nmore\r\n"),
    ],
)
async def test_a_change_breaks_both_signatures(issue, ask_dkimpy, ask_opendkim, was, becomes):
    changed = issue.replace(was, becomes, 1)
    assert changed != issue
    assert ask_dkimpy(changed) == [False, False]
    assert ask_opendkim(changed) == [False, False]


async def test_what_relays_do_to_blanks_and_folds_breaks_nothing(issue, ask_dkimpy):
    relayed = issue.replace(b"\r\nList-Id: ", b"\r\nLIST-ID:\r\n\t") + b"\r\n\r\n"
    assert relayed != issue
    assert ask_dkimpy(b"Received: from a by b\r\n" + relayed) == [True, True]


async def test_both_unsubscribe_headers_are_signed_and_one_more_of_each(issue):
    for signature in re.findall(rb"DKIM-Signature: .*", head(issue)):
        signed = re.search(rb"; h=([^;]+)", signature)[1].replace(b" ", b"").split(b":")
        for name in (b"From", b"To", b"Subject", b"Date", b"Message-ID", b"MIME-Version",
                     b"Content-Type", b"Reply-To", b"List-Id", b"List-Unsubscribe",
                     b"List-Unsubscribe-Post", b"Feedback-ID"):  # fmt: skip
            assert signed.count(name) == 2, name
        assert signed.count(b"Cc") == 1
        assert not re.search(rb"; ?l=", signature)


async def test_the_lines_of_a_signature_are_as_short_as_those_of_other_headers(
    identity, mail_issue
):
    keys = [
        SigningKey(".".join(["d" * 50] * 3) + ".example", "s" * 63, make_key(kind))
        for kind in ("rsa", "ed25519")
    ]
    signer = Signer(keys, lifetime=timedelta(days=14))
    raw = await written(replace(identity, signer=signer), mail_issue("en"))
    top = raw.partition(b"\r\nFrom: ")[0].split(b"\r\n")
    assert sum(line.startswith(b"DKIM-Signature: v=1; ") for line in top) == 2
    assert all(len(line) <= 78 for line in top if b" d=" not in line)


async def test_a_signature_says_when_it_was_made_and_until_when_it_holds(
    identity, dkim_keys, mail_issue, ask_opendkim
):
    signer = Signer(dkim_keys, lifetime=timedelta(days=14))
    who = replace(identity, signer=signer)
    raw = await written(who, mail_issue("en"))
    made = int(NOW.timestamp())
    assert head(raw).count(f" t={made}; x={made + 14 * 86400};".encode()) == 2
    fresh = await written(who, mail_issue("en"), now=datetime.now(UTC))
    assert ask_opendkim(fresh) == [True, True]
    stale = await written(who, mail_issue("en"), now=datetime.now(UTC) - timedelta(days=15))
    assert ask_opendkim(stale) == [False, False]


def test_a_signer_needs_a_key():
    with pytest.raises(DkimError, match="no key"):
        Signer([])


def test_a_slot_that_holds_a_second_header_is_refused(dkim_keys):
    template = Signer(dkim_keys).compile(
        MessageTemplate((b"From: a@example.org\r\n", b"\r\nbody\r\n"), (HeaderSlot("To"),))
    )
    with pytest.raises(DkimError, match="not one header"):
        template.personalise({"To": b"To: b@example.org\r\nBcc: c@example.org\r\n"}, {})


@pytest.mark.parametrize(
    "template",
    [
        MessageTemplate((b"From: a@example.org\r\n",), ()),
        MessageTemplate((b"From: a@example.org\r\n", b"\r\n\r\n", b""), ("x", HeaderSlot("To"))),
    ],
)
def test_a_template_whose_headers_do_not_end_before_its_body_is_refused(dkim_keys, template):
    with pytest.raises(DkimError, match="headers do not end"):
        Signer(dkim_keys).compile(template)


def pem(key, secret=None):
    how = BestAvailableEncryption(secret) if secret else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (b"", "not a private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (pem(ed25519.Ed25519PrivateKey.generate(), b"word"), "password"),
        (pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "1024 bits"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "kind"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_without_being_shown(key, reason):
    with pytest.raises(DkimError, match=reason) as refusal:
        SigningKey("example.org", "s", key)
    assert "BEGIN" not in str(refusal.value)


@pytest.mark.parametrize("selector", ["", "a b", "a;b", "-a", "a..b", "a" * 64, "ä", "a\n"])
def test_a_selector_that_cannot_stand_in_dns_is_refused(selector):
    with pytest.raises(DkimError, match="selector"):
        SigningKey("example.org", selector, make_key("ed25519"))


def test_a_domain_is_named_as_dns_knows_it():
    key = SigningKey("Bücher.example", "S1.Eu", make_key("ed25519"))
    assert key.record_name == "s1.eu._domainkey.xn--bcher-kva.example"
    with pytest.raises(DkimError, match="domain"):
        SigningKey("not a domain", "s", make_key("ed25519"))
