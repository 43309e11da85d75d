"""The commands about DKIM, run as an operator runs them: make a key, publish its record, check it."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest
from typer.testing import CliRunner

from mailer.dkim_keys import SigningKey
from paperround.cli import app
from paperround.errors import UserError
from paperround.settings import GivenSettings
from tests.support import commands


def run_alone(folder, *arguments, code=0, typed="", **set_):
    """Run a command in a process of its own, as a shell would."""
    done = commands.run(
        "dkim", *arguments, folder=folder, typed=typed,
        settings={
            "PAPERROUND_DATA_DIR": "data", "PAPERROUND_SENDER_ADDRESS": "news@example.org",
            "PAPERROUND_SMTP_HOST": "localhost", **set_,
        },
    )  # fmt: skip
    assert done.code == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "PRIVATE KEY" not in done.stdout + done.stderr
    return done


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Give a function that runs a command in this process, which is quicker; 2 stands for an error told."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def run(*arguments, code=0, typed=None, **set_):
        given = {"sender_address": "news@example.org", "smtp_host": "localhost", "data_dir": "data"}
        given |= {name.removeprefix("PAPERROUND_").lower(): value for name, value in set_.items()}
        monkeypatch.setattr("paperround.cli.dkim.settings", lambda: GivenSettings(**given))
        done = runner.invoke(app, ["dkim", *arguments], input=typed)
        if code == 2:
            assert isinstance(done.exception, UserError)
            return str(done.exception)
        assert done.exit_code == code, done.output
        assert "PRIVATE KEY" not in done.output
        return done

    return run


def to_set(said):
    return dict(re.findall(r"(PAPERROUND_\w+)=(\S+)", said.stderr))


def test_from_two_new_keys_to_records_that_pass(tmp_path):
    run = partial(run_alone, tmp_path)
    rsa, ed25519 = run("keygen", "--selector", "r1"), run("keygen", "--selector", "e1", "--ed25519")
    assert to_set(rsa) == {
        "PAPERROUND_DKIM_SELECTOR": "r1",
        "PAPERROUND_DKIM_KEY_FILE": str(tmp_path / "data" / "dkim-r1.pem"),
    }
    settings = to_set(rsa) | to_set(ed25519)
    zone = rsa.stdout + ed25519.stdout
    for name in ("r1", "e1"):
        assert (tmp_path / "data" / f"dkim-{name}.pem").stat().st_mode & 0o777 == 0o600
    said = run("check", "--zone", "-", typed=zone, **settings)
    assert said.stdout.count("pass") == 6
    assert "fail" not in said.stdout
    (tmp_path / "zone").write_text(rsa.stdout)
    said = json.loads(run("check", "--zone", "zone", "--json", code=1, **settings).stdout)
    assert [(key["kind"], key["ok"]) for key in said] == [("rsa", True), ("ed25519", False)]
    assert said[1]["record"]["zone"] == ed25519.stdout.strip()


def test_names_of_a_zone_belong_to_the_domain_that_signs_or_to_the_origin_given(run):
    made = run("keygen", "--selector", "s", "--domain", "news.example.org")
    assert to_set(made)["PAPERROUND_DKIM_DOMAIN"] == "news.example.org"
    zone = made.stdout.replace("s._domainkey.news.example.org.", "s._domainkey")
    assert zone != made.stdout
    run("check", "--zone", "-", typed=zone, **to_set(made))
    zone = zone.replace("s._domainkey", "s._domainkey.news")
    run("check", "--zone", "-", "--origin", "example.org", typed=zone, **to_set(made))
    said = run("check", "--zone", "-", typed=zone, code=1, **to_set(made))
    assert "There is no TXT record s._domainkey.news.example.org." in said.stdout
    assert made.stdout in said.stdout


def test_a_key_is_not_replaced_by_mistake(run, tmp_path):
    run("keygen", "--output-dir", "keys", "--selector", "s")
    path = tmp_path / "keys" / "dkim-s.pem"
    first = path.read_bytes()
    assert "--force" in run("keygen", "--output-dir", "keys", "--selector", "s", code=2)
    assert path.read_bytes() == first
    made = json.loads(
        run("keygen", "--output-dir", "keys", "--selector", "s", "--force", "--json").stdout
    )
    assert path.read_bytes() != first
    assert made["file"] == "keys/dkim-s.pem"
    key = SigningKey("example.org", "s", path.read_bytes())
    assert made["record"]["value"] == key.record
    assert made["record"]["name"] == "s._domainkey.example.org"


def test_a_selector_of_this_month_is_chosen_where_none_is_given(run):
    assert re.match(r"pr\d{6}\._domainkey\.example\.org\. ", run("keygen").stdout)
    assert re.match(r"pr\d{6}e\._domainkey\.example\.org\. ", run("keygen", "--ed25519").stdout)


@pytest.mark.parametrize(
    ("arguments", "settings", "says"),
    [
        (["keygen", "--selector", "a b"], {}, "selector"),
        (["keygen", "--domain", "no domain"], {}, "domain"),
        (["keygen", "--output-dir", "/dev/null/keys"], {}, "--output-dir"),
        (["check"], {}, "dkim keygen"),
        (
            ["check"],
            {"PAPERROUND_DKIM_SELECTOR": "s", "PAPERROUND_DKIM_KEY_FILE": "none.pem"},
            "cannot be read",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_its_remedy(run, arguments, settings, says):
    assert says in run(*arguments, code=2, **settings)


def test_without_a_domain_a_key_is_not_made(run):
    said = run("keygen", code=2, PAPERROUND_SENDER_ADDRESS=None, PAPERROUND_SMTP_HOST=None)
    assert "PAPERROUND_SENDER_ADDRESS" in said


def test_a_zone_that_cannot_be_read_is_not_a_missing_record(run):
    settings = to_set(run("keygen"))
    assert "near line" in run("check", "--zone", "-", typed="# no zone\n", code=2, **settings)


def test_a_zone_file_may_hold_comments_in_any_encoding(run, tmp_path):
    made = run("keygen", "--selector", "s1")
    zone = b"\xef\xbb\xbf; Gr\xfc\xdfe\n" + made.stdout.encode()
    (tmp_path / "latin.txt").write_bytes(zone)
    run("check", "--zone", "latin.txt", **to_set(made))
    run("check", "--zone", "-", typed=zone, **to_set(made))
    (tmp_path / "no.txt").write_bytes(bytes(range(1, 256)))
    said = run("check", "--zone", "no.txt", code=2, **to_set(made))
    assert "zone cannot be read" in said
