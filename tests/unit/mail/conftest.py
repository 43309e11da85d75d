"""An issue of invented texts to render, in two languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ISSUES = Path(__file__).resolve().parents[2] / "support" / "mail_issues.json"


@pytest.fixture
def mail_issue():
    """Give a function that makes the issue in a language, fresh each time."""
    return lambda language: json.loads(ISSUES.read_text(encoding="utf-8"))[language]
