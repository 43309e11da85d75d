"""The command that writes citations: `export`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from paperround.cli.app import app, fail, remarks, settings, store
from paperround.searching import search_of
from publisher.exports import (
    FORMS,
    Format,
    Selection,
    records_of_hits,
    records_of_issue,
)
from storage.catalog import Confidence

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.catalog import Answer, Hit


@app.command()
def export(  # noqa: PLR0913 - a command's options
    query: Annotated[
        list[str] | None,
        typer.Argument(help="One paper: a nickname, title, arXiv id or address."),
    ] = None,
    *,
    issue: Annotated[
        str | None, typer.Option(help="All papers of this issue, such as 2022-06.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(help="All papers that this search finds, best first.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="The format.")] = Format.BIBTEX,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not to the terminal.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --output overwrite.")] = False,
    language: Annotated[str, typer.Option(help="Prefer the edition in this language.")] = "en",
    limit: Annotated[int, typer.Option(help="At most so many hits.", min=1, max=100)] = 10,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="Also take in what is not published yet.")
    ] = False,
) -> None:
    """Write citations of a paper, of an issue or of what a search finds.

    `paperround export chinchilla`, `paperround export --issue 2022-06 --format ris -o june.ris`,
    `paperround export --search "scaling laws" --format markdown`.
    """
    words = " ".join(query or [])
    if sum(map(bool, (words, issue, search))) != 1:
        raise fail(
            "Say what to export: one paper by its name, or --issue ISSUE, or --search WORDS."
        )
    with store() as database, database.read() as session:
        if issue:
            selection = _of_issue(session, issue, language, drafts=drafts)
        else:
            answer = search_of(settings())(
                session, words or search or "", language=language, drafts=drafts, limit=limit
            )
            hits = _found(words, answer) if words else _answered(search or "", answer)
            selection = records_of_hits(session, hits, drafts=drafts)
    _remark(selection)
    _write(FORMS[form].write(selection.records), output, force=force)


def _of_issue(session: Session, slug: str, language: str, *, drafts: bool) -> Selection:
    selection = records_of_issue(session, slug, language, drafts=drafts)
    if selection is None:
        advice = "" if drafts else " and --drafts takes in those that are not published yet"
        raise fail(
            f"There is no {'' if drafts else 'published '}issue {slug!r}. "
            f"`paperround issues` lists those there are{advice}."
        )
    return selection


def _found(query: str, answer: Answer) -> list[Hit]:
    """Give the one paper that a question surely means."""
    if answer.confidence is Confidence.CHOICES:
        for hit in answer.hits:
            known = f" · arXiv {hit.arxiv}" if hit.arxiv else ""
            line = f"  {hit.title or '(title unknown)'}{known} · {hit.issue}"
            remarks.print(line, markup=False, soft_wrap=True)
        raise fail(
            f"{query!r} may mean any of these. Name one by its title or arXiv id, or export them all "
            "with --search."
        )
    return _answered(query, answer)


def _answered(query: str, answer: Answer) -> list[Hit]:
    if answer.confidence is Confidence.NONE:
        raise fail(
            f"Nothing here answers {query!r}. `paperround paper` shows what comes near; what is not "
            "published yet needs --drafts."
        )
    return answer.hits


def _remark(selection: Selection) -> None:
    """Say what was left out and what is not known, and refuse to write nothing."""
    count = len(selection.untitled)
    titles = f"{count} {'entry has' if count == 1 else 'entries have'} no title yet"
    if count and not selection.records:
        raise fail(
            f"There is nothing to export: {titles}. Supply them with `paperround import --corrections`."
        )
    if not selection.records:
        raise fail("There is nothing to export: no paper is named there.")
    if count:
        remarks.print(f"{titles} and {'was' if count == 1 else 'were'} left out.")
    for record in selection.records:
        if not record.authors:
            remarks.print(f"Authors not known: {record.title}", markup=False, soft_wrap=True)


def _write(text: str, output: Path | None, *, force: bool) -> None:
    if output is None:
        typer.echo(text.encode(), nl=False)  # bytes: RIS ends its lines as the format says
        return
    try:
        with output.open("wb" if force else "xb") as file:
            file.write(text.encode())
    except FileExistsError as error:
        raise fail(f"{output} exists. Give another name, or --force to overwrite it.") from error
    except OSError as error:
        raise fail(f"{output} cannot be written ({error.strerror}). Give another path.") from error
    remarks.print(f"Wrote {output}.", markup=False)
