"""Answers what was published about something: one ranked answer, and how sure it is."""

from storage.catalog.answer import (
    Answer,
    Confidence,
    Hit,
    Reason,
    ReasonKind,
    Related,
    Search,
    Suggestion,
)
from storage.catalog.identifiers import is_identifier
from storage.catalog.index import forget_entries, index_issue, is_current, reindex
from storage.catalog.names import NameMatch
from storage.catalog.names import exact as exact_names
from storage.catalog.names import of_paper as names_of_paper
from storage.catalog.naming import Kind
from storage.catalog.popularity import is_popular
from storage.catalog.question import Filters
from storage.catalog.related import related
from storage.catalog.search import search
from storage.catalog.suggest import suggest
from storage.catalog.topics import TopicCount, topic_name, topic_named, topics

__all__ = [
    "Answer",
    "Confidence",
    "Filters",
    "Hit",
    "Kind",
    "NameMatch",
    "Reason",
    "ReasonKind",
    "Related",
    "Search",
    "Suggestion",
    "TopicCount",
    "exact_names",
    "forget_entries",
    "index_issue",
    "is_current",
    "is_identifier",
    "is_popular",
    "names_of_paper",
    "reindex",
    "related",
    "search",
    "suggest",
    "topic_name",
    "topic_named",
    "topics",
]
