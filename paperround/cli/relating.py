"""The command that shows more like a paper: `related`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from paperround.cli.app import app, console, print_json, store
from paperround.cli.finding import row, show_list
from publisher.related import say
from storage import catalog
from storage.catalog import Confidence, Related

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.catalog import Answer, Hit

CHOICES = 10
INDENT = (0, 0, 0, 5)  # columns on the left
Names = dict[str, dict[str, str]]  # of topics, by slug and language


@app.command()
def related(
    query: Annotated[
        list[str], typer.Argument(help="A nickname, title, arXiv id or address of one paper.")
    ],
    *,
    language: Annotated[
        str, typer.Option(help="Show editions, and say the reasons, in this language.")
    ] = "en",
    limit: Annotated[int, typer.Option(help="At most so many papers.", min=1, max=50)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is related to a paper and why, drafts included.

    `paperround related chinchilla`. Papers are related by citations, shared references, authors, topics and text.
    """
    with store() as database, database.read() as session:
        answer = catalog.search(
            session, " ".join(query), language=language, drafts=True, limit=CHOICES
        )
        found = _related(session, answer, language, limit)
        names = {topic.slug: topic.names for topic in catalog.topics(session, drafts=True)}
        if as_json:
            print_json(_as_json(answer, found, language, names))
        elif answer.confidence is Confidence.SURE:
            _show(answer.hits[0], found, language, names)
        else:
            _ask(session, answer)


def _related(session: Session, answer: Answer, language: str, limit: int) -> list[Related]:
    if answer.confidence is not Confidence.SURE:
        return []
    hit = answer.hits[0]
    meant = {"paper_id": hit.paper_id} if hit.paper_id else {"entry_id": hit.entry_id}
    return catalog.related(session, **meant, language=language, drafts=True, limit=limit)


def _as_json(
    answer: Answer, found: list[Related], language: str, names: Names
) -> dict[str, object]:
    return {
        "confidence": answer.confidence.value,
        "results": [row(hit) for hit in answer.hits],
        "related": [
            {
                **row(one.hit),
                "reasons": [
                    {
                        "kind": reason.kind.value,
                        "values": list(reason.values),
                        "text": say(reason, language, names),
                    }
                    for reason in one.reasons
                ],
            }
            for one in found
        ],
    }


def _show(hit: Hit, found: list[Related], language: str, names: Names) -> None:
    console.print(hit.title or "(title unknown)", style="bold", markup=False)
    if not found:
        console.print("Nothing here is related to it.")
    for place, one in enumerate(found, 1):
        console.print(f"{place:>3}. {one.hit.title or '(title unknown)'}", markup=False)
        where = f"{one.hit.issue} · {one.hit.language} · entry {one.hit.number}"
        console.print(f"     {where}", markup=False, style="dim")
        for reason in one.reasons:
            console.print(Padding(Text(say(reason, language, names)), INDENT, expand=False))


def _ask(session: Session, answer: Answer) -> None:
    if answer.confidence is Confidence.CHOICES:
        console.print("[bold]Which one?[/bold] Ask again by its title or arXiv id.")
    else:
        console.print("No paper here is called that." + (" The nearest:" if answer.hits else ""))
    show_list(session, answer.hits)
