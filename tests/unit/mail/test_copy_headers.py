"""The headers of copies, written fast, are those that the careful way writes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.addresses import Address
from mailer.copy_headers import CopyHeaders
from mailer.errors import HeaderError
from mailer.headers import mailbox_header, structured_header
from mailer.identity import Letterhead, MailIdentity

IDENTITY = MailIdentity(
    newsletter="The Round",
    sender_name="The Round",
    sender_address="news@example.org",
    reply_to=None,
    base_url="https://news.example.org",
    list_id="newsletter.example.org",
    unsubscribe_address="unsubscribe@example.org",
    postal_address=None,
    message_id_domain="example.org",
    bounce_domain=None,
)

names = st.none() | st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9 ]{1,90}", fullmatch=True)
locals_ = st.from_regex(r"[a-z0-9._+-]{1,64}", fullmatch=True) | st.sampled_from(
    ["o'hara", "=?x?=", '"a b"', "艾达"]
)


@given(names, locals_, st.sampled_from(["example.org", "x" * 60 + ".example.org"]))
def test_to_is_what_the_careful_way_writes(name, local, domain):
    address = Address(local, domain)
    try:
        expected = mailbox_header("To", name, address)
    except HeaderError:
        expected = mailbox_header("To", None, address)
    assert CopyHeaders(Letterhead(IDENTITY)).to(name, address) == expected


@pytest.mark.parametrize("base_url", ["https://n.example.org", "https://x.example/" + "y" * 70])
@given(st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,43}", fullmatch=True), min_size=1, max_size=4))
def test_list_unsubscribe_is_what_the_careful_way_writes(base_url, tokens_):
    letterhead = Letterhead(replace(IDENTITY, base_url=base_url))
    headers = CopyHeaders(letterhead)
    for token in tokens_:
        assert headers.unsubscribe(token) == letterhead.unsubscribe_header(token)


def test_message_id_and_date_are_what_the_careful_way_writes():
    letterhead = Letterhead(IDENTITY)
    headers = CopyHeaders(letterhead)
    for number in range(50):
        message_id = letterhead.message_id(1, number)
        assert headers.message_id(message_id) == structured_header("Message-ID", message_id)
    now = datetime(2026, 1, 1, 12, 0, 0, 900_000, tzinfo=UTC)
    assert (
        headers.date(now)
        == headers.date(now + timedelta(milliseconds=50))
        == (b"Date: Thu, 01 Jan 2026 12:00:00 +0000\r\n")
    )
    assert headers.date(now + timedelta(seconds=1)) == b"Date: Thu, 01 Jan 2026 12:00:01 +0000\r\n"


def test_a_token_with_anything_else_in_it_is_refused():
    headers = CopyHeaders(Letterhead(IDENTITY))
    for token in ("a\r\nBcc: x@example.org", "a b=?"):
        with pytest.raises(HeaderError):
            headers.unsubscribe(token)
