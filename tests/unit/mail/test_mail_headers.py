"""Mail headers: whatever text goes in, one header comes out that every decoder reads as that text, or a refusal."""

from __future__ import annotations

import base64
import email
import email.header
import quopri
import re
import unicodedata
from email import policy
from email.parser import BytesParser

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mailer.addresses import Address, ascii_domain, ascii_url, read_address
from mailer.errors import AddressError, HeaderError
from mailer.headers import mailbox_header, structured_header, text_header

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=300
)
WORDY = st.lists(
    st.sampled_from(
        ["Ü", "论文", "😀", "a", "Chinchilla", "=", "?", "_", '"', "\\", "(c)", ",", "  "]
    ),
    min_size=1,
    max_size=60,
).map(" ".join)
BREAKERS = ["\r", "\n", "\r\n", "\0", "\x85", "\u2028", "\u2029", "\x0b", "\x1b", "\x7f", "\ud800"]
ADA = Address("ada", "example.org")


def values(raw, name):
    """Read one header with three decoders of different age."""
    old = email.message_from_bytes(raw + b"\r\nbody")
    new = BytesParser(policy=policy.default).parsebytes(raw + b"\r\nbody")
    assert old.keys() == new.keys() == [name]
    assert old.get_payload() == "body"
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", old[name])
    return (
        str(email.header.make_header(email.header.decode_header(unfolded))),
        str(new[name]),
        rfc2047(unfolded),
    )


def rfc2047(value):
    """Decode by the letter of RFC 2047 §6.2, word by word, with a decoder of the test's own."""
    pattern = r"=\?utf-8\?([qb])\?([!->@-~]*)\?="
    joined = re.sub(rf"({pattern}) +(?={pattern})", r"\1", value)

    def word(match):
        kind, coded = match[1], match[2]
        raw = base64.b64decode(coded) if kind == "b" else quopri.decodestring(coded, header=True)
        return raw.decode()  # each word by itself: no character is cut in two

    return re.sub(pattern, word, joined)


def check_lines(raw):
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    for line in raw.split(b"\r\n")[:-1]:
        assert len(line) <= 78
        assert line.strip()
        for word in re.findall(rb"=\?utf-8\?\S*\?=", line):
            assert len(word) <= 75
            assert len(line) <= 76


@given(TEXTS | WORDY)
@example(" leading and trailing ")
@example("x" * 200)
@example("a " * 100)
@example("=" * 100)
@example("é" * 37 + " " + "é" * 5)
def test_every_text_is_read_back_as_it_was(text):
    assume("=?" not in text)
    raw = text_header("Subject", text)
    check_lines(raw)
    old, _, own = values(raw, "Subject")
    assert old == own == text


@given(WORDY)
def test_the_modern_parser_of_the_standard_library_agrees(text):
    assume("=?" not in text and text == text.strip())
    _, new, _ = values(text_header("Subject", text), "Subject")
    assert new == text


@given(TEXTS | WORDY)
@example("0" * 25 + ":::)) ")
def test_every_name_is_read_back_as_it_was(name):
    assume("=?" not in name)
    raw = mailbox_header("From", name, ADA)
    check_lines(raw)
    message = BytesParser(policy=policy.compat32).parsebytes(raw + b"\r\n")
    assert message.keys() == ["From"]
    pairs = email.utils.getaddresses([re.sub(r"\r?\n ", " ", message["From"])])
    assert len(pairs) == 1
    assert pairs[0][1] == "ada@example.org"
    if pairs[0][0].startswith("=?") or name.startswith(" "):
        assert rfc2047(pairs[0][0]) == name
    else:
        assert pairs[0][0] == name


@given(TEXTS, st.sampled_from(BREAKERS), TEXTS)
def test_a_line_breaker_anywhere_is_refused_by_name(before, breaker, behind):
    text = f"{before}{breaker}{behind}"
    for write in (lambda: text_header("Subject", text), lambda: mailbox_header("From", text, ADA)):
        with pytest.raises(HeaderError, match=r"U\+[0-9A-F]{4}|=\?") as error:
            write()
        assert not any(unicodedata.category(c) == "Cc" for c in str(error.value))


