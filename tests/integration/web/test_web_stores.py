"""The pages say the same on SQLite and on PostgreSQL."""

import pytest

from storage.enums import SubscriberStatus


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/paperround.sqlite3"
    return request.getfixturevalue("postgres_url")


async def test_one_visit_through_every_door(visitor) -> None:
    for path in ("/", "/issues/2022-04", "/papers/1", "/search?q=chinchilla&lang=zh", "/feed.xml"):
        assert (await visitor.get(path)).status == 200
    assert (await visitor.get("/search?q=%00a%27%22%5C")).status == 200
    assert (await visitor.fill_in()).status == 200
    one = visitor.readers()[0].id
    await visitor.post(f"/confirm/{visitor.tokens.sign('confirm', one)}")
    assert visitor.status() is SubscriberStatus.ACTIVE
    chosen = {"language": "zh", "zone": "Asia/Shanghai"}
    await visitor.post(f"/preferences/{visitor.tokens.sign('unsubscribe', one)}", data=chosen)
    assert (visitor.readers()[0].language, visitor.readers()[0].zone) == ("zh", "Asia/Shanghai")
    await visitor.post(f"/u/{visitor.tokens.sign('unsubscribe', one)}")
    assert visitor.status() is SubscriberStatus.UNSUBSCRIBED
    assert (await visitor.post(f"/u/{visitor.tokens.sign('unsubscribe', 2**63 - 1)}")).status == 404
