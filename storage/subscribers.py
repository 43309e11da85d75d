"""Subscribers and their consent: asked for, confirmed, withdrawn, forgotten; every change is an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, assert_never

from sqlalchemy import bindparam, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from storage.addresses import AddressError, checked_address
from storage.enums import EventKind, SubscriberStatus, SuppressionReason
from storage.errors import StorageError
from storage.events import Happening, append, append_all
from storage.names import mailbox_key
from storage.new_subscribers import NewSubscriber, ReaderError, checked_reader, known_zone
from storage.tables import Subscriber, Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from sqlmodel import Session

__all__ = [
    "AddressError",
    "Asked",
    "Brought",
    "NewSubscriber",
    "ReaderError",
    "add_confirmed",
    "ask",
    "checked_address",
    "checked_reader",
    "confirm",
    "counts",
    "find",
    "forget",
    "known_zone",
    "listed",
    "unsubscribe",
]

MAX_SOURCE = 64  # characters of the column; the event keeps the whole of it
ASK_AGAIN_AFTER = timedelta(days=1)  # one confirmation mail per address and day
ROWS_AT_ONCE = 2_000  # far below the number of values that a statement may hold


class Asked(StrEnum):
    """What came of a wish to subscribe; for the operator's eyes, never for whoever sent the form."""

    QUEUED = "queued"  # a confirmation mail follows
    RECENT = "recent"  # one was asked for less than a day ago
    ACTIVE = "active"  # subscribed already
    BLOCKED = "blocked"  # must never be mailed again


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a list of readers."""

    added: int = 0
    confirmed: int = 0  # waited for their confirmation; the operator's word replaces it
    known: int = 0  # active already, named twice, or left and not brought back
    blocked: int = 0  # must never be mailed again

    def __add__(self, other: Brought) -> Brought:
        return Brought(
            self.added + other.added,
            self.confirmed + other.confirmed,
            self.known + other.known,
            self.blocked + other.blocked,
        )


def find(session: Session, address: str) -> Subscriber | None:
    """Find a subscriber by address, in whichever spelling."""
    try:
        key = mailbox_key(checked_address(address))
    except AddressError:
        key = mailbox_key(address)
    return session.exec(select(Subscriber).where(Subscriber.address_key == key)).first()


def ask(  # noqa: PLR0913 - who, in which language, and the record of where and how they asked
    session: Session,
    address: str,
    *,
    language: str,
    source: str,
    wording: str,
    now: datetime,
    hashes: Callable[[str], Collection[str]],
    name: str | None = None,
    zone: str | None = None,
) -> Asked:
    """Note that somebody asked to subscribe an address; a confirmation mail follows where it is due.

    Args:
        session: A session for writing.
        address: Whatever was typed.
        language: Language of their mail.
        source: Where they asked.
        wording: The words they agreed to.
        now: The time, aware.
        hashes: Gives the keyed hashes under which an address key may stand in the suppression list.
        name: What they want to be called.
        zone: Their time zone.

    Raises:
        AddressError: It cannot be an address.
        ReaderError: Name, language or zone cannot be kept.
    """
    reader = checked_reader(NewSubscriber(address, name, language, zone))
    key = mailbox_key(reader.address)
    if _blocked(session, hashes(key)):
        return Asked.BLOCKED
    subscriber = _with_key(session, key) or _pending(session, reader, key, source, now)
    match subscriber.status:
        case SubscriberStatus.ACTIVE:
            return Asked.ACTIVE
        case SubscriberStatus.COMPLAINED:
            return Asked.BLOCKED
        case SubscriberStatus.PENDING | SubscriberStatus.UNSUBSCRIBED | SubscriberStatus.BOUNCED:
            if subscriber.asked_at and now - subscriber.asked_at < ASK_AGAIN_AFTER:
                return Asked.RECENT
        case _:
            assert_never(subscriber.status)
    subscriber.status, subscriber.language = SubscriberStatus.PENDING, reader.language
    subscriber.name = reader.name or subscriber.name
    subscriber.zone = reader.zone or subscriber.zone
    subscriber.asked_at, subscriber.confirmation_mailed_at = now, None
    session.add(subscriber)
    session.flush()
    _record(session, EventKind.SUBSCRIBED, subscriber, now, source, wording)
    return Asked.QUEUED


def confirm(
    session: Session, subscriber_id: int, *, source: str, wording: str, now: datetime
) -> bool:
    """Make a pending subscriber active; tells whether they are active now."""
    subscriber = _locked(session, subscriber_id)
    if subscriber is None or subscriber.address is None:
        return False
    if subscriber.status is SubscriberStatus.PENDING:
        subscriber.status = SubscriberStatus.ACTIVE
        subscriber.confirmed_at, subscriber.left_at = now, None
        session.add(subscriber)
        _record(session, EventKind.CONFIRMED, subscriber, now, source, wording)
    return subscriber.status is SubscriberStatus.ACTIVE


def unsubscribe(
    session: Session, subscriber_id: int, *, source: str, now: datetime, wording: str = ""
) -> bool:
    """End a subscription; tells whether there is such a subscriber. Doing it twice changes nothing."""
    subscriber = _locked(session, subscriber_id)
    if subscriber is None:
        return False
    match subscriber.status:
        case SubscriberStatus.ACTIVE | SubscriberStatus.PENDING | SubscriberStatus.BOUNCED:
            subscriber.status, subscriber.left_at = SubscriberStatus.UNSUBSCRIBED, now
            session.add(subscriber)
            _record(session, EventKind.UNSUBSCRIBED, subscriber, now, source, wording)
        case SubscriberStatus.UNSUBSCRIBED | SubscriberStatus.COMPLAINED:
            pass
        case _:
            assert_never(subscriber.status)
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
    if subscriber.address_key is not None:
        digest = hash_address(subscriber.address_key)
        if not _blocked(session, [digest]):
            session.add(
                Suppression(address_hash=digest, reason=SuppressionReason.DELETED, created_at=now)
            )
    subscriber.address = subscriber.address_key = subscriber.name = subscriber.zone = None
    subscriber.status = SubscriberStatus.UNSUBSCRIBED
    subscriber.left_at = now
    session.add(subscriber)
    _record(session, EventKind.DELETED, subscriber, now, source, "")


def add_confirmed(
    session: Session,
    readers: Iterable[NewSubscriber],
    *,
    source: str,
    now: datetime,
    hashes: Callable[[str], Collection[str]] | None = None,
) -> Brought:
    """Add readers whose consent the operator holds, many at a time.

    Readers who once left or complained are not brought back, and forgotten addresses not taken up again.

    Args:
        session: A session for writing.
        readers: The list.
        source: Where their consent comes from.
        now: The time, aware.
        hashes: Gives the keyed hashes of an address key in the suppression list; None only where
            that list cannot hold anything yet.

    Raises:
        AddressError: An address cannot be one; nothing is added.
        ReaderError: A name or a language cannot be kept; nothing is added.
    """
    done = Brought()
    seen: set[str] = set()
    for some in _chunks(map(checked_reader, readers)):
        by_key = {mailbox_key(it.address): it for it in some}
        fresh = {key: it for key, it in by_key.items() if key not in seen}
        seen.update(fresh)
        twice = Brought(known=len(some) - len(fresh))
        done += twice + _bring(session, fresh, source, now, hashes)
    return done


def counts(session: Session) -> list[tuple[SubscriberStatus, str, int]]:
    """Count subscribers by status and language."""
    query = (
        select(Subscriber.status, Subscriber.language, func.count(col(Subscriber.id)))
        .group_by(col(Subscriber.status), col(Subscriber.language))
        .order_by(col(Subscriber.status), col(Subscriber.language))
    )
    return [(SubscriberStatus(status), language, n) for status, language, n in session.exec(query)]


def listed(session: Session) -> Iterator[Subscriber]:
    """Go through all subscribers who have an address, in the order of their ids.

    On PostgreSQL who comes or goes meanwhile may be among them or not.
    """
    query = (
        select(Subscriber)
        .where(col(Subscriber.address).is_not(None), col(Subscriber.id) > bindparam("after"))
        .order_by(col(Subscriber.id))
        .limit(ROWS_AT_ONCE)
    )
    after = 0
    while some := session.exec(query, params={"after": after}).all():
        yield from some
        after = some[-1].id or 0


def _with_key(session: Session, key: str) -> Subscriber | None:
    query = select(Subscriber).where(Subscriber.address_key == key)
    query = query.with_for_update(key_share=True)  # as below
    return session.exec(query).first()


def _locked(session: Session, subscriber_id: int) -> Subscriber | None:
    # Of any stronger lock PostgreSQL says that the key may change, and undoes a plan that refers to it.
    return session.get(Subscriber, subscriber_id, with_for_update={"key_share": True})


def _blocked(session: Session, hashes: Collection[str]) -> bool:
    query = select(Suppression.id).where(col(Suppression.address_hash).in_(hashes))
    return session.exec(query).first() is not None


def _pending(
    session: Session, reader: NewSubscriber, key: str, source: str, now: datetime
) -> Subscriber:
    # Two forms with one new address may arrive at once: one inserts, the other finds the row.
    _insert(session, [_row(reader, key, SubscriberStatus.PENDING, source, now)])
    subscriber = _with_key(session, key)
    if subscriber is None:
        raise StorageError("The subscriber was removed while being added. Ask again.")
    return subscriber


def _bring(
    session: Session,
    readers: dict[str, NewSubscriber],
    source: str,
    now: datetime,
    hashes: Callable[[str], Collection[str]] | None,
) -> Brought:
    blocked = _blocked_keys(session, readers, hashes) if hashes else set()
    query = select(Subscriber.id, Subscriber.address_key, Subscriber.status).where(
        col(Subscriber.address_key).in_(readers)
    )
    there = {key: (number, status) for number, key, status in session.exec(query)}
    waiting = [
        number
        for key, (number, status) in there.items()
        if status is SubscriberStatus.PENDING and key not in blocked and number is not None
    ]
    new = [key for key in readers if key not in there and key not in blocked]
    added = _insert(
        session, [_row(readers[key], key, SubscriberStatus.ACTIVE, source, now) for key in new]
    )
    if waiting:
        session.connection().execute(
            update(Subscriber)
            .where(col(Subscriber.id).in_(waiting))
            .values(status=SubscriberStatus.ACTIVE, confirmed_at=now)
        )
    content = {"wording": "consent held by the operator", "source": source}
    append_all(
        session,
        [
            Happening(EventKind.CONFIRMED, now, subscriber_id=number, source=source[:MAX_SOURCE],
                      content=content)
            for number in (*added, *waiting)
        ],
    )  # fmt: skip
    known = len(readers) - len(added) - len(waiting) - len(blocked)
    return Brought(len(added), len(waiting), known, len(blocked))


def _blocked_keys(
    session: Session, keys: Iterable[str], hashes: Callable[[str], Collection[str]]
) -> set[str]:
    by_hash = {digest: key for key in keys for digest in hashes(key)}
    query = select(Suppression.address_hash).where(col(Suppression.address_hash).in_(by_hash))
    return {by_hash[digest] for digest in session.exec(query)}


def _row(
    reader: NewSubscriber, key: str, status: SubscriberStatus, source: str, now: datetime
) -> dict[str, Any]:
    return {
        "address": reader.address,
        "address_key": key,
        "name": reader.name,
        "language": reader.language,
        "zone": reader.zone,
        "status": status,
        "source": source[:MAX_SOURCE],
        "created_at": now,
        "confirmed_at": now if status is SubscriberStatus.ACTIVE else None,
    }


def _insert(session: Session, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert those whose address is not there yet; give their ids."""
    if not rows:
        return []
    dialect = sqlite if session.connection().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(Subscriber).on_conflict_do_nothing(index_elements=["address_key"])
    ids = session.connection().execute(statement.returning(col(Subscriber.id)), rows).scalars()
    return [number for number in ids if number is not None]


def _chunks(readers: Iterable[NewSubscriber]) -> Iterator[list[NewSubscriber]]:
    rest = iter(readers)
    while some := list(islice(rest, ROWS_AT_ONCE)):
        yield some


def _record(  # noqa: PLR0913, PLR0917 - what, who, when, where and in which words
    session: Session, kind: EventKind, who: Subscriber, at: datetime, source: str, wording: str
) -> None:
    content = {"wording": wording} if wording else {}
    append(
        session,
        Happening(kind, at, subscriber_id=who.id, source=source[:MAX_SOURCE], content=content),
    )
