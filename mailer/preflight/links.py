"""Checks the links of a mail by their form: a scheme that mail programs open, and a host that readers reach."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from mailer.addresses import ascii_domain, read_address
from mailer.errors import AddressError
from mailer.preflight.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from urllib.parse import SplitResult

    from mailer.preflight.opened import OpenedMail
    from mailer.preflight.page import Element

_WHERE: Final = {"a": "href", "area": "href", "img": "src", "link": "href", "source": "src"}
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "lan", "home.arpa")  # RFC 6761, RFC 6762
_LEFT_OVER: Final = re.compile(
    r"\]\((<?[a-z][a-z\d+.-]*:)?[^\n]*?(?:\)+|$)", re.IGNORECASE | re.MULTILINE
)
_SHOWN: Final = 100
_CORRECT: Final = "Correct the address where the issue says it."
_WRITE: Final = "Write [text](address), the address without a blank; or `code`, if it is no link."


@dataclass(frozen=True, slots=True)
class Link:
    """An address that a mail leads to.

    Attributes:
        url: The address, as it stands.
        place: Where it stands.
    """

    url: str
    place: str


def links_of(mail: OpenedMail) -> list[Link]:
    """Give the addresses that the HTML leads to or shows images from, each place in order."""
    return [
        Link(element.attributes[_WHERE[element.tag]], element.place)
        for element in mail.page.of(*_WHERE)
        if _WHERE[element.tag] in element.attributes
    ]


def check_links(mail: OpenedMail, base_url: str) -> Iterator[Finding]:
    """Judge each link by its form, and name those that were lost while the mail was made.

    Args:
        mail: The mail.
        base_url: Where our own pages are; links into them must be as safe as it says.
    """
    links = links_of(mail)
    anchors = {it.attributes.get(key, "") for it in mail.page.elements for key in ("id", "name")}
    wrong = []
    for link in links:
        fault = "" if link.url.startswith("#") else fault_of(link.url, base_url)
        if link.url.startswith("#") and unquote(link.url[1:]) not in anchors:
            fault = "leads to a place that is not in the mail"
        if fault:
            what = f"{shown(link.url)!r} {fault}."
            wrong.append(Finding("fail", "links", what, _CORRECT, link.place))
    wrong += [*_dead(mail, base_url), *_left_over(mail)]
    different = len({link.url for link in links})
    yield from wrong or [
        Finding("pass", "links", f"{different} addresses, each of a form that opens.")
    ]


def check_base_url(base_url: str) -> Iterator[Finding]:
    """Judge whether readers can reach our own pages, by their address alone."""
    remedy = "Set PAPERROUND_BASE_URL to the https address that readers reach."
    if is_local(urlsplit(base_url).hostname or ""):
        what = "Our own pages have an address that only this machine or network reaches."
        yield Finding("warn", "base-url", what, remedy)
    elif not base_url.lower().startswith("https://"):
        what = "Our own pages are not served with https, which one-click unsubscription needs."
        yield Finding("warn", "base-url", what, remedy)
    else:
        yield Finding("pass", "base-url", "Our own pages have a public https address.")


def fault_of(url: str, base_url: str) -> str:
    """Say what is wrong with an address, as the end of a sentence about it; "" where nothing is."""
    if not url.strip():
        return "is empty"
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        return "holds a blank or a line break"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "cannot be read as an address"
    if parts.scheme.lower() == "mailto":
        return _fault_of_mailbox(parts.path)
    return _fault_of_site(parts, port) or _fault_of_reach(url, base_url)


def is_local(host: str) -> bool:
    """Tell whether a host is known by this machine or network alone."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".").lower()
        return "." not in name or name.endswith(tuple(f".{it}" for it in _LOCAL_NAMES))


def is_this_machine(host: str) -> bool:
    """Tell whether a host is the machine itself that asks."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return f".{host.rstrip('.').lower()}".endswith(".localhost")  # RFC 6761 §6.3


def same_site(url: str, base_url: str) -> bool:
    """Tell whether an address is one of our own pages' host and port."""
    ours, theirs = urlsplit(base_url), urlsplit(url)
    return (ours.hostname, _port(base_url)) == (theirs.hostname, _port(url))


def shown(url: str) -> str:
    """Shorten an address for a finding; without what may be secret or name a person."""
    if url.lower().startswith("mailto:"):
        return "mailto:…"
    bare = re.sub(r"(?<=//)[^/?#]*@", "…@", url)
    return bare if len(bare) <= _SHOWN else bare[: _SHOWN - 1] + "…"


def _dead(mail: OpenedMail, base_url: str) -> Iterator[Finding]:
    """Name what looks like a link and has lost its address, for it was not fit to stand in the HTML."""
    for link in mail.page.of("a"):
        if not {"href", "id", "name"} & set(link.attributes):
            url = _address_in_text(link, mail.text or "")
            fault = fault_of(url, base_url) or "cannot be read as an address"
            yield Finding("fail", "links", f"{shown(url)!r} {fault}.", _CORRECT, link.place)


def _address_in_text(link: Element, text: str) -> str:
    """Find a link's address where the text part writes it behind the link's text; else give that text."""
    label = link.text.split()
    found = re.search(r"\s+".join(map(re.escape, label)) + r"\s*<([^<>\s]+)>", text)
    return found[1] if found else " ".join(label)


def _left_over(mail: OpenedMail) -> Iterator[Finding]:
    for text, place in mail.page.pieces:
        for found in _LEFT_OVER.finditer(text):
            what = f"{shown(found[0])!r} is no link: readers see it as it stands."
            yield Finding("fail" if found[1] else "warn", "links", what, _WRITE, place)


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme.lower() == "https" else 80)


def _fault_of_mailbox(path: str) -> str:
    try:
        addresses = [read_address(it.strip()) for it in unquote(path).split(",")]
    except AddressError:
        addresses = []
    if not addresses or any("." not in it.domain for it in addresses):
        return "does not hold a mail address that can be used"
    return ""


def _fault_of_site(parts: SplitResult, port: int | None) -> str:
    if not parts.scheme:
        return "is not a full address"
    if parts.scheme.lower() not in {"http", "https"}:
        return f"begins with {parts.scheme}:, which mail programs do not open"
    if "@" in parts.netloc:
        return "holds a user name or a password"
    return "names port 0" if port == 0 else _fault_of_host(parts.hostname or "")


def _fault_of_host(host: str) -> str:
    if not host:
        return "names no host"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            ascii_domain(
                host.rstrip(".").replace("_", "-")
            )  # the web knows names that mail does not
        except AddressError:
            return "names a host that cannot exist"
    return ""


def _fault_of_reach(url: str, base_url: str) -> str:
    ours, theirs = urlsplit(base_url), urlsplit(url)
    schemes = (ours.scheme.lower(), theirs.scheme.lower())
    if ours.hostname == theirs.hostname and schemes == ("https", "http"):
        return "is http, though our own pages are https"
    if is_local(theirs.hostname or "") and not same_site(url, base_url):
        return "leads to this machine or a private network, where readers cannot follow"
    return ""
