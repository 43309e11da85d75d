"""The taxonomy: its topics with their names and terms, read from TOML and written as TOML to be edited."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TopicRule:
    """A topic, its names by language, and the terms that speak for it."""

    slug: str
    names: tuple[tuple[str, str], ...]  # language and name
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Every topic, in order."""

    topics: tuple[TopicRule, ...]
