"""Rendered mail: says the same in HTML and in text, escapes what editors write, and names what is missing."""

from __future__ import annotations

import itertools
import re
import socket
from collections import Counter
from html.parser import HTMLParser

import jinja2
import pytest

from mailer.errors import MailTemplateError
from mailer.render import HTML_OCTETS, MailRenderer, Place, ReaderPages
from mailer.texts import mail_texts, month_name
from mailer.wrapping import columns, wrap
from publisher.prose import to_html, to_text

PLACE = Place("The Round", "https://news.example.org", "1 Example Street, Amsterdam")
LEAVE, CHOOSE = "https://news.example.org/u/TOKEN", "https://news.example.org/preferences/TOKEN"
OWN = ReaderPages(unsubscribe=LEAVE, preferences=CHOOSE)
RENDERER = MailRenderer(to_html, to_text)


def render(issue):
    return RENDERER.issue(issue, PLACE, OWN)


class Reader(HTMLParser):
    """Collects what a reader sees, the links, and the tags."""

    def __init__(self, html):
        super().__init__()
        self.words, self.links, self.tags, self._skip = [], [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._skip += tag in {"style", "title"}
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag):
        self._skip -= tag in {"style", "title"}

    def handle_data(self, data):
        if not self._skip:
            self.words += re.findall(r"\w+", data)


def words(text):
    """Count words; each Chinese character counts as one, for text is wrapped between them."""
    return Counter(re.findall(r"[\u3400-\u9fff]|[a-z0-9]+", text.lower()))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_part_has_nine_of_ten_words_of_the_html_part(mail_issue, language):
    mail = render(mail_issue(language))
    shown = words(" ".join(Reader(mail.html).words))
    assert (shown & words(mail.text)).total() >= 0.9 * shown.total()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_both_parts_hold_every_link_and_the_way_out(mail_issue, language):
    mail = render(mail_issue(language))
    links = Reader(mail.html).links
    assert {LEAVE, CHOOSE} <= set(links)
    assert LEAVE in mail.text
    assert CHOOSE in mail.text
    assert "https://arxiv.org/abs/2203.15556" in links
    for link in set(links) - {
        f"https://news.example.org/issues/2022-04?lang={language}#entry-{n}" for n in (1, 2, 3)
    }:
        assert link in mail.text
    assert mail_texts(language)["unsubscribe"] in mail.html
    assert "1 Example Street" in mail.text
    assert "1 Example Street" in mail.html


def test_the_html_part_keeps_to_what_mail_programs_can_show(mail_issue):
    html = render(mail_issue("en")).html
    tags = Reader(html).tags
    assert tags.count("h1") == 1
    assert tags.count("h2") == 5 + len(mail_issue("en")["entries"])
    assert not {"img", "script", "link", "iframe", "form", "svg", "video"} & set(tags)
    assert re.search(r'<html[^>]* lang="en"', html)
    assert 'dir="ltr"' in html
    assert html.count("<table") == html.count('role="presentation"')
    assert "prefers-color-scheme: dark" in html
    assert "<!--[if mso]>" in html
    assert not re.search(r"url\(|@import|@font-face", html)
    assert not re.search(r"<(p|h1|h2|div|span)[^>]*padding", html)
    assert len(html.encode()) <= HTML_OCTETS


