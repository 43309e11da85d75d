"""The commands that ask the catalog: `paper` and `reindex`."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, assert_never

import typer
from rich.markdown import Markdown

from paperround.cli.app import app, console, fail, index_again, print_json, settings, store
from paperround.searching import search_of
from publisher.views import entry_view
from storage import catalog
from storage.catalog import Answer, Confidence, Filters, Hit
from storage.catalog.matched import FILTER
from storage.enums import EntryKind
from storage.tables import Entry

if TYPE_CHECKING:
    from sqlmodel import Session

NEWS_SHOWN = 100  # characters


@app.command()
def paper(  # noqa: PLR0913 - a command's options
    query: Annotated[
        list[str] | None,
        typer.Argument(
            help="A nickname, title, author, arXiv id or address, or words; and filters as `topic:scaling`."
        ),
    ] = None,
    *,
    author: Annotated[
        list[str] | None, typer.Option(help="Only by this author; several: by all of them.")
    ] = None,
    year: Annotated[
        list[int] | None, typer.Option(help="Only of this year; several: of any.")
    ] = None,
    issue: Annotated[
        list[str] | None, typer.Option(help="Only in this issue; several: in any.")
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option(help="Only about this topic, by slug or name; several: about all."),
    ] = None,
    kind: Annotated[EntryKind | None, typer.Option(help="Papers or news. Default: papers.")] = None,
    edition_language: Annotated[
        list[str] | None, typer.Option(help="Only in editions of this language; several: of any.")
    ] = None,
    language: Annotated[str, typer.Option(help="Show the edition in this language.")] = "en",
    limit: Annotated[int, typer.Option(help="At most so many results.", min=1, max=100)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find what was written about a paper, drafts included; filters alone list the newest first.

    `paperround paper chinchilla`, `paperround paper 2203.15556`, `paperround paper author:hoffmann 2022 scaling`,
    `paperround paper --topic scaling --year 2022`. A filter in words is preferred to the same one as an option.
    """
    asked = " ".join(query or [])
    with store() as database, database.read() as session:
        filters = Filters(
            authors=tuple(author or ()),
            years=tuple(str(one) for one in year or ()),
            issues=tuple(issue or ()),
            languages=tuple(one.lower() for one in edition_language or ()),
            kind=kind,
            topics=tuple(_topic(session, name) for name in topic or ()),
        )
        if not asked and not filters:
            raise fail("Say what to look for, such as `paperround paper chinchilla`, or a filter.")
        answer = search_of(settings())(
            session, asked, language=language, drafts=True, limit=limit, filters=filters
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


def _topic(session: Session, name: str) -> str:
    slug = catalog.topic_named(session, name)
    if slug is None:
        known = ", ".join(topic.slug for topic in catalog.topics(session, drafts=True))
        raise fail(
            f"There is no topic {name!r}. "
            + (f"Known are: {known}." if known else "The first import brings some.")
        )
    return slug


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
            listed = all(hit.matched == FILTER for hit in answer.hits)
            console.print("Newest first" if listed else "Did you mean", style="bold")
            show_list(session, answer.hits)
        case Confidence.NONE:
            console.print("Nothing here answers that.")
            if answer.hits:
                console.print("The nearest:")
                show_list(session, answer.hits)
        case _:
            assert_never(answer.confidence)


def show_list(session: Session, hits: list[Hit]) -> None:
    """Print hits, numbered."""
    for place, hit in enumerate(hits, 1):
        title = hit.title or _beginning(session, hit) or "(title unknown)"
        console.print(f"{place:>3}. {title}", markup=False)
        why = "" if hit.matched == FILTER else f" · {hit.matched}"
        console.print(
            f"     {hit.issue} · {hit.language} · entry {hit.number}{why}",
            markup=False,
            style="dim",
        )


def _beginning(session: Session, hit: Hit) -> str:
    """Give the first words of a news item, which has no title."""
    entry = session.get_one(Entry, hit.entry_id)
    return shorten(entry.insights, NEWS_SHOWN) if entry.kind is EntryKind.NEWS else ""


def _show_entry(session: Session, hit: Hit) -> None:
    issue, entry = entry_view(session, hit.entry_id)
    names = ", ".join(entry["authors"]) + (" et al." if entry["et_al"] else "")
    console.print(hit.title or entry["title"] or "(title unknown)", style="bold", markup=False)
    console.print(names, markup=False)
    place = f"{issue.title} · {issue.language} · entry {entry['number']}"
    console.print(place + (f" · arXiv {hit.arxiv}" if hit.arxiv else ""), markup=False, style="dim")
    if entry["topics"]:
        console.print(" · ".join(t["name"] for t in entry["topics"]), style="dim", markup=False)
    for heading, text in (("Why it matters", entry["why"]), ("Key insights", entry["insights"])):
        if text:
            console.print(f"\n[bold]{heading}[/bold]")
            console.print(Markdown(text))
    for work in entry["related"]:
        console.print(f"Related: {work['title']}", markup=False)
