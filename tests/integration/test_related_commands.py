"""The command `related`, as an editor uses it: what is shown, what is asked back, and in which words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from paperround.cli import app
from paperround.cli.app import settings

if TYPE_CHECKING:
    from pathlib import Path

EDITION = """\
---
newsletter: The Garden Round
slug: 2022-0{month}
language: en
title: The Garden Round
---

Good morning!

## News

- Spring is here.

## Papers

### 1. {title}

Authors: {author}
arXiv: 2201.0000{month}

**Why** {why}

**Key insights** {why}

**Related**

- {work}
"""
PAPERS = [
    (1, "Tiny Gardens", "Ida Stone", "Roses bloom [red]early[/red].", "Deep [bold]Wells[/bold]"),
    (2, "Stone Bridges", "Jo Hill", "Arches carry water.", "Deep [bold]Wells[/bold]"),
    (3, "Glass Roofs", "Kai Wood", "Rain is heard.", "Tall Chimneys"),
    (4, "Tiny Bridges", "Jo Hill", "Planks float on rivers.", "Long Ropes"),
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PAPERROUND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()

    def invoke(*words: object) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == 0, result.output
        return result.stdout

    for month, title, author, why, work in PAPERS:
        text = EDITION.format(month=month, title=title, author=author, why=why, work=work)
        (tmp_path / f"{month}.md").write_text(text)
    invoke("import", *sorted(tmp_path.glob("*.md")))
    yield invoke
    settings.cache_clear()


def test_related_papers_are_shown_with_place_and_reason(run) -> None:
    out = run("related", "tiny", "gardens")
    assert out.splitlines()[0] == "Tiny Gardens"
    assert "  1. Stone Bridges" in out
    assert "2022-02 · en · entry 1" in out
    assert "cites the same: Deep [bold]Wells[/bold]" in out
    assert "引用了同样的文献：" in run("related", "tiny gardens", "--language", "zh")


def test_the_same_is_told_to_a_program(run) -> None:
    answer = json.loads(run("related", "2201.00002", "--json"))
    assert answer["confidence"] == "sure"
    assert answer["results"][0]["title"] == "Stone Bridges"
    first, second = answer["related"]
    assert (first["title"], first["arxiv"], first["issue"], first["entry"]) == (
        "Tiny Gardens", "2201.00001", "2022-01", 1
    )  # fmt: skip
    assert first["reasons"] == [
        {
            "kind": "same_references",
            "values": ["Deep [bold]Wells[/bold]"],
            "text": "cites the same: Deep [bold]Wells[/bold]",
        }
    ]
    assert second["reasons"][0]["text"] == "also by Jo Hill"
    assert len(json.loads(run("related", "2201.00002", "--limit", "1", "--json"))["related"]) == 1


def test_a_question_that_means_several_papers_is_asked_back(run) -> None:
    out = run("related", "bridges")
    assert "Which one?" in out
    assert "Stone Bridges" in out
    assert "Tiny Bridges" in out
    answer = json.loads(run("related", "bridges", "--json"))
    assert answer["confidence"] == "choices"
    assert answer["related"] == []


def test_it_says_so_when_nothing_is_related_or_found(run) -> None:
    assert "Nothing here is related to it." in run("related", "glass roofs")
    assert "No paper here is called that." in run("related", "quantum chess")
