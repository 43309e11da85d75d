"""Checks the headers of a mail: their form, the way to unsubscribe, and what the signature covers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mailer.headers import HARD_LINE
from mailer.preflight.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.preflight.opened import OpenedMail

# RFC 5322 §3.6, RFC 2045 §4, RFC 2919, RFC 2369, RFC 8058
_ONCE: Final = (
    "From", "To", "Date", "Subject", "Message-ID", "MIME-Version", "Content-Type", "List-Id",
    "List-Unsubscribe", "List-Unsubscribe-Post",
)  # fmt: skip
_AT_MOST_ONCE: Final = ("Reply-To", "Sender", "Cc", "Bcc", "In-Reply-To", "References")
_SUBJECT_CHARACTERS: Final = 150
_TEMPLATES: Final = "This is a fault of the program or of a changed template; please report it."


def check_headers(mail: OpenedMail) -> Iterator[Finding]:
    """Judge the form of the headers: octets, lines, number, and whether they can be read."""
    wrong = [*_octets(mail), *_numbers(mail), *_defects(mail)]
    yield from wrong
    subject = "" if wrong else str(mail.read("Subject") or "")
    if len(subject) > _SUBJECT_CHARACTERS:
        what = f"The subject has {len(subject)} characters; most mail programs show the first 40 to 70."
        yield Finding("warn", "headers", what, "Shorten the title.", "Subject")
    if not wrong:
        count = len(mail.plain.keys())
        yield Finding(
            "pass", "headers", f"{count} headers, each in its form and read without a defect."
        )


def check_unsubscribe(mail: OpenedMail) -> Iterator[Finding]:
    """Judge the way to leave: the pair of headers for one click (RFC 8058 §3.1), and the visible link."""
    values = mail.values("List-Unsubscribe")
    targets = re.findall(r"<([^<>]*)>", values[0]) if values else []
    web = [it for it in targets if it.lower().startswith(("https://", "http://"))]
    if not web or any("=?" in value for value in values):
        what = "List-Unsubscribe holds no web address that mail programs can read."
        yield Finding("fail", "unsubscribe", what, _TEMPLATES, "List-Unsubscribe")
        return
    if mail.values("List-Unsubscribe-Post") != ["List-Unsubscribe=One-Click"]:
        what = "List-Unsubscribe-Post does not say List-Unsubscribe=One-Click."
        yield Finding("fail", "unsubscribe", what, _TEMPLATES, "List-Unsubscribe-Post")
    for part, content in (("HTML", mail.html or ""), ("text part", mail.text or "")):
        if web[0] not in content:
            what = f"The {part} holds no link to unsubscribe."
            remedy = "Put `unsubscribe_url` back into the template."
            yield Finding("fail", "unsubscribe", what, remedy, part)
    if web[0].lower().startswith("http://"):
        what = "The address to unsubscribe is http, which mail programs do not use for one click."
        remedy = "Serve the web pages with https and set PAPERROUND_BASE_URL."
        yield Finding("warn", "unsubscribe", what, remedy, "List-Unsubscribe")
    else:
        yield Finding(
            "pass", "unsubscribe", "One click leaves; the link stands in header, HTML and text."
        )


def check_signature(mail: OpenedMail) -> Iterator[Finding]:
    """Judge what a DKIM signature covers; whether it verifies is a matter of the record in DNS."""
    signatures = mail.values("DKIM-Signature")
    if not signatures:
        what = "We do not sign (DKIM)."
        remedy = "Make a key with `paperround dkim keygen`, unless your mail server signs."
        yield Finding("warn", "signature", what, remedy)
    for signature in signatures:
        tags = dict(re.findall(r"(?:^|;)\s*(\w+)\s*=\s*([^;]*)", signature))
        signed = {name.strip().lower() for name in tags.get("h", "").split(":")}
        unsigned = {"from", "list-unsubscribe", "list-unsubscribe-post"} - signed
        domain = tags.get("d", "").strip()
        if unsigned:
            what = f"The signature of {domain} does not cover {', '.join(sorted(unsigned))}."
            yield Finding("fail", "signature", what, _TEMPLATES, "DKIM-Signature")
        else:
            what = f"Signed for {domain} ({tags.get('a', '').strip()}), both unsubscribe headers within."
            yield Finding("pass", "signature", what)


def _octets(mail: OpenedMail) -> Iterator[Finding]:
    head, apart, _ = mail.raw.partition(b"\r\n\r\n")
    if not apart or re.search(rb"(?<!\r)\n|\r(?!\n)", mail.raw):
        what = "A line does not end in CRLF (RFC 5322 §2.3)."
        yield Finding("fail", "headers", what, _TEMPLATES)
    for line in head.split(b"\r\n"):
        name = line.partition(b":")[0][:40].decode("ascii", "replace")
        if len(line) > HARD_LINE:
            what = f"A line has {len(line)} octets; servers refuse more than {HARD_LINE}."
            yield Finding("fail", "headers", what, _TEMPLATES, name)
        if not line.isascii():
            what = "A header holds octets beyond ASCII, which many servers refuse."
            yield Finding("fail", "headers", what, _TEMPLATES, name)


def _numbers(mail: OpenedMail) -> Iterator[Finding]:
    for name in (*_ONCE, *_AT_MOST_ONCE):
        count = len(mail.values(name))
        if count > 1:
            what = f"{name} stands {count} times; receivers may take any, or refuse the mail."
            yield Finding("fail", "headers", what, _TEMPLATES, name)
        elif name in _ONCE and not any(mail.values(name)):
            yield Finding("fail", "headers", f"{name} is missing or empty.", _TEMPLATES, name)


def _defects(mail: OpenedMail) -> Iterator[Finding]:
    for name in dict.fromkeys(mail.plain.keys()):
        try:
            defects = [type(it).__name__ for it in getattr(mail.read(name), "defects", ())]
        except ValueError as error:
            defects = [type(error.__cause__).__name__]
        for defect in defects:
            what = f"{name} cannot be read as it should be ({defect})."
            yield Finding("fail", "headers", what, _TEMPLATES, name)
        if not defects:
            yield from _form(mail, name)
    for part in mail.message.walk():
        for found in part.defects:
            what = f"The mail cannot be read as it should be ({type(found).__name__})."
            yield Finding("fail", "headers", what, _TEMPLATES)


def _form(mail: OpenedMail, name: str) -> Iterator[Finding]:
    """Judge a header that can be read by what it must hold."""
    match name.lower():
        case "date" if mail.read(name).datetime is None:
            yield Finding("fail", "headers", "Date holds no date.", _TEMPLATES, name)
        case "from" if len(mail.read(name).addresses) != 1:
            remedy = "Correct PAPERROUND_SENDER_ADDRESS."
            yield Finding(
                "fail", "headers", "From does not hold exactly one mailbox.", remedy, name
            )
