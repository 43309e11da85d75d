"""The pages on which the demo's mail is read: the list, and each mail as HTML, as text and as source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

if TYPE_CHECKING:
    from paperround.demo.catcher import CaughtMail, MailCatcher

VIEWS = ("html", "text", "source")
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'"
# A mail is a stranger's document: no script, no form, no request; its links open in a tab of their own.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:"
)


class Inbox:
    """Serves the caught mail."""

    def __init__(self, catcher: MailCatcher) -> None:
        self._catcher = catcher
        self._templates = Environment(
            loader=PackageLoader("templates", "demo"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
        )

    def app(self) -> web.Application:
        """Make the application with its three routes."""
        app = web.Application()
        app.router.add_get("/", self._list)
        app.router.add_get(r"/mail/{number:\d+}", self._mail)
        app.router.add_get(r"/mail/{number:\d+}/body", self._body)
        return app

    async def _list(self, _request: web.Request) -> web.Response:
        mails = [(m, str(m.message["subject"])) for m in reversed(self._catcher.mails)]
        return self._page("inbox.html.j2", mails=mails)

    async def _mail(self, request: web.Request) -> web.Response:
        mail = self._find(request)
        view = request.query.get("view", "html")
        if view not in VIEWS:
            raise web.HTTPNotFound(text="There is no such view.")
        text = mail.part("plain") if view == "text" else mail.source.decode("utf-8", "replace")
        return self._page(
            "mail.html.j2", mail=mail, message=mail.message, view=view, views=VIEWS, text=text
        )

    async def _body(self, request: web.Request) -> web.Response:
        html = self._find(request).part("html")
        return web.Response(
            text=html.replace("<head>", '<head><base target="_blank">', 1),
            content_type="text/html",
            headers={"Content-Security-Policy": MAIL_POLICY},
        )

    def _find(self, request: web.Request) -> CaughtMail:
        mail = self._catcher.mail(int(request.match_info["number"]))
        if mail is None:
            raise web.HTTPNotFound(text="This mail is not here any more.")
        return mail

    def _page(self, template: str, **values: object) -> web.Response:
        return web.Response(
            text=self._templates.get_template(template).render(values),
            content_type="text/html",
            headers={"Content-Security-Policy": PAGE_POLICY},
        )
