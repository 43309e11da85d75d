"""The command line, one module per subject."""

from paperround.cli.app import app

__all__ = ["app"]
