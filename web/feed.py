"""The Atom feeds (RFC 4287), one per language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from aiohttp import web

from publisher.prose import to_html
from publisher.views import latest_issues
from web.site import site_of
from web.texts import TEXTS, page_language

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.tables import Issue
    from web.site import Site

ATOM = "http://www.w3.org/2005/Atom"
MAX_ENTRIES = 30


async def feed(request: web.Request) -> web.Response:
    """Serve the feed of a language."""
    site = site_of(request)
    language = page_language(request.match_info.get("language") or site.default_language)
    if language is None:
        raise web.HTTPNotFound
    issues = await site.database.reading(_newest, language)
    body = render(site, await site.name(), language, issues)
    response = web.Response(body=body, content_type="application/atom+xml", charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.enable_compression()
    return response


def _newest(session: Session, language: str) -> list[Issue]:
    return latest_issues(session, language, limit=MAX_ENTRIES)


def render(site: Site, name: str, language: str, issues: list[Issue]) -> bytes:
    """Write the feed."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    address = f"{site.base_url}/feed.{language}.xml"
    _add(root, "id", address)
    _add(root, "title", name)
    updated = max((i.updated_at for i in issues), default=site.started)
    _add(root, "updated", updated.isoformat())
    ET.SubElement(root, "link", {"rel": "self", "href": address})
    ET.SubElement(root, "link", {"rel": "alternate", "href": f"{site.base_url}/?lang={language}"})
    author = ET.SubElement(root, "author")
    _add(author, "name", name)
    for issue in issues:
        entry = ET.SubElement(root, "entry", {"xml:lang": issue.language})
        url = f"{site.base_url}/issues/{issue.slug}?lang={issue.language}"
        _add(entry, "id", url)
        _add(entry, "title", issue.title)
        ET.SubElement(entry, "link", {"rel": "alternate", "href": url})
        _add(entry, "published", (issue.published_at or issue.updated_at).isoformat())
        _add(entry, "updated", issue.updated_at.isoformat())
        words = TEXTS[page_language(issue.language) or "en"]
        link = f'<p><a href="{url}">{words["read_issue"]}</a></p>'
        _add(entry, "content", to_html(issue.intro) + link).set("type", "html")
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, tag)
    child.text = "".join(c for c in text if c >= " " or c in "\n\t")
    return child
