"""The command line, one module per subject."""

from paperround.cli import demo, editions, evaluating, finding, sends, serve, settings, subscribers
from paperround.cli.app import app

__all__ = [
    "app",
    "demo",
    "editions",
    "evaluating",
    "finding",
    "sends",
    "serve",
    "settings",
    "subscribers",
]
