"""The checks of what DNS says of a sender: SPF and DMARC, each with good records and bad ones."""

from __future__ import annotations

import pytest

from mailer.errors import NoAnswerError
from mailer.preflight.dmarc import check_dmarc, find_policy
from mailer.preflight.spf import check_spf


def zone(**records):
    """Make what answers with these records; a name that says nothing at all stands for silence."""

    def ask(name):
        found = records.get(name, [])
        if found is None:
            raise NoAnswerError(f"DNS gave no answer for {name}")
        return [found] if isinstance(found, str) else found

    return ask


def spf(record, **more):
    return list(check_spf("example.org", zone(**{"example.org": record, **more})))


def levels(findings):
    return [it.level for it in findings]


@pytest.mark.parametrize(
    ("record", "lookups"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", 0),
        ("V=SPF1 mx a:mail.example.org ~all", 2),
        ("v=spf1 include:provider.example ip6:2001:db8::/32 a/24 -ALL", 4),
        ("v=spf1 redirect=provider.example", 3),
        ("v=spf1 include:provider.example. -all", 3),
        ("v=spf1 exists:%{i}.x.example exp=why.example.org mx//64 -all", 2),
        (["google-site-verification=x", "v=spf1 mx -all", "v=spf10 x"], 1),
    ],
)
def test_a_good_record_passes_and_its_lookups_are_counted_in_what_it_includes(record, lookups):
    provider = {
        "provider.example": "v=spf1 include:deep.example mx -all",
        "deep.example": "v=spf1 -all",
    }
    (finding,) = spf(record, **provider)
    assert finding.level == "pass"
    assert f"ask {lookups} times" in finding.what


@pytest.mark.parametrize(
    ("record", "level", "says"),
    [
        ([], "fail", "example.org has no SPF record"),
        ("v=spf10 mx -all", "fail", "has no SPF record"),
        (["v=spf1 mx -all", "v=spf1 a -all"], "fail", "has 2 SPF records"),
        ("v=spf1 mx all,", "fail", "cannot be read at 'all,'"),
        ("v=spf1 ip4:mail.example.org -all", "fail", "cannot be read at 'ip4:mail"),
        ("v=spf1 ip4:2001:db8::1 -all", "fail", "cannot be read at 'ip4:2001"),
        ("v=spf1 ip6:192.0.2.1/64 -all", "fail", "cannot be read at 'ip6:192.0.2.1/64'"),
        ("v=spf1 include: -all", "fail", "cannot be read at 'include:'"),
        ("v=spf1 include:none.example -all", "fail", "none.example has no SPF record"),
        ("v=spf1 include:example.org -all", "fail", "more than 10 times"),
        (
            f"v=spf1 {' '.join(f'a:m{n}.example.org' for n in range(11))} -all",
            "fail",
            "more than 10",
        ),
        ("v=spf1 mx +all", "fail", "lets anybody"),
        ("v=spf1 all", "fail", "lets anybody"),
        ("v=spf1 -all", "fail", "allows no server"),
        ("v=spf1 mx ?all", "warn", "says nothing of other servers"),
        ("v=spf1 mx", "warn", "no all"),
        ("v=spf1 ptr -all", "warn", "ptr"),
        ("v=spf1 include:silent.example -all", "warn", "silent.example"),
        ("v=spf1 redirect=open.example", "fail", "lets anybody send in your name (+all of open"),
        ("v=spf1 include:open.example -all", "fail", "lets anybody"),
        ("v=spf1 ip4:0.0.0.0/0 -all", "fail", "lets anybody"),
        ("v=spf1 ip6:::/0 -all", "fail", "lets anybody"),
        ("v=spf1 mx//0 -all", "fail", "lets anybody"),
        ("v=spf1 ip4:0.0.0.0/1 mx ip4:128.0.0.0/1 -all", "fail", "lets anybody"),
        ("v=spf1 ip6:::/1 ip6:8000::/1 -all", "fail", "(::/1 and 8000::/1 together)"),
        ("v=spf1 ip4:0.0.0.0/1 include:half.example -all", "fail", "lets anybody"),
        ("v=spf1 ip4:0.0.0.0/1 redirect=half.example", "fail", "lets anybody"),
        ("v=spf1 -all include:provider.example", "fail", "allows no server"),
        ("v=spf1 mx ~all include:provider.example", "warn", "never read include:provider.example"),
        ("v=spf1 redirect=shut.example", "fail", "allows no server"),
        ("v=spf1 include:shut.example -all", "fail", "allows no server"),
        ("v=spf1 redirect=neutral.example", "warn", "says nothing of other servers (?all"),
        ("v=spf1 redirect=mx.example redirect=mx.example", "fail", "cannot be read at 'redirect"),
        ("v=spf1 mx redirect=", "fail", "cannot be read at 'redirect"),
        ("v=spf1 a:mail.example.org/99 -all", "fail", "cannot be read at 'a:mail"),
        ("v=spf1 ip4:192.0.2.0/255.255.255.0 -all", "fail", "cannot be read at 'ip4:192"),
        ("v=spf1 include:provider.example/24 -all", "fail", "cannot be read at 'include:"),
    ],
)
def test_a_record_that_receivers_cannot_use_is_named_with_its_remedy(record, level, says):
    others = {
        "silent.example": None,
        "provider.example": "v=spf1 ip4:192.0.2.1 -all",
        "open.example": "v=spf1 +all",
        "shut.example": "v=spf1 -all",
        "half.example": "v=spf1 ip4:128.0.0.0/1 -all",
        "neutral.example": "v=spf1 ip4:192.0.2.1 ?all",
    }
    (finding,) = spf(record, **others)
    assert finding.level == level
    assert says in finding.what
    assert finding.remedy


