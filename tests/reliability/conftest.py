"""What the trials need: a starter of processes and a PostgreSQL server, once for a module."""

from __future__ import annotations

import pytest

from tests.reliability.trial import Starter
from tests.support.postgres import running_postgres


@pytest.fixture(scope="module")
def starter():
    with Starter() as it:
        yield it


@pytest.fixture(scope="module")
def postgres():
    """Give the server, or None where its programs are missing."""
    with running_postgres() as server:
        yield server
