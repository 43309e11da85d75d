"""Reads the values of settings and says what is wrong with one; the types name the kinds of values."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator

from paperround.setting_sources import PREFIX
from publisher.limits import read_domain_limit, read_hours, read_limit

# A host or an IP address, IPv6 in brackets; a port; a weight.
_RELAY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?(?:\*(\d{1,3}))?", re.ASCII)
_BREAKING = {"Cc", "Zl", "Zp"}  # control characters, U+2028, U+2029
_LARGEST_PORT = 65535
_ENDPOINT_WANTED = "write an address such as http://localhost:11434/v1, or local"


class MailServer(NamedTuple):
    """One of the places in `smtp_host`."""

    host: str
    port: int | None
    weight: int


def read_mail_servers(hosts: str) -> list[MailServer]:
    """Read the places in `smtp_host`, in their order.

    Raises:
        ValueError: One of them names no mail server.
    """
    return [_mail_server(place.strip()) for place in hosts.split(",")]


def several(value: object) -> object:
    """Split at commas what should be a list and is a text, as in the environment."""
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError(f"{zone!r} is not a time zone; write one such as Europe/Amsterdam or UTC")
    return zone


def _mailbox(address: str) -> str:
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or any(c.isspace() or c in "<>," for c in address):
        raise ValueError("write one plain address such as news@example.org")
    return address


def _one_line(text: str) -> str:
    if any(unicodedata.category(c) in _BREAKING for c in text):
        raise ValueError("it holds a line break or another control character; write one line")
    return text


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")) or any(c.isspace() or c in "?#" for c in url):
        raise ValueError("write a full address such as https://news.example.org, without ? and #")
    return url.rstrip("/")


def _endpoint(url: str) -> str:
    if url == "local":
        return url
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ValueError(_ENDPOINT_WANTED) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(map(str.isspace, url)):
        raise ValueError(_ENDPOINT_WANTED)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"{_ENDPOINT_WANTED}; a key belongs into {PREFIX}EMBEDDINGS_KEY")
    return url.rstrip("/")


def _mail_server(place: str) -> MailServer:
    match = _RELAY.fullmatch(place)
    if match is None:
        raise ValueError(
            f"{place!r} names no mail server; write mx.example.net, mx.example.net:2525 or "
            "mx.example.net*2"
        )
    host, port, weight = match.groups()
    if port and not 0 < int(port) <= _LARGEST_PORT:
        raise ValueError(f"{port} is no port; give one from 1 to {_LARGEST_PORT}")
    return MailServer(host.strip("[]"), int(port) if port else None, int(weight or 1))


def _mail_servers(hosts: str) -> str:
    read_mail_servers(hosts)
    return hosts


def _limit(text: str) -> str:
    read_limit(text)
    return text


def _domain_limit(text: str) -> str:
    name, _ = read_domain_limit(text)
    return f"{name}={text.partition('=')[2].strip()}"


def _hours(text: str) -> str:
    read_hours(text)
    return text


Zone = Annotated[str, AfterValidator(_known_zone)]
OneLine = Annotated[str, AfterValidator(_one_line)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
MailServers = Annotated[str, AfterValidator(_mail_servers)]
MailLimit = Annotated[str, AfterValidator(_limit)]
DomainLimit = Annotated[str, AfterValidator(_domain_limit)]
Hours = Annotated[str, AfterValidator(_hours)]
