"""The relaxed form of headers and bodies, and body hashes that go on from a saved state."""

from __future__ import annotations

import hashlib
import re

import dkim.canonicalization
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.dkim_canonical import BodyHash, relaxed_body, relaxed_header, relaxed_lines
from mailer.errors import DkimError

# Short pieces that make blanks, line ends and empty lines meet in every way.
PIECES = st.lists(
    st.sampled_from(
        [b" ", b"\t", b"\r\n", b"a", b"b c", b"=\r\n", b".", b" \r\n", b"\xe2\x80\x8b"]
    ),
    max_size=9,
).map(b"".join)


def reference(body: bytes) -> bytes:
    """RFC 6376 §3.4.4, line by line."""
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


@given(PIECES)
def test_the_relaxed_form_of_a_body_is_that_of_the_standard_and_of_dkimpy(body):
    assert relaxed_body(body) == reference(body)
    if body.endswith(b"\r\n"):
        assert relaxed_body(body) == dkim.canonicalization.Relaxed.canonicalize_body(body)


@given(st.lists(st.tuples(PIECES, PIECES), max_size=5), PIECES)
@example([(b"a", b"")], b" \r\n")
@example([(b"a\r\n \r\n", b" "), (b"\t", b"\r\n")], b"\r\n\r\n")
@example([(b"a\r\nb ", b" \r\n"), (b"\r\nc\r\n", b"")], b"\r\n \r\n")
def test_a_body_with_slots_has_the_hash_of_the_whole_whatever_stands_at_their_edges(pairs, last):
    fixed = [before for before, _ in pairs] + [last]
    values = [value for _, value in pairs]
    whole = b"".join(before + value for before, value in pairs) + last
    digest = hashlib.sha256(reference(whole)).digest()
    body = BodyHash(fixed)
    assert body.digest(values) == digest
    assert body.digest(values) == digest, "a second copy goes on from the same state"


def test_only_the_lines_of_a_slot_are_brought_into_relaxed_form_for_each_copy():
    long = b"word  word \r\n" * 1000
    body = BodyHash([long + b"<", b">\r\n" + long])
    assert [region.raw for region in body._regions] == [(b"<", 0, b">\r\n")]
    assert [region.behind for region in body._regions] == [relaxed_lines(long)]
    assert body._end.raw == (b"",)


FOLDED = st.lists(
    st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t", b"a", b"B:", b";", b"\xe5\xb0\x8f"]),
    max_size=12,
).map(b"".join)


@given(FOLDED)
@example(b" x \r\n  y \r\n \r\n\t")
def test_the_relaxed_form_of_a_header_is_that_of_dkimpy(value):
    theirs = dkim.canonicalization.Relaxed.canonicalize_headers([(b"Subject ", value + b"\r\n")])
    assert relaxed_header(b"Subject :" + value + b"\r\n") == b"%b:%b" % tuple(theirs[0])


@pytest.mark.parametrize(
    "not_one",
    [
        b"",
        b"no colon\r\n",
        b"To: a\r\nBcc: b\r\n",
        b"To: a\nBcc: b\r\n",
        b"To: a\rb\r\n",
        b"To: a\x0cb\r\n",
    ],
)
def test_what_is_not_one_header_is_refused(not_one):
    with pytest.raises(DkimError, match="not one header"):
        relaxed_header(not_one)
