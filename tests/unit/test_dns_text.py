"""TXT records out of a zone's text, and from a real DNS server on this machine."""

from __future__ import annotations

import pytest

from paperround.dns_text import texts_in_dns, texts_in_zone
from paperround.errors import UserError

NAME = "s1._domainkey.example.org"
ZONE = """
@            IN SOA ns.example.org. root.example.org. 1 2 3 4 5
@            IN TXT "v=spf1 -all"
s1._domainkey 300 IN TXT ( "v=DKIM1; k=rsa; "  ; a remark
                           "p=AA" "BB" )
moved._domainkey  CNAME s1._domainkey
away._domainkey   CNAME s1.provider.example.
round._domainkey  CNAME round._domainkey
bare._domainkey   TXT v=DKIM1; k=rsa
$ORIGIN eu.example.org.
s2._domainkey TXT "two"
"""


def test_strings_are_joined_and_directives_followed():
    assert texts_in_zone(ZONE, NAME, "example.org") == ["v=DKIM1; k=rsa; p=AABB"]
    assert texts_in_zone(ZONE, "s2._domainkey.eu.example.org", "example.org") == ["two"]
    assert texts_in_zone(ZONE, "s3._domainkey.example.org", "example.org") == []
    assert texts_in_zone("", NAME, "example.org") == []


def test_names_do_not_mind_capitals_and_a_full_name_needs_no_origin():
    text = f'{NAME.upper()}. IN TXT "x"\n{NAME}. IN TXT "y"'
    assert sorted(texts_in_zone(text, NAME, "example.org")) == ["x", "y"]


def test_without_quotes_a_record_ends_at_its_first_semicolon():
    assert texts_in_zone(ZONE, "bare._domainkey.example.org", "example.org") == ["v=DKIM1"]


def test_an_alias_is_followed_inside_the_zone_and_named_where_it_leads_out():
    assert texts_in_zone(ZONE, "moved._domainkey.example.org", "example.org") == [
        "v=DKIM1; k=rsa; p=AABB"
    ]
    with pytest.raises(UserError, match=r"s1\.provider\.example"):
        texts_in_zone(ZONE, "away._domainkey.example.org", "example.org")
    with pytest.raises(UserError, match="circle"):
        texts_in_zone(ZONE, "round._domainkey.example.org", "example.org")


@pytest.mark.parametrize(
    "text",
    ["# a heading\n", 'a IN TXT "x', f'a IN TXT "{"x" * 256}"', "$INCLUDE /etc/passwd", "a..b TXT x",
     "a IN TXT (", "a IN A here"],
)  # fmt: skip
def test_what_is_no_zone_is_refused_with_its_line(text):
    with pytest.raises(UserError, match=r"near line [12]: ") as refusal:
        texts_in_zone(text, NAME, "example.org")
    assert "zone file" in str(refusal.value)


@pytest.fixture
def dns_server(serve_zone):
    """A DNS server of the zone above, and of nothing else, on a port of this machine."""
    return serve_zone(ZONE, "example.org")


def test_dns_is_asked_and_aliases_followed(dns_server):
    record = ["v=DKIM1; k=rsa; p=AABB"]
    assert texts_in_dns(NAME, "127.0.0.1", dns_server) == record
    assert texts_in_dns("moved._domainkey.example.org", "127.0.0.1", dns_server) == record
    assert texts_in_dns("none._domainkey.example.org", "127.0.0.1", dns_server) == []
    assert texts_in_dns("example.org", "127.0.0.1", dns_server) == ["v=spf1 -all"]


def test_a_server_that_gives_no_answer_is_no_missing_record(dns_server):
    with pytest.raises(UserError, match=r"no answer for broken\.example\.org .*--zone"):
        texts_in_dns("broken.example.org", "127.0.0.1", dns_server)
    with pytest.raises(UserError, match="no IP address"):
        texts_in_dns(NAME, "ns.example.org")
