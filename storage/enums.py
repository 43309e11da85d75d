"""The closed sets of words that rows may carry; each value is what stands in the database and in `--json`."""

from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry of an issue is about."""

    PAPER = "paper"
    NEWS = "news"


class AliasOrigin(StrEnum):
    """Who says that a paper is also known by this name."""

    EDITOR = "editor"  # written in an edition file or a corrections file
    GUESSED = "guessed"  # read out of the text; never enough to be sure


class TopicOrigin(StrEnum):
    """Who says that an entry is about a topic."""

    EDITOR = "editor"  # chosen by hand; the rules change nothing about it
    GUESSED = "guessed"  # proposed by the rules of the taxonomy


class SubscriberStatus(StrEnum):
    """Where a subscriber's consent stands."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class ChannelStatus(StrEnum):
    """Whether posts to a Discord channel can be made."""

    ACTIVE = "active"
    BROKEN = "broken"
    REMOVED = "removed"


class SuppressionReason(StrEnum):
    """Why an address is never mailed again."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DELETED = "deleted"
    OPERATOR = "operator"


class Audience(StrEnum):
    """To whom a send goes."""

    EVERYONE = "everyone"
    EMAIL = "email"
    DISCORD = "discord"


class SendStatus(StrEnum):
    """The life of a send: draft → scheduled → sending → paused → sent, or cancelled."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


class UncertainPolicy(StrEnum):
    """What to do with a delivery of which a crash left unknown whether it was accepted."""

    HOLD = "hold"  # shown to the admin; a gap rather than a duplicate
    RESEND = "resend"  # a duplicate rather than a gap


class Medium(StrEnum):
    """How a copy travels."""

    EMAIL = "email"
    DISCORD = "discord"


class BatchStatus(StrEnum):
    """Where a batch of deliveries stands."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"


class DeliveryStatus(StrEnum):
    """One recipient's copy: pending → submitting → submitted, or another end."""

    PENDING = "pending"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"  # the next server said 250; not the same as delivered
    DEFERRED = "deferred"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


class EventKind(StrEnum):
    """What happened; the names follow the usage of email providers."""

    SUBSCRIBED = "subscribed"
    CONFIRMED = "confirmed"
    UPDATED = "updated"  # what a subscriber chose
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    DELETED = "deleted"
    QUEUED = "queued"
    SUBMITTED = "submitted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    RESENT = "resent"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    SCHEDULED = "scheduled"
    FORCED = "forced"  # scheduled in spite of checks that failed
    STARTED = "started"
    WAITING = "waiting"  # the other side does not answer, or takes nothing
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    FINISHED = "finished"
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    BROKEN = "broken"
