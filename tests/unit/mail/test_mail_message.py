"""Message templates: the filled bytes are what a straightforward build of that message says."""

from __future__ import annotations

import quopri
import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.addresses import Address
from mailer.errors import MailerError
from mailer.headers import mailbox_header, text_header
from mailer.message import HeaderSlot, Markers, compile_message
from mailer.quoted_printable import encode

CLEAN = st.characters(exclude_categories=["Cs", "Cc"])
TEXTS = st.text(CLEAN | st.sampled_from("\n\n\t .=F"), max_size=400)
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="?"),
    min_size=1,
    max_size=80,
).filter(lambda name: name == name.strip() and "  " not in name)
VALUES = st.text(CLEAN, max_size=200) | st.sampled_from(
    ["", ".", "From here", "https://example.org/u/a=b", " x ", "=" * 80, "a\nb"]
)


def check_wire(raw):
    assert b"\0" not in raw
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw), "a bare CR or LF"
    head, _, body = raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    for line in raw.split(b"\r\n"):
        assert not line.startswith(b".")


@given(TEXTS)
@example("." * 200)
@example("From " * 40)
@example("x" * 76)
@example("x" * 77)
@example("x" * 75 + " ")
@example("é" * 100)
def test_quoted_printable_is_read_back_and_keeps_to_its_lines(text):
    raw = encode(text)
    assert quopri.decodestring(raw.replace(b"\r\n", b"\n")).decode() == text
    for line in raw.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


@given(NAMES, NAMES, st.lists(TEXTS, min_size=1, max_size=4), VALUES, VALUES)
@example("0", "0", ["\n", ""], "", "")
def test_a_filled_template_equals_a_straightforward_build(subject, name, parts, link, other):
    markers = Markers()
    slots = [("link", "other")[i % 2] for i in range(len(parts) - 1)]
    body, plain = parts[0], parts[0]
    for slot, part in zip(slots, parts[1:], strict=True):
        body += markers.of(slot) + part
        plain += {"link": link, "other": other}[slot] + part
    template = compile_message(
        [text_header("Subject", subject), HeaderSlot("To")],
        text=body, html=f"<p>{body}</p>", language="en", markers=markers,
    )  # fmt: skip
    to = mailbox_header("To", name, Address("ada", "example.org"))
    raw = template.personalise({"To": to}, {"link": link, "other": other})
    check_wire(raw)
    ours = BytesParser(policy=policy.default).parsebytes(raw)
    # The last line is ended when the template is made; a slot on it may turn out to be empty.
    end = "" if body.endswith("\n") else "\n"
    theirs = straightforward(subject, plain + end, f"<p>{plain}</p>\n")
    assert ours.keys() == ["Subject", "To", "MIME-Version", "Content-Type"]
    assert str(ours["Subject"]) == str(theirs["Subject"])
    assert ours["To"].addresses[0].addr_spec == "ada@example.org"
    assert not ours.defects
    assert ours.get_content_type() == theirs.get_content_type()
    for mine, other_part in zip(ours.iter_parts(), theirs.iter_parts(), strict=True):
        assert mine.get_content_type() == other_part.get_content_type()
        assert mine["Content-Transfer-Encoding"] == "quoted-printable"
        assert not mine.defects
        assert lf(mine.get_content()) == lf(other_part.get_content())


def lf(text):
    """Base64 parts of the standard library carry LF, ours CRLF; both mean the end of a line."""
    return text.replace("\r\n", "\n")


def straightforward(subject, plain, html):
    message = EmailMessage()
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    over_the_wire = BytesParser(policy=policy.default).parsebytes(
        message.as_bytes(policy=policy.SMTP)
    )
    over_the_wire["Subject"] = subject
    return over_the_wire


def test_a_slot_without_a_value_is_named():
    markers = Markers()
    template = compile_message(
        [HeaderSlot("To")], text=markers.of("link"), html="", language="en", markers=markers
    )
    with pytest.raises(MailerError, match="link"):
        template.personalise({"To": b"To: a@b.org\r\n"}, {})
    with pytest.raises(MailerError, match="To"):
        template.personalise({}, {"link": "x"})


def test_control_characters_in_a_body_never_reach_the_wire():
    markers = Markers()
    nasty = "a\rb\r\nc\0d\x1be\x85f\n.\r.\n"
    template = compile_message(
        [], text=nasty + markers.of("x"), html=nasty, language="en", markers=markers
    )
    raw = template.personalise({}, {"x": "\n.\r\n.\r\nMAIL FROM:<e@x.org>"})
    check_wire(raw)
    text = BytesParser(policy=policy.default).parsebytes(raw).get_body(("plain",)).get_content()
    assert text == "a\nb\ncdef\n.\n.\n\n.\n.\nMAIL FROM:<e@x.org>\n".replace("\n", "\r\n")
