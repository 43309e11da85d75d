"""The Atom feeds (RFC 4287), one per language, with the issues' whole text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from aiohttp import web

from publisher.views import issue_view, latest_issues
from web.site import site_of
from web.texts import page_language

if TYPE_CHECKING:
    from sqlmodel import Session

    from publisher.ports import IssueView
    from storage.tables import Issue
    from web.site import Site

ATOM: Final = "http://www.w3.org/2005/Atom"
MAX_ENTRIES: Final = 12
_NOT_XML: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


async def feed(request: web.Request) -> web.Response:
    """Serve the feed of a language."""
    site = site_of(request)
    named = request.match_info.get("language")
    language = page_language(named) if named else site.language_of(request)
    if language is None:
        raise web.HTTPNotFound
    issues = await site.database.reading(newest, language)
    body = render(site, await site.name(), language, issues)
    response = web.Response(body=body, content_type="application/atom+xml", charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Vary"] = "Accept-Encoding" if named else "Accept-Language, Accept-Encoding"
    response.headers["Content-Language"] = language
    response.enable_compression()
    return response


def newest(session: Session, language: str) -> list[tuple[Issue, IssueView]]:
    """Read the newest issues, each in the edition that fits a language."""
    issues = latest_issues(session, language, limit=MAX_ENTRIES)
    return [(it, issue_view(session, it)) for it in issues]


def render(site: Site, name: str, language: str, issues: list[tuple[Issue, IssueView]]) -> bytes:
    """Write the feed."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    address = f"{site.base_url}/feed.{language}.xml"
    _add(root, "id", address)
    _add(root, "title", name)
    _add(
        root, "updated", max((it.updated_at for it, _ in issues), default=site.started).isoformat()
    )
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": address})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html",
                                 "href": f"{site.base_url}/?lang={language}"})  # fmt: skip
    _add(root, "icon", f"{site.base_url}/icon.svg")
    _add(ET.SubElement(root, "author"), "name", name)
    for issue, view in issues:
        _entry(ET.SubElement(root, "entry", {"xml:lang": issue.language}), site, issue, view)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _entry(entry: ET.Element, site: Site, issue: Issue, view: IssueView) -> None:
    url = f"{site.base_url}/issues/{issue.slug}?lang={issue.language}"
    _add(entry, "id", url)
    _add(entry, "title", issue.title)
    ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": url})
    _add(entry, "published", (issue.published_at or issue.updated_at).isoformat())
    _add(entry, "updated", issue.updated_at.isoformat())
    content = site.templates.get_template("feed.html.j2").render(
        issue=view, url=url, base_url=site.base_url
    )
    _add(entry, "content", content).set("type", "html")


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, tag)
    child.text = _NOT_XML.sub("", text)
    return child
