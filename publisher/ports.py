"""The seams of the pipeline: what a sender and a clock must offer, in types that know no transport.

`mailer` and `bot.announce` fit `Sender` by shape alone; neither imports this module.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - part of a tuple
from typing import Literal, NamedTuple, Protocol, TypedDict, runtime_checkable

# What became of one hand-off.
#   accepted   the next server took it (SMTP 250, Discord 200)
#   transient  try again later (SMTP 4xx, a dropped connection before the last byte)
#   permanent  this recipient cannot be reached (5.1.1, 404 unknown channel)
#   ours       we are at fault (5.7.x, size, bad token): pause the send and tell the admin
#   unknown    the last byte left and no reply came; accepted or not, nobody can say
Verdict = Literal["accepted", "transient", "permanent", "ours", "unknown"]


class LinkView(TypedDict):
    """A link of an entry; `url` is None where the address was lost and only the label is known."""

    label: str
    url: str | None


class WorkView(TypedDict):
    """A related work named by an entry."""

    title: str
    url: str | None
    arxiv: str | None


class PaperView(TypedDict):
    """A paper, once."""

    id: int
    title: str
    arxiv: str | None
    doi: str | None
    aliases: list[str]
    guessed: list[str]  # those of the aliases that no file and no editor gave


class TopicView(TypedDict):
    """A topic of an entry."""

    slug: str
    name: str  # in the language of the issue, else in the first there is
    names: dict[str, str]  # by language


class EntryView(TypedDict):
    """A paper entry of an issue."""

    number: int
    title: str | None
    papers: list[PaperView]
    authors: list[str]
    et_al: bool
    why: str  # Markdown
    insights: str  # Markdown
    related: list[WorkView]
    links: list[LinkView]
    topics: list[TopicView]  # in the order of the taxonomy


class ReferenceView(TypedDict):
    """A numbered reference, its number as printed."""

    number: int
    text: str
    url: str | None


class OccasionView(TypedDict):
    """An announced date, such as a webinar."""

    title: str
    at: str | None  # ISO 8601, or as the edition has it
    when: str | None  # the same in words: Chinese for an issue in Chinese, else English
    url: str | None


class IssueView(TypedDict):
    """An issue with all its parts; the one shape that mail, web, Discord and `--json` read.

    Texts are Markdown of a small dialect (paragraphs, `- ` lists, links, emphasis) and never HTML.
    """

    slug: str
    language: str
    languages: list[str]  # of all translations, its own included
    newsletter: str
    title: str
    month: str  # "2022-04"
    month_source: str
    translation_credit: str | None
    sponsor: str | None
    events: list[OccasionView]
    intro: str
    news: list[str]
    entries: list[EntryView]
    references: list[ReferenceView]
    published_at: str | None  # ISO 8601, UTC


class Copy(NamedTuple):
    """What a sender needs to know of one recipient."""

    delivery_id: int
    send_id: int
    recipient_id: int  # subscriber or channel row
    address: str  # an email address, or Discord's channel id in digits
    name: str | None
    language: str
    nonce: str | None = None  # Discord: stored before the call
    submitting_since: datetime | None = None  # set when an earlier try may have succeeded
    role_id: int | None = None


class Outcome(Protocol):
    """What became of one hand-off."""

    @property
    def verdict(self) -> Verdict:
        """Tell the class of the answer."""

    @property
    def code(self) -> str:
        """Give the reply's code, such as `250 2.0.0` or `discord 50013`."""

    @property
    def text(self) -> str:
        """Give the reply in words, free of addresses."""

    @property
    def remote_id(self) -> str | None:
        """Give the Message-ID or Discord's message id."""

    @property
    def retry_after(self) -> float | None:
        """Give the seconds to wait that the other side asked for."""


class Sender(Protocol):
    """Hands copies of one issue to the next server; one instance serves one worker at a time."""

    async def prepare(self, issue: IssueView) -> None:
        """Make everything that all copies of this issue share; called before the copies of a batch."""

    async def hand_off(self, copy: Copy) -> Outcome:
        """Hand over one copy and wait for the answer; never raises for what the other side does."""

    async def close(self) -> None:
        """Say goodbye and free the connection."""


class CopyFeed(Protocol):
    """Where a sender gets copies from, and where their outcomes go; called from the event loop alone."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""

    def next(self) -> Copy | None:
        """Give the next copy; None when there is none at the moment."""

    def leaving(self, copy: Copy) -> None:
        """Take note that a copy's last byte leaves now; again where it goes over another connection."""

    def refused(self, copy: Copy) -> None:
        """Take note that a copy was refused; its outcome follows when it is certain what that means."""

    def settled(self, copy: Copy, outcome: Outcome) -> None:
        """Take a copy's outcome; each copy gets exactly one."""


@runtime_checkable
class BulkSender(Protocol):
    """Hands over many copies of one issue at once; one instance serves one worker at a time."""

    async def prepare(self, issue: IssueView) -> None:
        """Make everything that all copies of this issue share; called before the copies of a batch."""

    async def stream(self, feed: CopyFeed) -> Outcome | None:
        """Hand over what a feed gives until it has ended and every copy has its outcome.

        Returns:
            None; or why the other side cannot be reached: then the feed keeps what it has not given.
        """

    def poke(self) -> None:
        """Look again whether the feed has something to give or has ended."""

    async def close(self) -> None:
        """Say goodbye and free the connection."""


class Clock(Protocol):
    """Where the pipeline gets the time from; tests put their own in."""

    def now(self) -> datetime:
        """Tell the time, aware and in UTC."""
