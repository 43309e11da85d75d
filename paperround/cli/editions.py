"""The commands about issues: import their files, show one, list them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markdown import Markdown
from rich.progress import Progress

from paperround.cli.app import app, console, fail, print_json, remarks, store
from publisher.corrections import read_corrections, write_corrections
from publisher.errors import PublisherError
from publisher.ingest import ReadFile, Report, apply_corrections, ingest, lacking
from publisher.readers.detect import read_editions, read_text
from publisher.views import find_issue, issue_view, latest_issues

if TYPE_CHECKING:
    from publisher.ports import EntryView, IssueView
    from publisher.readers.detect import Editions
    from storage.database import Database

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SUFFIX = ".corrections.toml"
PARTLY = 1
NOTHING = 2
SEVERAL = 2  # editions of one file, from which on progress is shown
MANY = 12  # issues, from which on each is reported in a line


@app.command("import")
def import_editions(  # noqa: PLR0913 - a command's options
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Editions: our Markdown, the text of a page, or a list of papers by day (JSON lines)."
        ),
    ],
    *,
    corrections: Annotated[
        list[Path] | None, typer.Option(help="What an editor knows and the texts lost (TOML).")
    ] = None,
    write_to: Annotated[
        Path | None,
        typer.Option(
            "--write-corrections", help="Write what is missing to this file, to be filled in."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --write-corrections overwrite.")
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Publish nothing yet.")] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Let a file take the place of another one of the same issue."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read editions into the store; import again whenever a file changed.

    Each issue goes in whole or not at all. A file NAME.corrections.toml beside NAME.md or NAME.txt is read
    too. An edition of a past month or day is published; another one is a draft until its send starts.
    """
    if write_to and write_to.exists() and not force:
        raise fail(f"{write_to} exists already. Name another file, or overwrite it with --force.")
    reports: list[Report] = []
    wrong: list[str] = []
    found = _opened(files, wrong)
    editors = [*(corrections or []), *_beside(files)]
    if found or editors:  # else no store is made
        with store(new=True) as database:
            for place, (path, editions) in enumerate(found, 1):
                remarks.print(f"[{place}/{len(found)}] {path.name}", style="dim", markup=False)
                _each(database, path, editions, reports, wrong, draft=draft, replace=replace)
            for path in editors:
                _correct(database, path, reports, wrong)
            if write_to:
                _write_missing(database, write_to, reports)
    final = _latest(reports)
    if as_json:
        print_json({"issues": [r.to_json() for r in final], "errors": wrong})
    else:
        _print_reports(final)
    for line in wrong:
        typer.echo(f"paperround: {line}", err=True)
    if wrong:
        raise typer.Exit(PARTLY if reports else NOTHING)


