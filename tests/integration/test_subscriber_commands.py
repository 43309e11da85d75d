"""The commands about subscribers, run as an operator runs them."""

import json

import pytest

from tests.support import commands


@pytest.fixture
def run(tmp_path):
    def run(*arguments: str, code: int = 0) -> str:
        done = commands.run(*arguments, folder=tmp_path)
        assert done.code == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 else done.stderr

    return run


def test_a_reader_from_subscribing_to_being_forgotten(run) -> None:
    assert "1 added" in run("subscribe", "ann@example.org", "--confirmed", "--source", "in person")
    assert json.loads(run("subscribers", "--json")) == [
        {"status": "active", "language": "en", "count": 1}
    ]
    assert "ann@" not in run("subscribers")
    assert "ann@example.org" in run("subscribers", "--addresses")
    run("unsubscribe", "ANN@example.org")
    run("forget", "ann@example.org", "--yes")
    assert json.loads(run("subscribers", "--addresses", "--json")) == []
    assert "never be mailed" in run("subscribe", "ann@example.org", code=2)
    assert "No subscriber has this address" in run("forget", "ann@example.org", code=2)


def test_a_list_comes_in_whole_or_not_at_all(run, tmp_path) -> None:
    readers = tmp_path / "readers.csv"
    readers.write_text(
        "address,name,language\nann@example.org,Ann,en\nnobody,,\nbob@example.org,,Klingon!\n"
    )
    said = run("subscribe", "--file", "readers.csv", "--confirmed", "--source", "list", code=2)
    assert "line 3:" in said
    assert "line 4: 'Klingon!'" in said
    assert "There is no store" in run("subscribers", code=2)
    readers.write_text("address,name,language\nann@example.org,Ann,\nbob@example.org,Bob,zh\n")
    assert "2 added" in run("subscribe", "--file", "readers.csv", "--confirmed", "--source", "list")


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [((), "--file CSV"), (("a@example.org", "--confirmed"), "--source"),
     (("--file", "x.csv"), "--confirmed"), (("nobody",), "name@example.org"),
     (("--file", "x.csv", "--confirmed", "--source", "s"), "x.csv cannot be read: No such file or directory. Give")],
)  # fmt: skip
def test_what_is_missing_is_named(run, arguments, remedy) -> None:
    assert remedy in run("subscribe", *arguments, code=2)
