"""The Atom feeds (RFC 4287) of the issues and of each topic, one per language, with the whole text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from aiohttp import web

from publisher.views import issue_view, latest_issues
from web import topics
from web.site import site_of
from web.texts import page_language, words_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from publisher.ports import IssueView
    from storage.tables import Issue
    from web.site import Site
    from web.topics import TopicPage

ATOM: Final = "http://www.w3.org/2005/Atom"
MAX_ENTRIES: Final = 12
_NOT_XML: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


async def feed(request: web.Request) -> web.Response:
    """Serve the feed of a language: its newest issues."""
    site, language = site_of(request), _language(request)
    issues = await site.database.reading(newest, language)
    return _answer(request, language, render(site, await site.name(), language, issues))


async def topic_feed(request: web.Request) -> web.Response:
    """Serve the feed of a topic: what was written about it last."""
    site, language = site_of(request), _language(request)
    slug = request.match_info["topic"]
    found = await site.database.reading(topics.topic_page, slug, language, 1)
    if found is None:
        raise web.HTTPNotFound
    return _answer(request, language, render_topic(site, await site.name(), language, found))


def newest(session: Session, language: str) -> list[tuple[Issue, IssueView]]:
    """Read the newest issues, each in the edition that fits a language."""
    issues = latest_issues(session, language, limit=MAX_ENTRIES)
    return [(it, issue_view(session, it)) for it in issues]


def render(site: Site, name: str, language: str, issues: list[tuple[Issue, IssueView]]) -> bytes:
    """Write the feed of the newest issues."""
    updated = max((it.updated_at for it, _ in issues), default=site.started)
    root = _feed(site, name, name, language, updated)
    _links(root, site, f"/feed.{language}.xml", f"/?lang={language}")
    for issue, view in issues:
        url = f"{site.base_url}/issues/{issue.slug}?lang={issue.language}"
        content = site.templates.get_template("feed.html.j2").render(
            issue=view, url=url, base_url=site.base_url
        )
        _entry(root, issue, url, issue.title, content)
    return _written(root)


def render_topic(site: Site, name: str, language: str, page: TopicPage) -> bytes:
    """Write the feed of a topic."""
    updated = max((it.issue.updated_at for it in page.works), default=site.started)
    root = _feed(site, name, f"{name}: {page.topic.name}", language, updated)
    here = f"/topics/{page.topic.slug}"
    _links(root, site, f"{here}/feed.{language}.xml", f"{here}?lang={language}")
    for work in page.works:
        place = f"?lang={work.issue.language}#entry-{work.entry['number']}"
        url = f"{site.base_url}/issues/{work.issue.slug}{place}"
        words = words_of(work.issue.language)
        content = site.templates.get_template("feed_entry.html.j2").render(
            entry=work.entry, w=words, issue=work.issue
        )
        _entry(root, work.issue, url, work.entry["title"] or words["title_unknown"], content)
    return _written(root)


def _language(request: web.Request) -> str:
    """Give the language that the address names, else the reader's.

    Raises:
        web.HTTPNotFound: It names one that we do not have.
    """
    named = request.match_info.get("language")
    language = page_language(named) if named else site_of(request).language_of(request)
    if language is None:
        raise web.HTTPNotFound
    return language


def _answer(request: web.Request, language: str, body: bytes) -> web.Response:
    named = "language" in request.match_info
    response = web.Response(body=body, content_type="application/atom+xml", charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Vary"] = "Accept-Encoding" if named else "Accept-Language, Accept-Encoding"
    response.headers["Content-Language"] = language
    response.enable_compression()
    return response


def _feed(site: Site, author: str, title: str, language: str, updated: datetime) -> ET.Element:
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    _add(root, "title", title)
    _add(root, "updated", updated.isoformat())
    _add(root, "icon", f"{site.base_url}/icon.svg")
    _add(ET.SubElement(root, "author"), "name", author)
    return root


def _links(root: ET.Element, site: Site, path: str, page: str) -> None:
    address = site.base_url + path
    _add(root, "id", address)
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": address})
    ET.SubElement(
        root, "link", {"rel": "alternate", "type": "text/html", "href": site.base_url + page}
    )


def _entry(root: ET.Element, issue: Issue, url: str, title: str, content: str) -> None:
    entry = ET.SubElement(root, "entry", {"xml:lang": issue.language})
    _add(entry, "id", url)
    _add(entry, "title", title)
    ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": url})
    _add(entry, "published", (issue.published_at or issue.updated_at).isoformat())
    _add(entry, "updated", issue.updated_at.isoformat())
    _add(entry, "content", content).set("type", "html")


def _written(root: ET.Element) -> bytes:
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, tag)
    child.text = _NOT_XML.sub("", text)
    return child
