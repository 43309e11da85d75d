"""The command line itself: what it knows, what it suggests, and how little of the program a command loads."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from paperround.cli import app
from paperround.cli.commands import MODULES
from tests.support import commands

FORKS = """
import os, sys
from paperround.__main__ import main

needless = {'discord', 'aiohttp', 'psycopg', 'web', 'bot'}
for command in sys.argv[1:]:
    if os.fork() == 0:
        sys.argv = ['paperround', *command.split(), '--help']
        try:
            main()
        except SystemExit as end:
            print(f'\\nLOADED by {command}:', *needless & set(sys.modules), flush=True)
            os._exit(end.code or 0)
        os._exit(1)
    if os.wait()[1]:
        sys.exit(f'{command} failed')
"""


@pytest.mark.parametrize("name", MODULES)
def test_every_command_is_where_it_is_said_to_be(name) -> None:
    command = get_command(app).get_command(None, name)
    assert command.name == name
    # A group has no function of its own, but its commands do.
    inside = getattr(command, "commands", {}).values()
    functions = [it.callback for it in (command, *inside) if it.callback]
    assert {inspect.unwrap(it).__module__ for it in functions} == {
        f"paperround.cli.{MODULES[name]}"
    }


def test_help_lists_every_command_and_hides_what_no_one_types() -> None:
    said = CliRunner().invoke(app, ["--help"]).output.partition("Commands")[2]
    first_words = [line.strip("│ ").split(" ")[0] for line in said.splitlines()]
    listed = [word for word in first_words if word in MODULES]
    assert listed == [name for name in MODULES if name != "sender"]


@pytest.mark.parametrize("command", [[], ["uncertain"], ["dkim", "keygen"]])
def test_help_shows_no_value_where_an_option_takes_none(command) -> None:
    said = CliRunner().invoke(app, [*command, "--help"]).output
    assert "--help" in said
    assert "bool" not in said


def test_no_command_is_left_out() -> None:
    group = get_command(app)
    assert group.get_command(None, "no-such-command") is None  # and all modules are loaded
    assert set(group.commands) == set(MODULES)


@pytest.mark.parametrize(
    ("typed", "meant"), [("snds", "sends"), ("pasue", "pause"), ("indexx", "reindex")]
)
def test_a_slip_is_answered_with_the_nearest_command(typed, meant) -> None:
    done = CliRunner().invoke(app, [typed])
    assert done.exit_code == 2
    assert f"'{meant}'" in done.output


def test_settings_are_shown_as_they_are_set(tmp_path) -> None:
    given = {
        "PAPERROUND_SENDER_NAME": "[red] News",
        "PAPERROUND_MAIL_LIMITS": "50/s, 20000/h",
        "PAPERROUND_SMTP_USER": "news",
        "PAPERROUND_SMTP_PASSWORD": "hush",
    }
    said = commands.run("settings", folder=tmp_path, settings=given).stdout
    assert "PAPERROUND_SENDER_NAME = [red] News\n" in said
    assert "PAPERROUND_MAIL_LIMITS = 50/s, 20000/h\n" in said
    assert "PAPERROUND_MAIL_DOMAIN_LIMITS = (not set)\n" in said
    assert "PAPERROUND_SMTP_PASSWORD = (set)\n" in said
    assert "hush" not in said


def test_a_command_does_not_load_what_it_does_not_need(tmp_path) -> None:
    """Each runs in a fork of one fresh process that has loaded what all of them share."""
    needing_little = ["issues", "sends", "paper x", "settings", "subscribers", "dkim"]
    done = subprocess.run(
        [sys.executable, "-c", FORKS, *needing_little],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("LOADED")]
    assert told == [f"LOADED by {command}:" for command in needing_little]
