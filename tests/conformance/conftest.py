"""What every engine is tried with: a newsletter of an issue in two languages, its readers and channels."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage.enums import SubscriberStatus
from storage.tables import (
    Channel,
    Issue,
    Newsletter,
    Subscriber,
)
from tests.support.engines import ENGINES, Rig


@pytest.fixture(params=ENGINES)
def rig(request, database, tmp_path) -> Rig:
    with database.write() as session:
        letter = Newsletter(slug="n", name="N", languages=["en", "zh"])
        session.add(letter)
        session.flush()
        more = {"newsletter_id": letter.id, "slug": "2022-04", "month_source": "given",
                "month": datetime(2022, 4, 1, tzinfo=UTC).date()}  # fmt: skip
        original = Issue(language="en", title="April", **more)
        session.add(original)
        session.flush()
        session.add(Issue(language="zh", title="四月", translation_of_id=original.id, **more))
        session.add_all(
            Subscriber(address=f"r{n}@example.org", address_key=f"r{n}@example.org", name=f"R {n}",
                       language="zh" if n % 3 == 0 else "en", status=SubscriberStatus.ACTIVE)
            for n in range(20)
        )  # fmt: skip
        session.add_all(
            Channel(guild_id=1, channel_id=1000 + n, channel_name=f"c{n}", role_id=n)
            for n in range(3)
        )
    return Rig(database, tmp_path / "data", ENGINES[request.param])
