"""SpamAssassin's opinion: of the program itself where it is installed, and of one that says what it is told."""

from __future__ import annotations

import shutil

import pytest

from paperround.preflight.spam import check_spam

MAIL = b"Subject: x\r\nX-Spam-Status: No, score=-9.0 required=5.0 tests=FAKE\r\n\r\nhello\r\n"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Give a function that puts a program of a name on an otherwise empty PATH."""

    def put(name, script):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    return put


@pytest.mark.parametrize(
    ("score", "level"),
    [("-1.0", "pass"), ("2.9", "pass"), ("3.0", "warn"), ("5.0", "fail"), ("12", "fail")],
)
@pytest.mark.parametrize("name", ["spamassassin", "spamc"])
def test_three_points_warn_and_five_fail(program, name, score, level):
    status = (
        f"X-Spam-Status: Yes, score={score} required=5.0 tests=ONE,TWO,\\n\\tTHREE autolearn=no"
    )
    program(
        name,
        f'while read -r line; do :; done; printf "Received: x\\n{status}\\nSubject: x\\n\\nhello\\n"',
    )
    (finding,) = check_spam(MAIL)
    assert finding.level == level
    assert f"{float(score):.1f} points (ONE, TWO, THREE)" in finding.what


@pytest.mark.parametrize("script", ["exit 3", "echo nothing", "exec /nowhere/perl"])
def test_a_program_that_does_not_work_is_a_warning(program, script):
    program("spamassassin", script)
    (finding,) = check_spam(b"x" * 200_000)
    assert finding.level == "warn"
    assert "no score" in finding.what


def test_where_there_is_no_program_it_is_skipped_and_not_passed(program):
    (finding,) = check_spam(MAIL)
    assert finding.level == "skip"


def test_the_program_itself_calls_a_bare_mail_spam():
    if shutil.which("spamassassin") is None:
        pytest.skip(
            "SpamAssassin SKIPPED: the program is not here; install the package spamassassin"
        )
    (finding,) = check_spam(b"Subject: x\r\n\r\nhello\r\n")
    assert finding.level in {"warn", "fail"}
    assert "MISSING_" in finding.what
