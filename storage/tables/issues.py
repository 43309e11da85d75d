"""Tables of what is published: newsletter, issue, entry, paper, and the copies an issue was read from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.enums import AliasOrigin, EntryKind
from storage.tables.columns import Json, UtcDateTime, now, words


class Newsletter(SQLModel, table=True):
    """A publication: its name, who sends it, where it is at home, in which languages it appears."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=80)
    name: str
    sender_name: str | None = None
    sender_address: str | None = None
    postal_address: str | None = None
    home_zone: str = "UTC"
    languages: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))


class Issue(SQLModel, table=True):
    """One edition in one language; `(slug, language)` is unique."""

    __table_args__ = (UniqueConstraint("slug", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    newsletter_id: int = Field(foreign_key="newsletter.id")
    slug: str = Field(max_length=80, index=True)
    language: str = Field(max_length=16)
    title: str
    intro: str = ""  # Markdown
    month: date  # the first day of the month the issue is of
    month_source: str  # how the month became known, a sentence for the report
    translation_of_id: int | None = Field(default=None, foreign_key="issue.id")
    translation_credit: str | None = None
    sponsor: str | None = None  # Markdown
    occasions: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False)
    )  # announced dates such as a webinar: {"title", "at", "url"}
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Entry(SQLModel, table=True):
    """One item of an issue, of kind paper or news; its title may be unknown until an editor supplies it."""

    __table_args__ = (UniqueConstraint("issue_id", "kind", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(
        sa_column=Column(ForeignKey("issue.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    kind: EntryKind = Field(sa_column=Column(words(EntryKind), nullable=False))
    position: int  # order within the kind, from 1
    number: int | None = None  # as printed in a heading or, where lost, its place
    title: str | None = None
    authors: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    et_al: bool = False  # the author line ends in "et al."
    why: str = ""  # Markdown
    insights: str = ""  # Markdown; the text of a news item
    related: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False)
    )  # [{"title": str, "url": str | None, "arxiv": str | None}]
    links: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False)
    )  # [{"label": str, "url": str | None}]


class Paper(SQLModel, table=True):
    """The work itself, once, whoever wrote about it in which language."""

    id: int | None = Field(default=None, primary_key=True)
    title: str
    title_key: str = Field(unique=True)  # `storage.names.name_key(title)`
    arxiv: str | None = Field(default=None, unique=True, max_length=32)  # without a version
    doi: str | None = Field(default=None, unique=True, max_length=200)  # lower case
    authors: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    year: int | None = None


class PaperAlias(SQLModel, table=True):
    """Another name by which a paper is known."""

    __tablename__ = "paper_alias"
    __table_args__ = (UniqueConstraint("paper_id", "key"), Index("ix_paper_alias_key", "key"))

    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(
        sa_column=Column(ForeignKey("paper.id", ondelete="CASCADE"), nullable=False)
    )
    name: str
    key: str  # `storage.names.alias_key(name)`
    origin: AliasOrigin = Field(sa_column=Column(words(AliasOrigin), nullable=False))
    forbidden: bool = False  # an editor said: never take this name for this paper


class EntryPaper(SQLModel, table=True):
    """Which papers an entry covers, in the order of its heading."""

    __tablename__ = "entry_paper"

    entry_id: int = Field(
        sa_column=Column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    )
    paper_id: int = Field(sa_column=Column(ForeignKey("paper.id"), primary_key=True, index=True))
    position: int = 1


class Reference(SQLModel, table=True):
    """A numbered reference of an issue; numbers have gaps and are kept as printed."""

    __table_args__ = (UniqueConstraint("issue_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(
        sa_column=Column(ForeignKey("issue.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    position: int
    number: int
    text: str
    url: str | None = None


class Copy(SQLModel, table=True):
    """One text that an issue was read from; an issue is the merge of its copies and its corrections."""

    __table_args__ = (UniqueConstraint("issue_id", "origin"),)

    id: int | None = Field(default=None, primary_key=True)
    issue_id: int = Field(
        sa_column=Column(ForeignKey("issue.id", ondelete="CASCADE"), nullable=False)
    )
    origin: str  # file name without its folder
    form: str = Field(max_length=32)  # which reader read it
    digest: str = Field(max_length=64)  # SHA-256 of the file
    edition: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))  # what was read
    read_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Correction(SQLModel, table=True):
    """What an editor knows about an entry and no copy says; it outlives every later import."""

    __table_args__ = (UniqueConstraint("slug", "language", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(max_length=80)
    language: str = Field(default="", max_length=16)  # empty: every language of the issue
    number: int
    content: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    origin: str  # file name it came from
    given_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
