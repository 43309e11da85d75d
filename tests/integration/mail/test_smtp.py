"""The mail sender against real servers: every class of reply at every stage, and what is known afterwards."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mailer.confirmation import ConfirmationMailer
from mailer.connect import SmtpSettings
from mailer.errors import MailerError, SmtpSettingsError
from mailer.relay import Relay
from tests.support.handing import copy, flight, hand_off, parse

if TYPE_CHECKING:
    from publisher.ports import Sender


async def test_an_issue_arrives_with_all_its_headers(inbox_server, make_sender, mail_issue, tokens):
    inbox, port = await inbox_server()
    sender: Sender = make_sender(port)
    (outcome,) = await hand_off(sender, mail_issue("zh"), copy(7, name="艾达"))
    assert (outcome.verdict, outcome.code) == ("accepted", "250 2.0.0")
    ((envelope, recipients, raw),) = inbox.mails
    message = parse(raw)
    assert recipients == ["ada@example.net"]
    assert tokens.verify_bounce(envelope.removesuffix("@bounce.example.org")) == 7
    assert len(set(message.keys())) == len(message.keys())
    assert message["From"] == "The Round <news@example.org>"
    assert message["Reply-To"] == "editor@example.org"
    assert message["To"].addresses[0].display_name == "艾达"
    assert message["Subject"] == mail_issue("zh")["title"]
    assert message["Message-ID"] == outcome.remote_id
    assert message["List-Id"] == '"The Round" <newsletter.example.org>'
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    https, mailto = re.fullmatch(
        r"<(https:\S+)>, <(mailto:\S+)>", message["List-Unsubscribe"]
    ).groups()
    token = https.removeprefix("https://news.example.org/u/")
    assert tokens.verify("unsubscribe", token, now=datetime.now(UTC)) == 7
    assert mailto == f"mailto:unsubscribe@example.org?subject={token}"
    for kind in ("plain", "html"):
        assert (
            f"https://news.example.org/preferences/{token}"
            in message.get_body((kind,)).get_content()
        )
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Archive"] == "<https://news.example.org/>"
    assert message["Content-Language"] == "zh"
    assert abs(message["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    for kind in ("plain", "html"):
        assert https in message.get_body((kind,)).get_content()
    assert "ada@example.net" not in raw.decode().replace("To: ", "").split("Subject", 1)[1]


async def test_one_connection_serves_many_and_each_reader_gets_links_of_their_own(
    inbox_server, make_sender, mail_issue
):
    inbox, port = await inbox_server()
    sender = make_sender(port)
    outcomes = await hand_off(
        sender, mail_issue("en"), *(copy(n, f"r{n}@example.net") for n in range(1, 31))
    )
    assert {o.verdict for o in outcomes} == {"accepted"}
    assert inbox.connections == 1
    assert len({parse(raw)["List-Unsubscribe"] for *_, raw in inbox.mails}) == 30
    again = await hand_off(sender, mail_issue("en"), copy(1, "r1@example.net"))
    assert again[0].remote_id == outcomes[0].remote_id, "a resend is recognisable"


async def test_starttls_and_login_with_a_certificate_of_our_own(
    inbox_server, make_sender, mail_issue, certificate
):
    inbox, port = await inbox_server(tls="starttls", auth=("round", "secret"))
    login = {"tls": "starttls", "user": "round", "ca_file": str(certificate[0])}
    (outcome,) = await hand_off(make_sender(port, password="secret", **login), mail_issue("en"))
    assert outcome.verdict == "accepted"
    (outcome,) = await hand_off(make_sender(port, password="wrong", **login), mail_issue("en"))
    assert (outcome.verdict, outcome.code) == ("ours", "535 5.7.8")
    assert "wrong" not in outcome.text
    assert len(inbox.mails) == 1


async def test_tls_from_the_first_byte(inbox_server, make_sender, mail_issue, certificate):
    inbox, port = await inbox_server(tls="tls")
    (outcome,) = await hand_off(
        make_sender(port, tls="tls", ca_file=str(certificate[0])), mail_issue("en")
    )
    assert outcome.verdict == "accepted"
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_certificate_nobody_vouches_for_is_refused(
    inbox_server, make_sender, mail_issue, tls
):
    inbox, port = await inbox_server(tls=tls)
    (outcome,) = await hand_off(make_sender(port, tls=tls), mail_issue("en"))
    assert (outcome.verdict, outcome.code) == ("ours", "no connection")
    assert "certificate" in outcome.text
    assert not inbox.mails


async def test_nothing_leaves_in_the_clear_where_starttls_is_not_offered(
    inbox_server, make_sender, mail_issue
):
    inbox, port = await inbox_server(tls="starttls", hide_starttls=True)
    (outcome,) = await hand_off(
        make_sender(port, tls="starttls", user="u", password="p"), mail_issue("en")
    )
    assert (outcome.verdict, outcome.code) == ("ours", "no connection")
    assert "does not offer STARTTLS" in outcome.text
    assert not inbox.mails


async def test_a_server_without_login_is_our_settings_fault(actor, make_sender, mail_issue):
    player, port = await actor()
    (outcome,) = await hand_off(make_sender(port, user="u", password="p"), mail_issue("en"))
    assert outcome.verdict == "ours"
    assert "does not offer a way to log in" in outcome.text
    assert not player.mails


REPLIES = [
    ("connect", "554 no service here", "ours", "554"),
    ("connect", "421 too busy", "transient", "421"),
    ("EHLO", "550 who are you", "ours", "550"),
    ("MAIL", "550 5.7.1 sender refused", "ours", "550 5.7.1"),
    ("MAIL", "451 4.3.0 later", "transient", "451 4.3.0"),
    ("MAIL", "552 5.3.4 too large", "ours", "552 5.3.4"),
    ("RCPT", "550 5.1.1 <ada@example.net>: user unknown", "permanent", "550 5.1.1"),
    ("RCPT", "550-5.1.1 first line\n550 5.1.1 second line", "permanent", "550 5.1.1"),
    ("RCPT", "552 5.2.2 ada@example.net is over quota", "permanent", "552 5.2.2"),
    ("RCPT", "450 4.7.1 greylisted, try again in 60 seconds", "transient", "450 4.7.1"),
    ("RCPT", "550 5.7.1 blocked", "ours", "550 5.7.1"),
    ("RCPT", "530 5.7.0 log in first", "ours", "530 5.7.0"),
    ("RCPT", "421 4.3.2 shutting down", "transient", "421 4.3.2"),
    ("DATA", "451 4.3.0 later", "transient", "451 4.3.0"),
    ("DATA", "554 5.5.1 no", "ours", "554 5.5.1"),
    ("DATA", "250 odd", "transient", "250"),
    ("dot", "451 4.3.0 queue file write error", "transient", "451 4.3.0"),
    ("dot", "550 5.7.515 access denied", "ours", "550 5.7.515"),
    ("dot", "421 4.7.32 not aligned", "ours", "421 4.7.32"),
    ("dot", "554 5.6.0 refused", "permanent", "554 5.6.0"),
    ("dot", "552 5.3.4 too large", "ours", "552 5.3.4"),
]


@pytest.mark.parametrize(("stage", "reply", "verdict", "code"), REPLIES)
async def test_every_class_of_reply_at_every_stage_and_the_next_copy_goes_out(
    actor, make_sender, mail_issue, stage, reply, verdict, code
):
    # EHLO is followed by HELO when refused, so both are told off
    part = {
        stage: [
            reply,
            "354 go" if stage == "DATA" else "220 ok" if stage == "connect" else "250 2.0.0 ok",
        ]
    }
    if stage == "EHLO":
        part |= {"HELO": [reply, "250 ok"]}
    player, port = await actor(**part)
    sender = make_sender(port)
    first, second = await hand_off(sender, mail_issue("en"), copy(1), copy(2, "eve@example.net"))
    assert (first.verdict, first.code) == (verdict, code)
    assert "@" not in first.text
    assert len(first.text.splitlines()) == 1
    assert second.verdict == "accepted"
    assert sum(b"eve@example.net" in mail for mail in player.mails) == 1
    if stage == "RCPT" and "60 seconds" in reply:
        assert first.retry_after == 60


@pytest.mark.parametrize("fault", ["drop", "hang"])
@pytest.mark.parametrize("stage", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_connection_that_breaks_before_the_content_may_be_tried_again(
    actor, make_sender, mail_issue, stage, fault
):
    part = {stage: fault} | ({"HELO": fault} if stage == "EHLO" else {})
    player, port = await actor(**part)
    (outcome,) = await hand_off(make_sender(port, timeout_s=0.3), mail_issue("en"))
    assert outcome.verdict == "transient"
    assert not outcome.code[0].isdigit()
    assert not player.mails


@pytest.mark.parametrize(
    ("half", "verdict", "code"),
    [
        ("drop", "transient", "connection lost"),
        ("hang", "transient", "timeout"),
        ("552 5.3.4 that is too much", "ours", "552 5.3.4"),
        ("250 2.0.0 yes yes", "transient", "250 2.0.0"),
    ],
)
async def test_whatever_happens_before_the_final_dot_leaves_no_doubt(actor, half, verdict, code):
    player, port = await actor(half=half)
    patience = 0.1 if half == "hang" else 10
    relay = Relay(SmtpSettings("127.0.0.1", port, "none", timeout_s=patience))
    more_than_the_kernel_takes = b"many words\r\n" * 3_000_000
    outcome = await relay.deliver(flight(more_than_the_kernel_takes))
    await relay.close()
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert not player.mails


async def test_a_lost_reply_to_the_final_dot_is_unknown_and_nothing_else(
    actor, make_sender, mail_issue
):
    player, port = await actor(dot=["drop", "250 2.0.0 ok"])
    first, second = await hand_off(make_sender(port), mail_issue("en"), copy(1), copy(2))
    assert (first.verdict, first.code) == ("unknown", "no reply")
    assert first.remote_id is not None
    assert second.verdict == "accepted"
    assert player.connections == 2


async def test_no_reply_to_the_final_dot_is_unknown(actor, make_sender, mail_issue):
    _, port = await actor(dot="hang")
    (outcome,) = await hand_off(make_sender(port, timeout_s=0.05), mail_issue("en"))
    assert (outcome.verdict, outcome.code) == ("unknown", "no reply")


async def test_a_kept_connection_that_turns_out_dead_is_opened_again(
    actor, make_sender, mail_issue
):
    player, port = await actor(
        MAIL=["250 ok", "421 4.4.2 idle too long", "250 ok", "drop", "250 ok"]
    )
    outcomes = await hand_off(make_sender(port), mail_issue("en"), copy(1), copy(2), copy(3))
    assert [o.verdict for o in outcomes] == ["accepted"] * 3
    assert player.connections == 3
    assert len(player.mails) == 3


async def test_a_refused_port_is_transient(make_sender, mail_issue, free_port):
    (outcome,) = await hand_off(make_sender(free_port), mail_issue("en"))
    assert (outcome.verdict, outcome.code) == ("transient", "no connection")
    assert outcome.text == f"127.0.0.1:{free_port}: Connection refused"


async def test_a_server_that_speaks_something_else_is_no_crash(actor, make_sender, mail_issue):
    _, port = await actor(connect="HTTP/1.1 400 Bad Request")
    (outcome,) = await hand_off(make_sender(port, timeout_s=0.5), mail_issue("en"))
    assert outcome.verdict in {"transient", "ours"}


async def test_a_server_that_knows_no_ehlo_is_greeted_as_in_1982(actor, make_sender, mail_issue):
    server, port = await actor(EHLO="502 5.5.1 what?")
    sender = make_sender(port)
    await sender.prepare(mail_issue("en"))
    assert (await sender.hand_off(copy())).verdict == "accepted"
    assert server.said[:2] == ["EHLO test.example", "HELO test.example"]


async def test_a_password_is_not_forgotten_for_a_server_that_knows_no_ehlo(
    actor, make_sender, mail_issue
):
    server, port = await actor(EHLO="502 5.5.1 what?")
    sender = make_sender(port, user="u", password="p")
    await sender.prepare(mail_issue("en"))
    outcome = await sender.hand_off(copy())
    assert (outcome.verdict, outcome.code) == ("ours", "502 5.5.1")
    assert not server.mails


async def test_a_refusal_in_another_encoding_is_told(actor, make_sender, mail_issue):
    _, port = await actor(connect="554 Zugriff verweigert, ung\udcfcltig")
    sender = make_sender(port)
    await sender.prepare(mail_issue("en"))
    outcome = await sender.hand_off(copy())
    assert (outcome.verdict, outcome.text) == ("ours", "Zugriff verweigert, ung\ufffdltig")


@pytest.mark.parametrize("part", ["250-wait\r\n", "2"])
async def test_a_reply_that_never_ends_is_given_up_in_time(make_sender, mail_issue, part):
    """Each part of it comes well within the time-out."""

    over = asyncio.Event()

    async def dribble(reader, writer):
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            if line.startswith(b"MAIL"):
                while not writer.is_closing():
                    writer.write(part.encode())
                    await asyncio.sleep(0.1)
                break
            writer.write(b"250 ok\r\n")
        writer.close()
        over.set()

    server = await asyncio.start_server(dribble, "127.0.0.1", 0)
    sender = make_sender(server.sockets[0].getsockname()[1], timeout_s=0.5)
    await sender.prepare(mail_issue("en"))
    outcome = await asyncio.wait_for(sender.hand_off(copy()), 5)
    assert (outcome.verdict, outcome.code) == ("transient", "timeout")
    await over.wait()
    server.close()


async def test_a_cancelled_hand_off_leaves_a_sender_that_works(actor, make_sender, mail_issue):
    player, port = await actor(dot=["hang", "250 ok"])
    sender = make_sender(port, timeout_s=0.5)
    await sender.prepare(mail_issue("en"))
    task = asyncio.create_task(sender.hand_off(copy(1)))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await sender.hand_off(copy(2))).verdict == "accepted"
    assert player.connections == 2


async def test_smtputf8_is_used_where_offered_and_only_when_needed(
    inbox_server, make_sender, mail_issue
):
    inbox, port = await inbox_server()
    outcomes = await hand_off(
        make_sender(port), mail_issue("en"), copy(1, "用户@例え.jp"), copy(2, "ada@exämple.org")
    )
    assert [o.verdict for o in outcomes] == ["accepted"] * 2
    assert [r for _, r, _ in inbox.mails] == [["用户@xn--r8jz45g.jp"], ["ada@xn--exmple-cua.org"]]


async def test_without_smtputf8_the_reason_is_clear(inbox_server, make_sender, mail_issue):
    inbox, port = await inbox_server(smtputf8=False)
    outcomes = await hand_off(make_sender(port), mail_issue("en"), copy(1, "用户@例え.jp"), copy(2))
    assert (outcomes[0].verdict, outcomes[0].code) == ("permanent", "not sent")
    assert "SMTPUTF8" in outcomes[0].text
    assert outcomes[1].verdict == "accepted"
    assert len(inbox.mails) == 1


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        ((), "accepted"),
        (("-p",), "accepted"),
        (("-r", "RCPT"), "transient"),
        (("-f", "RCPT"), "permanent"),
        (("-f", "MAIL"), "ours"),
        (("-r", "DATA"), "transient"),
        (("-r", "."), "transient"),
        (("-f", "."), "permanent"),
        (("-q", "RCPT"), "transient"),
        (("-q", "."), "unknown"),
        (("-Q", "MAIL"), "transient"),
    ],
)
async def test_smtp_sink_with_faults(smtp_sink, make_sender, mail_issue, options, verdict):
    port, start = smtp_sink
    async with start(*options):
        sender = make_sender(port)
        outcomes = await hand_off(sender, mail_issue("en"), copy(1), copy(2))
        assert [o.verdict for o in outcomes] == [verdict] * 2
        await sender.close()


async def test_a_confirmation_holds_a_link_for_seven_days_and_nothing_from_the_form(
    inbox_server, identity, tokens
):
    inbox, port = await inbox_server()
    mailer = ConfirmationMailer(SmtpSettings("127.0.0.1", port, "none"), identity, tokens)
    for language in ("en", "zh"):
        outcome = await mailer.send_confirmation(9, "ada@example.net", language)
        assert outcome.verdict == "accepted"
    assert (await mailer.send_confirmation(9, "ada\r\n@example.net", "en")).verdict == "permanent"
    await mailer.close()
    assert inbox.connections == 1
    for envelope, recipients, raw in inbox.mails:
        message = parse(raw)
        assert (envelope, recipients) == ("news@example.org", ["ada@example.net"])
        assert message["To"] == "ada@example.net"
        assert "List-Unsubscribe" not in message
        (token,) = re.findall(
            r"https://news\.example\.org/confirm/([\w-]+)",
            message.get_body(("plain",)).get_content(),
        )
        now = datetime.now(UTC)
        assert tokens.verify("confirm", token, now=now + timedelta(days=6, hours=23)) == 9
        assert tokens.verify("confirm", token, now=now + timedelta(days=7, minutes=2)) is None
        assert tokens.verify("unsubscribe", token, now=now) is None
        assert token in message.get_body(("html",)).get_content()


def test_the_password_is_never_shown_and_bad_settings_are_named(tmp_path):
    settings = SmtpSettings("mx.example.org", 587, "starttls", "u", "hunter2")
    assert "hunter2" not in repr(settings)
    with pytest.raises(SmtpSettingsError, match="no port"):
        Relay(dataclasses.replace(settings, port=0))
    with pytest.raises(SmtpSettingsError, match=r"ca\.pem"):
        Relay(dataclasses.replace(settings, ca_file=str(tmp_path / "ca.pem")))


async def test_a_copy_before_any_issue_is_a_clear_error(make_sender, free_port):
    with pytest.raises(MailerError, match="No issue was prepared"):
        await make_sender(free_port).hand_off(copy())
