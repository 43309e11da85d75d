"""The commands about issues, as an editor uses them: what goes in, what is refused, and in which words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from paperround import __main__ as command
from paperround.cli import app
from paperround.cli.app import settings

EDITIONS = Path(__file__).resolve().parents[2] / "editions"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PAPERROUND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()

    def invoke(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, [str(word) for word in words])
        refused = isinstance(result.exception, Exception) and not isinstance(
            result.exception, SystemExit
        )
        errors = result.stderr + (str(result.exception) if refused else "")
        return (command.BAD_INPUT if refused else result.exit_code), result.stdout, errors

    yield invoke
    settings.cache_clear()


def test_the_sample_issues_go_in_and_come_out_again(run) -> None:
    code, out, _ = run("import", *sorted(EDITIONS.glob("*.md")), "--json")
    assert code == 0
    assert {(r["slug"], r["language"], r["outcome"]) for r in json.loads(out)["issues"]} == {
        ("2022-05", "en", "added"), ("2022-06", "en", "added"), ("2022-06", "zh", "added"),
    }  # fmt: skip
    shown = json.loads(run("show", "2022-06", "--language", "zh", "--json")[1])
    assert shown["language"] == "zh"
    assert shown["languages"] == ["en", "zh"]
    assert [e["number"] for e in shown["entries"]] == list(range(1, 9))
    assert [i["slug"] for i in json.loads(run("issues", "--json")[1])] == ["2022-06", "2022-05"]
    found = json.loads(run("paper", "chinchilla", "--json")[1])
    assert found["confidence"] == "sure"
    assert found["results"][0]["arxiv"] == "2203.15556"
    assert found["results"][0].keys() >= {"title", "arxiv", "issue", "language", "entry"}


def test_one_bad_file_stops_no_other(run, tmp_path) -> None:
    bad = tmp_path / "bad.md"
    bad.write_text("no front matter\n")
    code, out, errors = run("import", bad, EDITIONS / "2022-05.en.md")
    assert code == 1
    assert "2022-05 (en): added" in out
    assert "bad.md" in errors


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.md", b"", "empty"),
        ("picture.txt", b"\x89PNG\0\0", "binary"),
        ("latin.txt", b"caf\xe9", "UTF-8"),
        ("huge.txt", b"a" * 6_000_000, "MB"),
        ("prose.txt", b"Just a note.\n", "prose.txt"),
    ],
)
def test_what_is_no_edition_is_named_with_its_remedy(run, tmp_path, name, content, says) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, _, errors = run("import", path)
    assert code == 2
    assert says in errors
    assert "Traceback" not in errors
    assert "There is no store" in run("issues")[2]


@pytest.mark.parametrize("name", [".", "nowhere.md"])
def test_a_folder_and_a_missing_file_are_named(run, name) -> None:
    code, _, errors = run("import", name)
    assert code == 2
    assert name in errors


def test_an_edition_that_was_cut_is_refused_whole(run, tmp_path) -> None:
    whole = (EDITIONS / "2022-05.en.md").read_text(encoding="utf-8")
    cut = tmp_path / "cut.md"
    cut.write_text(whole[: whole.index("**Key insights**") + 60])
    assert run("import", cut)[0] == 2
    assert "There is no store" in run("issues")[2]


def test_a_second_file_for_an_issue_needs_replace(run, tmp_path) -> None:
    run("import", EDITIONS / "2022-05.en.md")
    other = tmp_path / "other.md"
    other.write_bytes((EDITIONS / "2022-05.en.md").read_bytes())
    code, _, errors = run("import", other)
    assert code == 2
    assert "2022-05.en.md" in errors
    assert "--replace" in errors
    assert run("import", other, "--replace")[0] == 0


def test_a_draft_stays_one(run) -> None:
    run("import", EDITIONS / "2022-05.en.md", "--draft")
    assert json.loads(run("issues", "--json")[1])[0]["published_at"] is None


def test_corrections_are_written_to_be_filled_in_and_read_again(run, seeds, tmp_path) -> None:
    to_fill = tmp_path / "fill.toml"
    assert run("import", seeds[2], "--write-corrections", to_fill)[0] == 0
    assert to_fill.read_text().count(".entry]]") == 10
    assert run("import", seeds[2], "--write-corrections", to_fill)[0] == 2
    assert run("import", seeds[2], "--corrections", to_fill)[0] == 0
    filled = to_fill.read_text().replace('title = ""', 'title = "Known Now"', 1)
    to_fill.write_text(filled)
    assert run("import", seeds[2], "--corrections", to_fill)[0] == 0
    shown = json.loads(run("show", "2022-03", "--json")[1])
    assert shown["entries"][0]["title"] == "Known Now"


def test_a_corrections_file_beside_the_edition_is_read(run, seeds, tmp_path) -> None:
    copy = tmp_path / "march.txt"
    copy.write_bytes(seeds[2].read_bytes())
    (tmp_path / "march.corrections.toml").write_text(
        '[["2022-03".entry]]\nnumber = 2\ntitle = "DataMUX"\narxiv = "2202.09318"\n'
    )
    run("import", copy)
    assert json.loads(run("show", "2022-03", "--json")[1])["entries"][1]["title"] == "DataMUX"


def test_an_unknown_issue_and_language_are_named(run) -> None:
    run("import", EDITIONS / "2022-05.en.md")
    assert "paperround issues" in run("show", "2099-01")[2]
    code, _, errors = run("show", "2022-05", "--language", "zh")
    assert code == 2
    assert "'en'" in errors


DAYS = [
    {"date": f"2024-09-{n:02}", "title": f"Paper of Day {n}", "arxiv": f"2409.{n:05}"}
    for n in range(1, 21)
]


def test_a_list_of_papers_by_day_goes_in_with_progress(run, tmp_path) -> None:
    path = tmp_path / "daily.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in DAYS))
    code, out, progress = run("import", path)
    assert code == 0
    assert "20 issues: 20 added" in out
    assert "2024-09-03 (en): added, published, 1 added, 0 updated" in out
    assert "100%" in progress
    assert "20 issues: 20 unchanged" in run("import", path)[1]
    assert len(json.loads(run("issues", "--json")[1])) == 20


def test_a_wrong_line_of_a_list_leaves_its_day_out_and_no_other(run, tmp_path) -> None:
    path = tmp_path / "daily.jsonl"
    lines = [json.dumps(row) for row in DAYS]
    lines[16] = json.dumps({"date": "2024-09-17", "arxiv": "2409.00017"})
    path.write_text("\n".join(lines))
    code, out, errors = run("import", path, "--json")
    assert code == 1
    given = json.loads(out)
    assert len(given["issues"]) == 19
    assert given["errors"] == ['daily.jsonl, line 17: the paper has no title. Add "title": "…".']
    assert "line 17" in errors
    assert "2024-09-17" not in run("issues")[1]
