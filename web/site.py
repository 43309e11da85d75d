"""What every page needs: the store, the templates, the tokens, the time, and the newsletter's name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Protocol

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from publisher.exports import FORMS
from publisher.prose import to_html, to_text
from publisher.schedule import SystemClock
from publisher.views import latest_issues
from storage import catalog
from storage.catalog import topic_name
from storage.errors import StorageError
from storage.tables import Newsletter
from web.texts import (
    LANGUAGES,
    TEXTS,
    accepted_language,
    month_name,
    page_language,
    words_of,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

    from publisher.ports import Clock
    from storage.database import Database

# Nothing from elsewhere, no frame around us, and no script at all ...
CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# ... but, on pages that belong to nobody in particular, the file that completes what is typed.
SCRIPT_POLICY: Final = f"{CONTENT_POLICY}; script-src 'self'; connect-src 'self'"
LOOPBACK: Final = ("127.0.0.0/8", "::1/128")


class Tokens(Protocol):
    """Signs what links carry; ids go in and come out, never addresses."""

    def sign(self, purpose: str, ident: int, *, expires: datetime | None = None) -> str:
        """Make a token for a purpose and an id."""

    def verify(self, purpose: str, token: str, *, now: datetime) -> int | None:
        """Give the id of a genuine token that has not expired."""

    def hash_address_ring(self, address_key: str, /) -> Collection[str]:
        """Give the keyed hashes under which an address may stand in the suppression list."""


@dataclass(frozen=True)
class Site:
    """The public site of one newsletter.

    Args:
        database: The store.
        tokens: Signs and checks the links.
        base_url: Address under which readers reach the site, without a slash at the end.
        newsletter_name: None takes it from the newest issue.
        default_language: For readers who ask for no language that there is.
        clock: Where the time comes from.
        proxies: Networks of the web servers in front of us, whose `X-Forwarded-For` is believed.
        started: When the site began; the feed's time while there is nothing in it.
        search: What is asked for papers.
    """

    database: Database
    tokens: Tokens
    base_url: str
    newsletter_name: str | None = None
    default_language: str = "en"
    clock: Clock = field(default_factory=SystemClock)
    proxies: Sequence[str] = LOOPBACK
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    search: catalog.Search = catalog.search

    def now(self) -> datetime:
        """Tell the time, aware and in UTC."""
        return self.clock.now()

    @cached_property
    def templates(self) -> Environment:
        """The page templates; every value is escaped unless it comes from `to_html`."""
        environment = Environment(
            loader=PackageLoader("templates", "web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["prose"] = lambda text: Markup(to_html(text))  # noqa: S704 - sanitised by nh3
        environment.filters["plain"] = to_text
        environment.filters["month"] = month_name
        environment.filters["words"] = words_of
        environment.filters["topic"] = topic_name
        environment.filters["written"] = written
        environment.tests["web"] = _is_web_address
        environment.globals["citation_forms"] = list(FORMS.values())
        return environment

    @cached_property
    def style(self) -> tuple[str, bytes]:
        """The style sheet: its path, which changes with its content, and its bytes."""
        return _named_by_content("style", "css")

    @cached_property
    def script(self) -> tuple[str, bytes]:
        """The script that completes what is typed: its path and its bytes, as with the style sheet."""
        return _named_by_content("ask", "js")

    def language_of(self, request: web.Request) -> str:
        """Choose the language: the address, then the browser, then the default."""
        return (
            page_language(request.query.get("lang"))
            or accepted_language(request.headers.get("Accept-Language", ""))
            or page_language(self.default_language)
            or "en"
        )

    async def name(self) -> str:
        """Name the newsletter."""
        return self.newsletter_name or await self.database.reading(_newest_name) or "Paperround"

    async def say(self, request: web.Request, name: str, status: int = 200) -> web.Response:
        """Render a page for one reader that says one thing: the texts `name_title` and `name_text`."""
        return await self.page(
            request,
            "say.html.j2",
            status=status,
            private=True,
            title=f"{name}_title",
            text=f"{name}_text",
        )

    async def page(
        self,
        request: web.Request,
        template: str,
        *,
        status: int = 200,
        private: bool = False,
        editions: Collection[str] | None = None,
        **values: Any,  # noqa: ANN401 - whatever the template shows
    ) -> web.Response:
        """Render a page.

        Args:
            request: The request it answers.
            template: Name of the template.
            status: The status.
            private: Belongs to one reader or tells of an error: not kept by caches, not indexed, its
                address not passed on.
            editions: Languages in which what it shows exists; None: in every language of the pages.
            **values: What the template shows.
        """
        language = self.language_of(request)
        html = self.templates.get_template(template).render(
            t=TEXTS[language],
            lang=language,
            languages=LANGUAGES,
            editions=[code for code in LANGUAGES if editions is None or code in editions],
            path=request.rel_url.raw_path,
            may_switch=request.method in {"GET", "HEAD"},
            base_url=self.base_url,
            style_path=self.style[0],
            script_path=self.script[0],
            newsletter=await self._name_or_ours(),
            private=private,
            **values,
        )
        response = web.Response(text=html, status=status, content_type="text/html")
        response.headers["Content-Language"] = language
        response.headers["Vary"] = "Accept-Language, Accept-Encoding"
        response.headers["Cache-Control"] = "no-store" if private else "no-cache"
        if private:
            response.headers["Referrer-Policy"] = "no-referrer"
        else:
            response.headers["Content-Security-Policy"] = SCRIPT_POLICY
        response.enable_compression()
        return response

    async def _name_or_ours(self) -> str:
        try:
            return await self.name()
        except StorageError:
            return "Paperround"  # the page that says so must not fail for the same reason


def _newest_name(session: Session) -> str | None:
    newest = latest_issues(session, limit=1)
    return session.get_one(Newsletter, newest[0].newsletter_id).name if newest else None


def _named_by_content(name: str, suffix: str) -> tuple[str, bytes]:
    content = (resources.files("templates") / "web" / f"{name}.{suffix}").read_bytes()
    return f"/{name}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}", content


def _is_web_address(url: str | None) -> bool:
    return url is not None and url.startswith(("https://", "http://"))


SITE: Final = web.AppKey("site", Site)


def site_of(request: web.Request) -> Site:
    """Give the site that a request came to."""
    return request.app[SITE]
