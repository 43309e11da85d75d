"""The command line, one module per subject."""

from paperround.cli import demo, dkim, editions, finding, sends, serve, settings, subscribers
from paperround.cli.app import app

__all__ = [
    "app",
    "demo",
    "dkim",
    "editions",
    "finding",
    "sends",
    "serve",
    "settings",
    "subscribers",
]
