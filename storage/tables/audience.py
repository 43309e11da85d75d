"""Tables of who is written to: subscriber, channel, and the addresses that are never mailed again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from storage.enums import ChannelStatus, SubscriberStatus, SuppressionReason
from storage.tables.columns import BigId, UtcDateTime, now, words


class Subscriber(SQLModel, table=True):
    """An address with consent: pending → active → unsubscribed, bounced, complained.

    A deleted subscriber keeps its row, for the ledger's sake, without address and name.
    """

    __table_args__ = (Index("ix_subscriber_status_language", "status", "language"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    address: str | None = Field(default=None, max_length=254)  # as given, domain in lower case
    address_key: str | None = Field(default=None, unique=True, max_length=254)  # case folded
    name: str | None = Field(default=None, max_length=200)
    language: str = Field(default="en", max_length=16)
    zone: str | None = Field(default=None, max_length=64)
    status: SubscriberStatus = Field(
        default=SubscriberStatus.PENDING, sa_column=Column(words(SubscriberStatus), nullable=False)
    )
    source: str = Field(default="web", max_length=64)  # where consent was asked for
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmation_mailed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Channel(SQLModel, table=True):
    """A Discord channel that follows the newsletter."""

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    guild_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    channel_id: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    guild_name: str = ""
    channel_name: str = ""
    language: str = Field(default="en", max_length=16)
    role_id: int | None = Field(default=None, sa_column=Column(BigInteger))  # pinged with a post
    added_by: int | None = Field(default=None, sa_column=Column(BigInteger))  # Discord user id
    status: ChannelStatus = Field(
        default=ChannelStatus.ACTIVE, sa_column=Column(words(ChannelStatus), nullable=False)
    )
    broken_reason: str | None = None
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Suppression(SQLModel, table=True):
    """An address that is never mailed again, kept as a keyed hash only."""

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    address_hash: str = Field(unique=True, max_length=64)  # hex HMAC-SHA256 of the address key
    reason: SuppressionReason = Field(sa_column=Column(words(SuppressionReason), nullable=False))
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
