"""Tables of topics: the taxonomy, and which entry is about what."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index
from sqlmodel import Field, SQLModel

from storage.enums import TopicOrigin
from storage.tables.columns import Json, words


class Topic(SQLModel, table=True):
    """A subject by which entries are found; the rules that propose it are part of it."""

    slug: str = Field(primary_key=True, max_length=40)
    names: dict[str, str] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False)
    )  # by language: {"en": "Scaling", "zh": "规模扩展"}
    terms: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    position: int  # order in the taxonomy, from 1


class EntryTopic(SQLModel, table=True):
    """Says that an entry is about a topic, and who said so."""

    __tablename__ = "entry_topic"
    __table_args__ = (Index("ix_entry_topic_topic", "topic"),)

    entry_id: int = Field(
        sa_column=Column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    )
    topic: str = Field(primary_key=True, max_length=40)  # slug
    origin: TopicOrigin = Field(sa_column=Column(words(TopicOrigin), nullable=False))
