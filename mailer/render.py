"""Renders an issue, or a confirmation, as the HTML and the text of a mail; knows no addresses and no SMTP.

Editors' texts are data: they are escaped, or become HTML through the function that is handed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

import css_inline
import jinja2
import structlog
from jinja2 import PackageLoader, StrictUndefined, pass_context
from markupsafe import Markup

from mailer.errors import MailTemplateError
from mailer.texts import (
    direction,
    language_name,
    mail_texts,
    month_name,
    words_language,
)
from mailer.wrapping import WIDTH, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2.runtime import Context

log = structlog.get_logger(__name__)

HTML_OCTETS: Final = 80 * 1024  # Gmail clips at 102 KB, and the way to unsubscribe with it
PREHEADER_CHARACTERS: Final = 110
_MOST_LISTED: Final = 2  # authors that are named in the contents
_UNDEFINED = re.compile(r"(?:has no attribute )?'([^']+)'(?: is undefined)?$")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail in words.

    Attributes:
        subject: The subject.
        text: The text part.
        html: The HTML part, its CSS inlined.
        language: The language tag of all three.
    """

    subject: str
    text: str
    html: str
    language: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the newsletter lives; stands in every mail.

    Attributes:
        newsletter: Its name.
        base_url: Address of the web pages, without a slash at the end.
        postal_address: Postal address of the publisher.
    """

    newsletter: str
    base_url: str
    postal_address: str | None = None

    def issue_url(self, slug: str, language: str) -> str:
        """Give the address of an issue's page."""
        return f"{self.base_url}/issues/{quote(slug, safe='')}?lang={quote(language, safe='')}"


class ReaderPages(NamedTuple):
    """Addresses of one reader's own pages, or markers for them."""

    unsubscribe: str
    preferences: str


