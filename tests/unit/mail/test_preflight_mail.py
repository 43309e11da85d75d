"""The checks of a finished mail: each passes a good one and names what is wrong with a bad one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mailer.dkim import Signer
from mailer.errors import RulesError
from mailer.preflight.clients import Rule, check_clients, laid_over, our_rules
from mailer.preflight.features import features_of
from mailer.preflight.header_checks import check_headers, check_signature, check_unsubscribe
from mailer.preflight.mail import check_mail
from mailer.preflight.opened import open_mail
from mailer.preflight.page import read_page
from mailer.preflight.page_checks import check_access, check_language, check_size
from mailer.preflight.wording import check_text_part
from tests.support.finished_mail import BASE, HEAD, HTML, LEAVE, TEXT, body, mail_of, sent, wrong


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_our_own_mail_passes_every_check_by_our_table_and_by_caniemail(
    mail_issue, identity, dkim_keys, language, shared
):
    identity = replace(identity, signer=Signer(dkim_keys))
    name = 'Dr. "Mina" van der Schoonhoven, Ελένη Παπαδοπούλου, 欧阳晓明 ' * 3
    mail = open_mail(await sent(mail_issue(language), identity, language, name.strip()), language)
    theirs = (shared / "data" / "caniemail_rules.json").read_text(encoding="utf-8")
    for rules in (our_rules(), laid_over(our_rules(), theirs)):
        findings = check_mail(mail, BASE, rules)
        assert wrong(findings) == []
        assert {it.name for it in findings} == {
            "headers", "unsubscribe", "signature", "size", "language", "access", "links",
            "text-part", "clients",
        }  # fmt: skip


def test_good_headers_pass():
    assert wrong(check_headers(mail_of())) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Subject: An issue\n", "Subject: An issue\nSubject: Another\n", "Subject stands 2 times"),
        ("To: Ann <ann@example.org>\n", "", "To is missing"),
        ("Subject: An issue", "Subject: ", "Subject is missing or empty"),
        ("Message-ID: <1@example.org>", "Message-ID: 1@example.org", "Message-ID cannot be read"),
        ("Date: Mon, 01 Dec 2025 09:00:00 +0000", "Date: yesterday", "Date"),
        ("An issue", "Ein Heft über Größe", "beyond ASCII"),
        ("An issue", "x" * 1200, "1209 octets"),
        ("<news@example.org>", "<news@example.org>, <other@example.org>", "one mailbox"),
        ("To: Ann <ann@example.org>", "To: Ann <ann@", "To cannot be read"),
        ("Content-Language: en", "No colon here", "Content-Language"),
    ],
)
def test_a_bad_header_is_named(old, new, says):
    mail = mail_of(head=HEAD.replace(old, new))
    said = [*check_headers(mail), *check_language(mail)]
    assert any(it.level in {"fail", "warn"} and says in it.what for it in said), said
    assert all(it.remedy for it in said if it.level != "pass")


def test_a_bare_line_feed_fails():
    raw = mail_of().raw.replace(b"words", b"wor\nds")
    assert "CRLF" in wrong(check_headers(open_mail(raw, "en")))[0][1]


def test_a_long_subject_is_a_warning():
    ((level, what),) = wrong(check_headers(mail_of(head=HEAD.replace("An issue", "word " * 40))))
    assert (level, "characters" in what) == ("warn", True)


@pytest.mark.parametrize(
    ("old", "new", "level", "says"),
    [
        (f"List-Unsubscribe: <{LEAVE}>, ", "List-Unsubscribe: ", "fail", "no web address"),
        (
            f"<{LEAVE}>",
            "=?utf-8?q?=3Chttps://news.example.org/u/abc=3E?=",
            "fail",
            "no web address",
        ),
        ("List-Unsubscribe=One-Click", "one click", "fail", "One-Click"),
        ("/u/abc", "/u/xyz", "fail", "holds no link"),
        ("https://news", "http://news", "warn", "http,"),
    ],
)
def test_a_way_to_leave_that_does_not_work_is_named(old, new, level, says):
    head = HEAD.replace(old, new)
    same = old == "https://news"
    mail = mail_of(
        head=head,
        html=HTML.replace(old, new) if same else HTML,
        text=TEXT.replace(old, new) if same else TEXT,
    )
    said = wrong(check_unsubscribe(mail))
    assert said[0][0] == level
    assert says in said[0][1]
    assert wrong(check_unsubscribe(mail_of())) == []


@pytest.mark.parametrize("part", ["html", "text"])
def test_a_part_without_the_link_to_leave_fails(part):
    content = {"html": HTML, "text": TEXT}[part].replace(LEAVE, BASE)
    ((level, what),) = wrong(check_unsubscribe(mail_of(**{part: content})))
    assert level == "fail"
    assert "no link to unsubscribe" in what


def test_a_signature_must_cover_both_unsubscribe_headers():
    ((level, what),) = wrong(check_signature(mail_of()))
    assert (level, what) == ("warn", "We do not sign (DKIM).")
    signed = (
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.org;\n\th=From:To:List-Unsubscribe; b=x\n"
    )
    ((level, what),) = wrong(check_signature(mail_of(head=signed + HEAD)))
    assert level == "fail"
    assert what.endswith("does not cover list-unsubscribe-post.")
    whole = signed.replace("h=From", "h=List-Unsubscribe-Post : From")
    (finding,) = check_signature(mail_of(head=whole + HEAD))
    assert finding.level == "pass"


@pytest.mark.parametrize(("kb", "level"), [(89, "pass"), (91, "warn"), (103, "fail")])
def test_size_is_judged_by_where_gmail_clips(kb, level):
    html = HTML.replace("words", "x" * (kb * 1024 - len(HTML)))
    (finding,) = check_size(mail_of(html=html))
    assert finding.level == level
    assert f"{kb}.0 KB" in finding.what


def test_beyond_ascii_size_counts_octets():
    (finding,) = check_size(mail_of(html=HTML.replace("words", "字" * 35 * 1024)))
    assert finding.level == "fail"


@pytest.mark.parametrize(
    ("html", "language", "says"),
    [
        (HTML.replace(' lang="en"', ""), "en", "says lang=''"),
        (HTML, "zh", "the edition is in zh"),
        (HTML.replace('lang="en"', 'lang="ar"'), "ar", "is written rtl"),
    ],
)
def test_a_wrong_or_missing_language_fails(html, language, says):
    said = wrong(check_language(mail_of(html=html, language=language)))
    assert any(level == "fail" and says in what for level, what in said), said
    assert wrong(check_language(mail_of())) == []


@pytest.mark.parametrize(
    ("inner", "level", "says"),
    [
        ('<img src="https://example.com/a.png">', "fail", "no alt"),
        ('<a href="https://example.com"><b> </b></a>', "warn", "link has no text"),
        ("<table><tr><td>x</table>", "warn", "tables"),
        ("<h1>Two</h1>", "warn", "2 headings"),
    ],
)
def test_what_cannot_be_heard_is_named_with_its_place(inner, level, says):
    (finding,) = [it for it in check_access(mail_of(html=body(inner))) if it.level != "pass"]
    assert finding.level == level
    assert says in finding.what
    assert finding.place.startswith("HTML")


def test_a_heading_that_skips_a_level_is_a_warning_with_its_place():
    found = wrong(check_access(mail_of(html=body("<h3>Deep</h3><h2>Back</h2><h3>Good</h3>"))))
    assert found == [("warn", "A heading h3 follows a heading h1: h2 is left out.")]
    assert wrong(check_access(mail_of(html=body("<h2>A</h2><h3>B</h3><h2>C</h2>")))) == []


def test_an_image_with_alt_names_its_link():
    inner = '<a href="https://example.com"><img src="a.png" alt="A chart"></a>'
    assert wrong(check_access(mail_of(html=body(inner)))) == []


def test_the_text_part_must_say_nine_words_of_ten_each_as_often():
    words = [f"word{number}" for number in range(96)]
    html = body(f"<p>{' '.join(words)}</p>")
    (finding,) = check_text_part(mail_of(html=html, text=TEXT + "\n".join(words[:94])))
    assert finding.level == "pass"
    (finding,) = check_text_part(mail_of(html=html, text=TEXT + "\n".join(words[:80])))
    assert finding.level == "fail"
    assert "word80" in finding.remedy
    (finding,) = check_text_part(mail_of(html=body("<p>again</p>" * 20), text=f"{TEXT}again"))
    assert finding.level == "fail"


def test_chinese_is_compared_by_characters_and_what_is_hidden_is_not_asked_for():
    html = body('<div style="display: none">hidden words beside the subject</div><p>缩放定律</p>')
    (finding,) = check_text_part(mail_of(html=html, text=f"{TEXT}缩放\n定律"))
    assert finding.level == "pass"
    assert "100.0%" in finding.what
    (finding,) = check_text_part(mail_of(text=" \n"))
    assert "There is no text part" in finding.what


def test_words_are_not_torn_at_inline_tags_nor_glued_between_blocks():
    page = read_page("<p>Chin<b>chilla</b></p><p>two<br>three<td>four")
    assert page.text.split() == ["Chinchilla", "two", "three", "four"]


@pytest.mark.parametrize(
    ("inner", "feature"),
    [
        ("<video src='a.mp4'></video>", "html-video"),
        ("<script>alert(1)</script>", "html-script"),
        ("<form><input type='text'></form>", "html-input-text"),
        ("<p onclick='x()'>a</p>", "html-event-attributes"),
        ("<img alt='' src='data:image/png;base64,AAAA'>", "image-base64"),
        ("<img alt='' src='https://example.com/a.svg?x=1'>", "image-svg"),
        ("<p style='background: url(https://example.com/b.svg)'>a</p>", "image-svg"),
    ],
)
def test_what_a_reader_would_miss_fails(inner, feature):
    said = wrong(check_clients(mail_of(html=body(inner)), our_rules()))
    assert ("fail", True) in [
        (level, what.startswith(f"{feature} is used; in ")) for level, what in said
    ]


@pytest.mark.parametrize(
    ("style", "feature"),
    [
        ("p { display: flex }", "css-display-flex"),
        ("p { DISPLAY: inline-grid }", "css-display-grid"),
        ("p { column-gap: 1px }", "css-gap"),
        ("@media (max-width: 9px) { p { position: fixed } }", "css-position"),
        ("p { width: calc(1px + 2px) }", "css-unit-calc"),
        ("p { width: max(1px, calc(1px)) }", "css-unit-calc"),
        ("p { color: var(--x) }", "css-variables"),
        ("p { font-size: 2rem }", "css-unit-rem"),
        ("p { background-image: linear-gradient(red, blue) }", "css-linear-gradient"),
        ("p { margin-inline-start: 1px }", "css-margin-inline-start-end"),
        ("p { & b { color: red } }", "css-nesting"),
        ("@supports (display: grid) { p { color: red } }", "css-at-supports"),
        ("p::before { content: 'x' }", "css-pseudo-element-before"),
        ("/* ; */ p { /* } */ float: left !important; }", "css-float"),
    ],
)
def test_a_layout_that_programs_lack_is_a_warning(style, feature):
    findings = list(check_clients(mail_of(html=body("<p>a</p>", style=style)), our_rules()))
    (finding,) = [it for it in findings if it.what.startswith(f"{feature} ")]
    assert finding.level == "warn"
    assert "Outlook for Windows" in finding.what
    assert finding.place == "HTML, line 1, in a style sheet"


def test_what_stands_in_a_style_attribute_is_found_too():
    html = body('\n<h2>A paper</h2>\n<p style="display: inline-flex; gap: 2px !important">a</p>')
    findings = list(check_clients(mail_of(html=html), our_rules()))
    assert [(it.level, it.what.split(" ")[0], it.place) for it in findings] == [
        ("warn", "css-display-flex", "HTML, line 4, under “A paper”"),
        ("warn", "css-gap", "HTML, line 4, under “A paper”"),
    ]


def test_blanks_kept_in_code_are_no_loss_and_elsewhere_they_are():
    for tag, levels in (("pre", ["pass"]), ("p", ["warn"])):
        html = body(f'<{tag} style="white-space: pre-wrap">a  b</{tag}>')
        assert [it.level for it in check_clients(mail_of(html=html), our_rules())] == levels


def test_selectors_and_at_rules_are_known_by_name():
    style = """a:hover > b + i ~ u, [href] *, #x::first-line { color: red }
    @media (prefers-color-scheme: dark) and (orientation: portrait) { a { color: initial } }
    @font-face { font-family: X } @import "x.css"; @keyframes k { from { color: red } }"""
    found = features_of(read_page(body("", style=style)))
    assert set(found) > {
        "css-pseudo-class-hover", "css-selector-child", "css-selector-adjacent-sibling",
        "css-selector-general-sibling", "css-selector-attribute", "css-selector-universal",
        "css-selector-id", "css-pseudo-element-first-line", "css-at-media",
        "css-at-media-prefers-color-scheme", "css-at-media-orientation", "css-unit-initial",
        "css-at-font-face", "css-at-import", "css-at-keyframes",
    }  # fmt: skip


def test_ornaments_pass_and_are_counted():
    html = body('<p style="border-radius: 3px; mso-hide: all; -webkit-hyphens: auto">a</p>')
    (finding,) = check_clients(mail_of(html=html), our_rules())
    assert finding.level == "pass"
    assert "2 ornaments" in finding.what  # the doctype is the other


def test_our_table_agrees_with_caniemail(shared):
    """A feature is missing in a program where one of its editions is said to lack it."""
    theirs = (shared / "data" / "caniemail_rules.json").read_text(encoding="utf-8")
    slugs = {it["slug"] for it in json.loads(theirs)}
    ours, both = our_rules(), laid_over(our_rules(), theirs)
    alone = {
        "html-canvas", "html-embed", "html-event-attributes", "html-iframe", "html-script",
    }  # fmt: skip
    assert set(ours.features) - slugs == alone
    assert {name: both.features[name] for name in ours.features} == ours.features


def test_a_rule_file_is_laid_over_ours_in_either_form():
    mail = mail_of(html=body('<p style="border-radius: 3px; hanging-punctuation: first">a</p>'))
    toml = '[feature.css-border-radius]\nloss = "content"\nthen = "it is gone"\nmissing = "gmail"\n'
    ((level, what),) = wrong(check_clients(mail, laid_over(our_rules(), toml)))
    assert (level, what) == ("fail", "css-border-radius is used; in Gmail it is gone.")
    stats = {"gmail": {"ios": {"2020": "y", "2024": "n #1"}}, "yahoo": {"ios": {"1": "a"}}}
    published = json.dumps({"data": [{"slug": "css-hanging-punctuation", "stats": stats}]})
    ((level, what),) = wrong(check_clients(mail, laid_over(our_rules(), published)))
    assert level == "warn"
    assert what == "css-hanging-punctuation is used; in the Gmail apps it is ignored."
    rules = laid_over(our_rules(), toml)
    assert rules.features["css-border-radius"] == Rule(
        "content", frozenset({"gmail"}), "it is gone"
    )


@pytest.mark.parametrize(
    "text", ["", "[", "{}", '[{"slug": "x"}]', "[feature.x]\nloss = 'grave'\nthen = ''\nmissing = ''",
             "[feature.x]\nloss = 'look'\nthen = ''\nmissing = 'eudora'", "not a file of rules"],
)  # fmt: skip
def test_a_file_that_holds_no_rules_is_refused(text):
    with pytest.raises(RulesError, match="rule file cannot be read"):
        laid_over(our_rules(), text)


def test_a_mail_without_parts_is_told_and_never_an_error():
    mail = open_mail(b"Subject: x\r\n\r\nhello", "en")
    levels = {it.name for it in check_mail(mail, BASE, our_rules()) if it.level == "fail"}
    assert levels >= {"headers", "size", "language", "unsubscribe"}
