"""Which copies of unknown fate may go out once more by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from storage.enums import EventKind, SendStatus, UncertainPolicy
from storage.tables import Delivery, Event, Send

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

_MOST_RESENDS = 2  # of one copy: a server that never answers would else get it for ever
_BY_ITSELF = ("engine", "recovery")  # sources of events that nobody asked for


def resendable(session: Session, delivery_ids: Collection[int]) -> set[int]:
    """Tell which of these deliveries go out again though they may have arrived; the others wait for a word.

    Those whose send asks for it (`--on-uncertain resend`), until they went out again twice,
    or the send is cancelled.
    """
    if not delivery_ids:
        return set()
    resends = (
        select(func.count())
        .select_from(Event)
        .where(
            Event.delivery_id == Delivery.id,
            Event.kind == EventKind.RESENT,
            col(Event.source).in_(_BY_ITSELF),
        )
        .scalar_subquery()
    )
    found = session.exec(
        select(Delivery.id)
        .join(Send, col(Send.id) == Delivery.send_id)
        .where(
            col(Delivery.id).in_(delivery_ids),
            Send.on_uncertain == UncertainPolicy.RESEND,
            Send.status != SendStatus.CANCELLED,
            resends < _MOST_RESENDS,
        )
    )
    return {delivery_id for delivery_id in found if delivery_id is not None}