class MailRenderer:
    """Renders mails from the templates.

    Args:
        to_html: Makes safe HTML of an editor's Markdown.
        to_text: Makes plain text of it.
        loader: Where the templates come from, if not from the package `templates`.
    """

    def __init__(
        self,
        to_html: Callable[[str], str],
        to_text: Callable[[str], str],
        *,
        loader: jinja2.BaseLoader | None = None,
    ) -> None:
        self._to_text = to_text
        self._templates = jinja2.Environment(
            loader=loader or PackageLoader("templates", "email"),
            autoescape=jinja2.select_autoescape(("html.j2",), default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "html": lambda text: Markup(to_html(text)),  # noqa: S704 - to_html lets through an allow-list only
            "text": to_text,
            "wrap": wrap,
            "heading": _heading,
            "listed": _listed,
            "entry_url": _entry_url,
            "paper_url": _paper_url,
            "work_url": _work_url,
            "with_address": _with_address,
        }
        self._templates.tests["web"] = _is_web
        self._inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

    def issue(self, issue: Mapping[str, Any], place: Place, own: ReaderPages) -> Rendered:
        """Render an issue.

        Args:
            issue: A mapping of the shape of `publisher.ports.IssueView`.
            place: Where the newsletter lives.
            own: The reader's own pages.

        Raises:
            MailTemplateError: A template asks for what the issue does not have.
        """
        language = str(issue["language"])
        values = {
            "issue": issue,
            "title": issue["title"],
            "month": month_name(issue["month"], language),
            "issue_url": place.issue_url(issue["slug"], language),
            "preheader": self._preheader(issue),
            "translations": [
                {
                    "language": other,
                    "name": language_name(other),
                    "url": place.issue_url(issue["slug"], other),
                }
                for other in issue["languages"]
                if other != language
            ],
            "unsubscribe_url": own.unsubscribe,
            "preferences_url": own.preferences,
            **_of_place(place, language),
        }
        return self._render("issue", values, subject=issue["title"], language=language)

    def confirmation(self, place: Place, language: str, confirm_url: str) -> Rendered:
        """Render the mail that asks to confirm a subscription; it holds nothing that the asker wrote.

        Raises:
            MailTemplateError: A template asks for what it was not given.
        """
        language = words_language(language)  # all of its words are ours
        texts = mail_texts(language)
        subject = texts["confirm_subject"].format(newsletter=place.newsletter)
        values = {
            "title": subject,
            "preheader": texts["confirm_expiry"],
            "confirm_url": confirm_url,
            **_of_place(place, language),
        }
        return self._render("confirm", values, subject=subject, language=language)

    def _render(
        self, kind: str, values: dict[str, Any], *, subject: str, language: str
    ) -> Rendered:
        html = self._inliner.inline(self._fill(f"{kind}.html.j2", values))
        text = _tidy(self._fill(f"{kind}.txt.j2", values))
        if len(html.encode()) > HTML_OCTETS:
            log.warning(
                "mail_html_is_large", kind=kind, octets=len(html.encode()), limit=HTML_OCTETS
            )
        return Rendered(subject, text, html, language)

    def _fill(self, name: str, values: dict[str, Any]) -> str:
        try:
            return self._templates.get_template(name).render(values)
        except jinja2.UndefinedError as error:
            raise MailTemplateError(_missing(name, error)) from error
        except jinja2.TemplateNotFound as error:
            raise MailTemplateError(
                f"The mail template {error.name} is missing. Put it back."
            ) from error
        except jinja2.TemplateSyntaxError as error:
            where = f"{error.name or name}, line {error.lineno}"
            raise MailTemplateError(
                f"The mail template {where}, is broken: {error.message}."
            ) from error

    def _preheader(self, issue: Mapping[str, Any]) -> str:
        """Give what mail programs show beside the subject: the first words of the intro."""
        words = re.sub(r"\s*<[^>]*>|\s+", " ", self._to_text(issue["intro"])).strip()
        if not words:
            words = " · ".join(entry["title"] for entry in issue["entries"] if entry["title"])
        if len(words) <= PREHEADER_CHARACTERS:
            return words
        return words[:PREHEADER_CHARACTERS].rsplit(" ", 1)[0] + "…"


def _tidy(text: str) -> str:
    bare = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", bare).strip() + "\n"


def _of_place(place: Place, language: str) -> dict[str, Any]:
    return {
        "newsletter": place.newsletter,
        "archive_url": f"{place.base_url}/",
        "postal_address": place.postal_address,
        "t": mail_texts(language),
        "language": language,
        "direction": direction(language),
        "words_language": words_language(language),
        "words_direction": direction(words_language(language)),
        "ours": _ours(language),
        "rule": "-" * WIDTH,
    }


def _ours(language: str) -> Markup:
    """Give the attributes of an element that holds words of ours alone, where they are of another language."""
    words = words_language(language)
    if words == language:
        return Markup()
    return Markup(' lang="{}" dir="{}"').format(words, direction(words))


def _missing(name: str, error: jinja2.UndefinedError) -> str:
    """Say which template asked for which variable; an included template names itself in the traceback."""
    where, frame = name, error.__traceback__
    while frame is not None:
        file = frame.tb_frame.f_code.co_filename
        if file.endswith(".j2") or file == "<template>":
            where = f"{file.replace(chr(92), '/').rpartition('/')[2]}, line {frame.tb_lineno}"
        frame = frame.tb_next
    match = _UNDEFINED.search(str(error.message))
    variable = f"the variable `{match[1]}`" if match else f"something unknown ({error.message})"
    return f"The mail template {where}, asks for {variable}, which it was not given. Correct the template."


def _is_web(url: object) -> bool:
    return isinstance(url, str) and url.lower().startswith(("https://", "http://"))


def _with_address(text: str, url: object) -> str:
    """Write an address after a text that does not end in it."""
    known = not _is_web(url) or text.rstrip(" .").endswith(str(url).rstrip("."))
    return text if known else f"{text} <{url}>"


@pass_context
def _heading(context: Context, entry: Mapping[str, Any]) -> str:
    return _title(entry) or str(context["t"]["title_unknown"])


@pass_context
def _listed(context: Context, entry: Mapping[str, Any]) -> str:
    """Name an entry in the contents: by its title or, where that is unknown, by who wrote it."""
    texts, authors = context["t"], entry["authors"]
    if (title := _title(entry)) or not authors:
        return title or str(texts["title_unknown"])
    if entry["et_al"] or len(authors) > _MOST_LISTED:
        return f"{authors[0]} {texts['et_al']}"
    return str(texts["between_authors"]).join(authors)


def _title(entry: Mapping[str, Any]) -> str | None:
    if not entry["title"] and len(entry["papers"]) == 1:
        return str(entry["papers"][0]["title"])
    return entry["title"] or None


@pass_context
def _entry_url(context: Context, entry: Mapping[str, Any]) -> str:
    """Lead to the paper itself where its address is known, else to the entry on our page."""
    for paper in entry["papers"]:
        if url := _own_url(paper):
            return url
    for link in entry["links"]:
        if _is_web(link["url"]):
            return str(link["url"])
    return f"{context['issue_url']}#entry-{entry['number']}"


@pass_context
def _paper_url(context: Context, paper: Mapping[str, Any]) -> str:
    return _own_url(paper) or f"{context['archive_url']}papers/{paper['id']}"


def _own_url(paper: Mapping[str, Any]) -> str | None:
    if paper["arxiv"]:
        return f"https://arxiv.org/abs/{quote(paper['arxiv'], safe='/.')}"
    if paper["doi"]:
        return f"https://doi.org/{quote(paper['doi'], safe='/.:;()-_')}"
    return None


def _work_url(work: Mapping[str, Any]) -> str | None:
    if _is_web(work["url"]):
        return str(work["url"])
    return f"https://arxiv.org/abs/{quote(work['arxiv'], safe='/.')}" if work["arxiv"] else None
