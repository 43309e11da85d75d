"""The commands about topics: list and change the taxonomy, and choose the topics of an entry."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from paperround.cli.app import app, console, fail, print_json, remarks, store
from publisher.readers.detect import read_text
from publisher.topics.choice import choices_gone, clear_topics, load_taxonomy, set_topics
from publisher.topics.keeping import taxonomy_of
from publisher.topics.taxonomy import read_taxonomy, write_taxonomy
from publisher.views import find_issue, issue_view
from storage import catalog

if TYPE_CHECKING:
    from sqlmodel import Session

topics_app = typer.Typer()
app.add_typer(topics_app, name="topics")

IssueSlug = Annotated[str, typer.Argument(help="Slug of the issue, such as 2022-06.")]
Number = Annotated[int, typer.Argument(help="Number of the entry, as `paperround show` prints it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@topics_app.callback(invoke_without_command=True)
def topics(
    context: typer.Context,
    *,
    load: Annotated[
        Path | None,
        typer.Option(help="Let this taxonomy (TOML) take the place of the present one."),
    ] = None,
    write_to: Annotated[
        Path | None, typer.Option("--write", help="Write the present taxonomy here, to be edited.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --write overwrite.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the topics and how many papers each has, drafts included.

    `--write FILE`, edit, `--load FILE` changes them; topics are then proposed anew for every entry, and what an
    editor chose stays. `paperround paper topic:scaling` lists a topic's papers.
    """
    if context.invoked_subcommand:
        if load or write_to or as_json:
            raise fail("--load, --write and --json stand without `set` or `clear`.")
        return
    if write_to and write_to.exists() and not force:
        raise fail(f"{write_to} exists already. Name another file, or overwrite it with --force.")
    if load:
        _load(load)
    if write_to:
        _write(write_to)
    if as_json or not (load or write_to):
        _list(as_json=as_json)


@topics_app.command("set")
def set_(
    issue: IssueSlug,
    number: Number,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="TOPIC...", help="Topics, by slug or by name.")
    ] = None,
    *,
    none: Annotated[bool, typer.Option("--none", help="Let the entry have no topic.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give an entry exactly these topics, in every language; the choice outlives every import.

    `paperround topics set 2022-04 9 scaling language-models`
    """
    if bool(names) == none:
        raise fail("Name the topics, or say --none. `paperround topics` lists those there are.")
    with store() as database, database.write() as session:
        set_topics(session, issue, number, names or [])
        _say(session, issue, number, as_json=as_json)


@topics_app.command("clear")
def clear(issue: IssueSlug, number: Number, *, as_json: AsJson = False) -> None:
    """Forget which topics were chosen for an entry; the rules propose them again."""
    with store() as database, database.write() as session:
        clear_topics(session, issue, number)
        _say(session, issue, number, as_json=as_json)


def _load(path: Path) -> None:
    taxonomy = read_taxonomy(read_text(path), path.name)
    with (
        store() as database,
        database.write() as session,
        Progress(console=remarks, transient=True) as progress,
    ):
        task = progress.add_task("Proposing topics", total=None)
        changed = load_taxonomy(
            session, taxonomy, lambda done, of: progress.update(task, completed=done, total=of)
        )
        gone = choices_gone(session)
    remarks.print(
        f"Topics loaded: {len(taxonomy.topics)}. Editions changed: {changed}.", markup=False
    )
    for place, names in gone.items():
        remarks.print(
            f"{place} keeps a choice that shows nothing until there is such a topic: {names}.",
            markup=False,
            style="dim",
        )


def _write(path: Path) -> None:
    with store() as database, database.write() as session:
        taxonomy = taxonomy_of(session)
    path.write_text(write_taxonomy(taxonomy), encoding="utf-8")
    remarks.print(
        f"{path} holds {len(taxonomy.topics)} topics. Edit it, then --load it.", markup=False
    )


def _list(*, as_json: bool) -> None:
    with store() as database, database.write() as session:
        taxonomy_of(session)
        found = catalog.topics(session, drafts=True)
    if as_json:
        print_json([{"slug": t.slug, "names": t.names, "entries": t.entries} for t in found])
        return
    for topic in found:
        names = " · ".join(topic.names.values())
        console.print(f"{topic.entries:>6}  {topic.slug:<24} {names}", markup=False)


def _say(session: Session, slug: str, number: int, *, as_json: bool) -> None:
    issue = find_issue(session, slug)
    entries = issue_view(session, issue)["entries"] if issue else []
    given = next((e["topics"] for e in entries if e["number"] == number), [])
    if as_json:
        print_json({"issue": slug, "entry": number, "topics": [t["slug"] for t in given]})
        return
    listed = ", ".join(t["slug"] for t in given) or "no topic"
    console.print(f"Entry {number} of {slug}: {listed}.", markup=False)