@pytest.mark.parametrize("last", ["include:half.example -all", "redirect=half.example"])
def test_of_ranges_that_let_anybody_send_together_only_those_are_named(last):
    """What is to be taken out of a record must not be a term that does no harm."""
    record = f"v=spf1 ip4:0.0.0.0/1 ip4:192.0.2.1 ip6:::/1 {last}"
    (finding,) = spf(record, **{"half.example": "v=spf1 ip4:128.0.0.0/1 mx -all"})
    assert "(0.0.0.0/1 and 128.0.0.0/1 together)" in finding.what


def test_of_many_ranges_that_let_anybody_send_together_a_few_are_named():
    (finding,) = spf(f"v=spf1 {' '.join(f'ip4:{n}.0.0.0/8' for n in range(256))} -all")
    assert "(0.0.0.0/8, 1.0.0.0/8, 2.0.0.0/8 and 253 more together)" in finding.what


def test_ten_lookups_are_allowed():
    record = f"v=spf1 {' '.join(f'a:m{n}.example.org' for n in range(10))} -all"
    assert levels(spf(record)) == ["pass"]


def test_silence_is_not_a_missing_record():
    with pytest.raises(NoAnswerError):
        list(check_spf("example.org", zone(**{"example.org": None})))
    with pytest.raises(NoAnswerError):
        list(check_dmarc("example.org", "example.org", [], zone(**{"_dmarc.example.org": None})))


def dmarc(records, sender="example.org", envelope="example.org", signers=("example.org",)):
    records = {"_dmarc.example.org": records} if isinstance(records, str | list) else records
    return list(check_dmarc(sender, envelope, signers, zone(**records)))


@pytest.mark.parametrize(
    ("record", "envelope", "signer"),
    [
        ("v=DMARC1; p=none", "example.org", "example.org"),
        ("v=DMARC1;p=reject;rua=mailto:x@example.org;", "bounce.example.org", "mail.example.org"),
        ("v = DMARC1 ; P = Quarantine ; aspf=s; adkim=s", "example.org", "example.org"),
    ],
)
def test_a_good_policy_passes_where_both_speak_for_the_sender(record, envelope, signer):
    assert levels(dmarc(record, envelope=envelope, signers=[signer])) == ["pass", "pass"]


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ([], "has no DMARC record"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "has 2 DMARC records"),
        ("v=DMARC1; p=none; rubbish", "cannot be read"),
        ("v=DMARC1; p=maybe", "names no policy"),
        ("v=DMARC1; rua=mailto:x@example.org", "names no policy"),
        ("p=none; v=DMARC1", "has no DMARC record"),
    ],
)
def test_a_policy_that_receivers_do_not_heed_fails_with_its_remedy(record, says):
    finding = dmarc(record)[0]
    assert finding.level == "fail"
    assert says in finding.what
    assert finding.remedy


@pytest.mark.parametrize(
    ("record", "envelope", "signers", "level", "says"),
    [
        ("v=DMARC1; p=none", "provider.example", ["provider.example"], "fail", "Nothing speaks"),
        (
            "v=DMARC1; p=none; aspf=s; adkim=s",
            "b.example.org",
            ["m.example.org"],
            "fail",
            "Nothing",
        ),
        ("v=DMARC1; p=none", "provider.example", ["example.org"], "warn", "DKIM speaks"),
        ("v=DMARC1; p=none", "example.org", ["provider.example"], "warn", "SPF speaks"),
        ("v=DMARC1; p=none", "example.org", [], "warn", "your mail server may sign"),
        ("v=DMARC1; p=none", "provider.example", [], "warn", "your mail server may sign"),
        ("v=DMARC1; p=none", "notexample.org", ["example.org"], "warn", "DKIM speaks"),
    ],
)
def test_spf_and_dkim_must_speak_for_the_domain_in_from(record, envelope, signers, level, says):
    finding = dmarc(record, envelope=envelope, signers=signers)[-1]
    assert finding.level == level
    assert says in finding.what
    assert finding.remedy


def test_a_domain_without_a_record_of_its_own_has_that_of_its_organisation():
    ask = zone(**{"_dmarc.example.org": "v=DMARC1; p=reject; sp=none"})
    policy = find_policy("news.mail.example.org", ask)
    assert (policy.owner, policy.organisation) == ("example.org", "example.org")
    said = dmarc(
        {"_dmarc.example.org": "v=DMARC1; p=reject; sp=none"},
        sender="news.example.org", envelope="bounce.example.org", signers=["example.org"],
    )  # fmt: skip
    assert levels(said) == ["pass", "pass"]
    assert "p=none" in said[0].what


def test_a_public_suffix_is_nobodys_organisation():
    ask = zone(
        **{
            "_dmarc.co.example": "v=DMARC1; p=none; psd=y",
            "_dmarc.us.co.example": "v=DMARC1; p=none",
        }
    )
    assert find_policy("us.co.example", ask).organisation == "us.co.example"
    assert find_policy("them.co.example", ask) is None
