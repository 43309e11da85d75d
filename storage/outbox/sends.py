"""The life of a send: each step is a compare-and-set, so any number of processes may try it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, exists, or_, update
from sqlmodel import col, select

from storage.bulk import table_of
from storage.enums import BatchStatus, DeliveryStatus, EventKind, SendStatus
from storage.events import Happening, append
from storage.outbox.balance import balance
from storage.tables import Batch, Delivery, Event, Issue, Send

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlmodel import Session

# What a cancelled send can still take back.
_RECALLABLE = (DeliveryStatus.PENDING, DeliveryStatus.DEFERRED)

# Asked at the end of each batch, so written once.
_sends, _batches = table_of(Send), table_of(Batch)
_events, _deliveries = table_of(Event), table_of(Delivery)
# It was to go out again although an earlier try may have arrived. What evidence let go out again never did.
_MAY_HAVE_LEFT: Final = and_(
    _deliveries.c.attempts > 0,
    exists().where(
        _events.c.delivery_id == _deliveries.c.id,
        _events.c.kind == EventKind.RESENT,
        _events.c.source != "evidence",
    ),
)
_FINISH: Final = (
    update(_sends)
    .where(
        _sends.c.id == bindparam("of"),
        _sends.c.status == SendStatus.SENDING,
        _sends.c.planned.is_not(None),
        ~exists().where(
            _batches.c.send_id == bindparam("of"), _batches.c.status != BatchStatus.DONE
        ),
    )
    .values(status=SendStatus.SENT, finished_at=bindparam("now"))
)


def list_sends(session: Session) -> list[tuple[Send, Issue]]:
    """List all sends with their issues, the newest first."""
    query = select(Send, Issue).join(Issue, col(Issue.id) == Send.issue_id)
    return [(send, issue) for send, issue in session.exec(query.order_by(col(Send.id).desc()))]


def due_sends(session: Session, now: datetime) -> list[int]:
    """List the scheduled sends whose time has come, the longest due first."""
    query = select(Send.id).where(Send.status == SendStatus.SCHEDULED, col(Send.due_at) <= now)
    return [found for found in session.exec(query.order_by(col(Send.due_at))) if found is not None]


def take_due(session: Session, send_id: int, now: datetime) -> bool:
    """Start a send, if it is due and nobody else has started it; tell whether it is ours."""
    return _move(
        session, send_id, (SendStatus.SCHEDULED,), SendStatus.SENDING,
        col(Send.due_at) <= now, started_at=now,
    )  # fmt: skip


def pause_send(session: Session, send_id: int, now: datetime, reason: str, source: str) -> bool:
    """Hold back whatever of a send has not left yet; tell whether there was something to hold."""
    running = (SendStatus.SCHEDULED, SendStatus.SENDING)
    if not _move(session, send_id, running, SendStatus.PAUSED, pause_reason=reason):
        return False
    append(session, Happening(EventKind.PAUSED, now, send_id=send_id, source=source,
                              content={"reason": reason}))  # fmt: skip
    return True


def resume_send(session: Session, send_id: int, now: datetime, source: str) -> bool:
    """Go on with a paused send; tell whether it was paused."""
    paused, planned = (SendStatus.PAUSED,), col(Send.planned)
    if not (
        _move(session, send_id, paused, SendStatus.SENDING, planned.is_not(None), pause_reason=None)
        or _move(
            session, send_id, paused, SendStatus.SCHEDULED, planned.is_(None), pause_reason=None
        )
    ):
        return False
    append(session, Happening(EventKind.RESUMED, now, send_id=send_id, source=source))
    finish_if_done(session, send_id, now)
    return True


def cancel_send(session: Session, send_id: int, now: datetime, source: str) -> bool:
    """Take back whatever of a send has not left yet; tell whether it could be cancelled.

    Batches that a process is working on are closed by that process, within a second.
    """
    alive = (SendStatus.DRAFT, SendStatus.SCHEDULED, SendStatus.SENDING, SendStatus.PAUSED)
    if not _move(session, send_id, alive, SendStatus.CANCELLED, finished_at=now, pause_reason=None):
        return False
    connection = session.connection()
    connection.execute(
        update(Batch)
        .where(col(Batch.send_id) == send_id, col(Batch.status) == BatchStatus.PENDING)
        .values(status=BatchStatus.DONE)
    )
    closed = select(Batch.id).where(Batch.send_id == send_id, Batch.status == BatchStatus.DONE)
    cancel_deliveries(session, col(Delivery.batch_id).in_(closed), now)
    append(session, Happening(EventKind.CANCELLED, now, send_id=send_id, source=source))
    return True


def cancel_deliveries(session: Session, which: Any, now: datetime) -> None:  # noqa: ANN401 - SQLAlchemy's condition
    """Cancel the deliveries that have not left; one that may have left becomes uncertain."""
    of = update(Delivery).where(which)
    recallable = col(Delivery.status).in_(_RECALLABLE)
    session.connection().execute(
        of.where(
            or_(col(Delivery.status) == DeliveryStatus.SUBMITTING, and_(recallable, _MAY_HAVE_LEFT))
        ).values(status=DeliveryStatus.UNCERTAIN, retry_at=None, updated_at=now)
    )
    session.connection().execute(
        of.where(recallable).values(status=DeliveryStatus.CANCELLED, retry_at=None, updated_at=now)
    )


def finish_if_done(session: Session, send_id: int, now: datetime) -> bool:
    """Close a send when each of its batches is done; tell whether it was closed now.

    The send's row must be locked by the caller's transaction, or two last batches could miss each other.
    """
    session.flush()
    finished = session.connection().execute(_FINISH, {"of": send_id, "now": now})
    if not finished.rowcount:
        return False
    append(session, Happening(EventKind.FINISHED, now, send_id=send_id, source="engine",
                              content=asdict(balance(session, send_id))))  # fmt: skip
    return True


def idle_sends(session: Session) -> list[int]:
    """List the running sends that have nothing left to do, such as one without recipients."""
    open_batch = exists().where(
        col(Batch.send_id) == Send.id, col(Batch.status) != BatchStatus.DONE
    )
    running = (Send.status == SendStatus.SENDING, col(Send.planned).is_not(None))
    found = session.exec(select(Send.id).where(*running, ~open_batch))
    return [send_id for send_id in found if send_id is not None]


def lock_send(session: Session, send_id: int) -> Send:
    """Read a send and keep others from changing it until the transaction ends."""
    query = select(Send).where(Send.id == send_id).with_for_update(key_share=True)
    return session.exec(query, execution_options={"populate_existing": True}).one()


def _move(
    session: Session,
    send_id: int,
    from_: tuple[SendStatus, ...],
    to: SendStatus,
    *conditions: Any,  # noqa: ANN401 - SQLAlchemy's conditions
    **values: object,
) -> bool:
    moved = session.connection().execute(
        update(Send)
        .where(col(Send.id) == send_id, col(Send.status).in_(from_), *conditions)
        .values(status=to, **values)
    )
    return moved.rowcount == 1