@app.command()
def show(
    issue: Annotated[str, typer.Argument(help="Slug of the issue, such as 2022-06.")],
    *,
    language: Annotated[
        str | None, typer.Option(help="Which edition; default: the original.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print an issue with all its parts."""
    with store() as database, database.read() as session:
        found = find_issue(session, issue, language)
        if found is None:
            raise fail(f"There is no issue {issue!r}. `paperround issues` lists those there are.")
        if language and found.language.split("-")[0] != language.split("-")[0]:
            raise fail(
                f"Issue {issue!r} has no edition in {language!r}; it has one in {found.language!r}."
            )
        view = issue_view(session, found)
    if as_json:
        print_json(view)
    else:
        _print_issue(view)


@app.command()
def issues(*, as_json: AsJson = False) -> None:
    """List the issues, newest first."""
    with store() as database, database.read() as session:
        views = [issue_view(session, i) for i in latest_issues(session, drafts=True)]
    rows = [
        {
            "slug": v["slug"],
            "title": v["title"],
            "month": v["month"],
            "language": v["language"],
            "languages": v["languages"],
            "entries": len(v["entries"]),
            "published_at": v["published_at"],
        }
        for v in views
    ]
    if as_json:
        print_json(rows)
        return
    for row, view in zip(rows, views, strict=True):
        state = "published" if view["published_at"] else "draft"
        console.print(
            f"{row['slug']:<12} {','.join(view['languages']):<8} {state:<10} "
            f"{len(view['entries']):>2} papers  {row['title']}",
            markup=False,
        )
    if not rows:
        console.print("No issues yet. Import some: paperround import editions/*.md")


def _opened(files: list[Path], wrong: list[str]) -> list[tuple[Path, Editions]]:
    """Open each file that holds editions; note what is wrong with the others."""
    found = []
    for path in files:
        try:
            editions = read_editions(path)
        except PublisherError as error:
            wrong.append(str(error))
        else:
            wrong += map(str, editions.wrong)
            found += [(path, editions)] if editions.count else []
    return found


def _each(  # noqa: PLR0913 - the file, what to note, and the options
    database: Database,
    path: Path,
    editions: Editions,
    reports: list[Report],
    wrong: list[str],
    *,
    draft: bool,
    replace: bool,
) -> None:
    """Take in each edition of a file in one transaction; what is wrong with one is noted and stops no other."""
    try:
        with Progress(console=remarks, disable=editions.count < SEVERAL) as progress:
            for edition, form, digest in progress.track(editions.each, total=editions.count):
                read = ReadFile(edition, path.name, form, digest)
                _take_in(database, read, reports, wrong, draft=draft, replace=replace)
    except PublisherError as error:
        wrong.append(str(error))


def _take_in(  # noqa: PLR0913 - the edition, what to note, and the options
    database: Database,
    read: ReadFile,
    reports: list[Report],
    wrong: list[str],
    *,
    draft: bool,
    replace: bool,
) -> None:
    today = datetime.now(UTC).date()
    try:
        with database.write() as session:
            reports += ingest(session, read, today=today, draft=draft, replace=replace)
    except PublisherError as error:
        wrong.append(str(error))


def _correct(database: Database, path: Path, reports: list[Report], wrong: list[str]) -> None:
    try:
        given = read_corrections(read_text(path), path.name)
        with database.write() as session:
            reports += apply_corrections(session, given, path.name)
    except PublisherError as error:
        wrong.append(str(error))


def _beside(files: list[Path]) -> list[Path]:
    found = (path.with_name(path.stem + SUFFIX) for path in files if path.is_file())
    return [path for path in dict.fromkeys(found) if path.exists()]


def _write_missing(database: Database, path: Path, reports: list[Report]) -> None:
    with database.read() as session:
        missing = lacking(session, list(dict.fromkeys(r.slug for r in reports)))
    if not missing:
        remarks.print(f"Nothing is missing; {path} was not written.", markup=False)
        return
    path.write_text(write_corrections(missing), encoding="utf-8")
    count = sum(len(entries) for entries in missing.values())
    remarks.print(f"{path} waits for what you know about {count} entries.", markup=False)


def _latest(reports: list[Report]) -> list[Report]:
    """Give one report per edition: the last state, and the strongest of what happened."""
    strength = {"unchanged": 0, "updated": 1, "added": 2}
    final: dict[tuple[str, str], Report] = {}
    for report in reports:
        key = (report.slug, report.language)
        if (before := final.get(key)) is not None:
            if strength[before.outcome] > strength[report.outcome]:
                report.outcome = before.outcome
            report.added = list(dict.fromkeys([*before.added, *report.added]))
            report.updated = list(dict.fromkeys([*before.updated, *report.updated]))
        final[key] = report
    return list(final.values())


def _print_reports(reports: list[Report]) -> None:
    if len(reports) >= MANY:
        _print_many(reports)
        return
    for report in reports:
        state = "published" if report.published else "draft"
        console.print(
            f"{report.slug} ({report.language}): {report.outcome}, {state}",
            style="bold",
            markup=False,
        )
        counts = Counter(
            added=len(report.added), updated=len(report.updated), unchanged=report.unchanged
        )
        console.print(
            "  " + ", ".join(f"{n} {what}" for what, n in counts.items() if n), markup=False
        )
        for heading, lines in (
            ("inferred", report.inferred),
            ("conflict", report.conflicts),
            ("missing", report.missing),
            ("note", report.remarks),
        ):
            for line in lines:
                console.print(f"  {heading}: {line}", markup=False, style="dim")


def _print_many(reports: list[Report]) -> None:
    """Print a line for each issue, and below it only what an editor should look at."""
    for report in reports:
        counts = f"{len(report.added)} added, {len(report.updated)} updated"
        console.print(
            f"{report.slug} ({report.language}): {report.outcome}, "
            f"{'published' if report.published else 'draft'}, {counts}",
            markup=False,
        )
        for heading, lines in (
            ("conflict", report.conflicts),
            ("missing", report.missing),
            ("note", report.remarks),
        ):
            for line in lines:
                console.print(f"  {heading}: {line}", markup=False, style="dim")
    outcomes = Counter(report.outcome for report in reports)
    console.print(
        f"{len(reports)} issues: " + ", ".join(f"{n} {name}" for name, n in outcomes.items()),
        style="bold",
        markup=False,
    )


def _print_issue(view: IssueView) -> None:
    console.print(view["title"], style="bold", markup=False)
    state = f"published {view['published_at'][:10]}" if view["published_at"] else "draft"
    console.print(
        f"{view['newsletter']} · {view['slug']} · {view['language']} · {state}",
        style="dim",
        markup=False,
    )
    if view["intro"]:
        console.print(Markdown(view["intro"]))
    if view["news"]:
        console.print("\nNews", style="bold")
        for item in view["news"]:
            console.print(Markdown(f"- {item}"))
    for entry in view["entries"]:
        _print_entry(entry)
    if view["references"]:
        console.print("\nReferences", style="bold")
        for reference in view["references"]:
            console.print(f"[{reference['number']}] {reference['text']}", markup=False)


def _print_entry(entry: EntryView) -> None:
    console.print(
        f"\n{entry['number']}. {entry['title'] or '(title unknown)'}", style="bold", markup=False
    )
    console.print(", ".join(entry["authors"]) + (" et al." if entry["et_al"] else ""), markup=False)
    for paper in entry["papers"]:
        known = [f"arXiv {paper['arxiv']}"] if paper["arxiv"] else []
        if paper["aliases"]:
            guessed = {name: f"{name} (guessed)" for name in paper["guessed"]}
            names = [guessed.get(name, name) for name in paper["aliases"]]
            known.append("also known as " + ", ".join(names))
        if known:
            console.print("  " + " · ".join(known), style="dim", markup=False)
    if entry["topics"]:
        console.print(
            "  " + " · ".join(t["name"] for t in entry["topics"]), style="dim", markup=False
        )
    for heading, text in (("Why", entry["why"]), ("Key insights", entry["insights"])):
        if text:
            console.print(f"[bold]{heading}[/bold]")
            console.print(Markdown(text))
    for work in entry["related"]:
        number = f" (arXiv {work['arxiv']})" if work["arxiv"] else ""
        console.print(f"Related: {work['title']}{number}", markup=False)
    for link in entry["links"]:
        console.print(f"{link['label']}: {link['url'] or '(address unknown)'}", markup=False)
