"""The command line, one module per subject."""

from paperround.cli import finding, sends, settings
from paperround.cli.app import app

__all__ = ["app", "finding", "sends", "settings"]
