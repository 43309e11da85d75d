"""Looks at an issue before it is sent: renders it, reads it as its readers' programs would, asks DNS and the web."""

from paperround.preflight.checks import Preflight, preflight_of
from paperround.preflight.report import Report

__all__ = ["Preflight", "Report", "preflight_of"]
