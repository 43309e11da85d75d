"""Topics on the command line: listed, changed, chosen, and used as filters."""

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

    def invoke(*words: object) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, [str(word) for word in words])
        refused = isinstance(result.exception, Exception) and not isinstance(
            result.exception, SystemExit
        )
        errors = result.stderr + (str(result.exception) if refused else "")
        return (command.BAD_INPUT if refused else result.exit_code), result.stdout, errors

    assert invoke("import", *sorted(EDITIONS.glob("*.md")))[0] == 0
    yield invoke
    settings.cache_clear()


def titles(run, *words: object) -> list[str]:
    return [hit["title"] for hit in json.loads(run("paper", *words, "--json")[1])["results"]]


def test_topics_are_listed_with_their_counts(run) -> None:
    code, out, _ = run("topics")
    assert code == 0
    assert "language-models" in out
    assert "语言模型" in out
    rows = json.loads(run("topics", "--json")[1])
    assert rows[0].keys() == {"slug", "names", "entries"}
    counts = {row["slug"]: row["entries"] for row in rows}
    assert counts["language-models"] > 0
    assert (
        len(titles(run, "--topic", "language-models", "--limit", 100)) == counts["language-models"]
    )


def test_topics_of_an_entry_are_chosen_shown_and_given_back(run) -> None:
    before = json.loads(run("show", "2022-06", "--json")[1])["entries"][0]["topics"]
    code, out, _ = run("topics", "set", "2022-06", 1, "audio", "视觉与三维")
    assert (code, out) == (0, "Entry 1 of 2022-06: vision, audio.\n")
    chosen = json.loads(run("show", "2022-06", "--language", "zh", "--json")[1])["entries"][0]
    assert [t["name"] for t in chosen["topics"]] == ["视觉与三维", "音频与语音"]
    assert "Vision and 3D · Audio and speech" in run("show", "2022-06")[1]
    assert titles(run, "topic:audio") == [chosen["title"]]
    assert run("topics", "set", "2022-06", 1, "--none")[1] == "Entry 1 of 2022-06: no topic.\n"
    cleared = json.loads(run("topics", "clear", "2022-06", 1, "--json")[1])
    assert cleared == {"issue": "2022-06", "entry": 1, "topics": [t["slug"] for t in before]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("topics", "set", "2022-06", 1), "Name the topics, or say --none"),
        (("topics", "set", "2022-06", 1, "audio", "--none"), "Name the topics, or say --none"),
        (("topics", "set", "2022-06", 1, "gardening"), "there is no topic 'gardening'. Known are:"),
        (("topics", "set", "2022-06", 99, "audio"), "has no entry 99"),
        (("topics", "clear", "2020-01", 1), "There is no issue '2020-01'"),
        (("topics", "--load", "absent.toml"), "absent.toml: there is no such file"),
        (("topics", "--json", "clear", "2022-06", 1), "stand without"),
        (("paper", "--topic", "gardening"), "There is no topic 'gardening'. Known are:"),
        (("paper",), "Say what to look for"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_remedy(run, words, said) -> None:
    code, out, errors = run(*words)
    assert (code, out) == (2, "")
    assert said in errors


def test_the_taxonomy_is_written_edited_and_loaded(run, tmp_path) -> None:
    file = tmp_path / "topics.toml"
    assert run("topics", "--write", file)[0] == 0
    assert "exists already" in run("topics", "--write", file)[2]
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('slug = "scaling"', 'slug = "Growth!"'), encoding="utf-8")
    assert "slug is 'Growth!'" in run("topics", "--load", file)[2]
    assert "scaling" in run("topics")[1]
    file.write_text(text.replace('slug = "scaling"', 'slug = "growth"'), encoding="utf-8")
    found = titles(run, "topic:scaling")
    code, out, remarks = run("topics", "--load", file)
    assert (code, out) == (0, "")
    assert "Topics loaded: 18. Editions changed: " in remarks
    assert titles(run, "topic:growth") == found != []
    assert "scaling" not in {row["slug"] for row in json.loads(run("topics", "--json")[1])}
    run("import", *sorted(EDITIONS.glob("*.md")))
    assert titles(run, "topic:growth") == found


def test_a_choice_whose_topic_is_gone_is_named(run, tmp_path) -> None:
    run("topics", "set", "2022-06", 1, "audio")
    file = tmp_path / "topics.toml"
    file.write_text(
        '[[topic]]\nslug = "all"\nnames = { en = "All" }\nterms = []\n', encoding="utf-8"
    )
    assert "Entry 1 of 2022-06 keeps a choice" in run("topics", "--load", file)[2]


def test_filters_are_options_and_combine_with_words(run) -> None:
    every = titles(run, "--topic", "language-models", "--limit", 100)
    by_issue = titles(run, "--topic", "language-models", "--issue", "2022-05", "--limit", 100)
    assert set(by_issue) < set(every)
    assert titles(run, "--author", "hoffmann", "--year", 2022) == titles(
        run, "author:hoffmann 2022"
    )
    assert titles(run, "topic:language-models", "--issue", "2022-05", "--limit", 100) == by_issue
    hits = json.loads(run("paper", "--edition-language", "zh", "--json")[1])["results"]
    assert {hit["language"] for hit in hits} == {"zh"}
    beside = json.loads(run("paper", "chinchilla", "--topic", "robotics", "--json")[1])
    assert beside["confidence"] == "none"  # what else the topic holds is offered and not claimed
    assert [hit["matched"] for hit in beside["results"]] == ["newest"]
    assert "Newest first" in run("paper", "--kind", "news")[1]
    assert run("paper", "--kind", "poem")[0] == 2
