"""What every command shares: the application, the store of the settings, and how answers are printed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from paperround import log
from paperround.cli.commands import Commands
from paperround.errors import UserError
from paperround.settings import Settings, load_settings
from publisher.topics.choice import propose_anew
from storage import catalog, schema
from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmodel import Session

INTERRUPTED = 130  # the exit status after Ctrl-C

app = typer.Typer(
    name="paperround",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Lines(Console):
    """Prints; on a terminal lines are wrapped, in a pipe a sentence stays on one, for whoever reads by line."""

    def print(self, *objects: Any, **how: Any) -> None:  # noqa: ANN401 - what rich can print
        """Print as `rich` does."""
        if not self.is_terminal and all(isinstance(it, str | Text) for it in objects):
            how = {"soft_wrap": True} | how
        super().print(*objects, **how)


# Answers go to standard output; progress and remarks to standard error, so that a pipe gets answers alone.
console = Lines(highlight=False)
remarks = Lines(stderr=True, highlight=False)


@cache
def settings() -> Settings:
    """Give the settings, read once, with logging set up by them."""
    read = load_settings()
    log.configure(read.log_format, read.log_level)
    return read


@contextmanager
def store(*, indexed: bool = True, new: bool = False) -> Iterator[Database]:
    """Open the database of the settings, its tables brought up to date, and its search index where `indexed`.

    Where SQLite's file is not there, only who brings something in, or serves it, makes a `new` one.
    """
    database = Database(settings().database, new=new)
    try:
        schema.upgrade(database)
        if indexed:
            _index_again_if_older(database)
        yield database
    finally:
        database.close()


def index_again(session: Session) -> int:
    """Make the search index anew, with a bar that shows how far it is; give the number of issues.

    Raises:
        typer.Exit: It was stopped by Ctrl-C, which is said; the transaction is to be rolled back.
    """
    try:
        with Progress(console=remarks, transient=True) as progress:
            task = progress.add_task("Indexing issues", total=None)
            return catalog.reindex(
                session, lambda done, of: progress.update(task, completed=done, total=of)
            )
    except KeyboardInterrupt:
        typer.echo(
            "paperround: stopped; the old index still holds, and the command can be run again",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None


def _index_again_if_older(database: Database) -> None:
    with database.read() as session:
        if catalog.is_current(session):
            return
    with database.write() as session:
        if catalog.is_current(session, hold=True):
            return  # another process did it meanwhile
        remarks.print("The search index is of an earlier version; it is made anew, once.")
        if not catalog.topics(session):
            propose_anew(session, indexed=False)  # what was imported before there were topics
        count = index_again(session)
    remarks.print(f"Indexed {count} issues.", style="dim")


def print_json(answer: Any) -> None:  # noqa: ANN401 - anything JSON can hold
    """Print an answer for a program to read."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str))


def fail(message: str) -> UserError:
    """Make the error that ends a command: what happened, what was given, what to do."""
    return UserError(message)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"paperround {version('paperround')}")
        raise typer.Exit


@app.callback()
def paperround(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version.",
            callback=lambda wanted: _print_version(wanted=wanted),
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Deliver a research newsletter by email and into Discord, and answer questions about it.

    A first round: `paperround import editions/*.md`, `paperround issues`, `paperround paper chinchilla`,
    `paperround schedule ISSUE --at "2026-12-01 09:00"`, `paperround serve`. Settings come from the
    environment or paperround.toml; `paperround settings` lists them.
    """
