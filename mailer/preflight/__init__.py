"""Looks at a finished mail before it is sent: pure judgments of its bytes and of what DNS says of its sender."""

from mailer.preflight.finding import Finding, Level

__all__ = ["Finding", "Level"]
