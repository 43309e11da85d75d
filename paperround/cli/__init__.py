"""The command line, one module per subject."""

from paperround.cli import sends, settings
from paperround.cli.app import app

__all__ = ["app", "sends", "settings"]
