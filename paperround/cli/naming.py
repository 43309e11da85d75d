"""The commands about the names of papers: list them, and say which are right."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paperround.cli.app import app, console, fail, print_json, remarks, store
from publisher import naming
from storage import catalog
from storage.catalog import Confidence
from storage.tables import Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlmodel import Session

    from publisher.naming import Change, PaperName, Source

EXCERPT = 100  # characters of a sentence that a list shows
CHOICES = 5

aliases = typer.Typer(
    no_args_is_help=True, help="List the names of papers, and say which are right.",
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
app.add_typer(aliases, name="aliases")

Which = Annotated[
    str, typer.Argument(metavar="PAPER", help="Any question that leads surely to one paper.")
]
Names = Annotated[list[str], typer.Argument(metavar="NAME…", help="Names, each in quotes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@aliases.command("list")
def list_names(
    paper: Annotated[
        str | None,
        typer.Argument(metavar="[PAPER]", help="Any question that leads surely to one paper."),
    ] = None,
    *,
    guessed: Annotated[
        bool, typer.Option("--guessed", help="Only guesses that wait for a word.")
    ] = False,
    limit: Annotated[int, typer.Option(help="At most so many names.", min=1)] = 100,
    as_json: AsJson = False,
) -> None:
    """List the names of a paper, or the aliases of all papers, the newest first.

    A guessed name leads to its paper among choices; once you confirmed it, it answers surely.
    """
    with store() as database, database.read() as session:
        found = _found(session, paper, limit, guessed=guessed, as_json=as_json)
        if as_json:
            print_json([_row(about, name) for about, name in found])
        else:
            _print_names(found, alone=paper is not None)


@aliases.command()
def confirm(paper: Which, names: Names, *, as_json: AsJson = False) -> None:
    """Say that guessed names are right; from now on they answer surely."""
    _change(naming.confirm, paper, names, as_json=as_json)


@aliases.command()
def add(paper: Which, names: Names, *, as_json: AsJson = False) -> None:
    """Give a paper names that no text gives it."""
    _change(naming.add, paper, names, as_json=as_json)


@aliases.command()
def forbid(paper: Which, names: Names, *, as_json: AsJson = False) -> None:
    """Say that names are not those of a paper, whoever gives or guesses them, now or later."""
    _change(naming.forbid, paper, names, as_json=as_json)


@aliases.command()
def release(paper: Which, names: Names, *, as_json: AsJson = False) -> None:
    """Take back what you said of names; what the texts and files say holds again."""
    _change(naming.release, paper, names, as_json=as_json)


def _change(
    what: Callable[[Session, Paper, Sequence[str]], list[Change]],
    question: str,
    names: Sequence[str],
    *,
    as_json: bool,
) -> None:
    with store() as database, database.write() as session:
        paper = _paper(session, question, as_json=as_json)
        changes = what(session, paper, names)
    if as_json:
        print_json({"paper": _about(paper), "changes": [asdict(change) for change in changes]})
        return
    console.print(paper.title, style="bold", markup=False)
    for change in changes:
        console.print(
            f"  {change.name}: {_standing(change.before)} → {_standing(change.after)}", markup=False
        )
        for remark in change.remarks:
            remarks.print(f"  note: {remark}", markup=False, style="yellow", soft_wrap=True)


def _found(
    session: Session, question: str | None, limit: int, *, guessed: bool, as_json: bool
) -> list[tuple[Paper, PaperName]]:
    if question is None:
        listed = naming.waiting if guessed else naming.every_alias
        return listed(session, limit)
    paper = _paper(session, question, as_json=as_json)
    own = naming.names_of(session, paper)
    wanted = [n for n in own if not guessed or n.standing is naming.Standing.GUESSED]
    return [(paper, name) for name in wanted[:limit]]


def _paper(session: Session, question: str, *, as_json: bool) -> Paper:
    """Find the one paper that a question surely means; else list the choices and end."""
    answer = catalog.search(session, question, drafts=True)
    sure = {hit.paper_id for hit in answer.hits if answer.confidence is Confidence.SURE}
    if len(sure) == 1 and (paper_id := sure.pop()) is not None:
        return session.get_one(Paper, paper_id)
    choices = [hit for hit in answer.hits if hit.paper_id is not None][:CHOICES]
    if as_json:
        rows = [{"title": h.title, "arxiv": h.arxiv, "issue": h.issue} for h in choices]
        print_json({"confidence": answer.confidence, "results": rows})
    else:
        for hit in choices:
            number = f"{hit.arxiv}  " if hit.arxiv else ""
            console.print(f"  {number}{hit.title}", markup=False)
    remedy = (
        "Give one of these by its arXiv id or title." if choices else "Give an arXiv id or a title."
    )
    raise fail(f"{question!r} does not lead surely to one paper; nothing was changed. {remedy}")


def _print_names(found: Sequence[tuple[Paper, PaperName]], *, alone: bool) -> None:
    if not found:
        console.print("No names here." if alone else "No names wait for a word.")
    before: Paper | None = None
    for paper, name in found:
        if paper is not before:
            number = f"{paper.arxiv}  " if paper.arxiv else ""
            console.print(f"{number}{paper.title}", style="bold", markup=False)
            before = paper
        console.print(f"  {name.name}  ({_standing(name.standing)})", markup=False)
        for source in name.sources[:1]:
            console.print(f"    {_place(source, name.name)}", markup=False, style="dim")


def _place(source: Source, name: str) -> str:
    place = f"{source.issue} ({source.language}), entry {source.entry}"
    return f"{place}: {_excerpt(source.words, name)}" if source.words else place


def _excerpt(words: str, name: str) -> str:
    """Cut a sentence to what stands around a name."""
    flat = " ".join(words.split())
    if len(flat) <= EXCERPT:
        return flat
    start = max(flat.find(name) - EXCERPT * 2 // 3, 0)
    end = start + EXCERPT
    return ("…" if start else "") + flat[start:end].strip() + ("…" if end < len(flat) else "")


def _standing(standing: naming.Standing | None) -> str:
    return standing.value if standing else "no name"


def _row(paper: Paper, name: PaperName) -> dict[str, Any]:
    return {"paper": _about(paper)} | asdict(name)


def _about(paper: Paper) -> dict[str, object]:
    return {"id": paper.id, "title": paper.title, "arxiv": paper.arxiv}
