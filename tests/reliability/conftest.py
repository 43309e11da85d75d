"""What the trials need: a starter of processes and a PostgreSQL server, once for a test run."""

from __future__ import annotations

import pytest

from tests.reliability.trial import Starter


@pytest.fixture(scope="session")
def starter():
    with Starter() as it:
        yield it


@pytest.fixture(scope="session")
def postgres(postgres_here):
    """Give the server that all tests share, or None where its programs are missing."""
    return postgres_here
