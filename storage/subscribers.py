"""Subscribers and their consent: asked for, confirmed, withdrawn, forgotten; every change is an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import idna
from sqlalchemy import func
from sqlmodel import col, select

from storage.enums import EventKind, SubscriberStatus, SuppressionReason
from storage.errors import StorageError
from storage.events import Happening, append
from storage.names import address_key
from storage.tables import Subscriber, Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlmodel import Session

MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
MAX_LOCAL = 64  # RFC 5321 §4.5.3.1.1
MAX_NAME = 200
ASK_AGAIN_AFTER = timedelta(days=1)  # one confirmation mail per address and day
_FORBIDDEN = frozenset('()<>[]:;,\\"')


class AddressError(StorageError):
    """This is not an email address."""


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """A reader whose consent an operator holds."""

    address: str
    name: str | None = None
    language: str = "en"


def checked_address(address: str) -> str:
    """Give an address in the form in which it is kept: trimmed, its domain in lower case.

    Raises:
        AddressError: It cannot be an address; says what is wrong with it, without repeating it.
    """
    trimmed = address.strip()
    local, at, domain = trimmed.rpartition("@")
    if not (local and at and domain):
        raise AddressError("An email address looks like name@example.org.")
    if len(local.encode()) > MAX_LOCAL or len(trimmed.encode()) > MAX_ADDRESS:
        raise AddressError("This email address is too long.")
    if any(c.isspace() or not c.isprintable() or c in _FORBIDDEN or c == "@" for c in local):
        raise AddressError("This email address has a character that none may have.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise AddressError("The part before the @ has a dot too many.")
    try:
        ascii_domain = idna.encode(domain.lower(), uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressError("The part after the @ is not a domain.") from error
    if "." not in ascii_domain or "@" in domain:
        raise AddressError("The part after the @ is not a domain.")
    return f"{local}@{domain.lower()}"


def find(session: Session, address: str) -> Subscriber | None:
    """Find a subscriber by address."""
    return session.exec(
        select(Subscriber).where(Subscriber.address_key == address_key(address))
    ).first()


def ask(  # noqa: PLR0913 - who, in which language, and the record of where and how they asked
    session: Session,
    address: str,
    *,
    language: str,
    source: str,
    wording: str,
    now: datetime,
    hash_address: Callable[[str], str],
) -> None:
    """Note that somebody asked to subscribe an address; a confirmation mail follows where it is due.

    Known, unknown and blocked addresses are treated alike outwardly: nothing is returned.

    Raises:
        AddressError: It cannot be an address.
    """
    kept = checked_address(address)
    key = address_key(kept)
    blocked = session.exec(
        select(Suppression.id).where(Suppression.address_hash == hash_address(key))
    ).first()
    if blocked is not None:
        return
    subscriber = find(session, kept)
    if subscriber is None:
        subscriber = Subscriber(address=kept, address_key=key, source=source, created_at=now)
    elif _must_not_be_asked(subscriber, now):
        return
    subscriber.status = SubscriberStatus.PENDING
    subscriber.language = language
    subscriber.asked_at, subscriber.confirmation_mailed_at = now, None
    session.add(subscriber)
    session.flush()
    _record(session, EventKind.SUBSCRIBED, subscriber, now, source, wording)


def _must_not_be_asked(subscriber: Subscriber, now: datetime) -> bool:
    if subscriber.status in {SubscriberStatus.ACTIVE, SubscriberStatus.COMPLAINED}:
        return True
    return subscriber.asked_at is not None and now - subscriber.asked_at < ASK_AGAIN_AFTER


def confirm(
    session: Session, subscriber_id: int, *, source: str, wording: str, now: datetime
) -> bool:
    """Make a pending subscriber active; tells whether they are active now."""
    subscriber = session.get(Subscriber, subscriber_id)
    if subscriber is None or subscriber.address is None:
        return False
    if subscriber.status is SubscriberStatus.PENDING:
        subscriber.status = SubscriberStatus.ACTIVE
        subscriber.confirmed_at = now
        session.add(subscriber)
        _record(session, EventKind.CONFIRMED, subscriber, now, source, wording)
    return subscriber.status is SubscriberStatus.ACTIVE


def unsubscribe(
    session: Session, subscriber_id: int, *, source: str, now: datetime, wording: str = ""
) -> bool:
    """End a subscription; tells whether there is such a subscriber. Doing it twice changes nothing."""
    subscriber = session.get(Subscriber, subscriber_id)
    if subscriber is None:
        return False
    if subscriber.status in {SubscriberStatus.ACTIVE, SubscriberStatus.PENDING}:
        subscriber.status = SubscriberStatus.UNSUBSCRIBED
        subscriber.left_at = now
        session.add(subscriber)
        _record(session, EventKind.UNSUBSCRIBED, subscriber, now, source, wording)
    return True


def forget(
    session: Session,
    subscriber: Subscriber,
    *,
    hash_address: Callable[[str], str],
    source: str,
    now: datetime,
) -> None:
    """Remove address and name for good; a keyed hash stays, so that the address is never mailed again."""
    key = subscriber.address_key
    if key is not None:
        digest = hash_address(key)
        known = session.exec(select(Suppression).where(Suppression.address_hash == digest)).first()
        if known is None:
            session.add(
                Suppression(address_hash=digest, reason=SuppressionReason.DELETED, created_at=now)
            )
    subscriber.address = subscriber.address_key = subscriber.name = None
    subscriber.status = SubscriberStatus.UNSUBSCRIBED
    subscriber.left_at = now
    session.add(subscriber)
    _record(session, EventKind.DELETED, subscriber, now, source, "")


def add_confirmed(
    session: Session, readers: Iterable[NewSubscriber], *, source: str, now: datetime
) -> tuple[int, int]:
    """Add readers whose consent the operator holds; gives (added, already known).

    Readers who once left or complained are not brought back.

    Raises:
        AddressError: An address cannot be one; nothing is added.
    """
    added = known = 0
    seen: set[str] = set()
    for reader in readers:
        kept = checked_address(reader.address)
        key = address_key(kept)
        if key in seen or find(session, kept) is not None:
            known += 1
            continue
        seen.add(key)
        subscriber = Subscriber(
            address=kept,
            address_key=key,
            name=reader.name or None,
            language=reader.language,
            status=SubscriberStatus.ACTIVE,
            source=source[:64],
            created_at=now,
            confirmed_at=now,
        )
        session.add(subscriber)
        session.flush()
        _record(session, EventKind.CONFIRMED, subscriber, now, source, "consent held by operator")
        added += 1
    return added, known


def counts(session: Session) -> list[tuple[SubscriberStatus, str, int]]:
    """Count subscribers by status and language."""
    query = (
        select(Subscriber.status, Subscriber.language, func.count(col(Subscriber.id)))
        .group_by(col(Subscriber.status), col(Subscriber.language))
        .order_by(col(Subscriber.status), col(Subscriber.language))
    )
    return [(SubscriberStatus(status), language, n) for status, language, n in session.exec(query)]


def _record(  # noqa: PLR0913, PLR0917 - what, who, when, where and in which words
    session: Session, kind: EventKind, who: Subscriber, at: datetime, source: str, wording: str
) -> None:
    content = {"wording": wording} if wording else {}
    append(session, Happening(kind, at, subscriber_id=who.id, source=source[:64], content=content))
