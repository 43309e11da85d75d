"""New subscribers as they are taken up: who they are, and what can be kept of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from storage.addresses import checked_address
from storage.errors import StorageError

MAX_NAME = 200  # characters
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")  # RFC 5646 §2.1, the usual ones


class ReaderError(StorageError):
    """This cannot be said of a reader."""


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """A reader whose consent an operator holds."""

    address: str
    name: str | None = None
    language: str = "en"
    zone: str | None = None  # their time zone (IANA), where it is known


def checked_reader(reader: NewSubscriber) -> NewSubscriber:
    """Give a reader as they are kept.

    Raises:
        AddressError: The address cannot be one.
        ReaderError: Name, language or zone cannot be kept; the message names the remedy.
    """
    address = checked_address(reader.address)
    name = (reader.name or "").strip() or None
    if name and (len(name) > MAX_NAME or not name.isprintable()):
        raise ReaderError(
            f"A name has at most {MAX_NAME} characters, none of them a line break or the like."
        )
    return NewSubscriber(
        address, name, checked_language(reader.language), checked_zone(reader.zone)
    )


def checked_language(language: str) -> str:
    """Give the code of a language as it is kept.

    Raises:
        ReaderError: It is none.
    """
    if not _LANGUAGE.fullmatch(language):
        raise ReaderError(f"{language!r} is not a language. Write a code such as en or zh.")
    return language


def checked_zone(name: str | None) -> str | None:
    """Give the name of a time zone as it is kept; None where it is not known.

    Raises:
        ReaderError: There is no such zone.
    """
    zone = (name or "").strip() or None
    if zone and not known_zone(zone):
        raise ReaderError(f"{zone!r} is not a time zone. Write one such as Europe/Amsterdam.")
    return zone


def known_zone(name: str) -> bool:
    """Tell whether there is a time zone of this name."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
