"""Tables of the delivery ledger: send, batch, delivery, and the events that happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.enums import (
    Audience,
    BatchStatus,
    DeliveryStatus,
    EventKind,
    Medium,
    SendStatus,
    UncertainPolicy,
)
from storage.tables.columns import BigId, Json, UtcDateTime, now, words


class Send(SQLModel, table=True):
    """A scheduled publication of one issue to one audience.

    Each recipient gets the edition in their language where there is one, else the issue itself.
    """

    __table_args__ = (
        Index("ix_send_status_due_at", "status", "due_at"),
        # An issue goes to an audience once; a cancelled send makes room for another.
        Index(
            "uq_send_issue_audience",
            "issue_id",
            "audience",
            unique=True,
            sqlite_where=text("status <> 'cancelled'"),
            postgresql_where=text("status <> 'cancelled'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(foreign_key="issue.id")
    audience: Audience = Field(
        default=Audience.EVERYONE, sa_column=Column(words(Audience), nullable=False)
    )
    status: SendStatus = Field(
        default=SendStatus.DRAFT, sa_column=Column(words(SendStatus), nullable=False)
    )
    due_at: datetime = Field(sa_type=UtcDateTime)
    zone: str = Field(default="UTC", max_length=64)  # in which the time was given
    # The time on each reader's own clock, `2026-12-01T09:00`; None where it leaves for all at once.
    reader_time: str | None = Field(default=None, max_length=16)
    on_uncertain: UncertainPolicy = Field(
        default=UncertainPolicy.HOLD, sa_column=Column(words(UncertainPolicy), nullable=False)
    )
    planned: int | None = None  # deliveries frozen; None until the send is planned
    pause_reason: str | None = None
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Batch(SQLModel, table=True):
    """The unit of work: up to 500 deliveries of one send, one medium, one edition."""

    __table_args__ = (Index("ix_batch_status_start_at", "status", "start_at"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    send_id: int = Field(foreign_key="send.id", index=True)
    issue_id: int = Field(foreign_key="issue.id")  # the edition its recipients get
    medium: Medium = Field(sa_column=Column(words(Medium), nullable=False))
    status: BatchStatus = Field(
        default=BatchStatus.PENDING, sa_column=Column(words(BatchStatus), nullable=False)
    )
    size: int
    start_at: datetime = Field(sa_type=UtcDateTime)
    owner: str | None = Field(default=None, max_length=80)  # the process that holds the lease
    # Of one that waits: since when it could go on at once, by whatever clock; None if it never was at work.
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Delivery(SQLModel, table=True):
    """One recipient's copy; unique per send and recipient."""

    __table_args__ = (
        UniqueConstraint("send_id", "subscriber_id"),
        UniqueConstraint("send_id", "channel_id"),
        Index("ix_delivery_batch_id_status", "batch_id", "status"),
        Index("ix_delivery_send_id_status", "send_id", "status"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    send_id: int = Field(foreign_key="send.id")
    batch_id: int = Field(sa_column=Column(ForeignKey("batch.id"), nullable=False))
    subscriber_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("subscriber.id"), index=True)
    )
    channel_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("channel.id"))
    )  # Channel.id, not Discord's snowflake
    status: DeliveryStatus = Field(
        default=DeliveryStatus.PENDING, sa_column=Column(words(DeliveryStatus), nullable=False)
    )
    attempts: int = 0
    retry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    code: str | None = Field(default=None, max_length=40)  # "250 2.0.0", "discord 50013"
    detail: str | None = None  # the last reply in words, without addresses
    nonce: str | None = Field(default=None, max_length=25)  # Discord's, stored before the call
    remote_id: str | None = Field(default=None, max_length=200)  # Message-ID or Discord message id
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Event(SQLModel, table=True):
    """Something that happened; rows are appended and never changed."""

    __table_args__ = (
        Index("ix_event_delivery_id", "delivery_id"),
        Index("ix_event_subscriber_id", "subscriber_id"),
        Index("ix_event_send_id_kind", "send_id", "kind"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    kind: EventKind = Field(sa_column=Column(words(EventKind), nullable=False))
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    delivery_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("delivery.id"))
    )
    send_id: int | None = Field(default=None, foreign_key="send.id")
    subscriber_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("subscriber.id"))
    )
    channel_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("channel.id"))
    )
    source: str = Field(default="", max_length=64)  # "web form", "one-click", "smtp", "cli" …
    content: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False)
    )  # what else is known; for consent, the wording agreed to
