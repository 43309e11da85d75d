"""The DNS record of a key, and what is said about one that is published."""

from __future__ import annotations

import base64
import re

import pytest

from mailer.dkim_keys import SigningKey, make_key
from mailer.dkim_record import check_records, zone_lines


@pytest.fixture
def rsa(dkim_keys):
    return dkim_keys[0]


def said(key, *records):
    return [(f.verdict, f.what) for f in check_records(key, records) if f.verdict != "pass"]


def test_our_own_records_pass_without_a_remark(dkim_keys):
    for key in dkim_keys:
        findings = check_records(key, [key.record])
        assert {finding.verdict for finding in findings} == {"pass"}
        assert f"({key.size} bits)" in findings[-1].what
        assert check_records(key, [f" {key.record}; "]) == findings


def test_a_zone_file_holds_the_record_in_strings_of_at_most_255_characters(dkim_keys):
    for key in dkim_keys:
        written = zone_lines(key)
        strings = re.findall(r'"([^"]*)"', written)
        assert "".join(strings) == key.record
        assert all(len(string) <= 255 for string in strings)
        assert written.startswith(f"{key.record_name}. ")


def test_no_record_and_two_records_fail(rsa):
    [(verdict, what)] = said(rsa)
    assert verdict == "fail"
    assert rsa.record_name in what
    [(verdict, what)] = said(rsa, rsa.record, "v=spf1 -all")
    assert verdict == "fail"
    assert "2 TXT records" in what


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        (lambda r: r.removeprefix("v=DKIM1; "), "warn", "does not say v=DKIM1"),
        (lambda r: r.replace("DKIM1", "DKIM2"), "fail", "v=DKIM1 does not stand first"),
        (lambda r: r.replace("v=DKIM1; ", "") + "; v=DKIM1", "fail", "does not stand first"),
        (lambda r: r.replace("k=rsa", "k=ed25519"), "fail", "another kind of key"),
        (lambda r: r.partition(" k=")[0], "fail", "p= is missing"),
        (lambda r: re.sub("p=.*", "p=", r), "fail", "revoked"),
        (lambda r: r[:255], "fail", "cut off"),
        (lambda r: r.replace("p=MII", "p=MIJ"), "fail", "another public key"),
        (lambda r: re.sub("p=.*", "p=ä", r), "fail", "another public key"),
        (lambda r: r + "; h=sha1", "fail", "hash"),
        (lambda r: r + "; s=tlsrpt", "fail", "not for mail"),
        (lambda r: r + "; t=y:s", "warn", "being tested"),
        (lambda r: r + "; nonsense", "fail", "cannot be read at 'nonsense'"),
        (lambda r: r + "; k=rsa", "fail", "cannot be read at 'k=rsa'"),
        (lambda _: "", "fail", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_record_is_said_with_a_remedy(rsa, change, verdict, words):
    wrong = change(rsa.record)
    assert wrong != rsa.record
    found = [f for f in check_records(rsa, [wrong]) if f.verdict != "pass"]
    assert verdict in [f.verdict for f in found if words in f.what]
    assert all(f.remedy for f in found)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.replace("k=rsa; ", ""),
        lambda r: r + "; h=sha1:sha256",
        lambda r: r + "; s=email; t=s; n=a note",
        lambda r: r + "; s=*",
        lambda r: r.replace("p=MII", "p= MII "),
    ],
)
def test_a_record_that_says_the_same_in_other_words_passes(rsa, change):
    assert said(rsa, change(rsa.record)) == []


def test_the_record_of_an_ed25519_key_holds_its_32_octets(dkim_keys):
    assert len(base64.b64decode(dkim_keys[1].record.partition("p=")[2])) == 32


def test_the_record_of_a_colleague_is_not_ours(rsa):
    other = SigningKey("example.org", "r1", make_key("rsa"))
    [(verdict, what)] = said(rsa, other.record)
    assert (verdict, "another public key" in what) == ("fail", True)
