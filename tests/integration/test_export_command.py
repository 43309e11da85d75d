"""The command that writes citations, as an editor uses it in a shell."""

from __future__ import annotations

import json
from pathlib import Path

import pybtex.database
import pytest
import rispy
from typer.testing import CliRunner

from paperround.__main__ import BAD_INPUT
from paperround.cli import app
from paperround.cli.app import settings
from paperround.errors import UserError

EDITIONS = sorted((Path(__file__).resolve().parents[2] / "editions").glob("*.md"))


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("PAPERROUND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()

    def run(*words: object, code: int = 0) -> tuple[bytes, str]:
        result = CliRunner().invoke(app, [str(word) for word in words])
        refused = isinstance(result.exception, UserError)
        assert refused or result.exception is None or isinstance(result.exception, SystemExit)
        assert (BAD_INPUT if refused else result.exit_code) == code, result.output
        return result.stdout_bytes, result.stderr + (str(result.exception) if refused else "")

    yield run
    settings.cache_clear()


@pytest.fixture
def filled(run):
    run("import", *EDITIONS)
    return run


def test_one_paper_is_exported_by_any_of_its_names(filled) -> None:
    by_name, _ = filled("export", "chinchilla")
    by_id, _ = filled("export", "https://arxiv.org/abs/2203.15556")
    assert by_name == by_id
    (entry,) = pybtex.database.parse_bytes(by_name, "bibtex").entries.values()
    assert entry.fields["eprint"] == "2203.15556"


def test_a_question_with_several_answers_is_refused_and_lists_them(filled) -> None:
    out, said = filled("export", "language", "models", code=2)
    assert out == b""
    assert said.count("arXiv ") > 1
    assert "'language models' may mean any of these" in said
    found, _ = filled("export", "--search", "language models", "--format", "csl")
    assert len(json.loads(found)) > 1


def test_an_issue_is_exported_whole_with_the_line_ends_of_its_format(filled, tmp_path) -> None:
    shown = json.loads(filled("show", "2022-06", "--json")[0])
    out, _ = filled("export", "--issue", "2022-06", "--format", "ris")
    assert out.count(b"\r\n") == out.count(b"\n")
    ids = {paper["arxiv"] for entry in shown["entries"] for paper in entry["papers"]}
    found = rispy.loads(out.decode())
    assert {
        it["accession_number"].removeprefix("arXiv:") for it in found if "accession_number" in it
    } == ids - {None}
    filled("export", "--issue", "2022-06", "--format", "ris", "-o", "june.ris")
    assert (tmp_path / "june.ris").read_bytes() == out


def test_a_file_is_never_overwritten_unasked(filled, tmp_path) -> None:
    (tmp_path / "mine.bib").write_text("mine")
    _, said = filled("export", "chinchilla", "-o", "mine.bib", code=2)
    assert "mine.bib exists" in said
    assert (tmp_path / "mine.bib").read_text() == "mine"
    filled("export", "chinchilla", "-o", "mine.bib", "--force")
    assert (tmp_path / "mine.bib").read_text().startswith("@misc{hoffmann2022")
    assert "cannot be written" in filled("export", "chinchilla", "-o", "no/where.bib", code=2)[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Say what to export"),
        (("chinchilla", "--issue", "2022-06"), "Say what to export"),
        (("--issue", "1999-01"), "no published issue '1999-01'"),
        (("qqzzqqzz",), "Nothing here answers 'qqzzqqzz'"),
        (("--search", "qqzzqqzz"), "Nothing here answers"),
        (("chinchilla", "--format", "word"), "'bibtex'"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_line(filled, words, says) -> None:
    out, said = filled("export", *words, code=2)
    assert out == b""
    assert says in said


def test_a_draft_is_exported_only_when_asked_for(run) -> None:
    run("import", *EDITIONS, "--draft")
    assert "--drafts" in run("export", "chinchilla", code=2)[1]
    assert "--drafts" in run("export", "--issue", "2022-06", code=2)[1]
    out, _ = run("export", "--issue", "2022-06", "--drafts", "--format", "markdown")
    assert out.count(b"\n- ") > 1


def test_entries_without_a_title_are_counted_and_an_issue_of_nothing_else_is_refused(
    run, seeds
) -> None:
    """Two real copies that lost their titles: one but for a heading, the other all."""
    run("import", seeds[0], seeds[2])
    out, said = run("export", "--issue", "2022-04")
    assert out.count(b"@misc{") == 2
    assert "9 entries have no title yet and were left out." in said
    assert "Authors not known: PaLM" in said
    out, said = run("export", "--issue", "2022-03", code=2)
    assert out == b""
    assert "nothing to export: 10 entries have no title yet" in said
