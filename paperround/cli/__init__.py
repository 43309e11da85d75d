"""The command line, one module per subject."""

from paperround.cli import demo, editions, finding, relating, sends, serve, settings, subscribers
from paperround.cli.app import app

__all__ = [
    "app",
    "demo",
    "editions",
    "finding",
    "relating",
    "sends",
    "serve",
    "settings",
    "subscribers",
]
