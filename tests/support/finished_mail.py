"""Finished mails for the tests of what is looked at in them: small ones by hand, and those of whole issues."""

from __future__ import annotations

from mailer.compiler import IssueCompiler
from mailer.connect import SmtpSettings
from mailer.message import Markers, compile_message
from mailer.preflight.opened import open_mail
from mailer.relay import Relay
from mailer.sender import MailSender
from mailer.tokens import Tokens
from publisher.ports import Copy
from publisher.prose import to_html, to_text

LEAVE = "https://news.example.org/u/abc"
BASE = "https://news.example.org"
HTML = f"""<!doctype html><html lang="en" dir="ltr"><head><title>T</title></head><body>
<h1>A heading</h1><p>Some words to read.</p><a href="{LEAVE}">Leave</a></body></html>"""
TEXT = f"A HEADING\n\nSome words to read.\n\nLeave: {LEAVE}\n"
HEAD = f"""From: The Round <news@example.org>
To: Ann <ann@example.org>
Subject: An issue
Date: Mon, 01 Dec 2025 09:00:00 +0000
Message-ID: <1@example.org>
List-Id: <newsletter.example.org>
List-Unsubscribe: <{LEAVE}>, <mailto:unsubscribe@example.org?subject=abc>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Content-Language: en
"""


def mail_of(*, html=HTML, text=TEXT, head=HEAD, language="en"):
    """Write a mail with the program's own compiler, and open it."""
    lines = head.replace("\n", "\r\n").encode()
    template = compile_message([lines], text=text, html=html, language="en", markers=Markers())
    return open_mail(template.personalise({}, {}), language)


def body(inner, *, style=""):
    return HTML.replace("</head>", f"<style>{style}</style></head>").replace(
        "</h1>", f"</h1>{inner}"
    )


def wrong(findings):
    """Give what did not pass: (level, what)."""
    return [(it.level, it.what) for it in findings if it.level != "pass"]


async def sent(issue, identity, language="en", name="Ann"):
    """Give the bytes of a reader's copy of an issue, made with the parts that a send uses."""
    relay = Relay(SmtpSettings("localhost", 25, tls="none"))
    sender = MailSender(relay, IssueCompiler(identity, to_html, to_text), Tokens([b"k" * 32]))
    await sender.prepare(issue)
    raw = sender.message(Copy(1, 1, 1, "ann@example.org", name, language))
    await sender.close()
    return raw
