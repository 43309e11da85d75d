"""The command that measures the catalog: `eval-search`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from paperround.cli.app import app, console, fail, print_json, remarks, settings, store
from paperround.searching import search_of
from storage import catalog
from storage.catalog.evaluation import CHOICES, evaluate
from storage.catalog.made_questions import made_questions
from storage.catalog.questions import QuestionsError, read_questions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.catalog import Search
    from storage.catalog.evaluation import Evaluation, Missed, Rates
    from storage.catalog.questions import Asked
    from storage.database import Database

SHOWN = 20  # missed questions, unless all are wanted
MISSED_BAR = 1


@app.command("eval-search")
def eval_search(  # noqa: PLR0913 - a command's options
    questions: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help='JSON: [{"q": …, "type": …, "expect": […]}, …].'),
    ] = None,
    *,
    made: Annotated[
        int,
        typer.Option(
            help="Also ask so many questions made from the store's own papers.",
            min=0,
            max=1_000_000,
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(help="Draws the same questions again.")] = 7,
    language: Annotated[str, typer.Option(help="Prefer editions in this language.")] = "en",
    published: Annotated[
        bool, typer.Option("--published", help="Leave drafts out, as readers see it.")
    ] = False,
    require: Annotated[
        float | None,
        typer.Option(
            help="Exit with 1 unless this part of the questions is answered first, and nothing is sure and wrong.",
            min=0.0,
            max=1.0,
        ),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Leave embeddings out, to see what they add.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="List every missed question.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the search by questions whose answers are known.

    `paperround eval-search questions.json`, `paperround eval-search --made 1000`.
    """
    asked = _read(questions)
    with store() as database:
        asked += _make(database, made, seed, drafts=not published)
        if not asked:
            raise fail("There is nothing to ask. Name a file of questions, or give --made 1000.")
        search = catalog.search if plain else search_of(settings())
        measured = _measure(database, asked, language, search, drafts=not published)
    if as_json:
        print_json(measured.to_json())
    else:
        _show(measured, verbose=verbose)
    if require is not None and (short := _short_of(measured, require)):
        typer.echo(f"paperround: {short}", err=True)
        raise typer.Exit(MISSED_BAR)


def _read(path: Path | None) -> list[Asked]:
    if path is None:
        return []
    try:
        return read_questions(path)
    except QuestionsError as error:
        raise fail(str(error)) from error


def _make(database: Database, count: int, seed: int, *, drafts: bool) -> list[Asked]:
    if not count:
        return []
    with database.read() as session:
        made = made_questions(session, count, seed=seed, drafts=drafts)
    if not made:
        raise fail("The store holds no paper to ask about. Import issues first: paperround import")
    if len(made) < count:
        remarks.print(f"The store's papers give {len(made)} questions.", markup=False)
    return made


def _measure(
    database: Database, asked: list[Asked], language: str, search: Search, *, drafts: bool
) -> Evaluation:
    with Progress(console=remarks) as progress:
        task = progress.add_task("Asking", total=len(asked))
        measured = evaluate(
            database,
            asked,
            language=language,
            drafts=drafts,
            search=search,
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )
    if unknown := sum(m.unknown for m in measured.missed):
        remarks.print(f"Questions whose papers this store does not hold: {unknown}.", markup=False)
    return measured


def _show(measured: Evaluation, *, verbose: bool) -> None:
    console.print(_table(measured))
    console.print(
        "confidence: "
        + ", ".join(f"{count} {name}" for name, count in measured.confidences.items())
        + f"; p50 {measured.p50_ms:.1f} ms, p95 {measured.p95_ms:.1f} ms",
        markup=False,
    )
    _list("Sure and wrong", measured.sure_and_wrong)
    _list("Sure where nothing may be claimed", measured.sure_of_nothing)
    shown = measured.missed if verbose else measured.missed[:SHOWN]
    _list("Missed", map(_described, shown))
    if more := len(measured.missed) - len(shown):
        console.print(f"  and {more} more; --verbose lists them", style="dim", markup=False)


def _table(measured: Evaluation) -> Table:
    table = Table()
    table.add_column("type")
    for name in ("questions", "first", f"first {CHOICES}", "MRR"):
        table.add_column(name, justify="right")
    for name, rates in sorted(measured.types.items()):
        table.add_row(*_row(name or "(none given)", rates))
    if measured.positive.questions:
        table.add_section()
        table.add_row(*_row("all with an answer", measured.positive))
    return table


def _row(name: str, rates: Rates) -> tuple[Text | str, ...]:
    rank = rates.mrr()
    return (
        Text(_plain(name)),
        str(rates.questions),
        f"{rates.first_rate():.1%}",
        f"{rates.three_rate():.1%}",
        "–" if rank is None else f"{rank:.3f}",
    )


def _list(heading: str, lines: Iterable[str]) -> None:
    for place, line in enumerate(lines):
        if not place:
            console.print(f"\n{heading}", style="bold")
        console.print(f"  {_plain(line)}", markup=False, soft_wrap=True)


def _described(missed: Missed) -> str:
    place = f"at place {missed.place}" if missed.place else "not found"
    if missed.unknown:
        place = "not in the store"
    came = missed.first or missed.first_arxiv or "nothing"
    wanted = ", ".join(missed.expected[:CHOICES])
    return f"[{missed.type}] {missed.question} → {wanted} {place}; first came {came}"


def _plain(text: str) -> str:
    """Leave out what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def _short_of(measured: Evaluation, bar: float) -> str | None:
    wrong = len(measured.sure_and_wrong) + len(measured.sure_of_nothing)
    if wrong:
        return f"Sure and wrong: {wrong}; none may be."
    rate = measured.positive.first_rate()
    if measured.positive.questions and rate < bar:
        return f"{rate:.1%} of the questions are answered first; {bar:.1%} are required."
    return None
