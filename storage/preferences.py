"""What subscribers choose for themselves: the language of their mail and their time zone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from storage.enums import EventKind, SubscriberStatus
from storage.events import Happening, append
from storage.new_subscribers import checked_language, checked_zone
from storage.tables import Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Preferences:
    """What an active subscriber chose.

    Attributes:
        language: Language tag of the edition that they get, where there is one.
        zone: Time zone (IANA) by whose clock sends by the reader's own time reach them; None: not known.
    """

    language: str
    zone: str | None


def preferences(session: Session, subscriber_id: int) -> Preferences | None:
    """Tell what a subscriber chose; None where there is no active subscription."""
    return _chosen_by(session.get(Subscriber, subscriber_id))


def prefer(
    session: Session, subscriber_id: int, chosen: Preferences, *, source: str, now: datetime
) -> bool:
    """Keep what a subscriber chose; it holds for sends that start from now on.

    Returns:
        Whether there is an active subscription.

    Raises:
        ReaderError: There is no such language or zone; nothing is changed.
    """
    kept = Preferences(checked_language(chosen.language), checked_zone(chosen.zone))
    subscriber = session.get(Subscriber, subscriber_id, with_for_update={"key_share": True})
    before = _chosen_by(subscriber)
    if subscriber is None or before is None:
        return False
    if kept != before:
        subscriber.language, subscriber.zone = kept.language, kept.zone
        session.add(subscriber)
        was, is_ = asdict(before), asdict(kept)
        changed = ", ".join(name for name in is_ if is_[name] != was[name])
        # Not to what: whoever is forgotten must not leave it behind, and events are never changed.
        append(
            session,
            Happening(
                EventKind.UPDATED, now, subscriber_id=subscriber_id, source=source,
                content={"changed": changed},
            ),
        )  # fmt: skip
    return True


def _chosen_by(subscriber: Subscriber | None) -> Preferences | None:
    if subscriber is None or subscriber.status is not SubscriberStatus.ACTIVE:
        return None
    return Preferences(subscriber.language, subscriber.zone)
