"""The command `eval-search`, as an operator uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from paperround import __main__ as command
from paperround.cli import app
from paperround.cli.app import settings

EDITIONS = Path(__file__).resolve().parents[2] / "editions"
QUESTIONS = [
    {"q": "chinchilla", "type": "nickname", "expect": ["2203.15556"]},
    {"q": "2203.15556", "type": "id", "expect": ["2203.15556"]},
    {"q": "zzzz qqqq", "type": "none", "expect": []},
]
WRONG = {"q": "chinchilla", "type": "wrong", "expect": ["1901.00001"]}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PAPERROUND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()

    def invoke(*words: object) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, [str(word) for word in words])
        refused = isinstance(result.exception, Exception)
        errors = result.stderr + (str(result.exception) if refused else "")
        return (command.BAD_INPUT if refused else result.exit_code), result.stdout, errors

    yield invoke
    settings.cache_clear()


@pytest.fixture
def filled(run):
    assert run("import", *sorted(EDITIONS.glob("*.md")))[0] == 0
    return run


def asked(tmp_path: Path, *rows: dict) -> Path:
    path = tmp_path / "questions.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def test_the_rates_are_printed_by_type_and_over_all(filled, tmp_path) -> None:
    code, out, _ = filled("eval-search", asked(tmp_path, *QUESTIONS))
    assert code == 0
    for said in ("nickname", "all with an answer", "100.0%", "1.000", "1 none", "p95"):
        assert said in out
    assert "Missed" not in out


def test_a_missed_question_is_listed_with_what_came_first(filled, tmp_path) -> None:
    code, out, errors = filled("eval-search", asked(tmp_path, *QUESTIONS, WRONG))
    assert code == 0
    assert "[wrong] chinchilla → 1901.00001 not in the store; first came Training Compute" in out
    assert "Sure and wrong\n  chinchilla" in out
    assert "papers this store does not hold: 1" in errors


def test_as_json_everything_is_given(filled, tmp_path) -> None:
    code, out, _ = filled("eval-search", asked(tmp_path, *QUESTIONS, WRONG), "--json")
    given = json.loads(out)
    assert code == 0
    assert given["positive"]["questions"] == 3
    assert given["sure_and_wrong"] == ["chinchilla"]
    assert given["missed"][0]["question"] == "chinchilla"
    assert given["confidences"] == {"sure": 3, "choices": 0, "none": 1}


def test_a_required_bar_decides_the_exit_code(filled, tmp_path) -> None:
    assert filled("eval-search", asked(tmp_path, *QUESTIONS), "--require", "0.94")[0] == 0
    absent = {"q": "zzzz qqqq", "type": "absent", "expect": ["1901.00001"]}
    code, _, errors = filled(
        "eval-search", asked(tmp_path, *QUESTIONS, absent), "--require", "0.94"
    )
    assert code == 1
    assert "66.7% of the questions are answered first; 94.0% are required." in errors
    code, _, errors = filled(
        "eval-search", asked(tmp_path, *QUESTIONS, WRONG), "--require", "0.1", "--json"
    )
    assert code == 1
    assert "Sure and wrong: 1" in errors


def test_a_long_list_of_missed_questions_is_cut_unless_wanted(filled, tmp_path) -> None:
    many = [{**WRONG, "q": f"zzzz qqqq {n}"} for n in range(30)]
    path = asked(tmp_path, *many)
    assert "and 10 more" in filled("eval-search", path)[1]
    assert filled("eval-search", path, "--verbose")[1].count("not in the store") == 30


def test_questions_are_made_from_the_stores_own_papers(filled) -> None:
    code, out, _ = filled("eval-search", "--made", "40", "--published", "--json")
    given = json.loads(out)
    assert code == 0
    assert sum(found["questions"] for found in given["types"].values()) == 40
    assert given["types"].keys() == {
        "made_exact", "made_half", "made_typo", "made_address", "made_author_year",
        "made_other",
    }  # fmt: skip


def test_what_cannot_be_asked_is_named(run, tmp_path) -> None:
    run(
        "subscribe", "a@example.org", "--confirmed", "--source", "asked"
    )  # makes a store without issues
    assert "--made" in run("eval-search")[2]
    code, _, errors = run("eval-search", "--made", "10")
    assert code == 2
    assert "paperround import" in errors
    code, _, errors = run("eval-search", tmp_path / "none.json")
    assert code == 2
    assert "none.json" in errors
