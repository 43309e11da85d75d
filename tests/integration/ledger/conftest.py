"""A ledger on each database."""

import pytest

from tests.integration.ledger.rig import Ledger


@pytest.fixture
def ledger(database) -> Ledger:
    return Ledger(database)
