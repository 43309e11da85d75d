"""The command `embed` and the part of `serve` that does the same, as an operator uses them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from paperround import __main__ as command
from paperround.catchup import keep_embedded
from paperround.cli import app
from paperround.cli.app import settings
from paperround.embeddings import Endpoint
from storage.catalog import vectors
from storage.database import Database
from storage.tables import Entry

EDITIONS = Path(__file__).resolve().parents[3] / "editions"
MODEL = "counts-words"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PAPERROUND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()

    def invoke(*words: object) -> tuple[int, str, str]:
        settings.cache_clear()
        result = CliRunner().invoke(app, [str(word) for word in words])
        refused = isinstance(result.exception, Exception)
        errors = result.stderr + (str(result.exception) if refused else "")
        return (command.BAD_INPUT if refused else result.exit_code), result.stdout, errors

    yield invoke
    settings.cache_clear()


@pytest.fixture
def turned_on(run, endpoint, monkeypatch):
    assert run("import", *sorted(EDITIONS.glob("*.md")))[0] == 0
    monkeypatch.setenv("PAPERROUND_EMBEDDINGS_URL", endpoint.url)
    monkeypatch.setenv("PAPERROUND_EMBEDDINGS_MODEL", MODEL)
    return run


def test_while_it_is_off_the_settings_are_named(run) -> None:
    code, _, errors = run("embed")
    assert code == command.BAD_INPUT
    assert "PAPERROUND_EMBEDDINGS_URL" in errors


def test_it_embeds_once_and_goes_on_where_it_stopped(turned_on, endpoint) -> None:
    endpoint.fail_after = 1
    code, _, errors = turned_on("embed", "--batch", 4)
    assert code == command.BAD_INPUT
    assert "status 500" in errors
    endpoint.fail_after = None
    _, out, _ = turned_on("embed", "--batch", 4)
    done = int(out.split()[1])
    assert f"Embedded {done} of {done + 4} entries" in out
    assert turned_on("embed")[1].startswith("Embedded 0 of")
    assert turned_on("embed", "--anew")[1].startswith(f"Embedded {done + 4} of")


def test_another_model_has_vectors_of_its_own(turned_on, endpoint, monkeypatch, tmp_path) -> None:
    turned_on("embed")
    monkeypatch.setenv("PAPERROUND_EMBEDDINGS_MODEL", "another")
    endpoint.dimensions = 7
    assert not turned_on("embed")[1].startswith("Embedded 0")
    store = Database(f"sqlite:///{tmp_path}/data/paperround.sqlite3")
    with store.read() as session:
        assert vectors.hashes(session, MODEL, range(100))
    turned_on("embed", "--forget-others")
    with store.read() as session:
        assert not vectors.hashes(session, MODEL, range(100))
        assert vectors.hashes(session, "another", range(100))
    store.close()


def test_the_command_paper_and_the_measuring_ask_by_meaning(turned_on, endpoint, tmp_path) -> None:
    pytest.importorskip("numpy", reason="numpy SKIPPED: pip install 'paperround[semantic]'")
    turned_on("embed")
    endpoint.requests.clear()
    assert turned_on("paper", "tokens", "nobody", "counted")[0] == 0
    assert endpoint.texts == ["tokens nobody counted"]
    endpoint.requests.clear()
    assert turned_on("paper", "chinchilla")[0] == 0
    assert endpoint.requests == []
    (tmp_path / "q.json").write_text('[{"q": "tokens nobody counted", "expect": []}]')
    assert turned_on("eval-search", "q.json", "--plain")[0] == 0
    assert endpoint.requests == []
    assert turned_on("eval-search", "q.json")[0] == 0
    assert endpoint.texts == ["tokens nobody counted"]


async def test_while_it_serves_it_embeds_what_is_there_and_stops_when_told(
    filled: Database, endpoint
) -> None:
    stop = asyncio.Event()
    part = asyncio.create_task(keep_embedded(filled, Endpoint(endpoint.url, MODEL), stop))
    with filled.read() as session:
        ids = [e for e in session.exec(select(Entry.id)) if e]
        while True:
            with filled.read() as now:
                if len(vectors.hashes(now, MODEL, ids)) == len(ids):
                    break
            await asyncio.sleep(0.05)
    stop.set()
    await part


async def test_while_it_serves_a_failing_endpoint_is_logged_and_stops_nothing(
    filled: Database, endpoint, logged
) -> None:
    endpoint.mode = "500"
    stop = asyncio.Event()
    part = asyncio.create_task(keep_embedded(filled, Endpoint(endpoint.url, MODEL), stop))
    while "not_embedded" not in logged.getvalue():  # noqa: ASYNC110 - a log sets no event
        await asyncio.sleep(0.05)
    stop.set()
    await part
