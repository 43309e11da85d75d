"""The commands about names, as an editor uses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from paperround import __main__ as command
from paperround.cli import app
from paperround.cli.app import settings
from paperround.errors import UserError
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from pathlib import Path

EDITION = """---
newsletter: N
slug: 2022-05
language: en
title: T
---

Hi.

## Papers

### 1. Winged Recall for Long Documents

Authors: Ann Alpha
arXiv: 2205.00001

**Why** The resulting family of models is named Heron. It reads whole books.

**Key insights** Thus.

### 2. Deep Currents: Streaming Reading at Sea

Authors: Bob Beta
arXiv: 2205.00002

**Why** It never stops.

**Key insights** Thus.
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PAPERROUND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()

    def invoke(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, [str(word) for word in words])
        refused = isinstance(result.exception, UserError | PublisherError)
        errors = result.stderr + (str(result.exception) if refused else "")
        return (command.BAD_INPUT if refused else result.exit_code), result.stdout, errors

    (tmp_path / "may.md").write_text(EDITION, encoding="utf-8")
    assert invoke("import", "may.md")[0] == 0
    yield invoke
    settings.cache_clear()


def test_a_guess_is_listed_with_its_sentence_until_it_is_confirmed(run) -> None:
    code, out, _ = run("aliases", "list", "--guessed")
    assert code == 0
    assert "2205.00001  Winged Recall" in out
    assert "2022-05 (en), entry 1: The resulting family of models is named Heron." in out
    assert "also known as Heron (guessed)" in run("show", "2022-05")[1]
    (row,) = json.loads(run("aliases", "list", "--guessed", "--json")[1])
    assert (row["name"], row["standing"], row["paper"]["arxiv"]) == (
        "Heron",
        "guessed",
        "2205.00001",
    )
    code, out, errors = run("aliases", "confirm", "2205.00001", "heron")
    assert (code, errors) == (0, "")
    assert "Heron: guessed → editor" in out
    assert run("aliases", "list", "--guessed")[1] == "No names wait for a word.\n"
    assert json.loads(run("paper", "heron", "--json")[1])["confidence"] == "sure"


def test_names_are_added_forbidden_and_released(run) -> None:
    out = run("aliases", "add", "Winged Recall for Long Documents", "Stork", "Big Bird", "--json")[
        1
    ]
    answer = json.loads(out)
    assert answer["paper"]["arxiv"] == "2205.00001"
    assert [(c["name"], c["before"], c["after"], c["confidence"]) for c in answer["changes"]] == [
        ("Stork", None, "editor", "sure"), ("Big Bird", None, "editor", "sure"),
    ]  # fmt: skip
    assert "Stork: editor → forbidden" in run("aliases", "forbid", "stork", "Stork")[1]
    assert "Big Bird: editor → no name" in run("aliases", "release", "big bird", "Big Bird")[1]
    rows = json.loads(run("aliases", "list", "2205.00001", "--json")[1])
    assert {row["name"]: row["standing"] for row in rows} == {
        "Winged Recall for Long Documents": "title", "Heron": "guessed", "WRLD": "initials",
        "Stork": "forbidden",
    }  # fmt: skip
    assert [row["said_at"] is None for row in rows] == [True, True, True, False]


@pytest.mark.parametrize("command_", ["confirm", "add", "forbid", "release", "list"])
def test_a_question_that_is_not_sure_lists_the_choices_and_changes_nothing(run, command_) -> None:
    names = [] if command_ == "list" else ["Heron"]
    before = run("aliases", "list", "--json")[1]
    code, out, errors = run("aliases", command_, "heron", *names)
    assert code == 2
    assert "2205.00001  Winged Recall" in out
    assert "'heron' does not lead surely to one paper" in errors
    code, out, _ = run("aliases", command_, "heron", *names, "--json")
    assert (code, json.loads(out)["confidence"]) == (2, "choices")
    assert json.loads(out)["results"][0]["arxiv"] == "2205.00001"
    assert run("aliases", command_, "zebra zebra", *names)[0] == 2
    assert run("aliases", "list", "--json")[1] == before


def test_a_name_that_already_names_another_paper_is_kept_with_a_warning(run) -> None:
    code, out, errors = run("aliases", "add", "2205.00001", "Deep Currents")
    assert code == 0
    assert "Deep Currents: no name → editor" in out
    assert "already names “Deep Currents: Streaming Reading at Sea”" in " ".join(errors.split())


def test_what_cannot_be_said_is_refused_in_one_line(run) -> None:
    code, _, errors = run("aliases", "confirm", "2205.00002", "Heron")
    assert code == 2
    assert errors.strip().count("\n") == 0
    assert "'Heron' was not guessed for “Deep Currents: Streaming Reading at Sea”" in errors
