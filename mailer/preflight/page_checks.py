"""Checks the HTML of a mail: its size, its language, and whether it can be read without seeing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailer.preflight.finding import Finding
from mailer.texts import direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.preflight.opened import OpenedMail

KB: Final = 1024
CLIP_OCTETS: Final = 102 * KB  # Gmail shows no more, and hides the way to unsubscribe with the rest
NEAR_OCTETS: Final = 90 * KB


def check_size(mail: OpenedMail) -> Iterator[Finding]:
    """Judge the size of the decoded HTML by where Gmail clips."""
    if mail.html is None:
        yield Finding("fail", "size", "There is no HTML part.", "Put the template back.")
        return
    octets = len(mail.html.encode())
    what = f"The HTML has {octets / KB:.1f} KB; Gmail cuts off what is beyond {CLIP_OCTETS // KB}."
    remedy = "Shorten the texts, or move references to the web page."
    if octets >= CLIP_OCTETS:
        yield Finding("fail", "size", what, remedy, "HTML")
    elif octets >= NEAR_OCTETS:
        yield Finding("warn", "size", what, remedy, "HTML")
    else:
        yield Finding("pass", "size", what)


def check_language(mail: OpenedMail) -> Iterator[Finding]:
    """Judge whether header and page say the language, and the direction of its script."""
    html = next(iter(mail.page.of("html")), None)
    said = html.attributes.get("lang", "") if html else ""
    wrong = []
    if said.lower() != mail.language.lower():
        what = f"The page says lang={said!a}, the edition is in {mail.language}."
        wrong.append(
            Finding("fail", "language", what, f'Write <html lang="{mail.language}">.', "HTML")
        )
    header = mail.values("Content-Language")
    if [it.lower() for it in header] != [mail.language.lower()]:
        what = f"Content-Language does not say {mail.language}."
        wrong.append(Finding("warn", "language", what, "Please report it.", "Content-Language"))
    wanted = direction(mail.language)
    if (html.attributes.get("dir", "ltr") if html else "ltr").lower() != wanted:
        what = f"The page does not say that {mail.language} is written {wanted}."
        wrong.append(Finding("fail", "language", what, f'Write <html dir="{wanted}">.', "HTML"))
    yield from wrong or [
        Finding("pass", "language", f"Page and header say {mail.language}, {wanted}.")
    ]


def check_access(mail: OpenedMail) -> Iterator[Finding]:
    """Judge whether the page makes sense when it is heard: alt texts, names of links, tables, headings."""
    wrong = [
        *_alt(mail), *_link_names(mail), *_tables(mail), *_structure(mail), *_levels(mail),
    ]  # fmt: skip
    images = len(mail.page.of("img"))
    yield from wrong or [
        Finding(
            "pass",
            "access",
            f"{images} images with alt, each link with a name, one h1, no level skipped.",
        )
    ]


def _alt(mail: OpenedMail) -> Iterator[Finding]:
    for image in mail.page.of("img"):
        if "alt" not in image.attributes:
            what = "An image has no alt text."
            remedy = 'Say in alt what it shows; write alt="" for an ornament.'
            yield Finding("fail", "access", what, remedy, image.place)


def _link_names(mail: OpenedMail) -> Iterator[Finding]:
    for link in mail.page.of("a"):
        named = link.text.strip() or link.attributes.get("aria-label", "").strip()
        if "href" in link.attributes and not named:
            what = "A link has no text: nobody can see or hear where it leads."
            yield Finding("warn", "access", what, "Give the link a text.", link.place)


def _tables(mail: OpenedMail) -> Iterator[Finding]:
    bare = [it for it in mail.page.of("table") if it.attributes.get("role") != "presentation"]
    if bare:
        what = f"{len(bare)} tables are read out as tables, though they only arrange the page."
        yield Finding("warn", "access", what, 'Add role="presentation".', bare[0].place)


def _structure(mail: OpenedMail) -> Iterator[Finding]:
    headings = mail.page.of("h1")
    if mail.html is not None and len(headings) != 1:
        what = f"There are {len(headings)} headings h1; one names the issue."
        yield Finding("warn", "access", what, "Give the page one h1.", "HTML")
    if mail.html is not None and not mail.page.title.strip():
        yield Finding("warn", "access", "The page has no title.", "Fill <title>.", "HTML")


def _levels(mail: OpenedMail) -> Iterator[Finding]:
    """Name each heading that skips a level: who walks from heading to heading looks for one between."""
    before = 1
    for heading in mail.page.of("h1", "h2", "h3", "h4", "h5", "h6"):
        level = int(heading.tag[1])
        if level > before + 1:
            what = f"A heading h{level} follows a heading h{before}: h{before + 1} is left out."
            yield Finding("warn", "access", what, f"Write h{before + 1} there.", heading.place)
        before = level
