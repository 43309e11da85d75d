"""The command line, one module per subject."""

from paperround.cli import (
    checking,
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
    "checking",
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