@pytest.mark.parametrize("left_out", [(), ("entries", "news")])
def test_no_heading_skips_a_level(mail_issue, left_out):
    issue = mail_issue("en") | {name: [] for name in left_out} | {"sponsor": "*A sponsor*"}
    levels = [int(tag[1]) for tag in Reader(render(issue).html).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


def test_ten_long_papers_stay_below_the_size_at_which_gmail_clips(mail_issue):
    issue = mail_issue("en")
    issue["entries"] = [
        e | {"number": n, "insights": e["insights"] * 3}
        for n, e in enumerate(issue["entries"] * 4, 1)
    ][:10]
    assert len(render(issue).html.encode()) <= HTML_OCTETS


def test_a_title_of_markup_is_shown_and_not_run(mail_issue):
    nasty = '<script>alert(1)</script>{{ 7*7 }}{% include "style.css" %}"><img src=x onerror=y>'
    issue = mail_issue("en")
    issue["title"] = issue["intro"] = issue["sponsor"] = issue["translation_credit"] = nasty
    issue["news"] = [nasty, "[x](javascript:alert(1))"]
    entry = issue["entries"][0]
    entry |= {"title": nasty, "authors": [nasty], "why": nasty, "insights": nasty}
    entry["links"] = [{"label": nasty, "url": "javascript:alert(1)"}]
    entry["related"] = [{"title": nasty, "url": "data:text/html,x", "arxiv": None}]
    issue["events"] = [{"title": nasty, "at": nasty, "when": nasty, "url": "javascript:alert(1)"}]
    issue["references"] = [{"number": 1, "text": nasty, "url": "vbscript:x"}]
    mail = render(issue)
    reader = Reader(mail.html)
    assert not {"script", "img"} & set(reader.tags)
    assert all(link.startswith(("https://", "http://")) for link in reader.links)
    assert "{{ 7*7 }}" in mail.html
    assert "{{ 7*7 }}" in mail.text


def test_an_entry_without_a_title_says_so_and_an_empty_issue_is_rendered(mail_issue):
    issue = mail_issue("en")
    issue["entries"][0] |= {
        "title": None,
        "papers": [],
        "links": [],
        "authors": [],
        "why": "",
        "insights": "",
    }
    mail = render(issue)
    assert "Title unknown" in mail.html
    assert "Title unknown" in mail.text
    assert "/issues/2022-04?lang=en#entry-1" in mail.text
    bare = issue | {
        "entries": [],
        "news": [],
        "events": [],
        "references": [],
        "intro": "",
        "sponsor": None,
    }
    assert issue["title"] in render(bare).text


@pytest.mark.parametrize(
    ("authors", "et_al", "listed"),
    [
        (["Ada Byron"], False, "Ada Byron"),
        (["Ada Byron", "Alan Turing"], False, "Ada Byron, Alan Turing"),
        (["Ada Byron", "Alan Turing", "Kurt Gödel"], False, "Ada Byron et al."),
        (["Ada Byron"], True, "Ada Byron et al."),
        ([], False, "Title unknown"),
    ],
)
def test_the_contents_name_the_authors_where_a_title_is_unknown(mail_issue, authors, et_al, listed):
    issue = mail_issue("en")
    issue["entries"][0] |= {"title": None, "papers": [], "authors": authors, "et_al": et_al}
    mail = render(issue)
    assert f"In this issue\n  1. {listed}\n" in mail.text
    assert f">{listed}</a></td>" in mail.html
    assert mail.html.count("Title unknown") == (1 if authors else 2)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ issue.subtitle }}", r"issue\.html\.j2, line 1, asks for the variable `subtitle`"),
        ("\n{{ colour }}", r"issue\.html\.j2, line 2, asks for the variable `colour`"),
        ("{% include 'part.html.j2' %}", r"part\.html\.j2, line 1, asks for the variable `shade`"),
        ("{% if %}", r"issue\.html\.j2, line 1, is broken"),
        ("{% include 'absent.j2' %}", r"absent\.j2 is missing"),
    ],
)
def test_a_missing_variable_is_named_with_its_template(mail_issue, tmp_path, template, message):
    (tmp_path / "issue.html.j2").write_text(template)
    (tmp_path / "part.html.j2").write_text("{{ shade }}")
    (tmp_path / "issue.txt.j2").write_text("text")
    renderer = MailRenderer(to_html, to_text, loader=jinja2.FileSystemLoader(tmp_path))
    with pytest.raises(MailTemplateError, match=message):
        renderer.issue(mail_issue("en"), PLACE, OWN)


def test_nothing_is_fetched_or_read_while_an_issue_is_rendered(mail_issue, tmp_path):
    """Neither from the network nor from this machine, even if a template of your own names it."""
    file = tmp_path / "style.css"
    file.write_text("p { color: #ff00ff }")
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/style.css"
        links = "".join(
            f'<link rel="stylesheet" href="{it}"><img src="{it}">'
            for it in (file, file.as_uri(), url)
        )
        head = f"<style>@import url({url});</style>{links}"
        own = {"issue.html.j2": f"<html><head>{head}</head><body><p>x</p></body></html>"}
        loader = jinja2.DictLoader(own | {"issue.txt.j2": "x"})
        mail = MailRenderer(to_html, to_text, loader=loader).issue(mail_issue("en"), PLACE, OWN)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody has called
            server.accept()
    assert "<p>x</p>" in mail.html  # without a colour


