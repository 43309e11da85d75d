"""The command line, one module per subject."""

from paperround.cli import (
    demo,
    dkim,
    editions,
    embedding,
    evaluating,
    exporting,
    finding,
    naming,
    relating,
    sends,
    serve,
    settings,
    subscribers,
    topics,
    unsettled,
)
from paperround.cli.app import app

__all__ = [
    "app",
    "demo",
    "dkim",
    "editions",
    "embedding",
    "evaluating",
    "exporting",
    "finding",
    "naming",
    "relating",
    "sends",
    "serve",
    "settings",
    "subscribers",
    "topics",
    "unsettled",
]
