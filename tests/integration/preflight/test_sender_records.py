"""What DNS says of a sender, asked of a real DNS server or read from a zone; silence is never a failure."""

from __future__ import annotations

import socket

import pytest

from mailer.dkim_keys import SigningKey, make_key
from mailer.dkim_record import zone_lines
from mailer.errors import NoAnswerError
from paperround.dns_text import knows_the_world
from paperround.preflight.records import (
    asking_dns,
    check_records_of,
    is_for_examples,
    reading_zone,
)

ZONE = """
@        IN SOA ns.example.org. root.example.org. 1 2 3 4 5
@        IN TXT "v=spf1 ip4:192.0.2.1 -all"
bounce   IN TXT "v=spf1 include:example.org -all"
_dmarc   IN TXT "v=DMARC1; p=none"
"""


@pytest.fixture(scope="module")
def key():
    return SigningKey("example.org", "s1", make_key("rsa"))


def told(ask, keys, envelope="bounce.example.org", sender="example.org"):
    return [(it.level, it.name) for it in check_records_of(sender, envelope, keys, ask)]


@pytest.mark.parametrize("how", ["dns", "zone"])
def test_good_records_pass_by_dns_and_by_zone(serve_zone, key, how):
    zone = f"{ZONE}\n{zone_lines(key)}\n"
    if how == "dns":
        ask = asking_dns("127.0.0.1", serve_zone(zone, "example.org"), 5)
    else:
        ask = reading_zone(zone, "example.org")
    assert told(ask, [key]) == [
        ("pass", "spf"), ("pass", "dkim"), ("pass", "dkim"), ("pass", "dkim"), ("pass", "dmarc"), ("pass", "dmarc"),
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["dns", "zone"])
def test_missing_records_fail(serve_zone, key, how):
    bare = ZONE.splitlines()[1]
    ask = (
        asking_dns("127.0.0.1", serve_zone(bare, "example.org"), 5)
        if how == "dns"
        else reading_zone(bare, "example.org")
    )
    assert told(ask, [key]) == [("fail", "spf"), ("fail", "dkim"), ("fail", "dmarc")]


@pytest.mark.parametrize(
    "records", ["", 's1._domainkey TXT "v=DKIM1; p=AAAA"', 's1._domainkey TXT "x"\n@ TXT "y"']
)
def test_what_is_wrong_with_a_key_says_where_its_record_is_shown(key, records):
    """The record itself is long, and stands beside what `dkim check` says, not here."""
    found = list(
        check_records_of("example.org", "example.org", [key], reading_zone(records, "example.org"))
    )
    told = [it.remedy for it in found if it.name == "dkim" and it.level == "fail"]
    assert told
    assert all(it.endswith("`paperround dkim check` shows the record.") for it in told)
    assert not any("below" in it for it in told)


def test_without_a_key_of_ours_dkim_is_skipped(serve_zone):
    ask = asking_dns("127.0.0.1", serve_zone(ZONE, "example.org"), 5)
    assert ("skip", "dkim") in told(ask, [])


def test_a_server_that_fails_or_is_silent_gives_warnings_and_is_waited_for_once(serve_zone, key):
    ask = asking_dns("127.0.0.1", serve_zone(ZONE, "example.org"), 5)
    assert told(ask, [], "broken.example.org")[0] == ("warn", "spf")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        ask = asking_dns("127.0.0.1", deaf.getsockname()[1], 0.3)
        assert told(ask, [key]) == [("warn", "spf"), ("warn", "dkim"), ("warn", "dmarc")]
        deaf.setblocking(False)
        questions = set()
        while True:
            try:
                questions.add(deaf.recv(512)[12:])
            except BlockingIOError:
                break
        assert len(questions) == 1


def test_a_zone_says_nothing_of_other_domains():
    ask = reading_zone(ZONE, "example.org")
    with pytest.raises(NoAnswerError, match="not in the zone"):
        ask("provider.example")


def test_where_not_even_the_top_level_domain_is_known_dns_is_closed():
    assert not knows_the_world("nothing.under.invalid", patience_s=2)
    with pytest.raises(NoAnswerError):
        asking_dns(None, 53, 2)("nothing.under.invalid")


@pytest.mark.parametrize(
    ("domain", "expected"),
    [("example.org", True), ("news.example.com", True), ("x.test", True), ("mail.lan", True),
     ("localhost", True), ("notexample.org", False), ("debian.org", False)],
)  # fmt: skip
def test_domains_for_examples_are_known(domain, expected):
    assert is_for_examples(domain) is expected
