"""The tables, in three groups: what is published, who is written to, and the delivery ledger."""

from storage.tables.audience import Channel, Subscriber, Suppression
from storage.tables.columns import now
from storage.tables.issues import (
    Copy,
    Correction,
    Entry,
    EntryPaper,
    Issue,
    Newsletter,
    Paper,
    PaperAlias,
    Reference,
)
from storage.tables.ledger import Batch, Delivery, Event, Send
from storage.tables.topics import EntryTopic, Topic

__all__ = [
    "Batch",
    "Channel",
    "Copy",
    "Correction",
    "Delivery",
    "Entry",
    "EntryPaper",
    "EntryTopic",
    "Event",
    "Issue",
    "Newsletter",
    "Paper",
    "PaperAlias",
    "Reference",
    "Send",
    "Subscriber",
    "Suppression",
    "Topic",
    "now",
]
