"""The links of a finished mail: each form that opens passes; what is wrong or was lost is named with its place."""

from __future__ import annotations

import pytest

from mailer.preflight.links import check_base_url, check_links
from mailer.preflight.opened import open_mail
from tests.support.finished_mail import BASE, body, mail_of, sent, wrong


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is empty"),
        ("https://exa mple.com", "blank"),
        ("example.com/paper", "not a full address"),
        ("javascript:alert(1)", "begins with javascript:"),
        ("data:text/html,x", "begins with data:"),
        ("https://", "no host"),
        ("https://exa..mple.com/", "cannot exist"),
        ("https://[::1/", "cannot be read"),
        ("https://example.com:99999/", "cannot be read"),
        ("https://user:secret@example.com/", "user name or a password"),
        ("http://localhost:8080/issues", "private network"),
        ("http://192.168.1.1/", "private network"),
        ("http://intranet/", "private network"),
        ("http://news.example.org/issues", "is http, though"),
        ("mailto:nobody", "mail address"),
        ("mailto:ann@example", "mail address"),
        ("#nowhere", "not in the mail"),
    ],
)
def test_a_link_that_does_not_parse_or_lead_anywhere_fails_without_its_secrets(url, says):
    mail = mail_of(html=body(f'<h2>The paper</h2><p><a href="{url}">x</a>'))
    (finding,) = check_links(mail, BASE)
    assert finding.level == "fail"
    assert says in finding.what
    assert "secret" not in finding.what
    assert finding.place == "HTML, line 2, under “The paper”"


@pytest.mark.parametrize(
    "url",
    ["https://arxiv.org/abs/2203.15556", "http://example.com/a?b=c&amp;d#e", "mailto:ann@example.org",
     "https://例え.テスト/パス", "https://a_b.github.io/", "https://8.8.8.8/", "#here", "HTTPS://EXAMPLE.COM"],
)  # fmt: skip
def test_a_good_link_passes(url):
    mail = mail_of(html=body(f'<p id="here"><a href="{url}">x</a>'))
    assert wrong(check_links(mail, BASE)) == []


@pytest.mark.parametrize(
    ("written", "level", "says"),
    [
        ("[a paper](htp://arxiv.org/abs/1)", "fail", "'htp://arxiv.org/abs/1' begins with htp:"),
        ("[a paper](ftp://arxiv.org/1)", "fail", "'ftp://arxiv.org/1' begins with ftp:"),
        ("<ftp://arxiv.org/1>", "fail", "'ftp://arxiv.org/1' begins with ftp:"),
        ("[a](https://example.com:99999/)", "fail", "'https://example.com:99999/' cannot be read"),
        ("[a paper]()", "fail", "is empty"),
        ("[a paper](https://exa mple.com)", "fail", "'](https://exa mple.com)' is no link"),
        ("[a *paper*](javascript:alert(1))", "fail", "'](javascript:alert(1))' is no link"),
        ("[a paper](see below)", "warn", "'](see below)' is no link"),
    ],
)
async def test_a_link_that_was_lost_on_the_way_is_named_with_its_place(
    mail_issue, identity, written, level, says
):
    """What an editor wrote as a link and no reader can open fails, though the HTML holds no address."""
    issue = mail_issue("en") | {"intro": f"Read {written} to the end."}
    (finding,) = check_links(open_mail(await sent(issue, identity), "en"), BASE)
    assert finding.level == level
    assert says in finding.what
    assert finding.remedy
    assert finding.place.startswith("HTML, line ")


def test_what_looks_like_a_link_in_code_is_none():
    assert wrong(check_links(mail_of(html=body("<code>steps[0](x)</code>")), BASE)) == []


def test_a_place_that_others_lead_to_is_no_lost_link():
    mail = mail_of(html=body('<a id="here"></a><a name="there">x</a><a href="#here">y</a>'))
    assert wrong(check_links(mail, BASE)) == []


def test_on_a_machine_of_ones_own_our_links_may_lead_there_and_the_base_url_is_a_warning():
    mail = mail_of(html=body('<a href="http://127.0.0.1:8080/x">x</a>'))
    assert wrong(check_links(mail, "http://127.0.0.1:8080")) == []
    assert len(wrong(check_links(mail, "http://127.0.0.1:9090"))) == 1
    assert wrong(check_base_url("http://127.0.0.1:8080"))[0][0] == "warn"
    assert wrong(check_base_url("http://news.example.com"))[0][0] == "warn"
    assert wrong(check_base_url(BASE)) == []
