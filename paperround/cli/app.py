"""What every command shares: the application, the store of the settings, and how answers are printed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from paperround import log
from paperround.errors import UserError
from paperround.settings import Settings, load_settings
from storage import schema
from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(
    name="paperround",
    help="Deliver a research newsletter by email and into Discord, and answer questions about it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

# Answers go to standard output; progress and remarks to standard error, so that a pipe gets answers alone.
console = Console(highlight=False)
remarks = Console(stderr=True, highlight=False)


@cache
def settings() -> Settings:
    """Give the settings, read once, with logging set up by them."""
    read = load_settings()
    log.configure(read.log_format, read.log_level)
    return read


@contextmanager
def store() -> Iterator[Database]:
    """Open the database of the settings, its tables brought up to date."""
    database = Database(settings().database)
    try:
        schema.upgrade(database)
        yield database
    finally:
        database.close()


def print_json(answer: Any) -> None:  # noqa: ANN401 - anything JSON can hold
    """Print an answer for a program to read."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str))


def fail(message: str) -> UserError:
    """Make the error that ends a command: what happened, what was given, what to do."""
    return UserError(message)
