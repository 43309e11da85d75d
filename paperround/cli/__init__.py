"""The command line, one module per subject."""

from paperround.cli import editions, finding, sends, settings, subscribers
from paperround.cli.app import app

__all__ = ["app", "editions", "finding", "sends", "settings", "subscribers"]