@pytest.mark.parametrize("breaker", BREAKERS)
def test_a_structured_header_refuses_line_breakers_too(breaker):
    with pytest.raises(HeaderError, match="printable ASCII"):
        structured_header("List-Unsubscribe", f"<https://example.org/{breaker}Bcc: a@b.org>")


def test_the_title_that_once_became_a_bcc_is_refused():
    title = "=?utf-8?q?hi=0ABcc=3A_e=40x.org=0A?=" + "tail" * 40
    with pytest.raises(HeaderError, match="Remove it"):
        text_header("Subject", title)
    with pytest.raises(HeaderError, match="Remove it"):
        structured_header("List-Id", title)


@given(st.integers(1, 900))
def test_a_long_unsubscribe_address_is_never_encoded_nor_broken(length):
    url = f"<https://example.org/{'a' * length}>,"
    mailto = "<mailto:leave@example.org?subject=token>"
    raw = structured_header("List-Unsubscribe", url, mailto)
    assert b"=?" not in raw
    assert url.encode() in raw
    assert values(raw, "List-Unsubscribe")[0] == f"{url} {mailto}"


def test_a_piece_longer_than_a_line_may_be_is_refused():
    with pytest.raises(HeaderError, match="998"):
        structured_header("List-Archive", "<https://example.org/" + "a" * 1000 + ">")


def test_a_bad_header_name_and_an_empty_text_are_refused():
    with pytest.raises(HeaderError, match="no name"):
        text_header("Bcc: x@y.org\r\nX", "text")
    with pytest.raises(HeaderError, match="empty"):
        text_header("Subject", "")


def test_quotes_and_commas_in_a_name_do_not_make_a_second_mailbox():
    raw = mailbox_header("From", 'Ada "Countess", <eve@example.net>', ADA)
    parsed = BytesParser(policy=policy.default).parsebytes(raw + b"\r\n")["From"]
    assert [(a.display_name, a.addr_spec) for a in parsed.addresses] == [
        ('Ada "Countess", <eve@example.net>', "ada@example.org")
    ]


def test_a_domain_beyond_ascii_becomes_a_labels():
    assert str(read_address("ada@exämple.org")) == "ada@xn--exmple-cua.org"
    assert ascii_domain("例え.jp") == "xn--r8jz45g.jp"
    assert (
        ascii_url("https://exämple.org/a b/ü?x=1") == "https://xn--exmple-cua.org/a%20b/%C3%BC?x=1"
    )


def test_a_local_part_beyond_ascii_asks_for_smtputf8():
    address = read_address("用户@例え.jp")
    assert address.needs_smtputf8
    assert "用户@xn--r8jz45g.jp".encode() in mailbox_header("To", None, address)
    assert not read_address("ada@exämple.org").needs_smtputf8


@pytest.mark.parametrize(
    "bad",
    [
        "", "ada", "@example.org", "ada@", "a da@example.org", "ada@exa mple.org", "ada@-x.org",
        "ada@example.org\r\nBcc: e@x.org", "ada\n@example.org", "a,b@example.org", "<a@example.org>",
        "a..b@example.org", ".a@example.org", "a@[127.0.0.1]", "a" * 65 + "@example.org",
        "a@" + "b." * 130 + "org", "a@b@example.org", "a\u2028@example.org", "a\u00a0@example.org",
        "=?utf-8?q?x=40y.org?=@example.net",
        "a@example.org> SIZE=1", "ada@exam\u2028ple.org", "é" * 33 + "@example.org", 'a"b@example.org',
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(bad):
    with pytest.raises(AddressError) as error:
        read_address(bad)
    assert not bad or bad not in str(error.value) or bad == "a"


@given(st.text(max_size=40), st.text(max_size=40))
def test_an_accepted_address_is_one_mailbox_to_the_standard_parser(local, domain):
    try:
        address = read_address(f"{local}@{domain}")
    except AddressError:
        return
    assert not re.search(r"[\r\n\0<>]", address.domain)
    raw = mailbox_header("To", None, address)
    assert raw.count(b"\r\n") == 1 + raw.count(b"\r\n ")


@pytest.mark.parametrize(
    "bad", ["ftp://x.org", "https://", "https://u:p@x.org", "https://x.org:99999", "javascript:1"]
)
def test_what_is_no_web_address_is_refused(bad):
    with pytest.raises(AddressError):
        ascii_url(bad)
