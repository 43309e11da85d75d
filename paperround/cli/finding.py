"""The commands that ask the catalog: `paper` and `reindex`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, assert_never

import typer
from rich.markdown import Markdown

from paperround.cli.app import app, console, index_again, print_json, store
from publisher.views import entry_view
from storage import catalog
from storage.catalog import Answer, Confidence, Hit

if TYPE_CHECKING:
    from sqlmodel import Session


@app.command()
def paper(
    query: Annotated[
        list[str], typer.Argument(help="A nickname, title, author, arXiv id or address, or words.")
    ],
    *,
    language: Annotated[str, typer.Option(help="Show the edition in this language.")] = "en",
    limit: Annotated[int, typer.Option(help="At most so many results.", min=1, max=100)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find what was written about a paper, drafts included.

    `paperround paper chinchilla`, `paperround paper 2203.15556`, `paperround paper jordan hoffmann`.
    """
    with store() as database, database.read() as session:
        answer = catalog.search(
            session, " ".join(query), language=language, drafts=True, limit=limit
        )
        if as_json:
            print_json(
                {"confidence": answer.confidence.value, "results": [row(h) for h in answer.hits]}
            )
        else:
            _show(session, answer)


@app.command()
def reindex() -> None:
    """Make the search index anew; a store of an earlier version is indexed so when it is opened."""
    with store(indexed=False) as database, database.write() as session:
        count = index_again(session)
    console.print(f"Indexed {count} issues.")


def row(hit: Hit) -> dict[str, object]:
    """Give a hit as JSON output has it."""
    return {
        "title": hit.title,
        "arxiv": hit.arxiv,
        "issue": hit.issue,
        "language": hit.language,
        "entry": hit.number,
        "matched": hit.matched,
    }


def _show(session: Session, answer: Answer) -> None:
    match answer.confidence:
        case Confidence.SURE:
            _show_entry(session, answer.hits[0])
        case Confidence.CHOICES:
            console.print("[bold]Did you mean[/bold]")
            show_list(answer.hits)
        case Confidence.NONE:
            console.print("Nothing here answers that.")
            if answer.hits:
                console.print("The nearest:")
                show_list(answer.hits)
        case _:
            assert_never(answer.confidence)


def show_list(hits: list[Hit]) -> None:
    """Print hits, numbered."""
    for place, hit in enumerate(hits, 1):
        title = hit.title or "(title unknown)"
        console.print(f"{place:>3}. {title}", markup=False)
        console.print(
            f"     {hit.issue} · {hit.language} · entry {hit.number} · {hit.matched}",
            markup=False,
            style="dim",
        )


def _show_entry(session: Session, hit: Hit) -> None:
    issue, entry = entry_view(session, hit.entry_id)
    names = ", ".join(entry["authors"]) + (" et al." if entry["et_al"] else "")
    console.print(hit.title or entry["title"] or "(title unknown)", style="bold", markup=False)
    console.print(names, markup=False)
    place = f"{issue.title} · {issue.language} · entry {entry['number']}"
    console.print(place + (f" · arXiv {hit.arxiv}" if hit.arxiv else ""), markup=False, style="dim")
    for heading, text in (("Why it matters", entry["why"]), ("Key insights", entry["insights"])):
        if text:
            console.print(f"\n[bold]{heading}[/bold]")
            console.print(Markdown(text))
    for work in entry["related"]:
        console.print(f"Related: {work['title']}", markup=False)
