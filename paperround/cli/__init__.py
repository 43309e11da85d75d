"""The command line, one module per subject."""

from paperround.cli import settings
from paperround.cli.app import app

__all__ = ["app", "settings"]
