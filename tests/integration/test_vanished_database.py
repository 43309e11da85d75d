"""The file of an SQLite store that is moved away or removed while it is used: all waits until it is back."""

import asyncio
import errno
import os
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from publisher.control import Control
from publisher.pace import Pace
from publisher.schedule import SystemClock
from storage.database import Database
from storage.enums import Medium, UncertainPolicy
from storage.errors import DatabaseUnavailableError, NoStoreError, StorageError
from storage.outbox import Lease
from tests.support.commands import run


@pytest.fixture
def store(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/paperround.sqlite3")
    with database.write() as session:
        session.connection().execute(text("CREATE TABLE kept (id INTEGER)"))
    yield database
    database.close()


@pytest.fixture
def file(store) -> Path:
    return Path(store.url.database)


def test_the_folder_of_a_new_store_is_its_owner_s_alone(tmp_path) -> None:
    """It holds readers' addresses; one that is there already keeps the rights it was given."""
    there = tmp_path / "there"
    there.mkdir(mode=0o755)
    for folder, rights in ((tmp_path / "new", 0o700), (there, 0o755)):
        Database(f"sqlite:///{folder}/paperround.sqlite3", new=True).close()
        assert folder.stat().st_mode & 0o777 == rights


def add(session) -> None:
    session.connection().execute(text("INSERT INTO kept VALUES (1)"))


def count(database) -> int:
    with database.read() as session:
        return session.connection().execute(text("SELECT count(*) FROM kept")).scalar_one()


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("replaced", [True, False])
def test_nothing_is_asked_of_another_file_and_none_is_made(
    store, file, connected, replaced
) -> None:
    """What is written to a file that is gone would be lost, and an empty one in its place knows no reader."""
    if not connected:
        store.engine.dispose()
    away = file.rename(file.with_name("away"))
    if replaced:
        file.write_bytes(away.read_bytes())
    for session in (store.read, store.write):
        with (
            pytest.raises(DatabaseUnavailableError, match=r"moved or removed.*[Pp]ut it back"),
            session(),
        ):
            pass
    assert file.exists() is replaced
    away.replace(file)
    with store.write() as session:
        add(session)
    assert count(store) == 1


async def test_nothing_leaves_while_the_file_is_gone(store, file) -> None:
    lease = Lease(1, 1, 1, Medium.EMAIL, UncertainPolicy.HOLD)
    control = Control(store, "me", asyncio.Event(), clock=SystemClock(), pace=Pace())
    control.hold(lease)
    away = file.with_name("away")
    with capture_logs() as logs:
        assert control.may_go(lease)
        file.rename(away)
        for _ in range(3):
            await control.look()
        assert not control.may_go(lease)
        away.rename(file)
        control.let_go(lease)
        await control.look()
        control.hold(lease)
        assert control.may_go(lease)
    assert [it["event"] for it in logs] == ["database_gone", "database_back"]
    assert str(file) in logs[0]["reason"]


def test_a_store_that_was_never_used_is_made(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/paperround.sqlite3")
    assert database.complaint is None
    with database.write():
        assert (tmp_path / "new" / "paperround.sqlite3").exists()
    database.close()


def test_a_command_that_needs_a_store_makes_none(tmp_path) -> None:
    """Its disk may not be mounted: an empty one in its place would know no reader and no send."""
    for command in (("sends",), ("pause", "1"), ("why", "a@example.org", "2022-06"), ("issues",)):
        ran = run(*command, folder=tmp_path)
        assert (ran.code, ran.stdout) == (2, "")
        assert f"There is no store at {tmp_path}/paperround.sqlite3" in ran.stderr
        assert (
            "PAPERROUND_DATA_DIR" in ran.stderr
        )  # the command may have been run in another folder
    assert not (tmp_path / "paperround.sqlite3").exists()


def test_what_brings_readers_in_makes_a_store(tmp_path) -> None:
    words = ("subscribe", "a@example.org", "--confirmed", "--source", "asked")
    assert run(*words, folder=tmp_path).code == 0
    assert run("sends", folder=tmp_path).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("import", "nowhere.md"),
        ("import", "prose.txt"),
        ("subscribe", "nobody"),
        ("subscribe", "nobody", "--confirmed", "--source", "asked"),
        ("subscribe", "--file", "prose.txt", "--confirmed", "--source", "asked"),
    ],
)
def test_what_has_nothing_to_bring_in_makes_no_store(tmp_path, words) -> None:
    (tmp_path / "prose.txt").write_text("Just a note.\n")
    ran = run(*words, folder=tmp_path)
    assert ran.code == 2
    assert [it.name for it in tmp_path.iterdir()] == ["prose.txt"]


@pytest.mark.parametrize("new", [True, False])
def test_a_folder_that_may_not_be_looked_into_is_named_with_its_remedy(
    tmp_path, monkeypatch, new
) -> None:
    """Root, whom tests may run as, may look everywhere: so what the system tells others is put in its place."""

    def refuse(path, **_how):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(
        StorageError, match=r"sqlite3 cannot be reached \(Permission denied\).*account.*serve"
    ):
        Database(f"sqlite:///{tmp_path}/paperround.sqlite3", new=new)


def test_a_folder_that_cannot_be_made_is_named_with_its_remedy(tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"")
    ran = run("serve", folder=tmp_path, settings={"PAPERROUND_DATA_DIR": f"{tmp_path}/file/data"})
    assert ran.code == 2
    assert (
        f"{tmp_path}/file/data/paperround.sqlite3 cannot be reached (Not a directory)" in ran.stderr
    )


def test_of_a_name_that_is_too_long_the_reason_is_told(tmp_path) -> None:
    ran = run("sends", folder=tmp_path, settings={"PAPERROUND_DATA_DIR": "d" * 300})
    assert ran.code == 2
    assert "(File name too long)" in ran.stderr


def test_a_file_that_sqlite_is_told_by_a_uri_is_left_to_sqlite(tmp_path) -> None:
    file = tmp_path / "by-uri.sqlite3"
    database = Database(f"sqlite:///file:{file}?uri=true", new=False)
    with database.write():
        pass
    assert file.exists()
    assert database.complaint is None
    database.close()
    assert not Path("file:").exists()


def test_a_file_whose_log_is_left_is_not_made_anew(tmp_path) -> None:
    """SQLite would make an empty file and throw away what the log of the old one holds."""
    left = tmp_path / "paperround.sqlite3-wal"
    left.write_bytes(b"committed")
    with pytest.raises(NoStoreError, match=r"is gone, but paperround.sqlite3-wal"):
        Database(f"sqlite:///{tmp_path}/paperround.sqlite3")
    assert [*tmp_path.iterdir()] == [left]
