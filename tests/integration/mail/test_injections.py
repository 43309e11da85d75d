"""Attempts to smuggle a second mail, a header or a template through every field and line end."""

from __future__ import annotations

import dataclasses

import pytest

from mailer.connect import SmtpSettings
from mailer.errors import MailerError
from mailer.identity import MailIdentity
from mailer.relay import Relay
from tests.support.handing import copy, flight, hand_off, parse

ATTACKS = [
    "x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\r\n\r\n.\r\nMAIL FROM:<eve@example.com>",
    "{{ 7 * 7 }}{% for x in y %}", "x\0y", "x\x85Bcc: eve@example.com", "x\u2028Bcc: eve@example.com", "x\u2029y",
    "=?utf-8?q?hi=0ABcc=3A_e=40x.org=0A?=" + "tail" * 30, ".\r\n", "\n.\nQUIT\n", "x\r.\rDATA",
]  # fmt: skip


FIELDS = [
    *(
        ("identity", field.name)
        for field in dataclasses.fields(MailIdentity)
        if field.name != "signer"
    ),
    *(
        ("issue", name)
        for name in ("title", "slug", "language", "intro", "sponsor", "translation_credit", "month")
    ),
    *(("issue", name) for name in ("news", "entry", "reference")),
    ("copy", "address"),
    ("copy", "name"),
]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(("where", "name"), FIELDS)
async def test_an_injection_through_any_field_is_one_mail_unchanged_or_a_clear_refusal(
    actor, make_sender, mail_issue, identity, where, name, attack
):
    player, port = await actor()
    issue, who, reader = mail_issue("en"), identity, copy(1)
    if where == "identity":
        who = dataclasses.replace(identity, **{name: attack})
    elif where == "copy":
        reader = reader._replace(**{name: f"{attack}@example.net" if name == "address" else attack})
    elif name == "news":
        issue["news"] = [attack]
    elif name == "entry":
        issue["entries"][0] |= {
            "title": attack,
            "authors": [attack],
            "why": attack,
            "insights": attack,
        }
    elif name == "reference":
        issue["references"] = [{"number": 1, "text": attack, "url": f"https://x.org/{attack}"}]
    else:
        issue[name] = attack
    try:
        (outcome,) = await hand_off(make_sender(port, who=who), issue, reader)
    except MailerError as error:
        refusal = str(error)
    else:
        refusal = outcome.text if outcome.verdict == "permanent" else None
    if refusal is not None:
        assert len(refusal.splitlines()) == 1
        assert not player.said
        return
    (raw,) = player.mails
    assert player.said[-3:] == [player.said[-3], "RCPT TO:<ada@example.net>", "DATA"]
    assert [line.split(" ")[0] for line in player.said] == ["EHLO", "MAIL", "RCPT", "DATA"]
    assert player.said[1].startswith("MAIL FROM:<b+1.")
    message = parse(raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."))
    assert sorted(message.keys()) == sorted(
        ["From", "Reply-To", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe-Post", "List-Archive",
         "List-Help", "List-Owner", "List-Unsubscribe", "Auto-Submitted", "Feedback-ID", "Content-Language",
         "MIME-Version", "Content-Type"]
    )  # fmt: skip
    assert message["Subject"] == issue["title"]
    assert message["From"].addresses[0].addr_spec == "news@example.org"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


async def test_bare_line_ends_are_refused_before_anything_is_said(actor):
    player, port = await actor()
    relay = Relay(SmtpSettings("127.0.0.1", port, "none"))
    for smuggled in (b"a\n.\nMAIL FROM:<e@x.org>\r\n", b"a\r.\r\n\r", b"no end"):
        with pytest.raises(MailerError, match="bare CR or LF"):
            await relay.deliver(flight(smuggled))
    assert not player.said


async def test_a_leading_dot_survives(inbox_server):
    inbox, port = await inbox_server()
    relay = Relay(SmtpSettings("127.0.0.1", port, "none"))
    outcome = await relay.deliver(flight(b".a\r\n.\r\n..b\r\n"))
    await relay.close()
    assert outcome.verdict == "accepted"
    assert inbox.mails[0][2] == b".a\r\n.\r\n..b\r\n"