@pytest.mark.parametrize("language", ["en", "zh", "nl"])
def test_a_confirmation_holds_the_link_in_both_parts(language):
    mail = RENDERER.confirmation(PLACE, language, "https://news.example.org/confirm/T")
    assert "https://news.example.org/confirm/T" in Reader(mail.html).links
    assert "https://news.example.org/confirm/T" in mail.text
    assert "The Round" in mail.subject


def test_our_words_exist_in_both_languages_and_months_are_written_out():
    assert mail_texts("en").keys() == mail_texts("zh-Hans").keys()
    assert month_name("2022-04", "en") == "April 2022"
    assert month_name("2022-04", "zh") == "2022年4月"
    assert month_name("soon", "en") == "soon"


def test_text_is_wrapped_by_columns_and_an_address_stays_whole():
    url = "https://example.org/" + "a" * 80
    wrapped = wrap(f"- {'word ' * 30}<{url}>. 这是一段很长的中文文字" + "，用来测试换行" * 12, 2)
    assert f"<{url}>." in wrapped
    assert all(columns(line) <= 74 for line in wrapped.split("\n") if url not in line)
    assert all(line.startswith("    ") for line in wrapped.split("\n")[1:])
    assert not re.search(r"^ +[，。]", wrapped, re.MULTILINE)


def test_words_of_ours_say_their_own_language_where_the_edition_has_another(mail_issue):
    """English words in an Arabic mail run from left to right; a confirmation of them alone is English."""
    html = render(mail_issue("en") | {"language": "ar"}).html
    assert re.search(r'<html lang="ar" dir="rtl"', html)
    assert re.search(r'<table[^>]* lang="ar" dir="rtl"', html)  # where Gmail drops <html>
    assert re.search(r'<p lang="en" dir="ltr"[^>]*>You receive this mail', html)
    confirmation = RENDERER.confirmation(PLACE, "ar", "https://news.example.org/confirm/T")
    assert confirmation.language == "en"
    assert 'lang="en" dir="ltr"' in confirmation.html
    assert RENDERER.confirmation(PLACE, "zh-Hans", "https://x.example").language == "zh-Hans"


def test_in_an_edition_of_a_language_we_lack_each_of_our_words_says_that_it_is_english(mail_issue):
    issue = mail_issue("en") | {"language": "ar", "translation_credit": "فريق"}
    html = render(issue).html
    ours = ("view_in_browser", "in_this_issue", "news", "events", "why", "insights", "related",
            "links", "references", "sponsor", "translation", "archive", "unsubscribe")  # fmt: skip
    for name in ours:
        words = mail_texts("en")[name].replace(" ", "( |&nbsp;)")
        assert re.search(f'<(?=[^>]* lang="en")(?=[^>]* dir="ltr")[^>]*>{words}</', html), name
    chinese = render(mail_issue("zh")).html
    assert chinese.count(' lang="en"') == 1, "the link to the English edition"


def test_the_time_of_an_event_is_written_for_readers_in_both_parts(mail_issue):
    event = {"title": "A circle", "at": "2026-06-03", "when": "3 June 2026", "url": None}
    mail = render(mail_issue("en") | {"events": [event]})
    assert "3 June 2026" in mail.html
    assert "- A circle · 3 June 2026\n" in mail.text


def test_in_the_text_part_quotations_have_their_mark_and_code_keeps_its_lines(mail_issue):
    code = "for x in range(10):\n    print('a line of code that is longer than any line of prose may be', x)"
    why = f"Before.\n\n> {'quoted ' * 15}\n\n```\n{code}\n```\n\nAfter."
    issue = mail_issue("en")
    issue["entries"][0]["why"] = why
    text = render(issue).text
    quotation = f"> {' '.join(['quoted'] * 10)}\n> {' '.join(['quoted'] * 5)}"
    indented = "\n".join(f"    {line}" for line in code.splitlines())
    assert f"Before.\n\n{quotation}\n\n{indented}\n\nAfter.\n" in text


def test_the_text_part_names_the_address_of_a_reference_once(mail_issue):
    url = "https://arxiv.org/abs/2001.08361"
    cited = [{"number": 1, "text": f"Title. {url}.", "url": url},
             {"number": 2, "text": "Another", "url": url}]  # fmt: skip
    text = render(mail_issue("en") | {"references": cited}).text
    assert f"[1] Title. {url}.\n[2] Another <{url}>\n" in text
