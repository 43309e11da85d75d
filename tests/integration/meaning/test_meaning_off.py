"""Embeddings are off by default, and what is missing for them is said in one line."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from paperround.embeddings import Endpoint, embedder_of
from paperround.errors import SettingsError, UserError
from paperround.searching import search_of
from paperround.settings import GivenSettings, load_settings
from storage import catalog
from storage.database import Database
from tests.support import commands

ON = {
    "embeddings_url": "http://127.0.0.1:9/v1",
    "embeddings_model": "m",
    "embeddings_key": "sk-never-to-be-seen",
}
PROGRAM = """
import sys
from paperround.cli import app
try:
    app(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print("loaded:", sorted({"numpy", "sentence_transformers", "torch"} & set(sys.modules)))
"""


def test_nothing_of_it_is_loaded_or_asked_by_default(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PAPERROUND_DATA_DIR", str(tmp_path))
    Database(f"sqlite:///{tmp_path}/paperround.sqlite3").engine.connect().close()
    for words in (["paper", "automobile"], ["settings"]):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True
        )
        assert "loaded: []" in done.stdout
    assert search_of(GivenSettings()) is catalog.search
    assert embedder_of(GivenSettings()) is None


def test_the_key_is_never_shown(tmp_path, monkeypatch) -> None:
    given = {f"PAPERROUND_{name.upper()}": value for name, value in ON.items()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert ON["embeddings_key"] not in repr(load_settings())
    done = commands.run("settings", folder=tmp_path, settings=given)
    assert "PAPERROUND_EMBEDDINGS_KEY = (set)" in done.stdout
    assert ON["embeddings_key"] not in done.stdout + done.stderr


@pytest.mark.skipif(find_spec("numpy") is not None, reason="numpy is installed here")
def test_numpy_is_asked_for_by_name() -> None:
    with pytest.raises(Exception, match=r"pip install 'paperround\[semantic\]'"):
        search_of(GivenSettings(**ON))


@pytest.mark.skipif(
    find_spec("sentence_transformers") is not None, reason="the library is installed here"
)
def test_a_local_model_without_its_library_is_refused_with_the_command_to_install_it() -> None:
    local = GivenSettings(embeddings_url="local", embeddings_model="m")
    with pytest.raises(SettingsError, match="pip install sentence-transformers"):
        embedder_of(local)


def test_an_endpoint_that_is_not_there_is_named_and_the_key_is_not() -> None:
    endpoint = embedder_of(GivenSettings(**ON))
    assert isinstance(endpoint, Endpoint)
    with pytest.raises(UserError, match=r"http://127\.0\.0\.1:9/v1") as caught:
        endpoint.embed(["a question"])
    assert ON["embeddings_key"] not in str(caught.value)
