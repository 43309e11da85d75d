"""A list of papers by day becomes an issue for each day."""

import json
from datetime import date

import pytest
from sqlmodel import select

from publisher.ingest import DuplicateEditionError, ReadFile, ingest
from publisher.readers.detect import read_editions
from publisher.views import find_issue, issue_view
from storage import catalog
from storage.database import Database
from storage.tables import Entry, EntryPaper, Issue, Paper

TODAY = date(2024, 9, 12)


def row(day: str, number: int, title: str, **more) -> dict:
    return {
        "date": day, "title": title, "arxiv": f"2409.{number:05}", "authors": f"Author {title}",
        "summary": f"All about {title}.", **more,
    }  # fmt: skip


ALPHA = row("2024-09-10", 1, "Alpha: A First Measure")
BETA = row("2024-09-10", 2, "Beta Weighs Twice")
AGAIN = row("2024-09-11", 1, "Alpha: A First Measure")
NOW = row("2024-09-12", 3, "Gamma Today")


def take(database: Database, tmp_path, *rows: dict, name: str = "daily.jsonl") -> list:
    path = tmp_path / name
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    reports = []
    for edition, form, digest in read_editions(path).each:
        with database.write() as session:
            reports += ingest(session, ReadFile(edition, name, form, digest), today=TODAY)
    return reports


def shown(database: Database, slug: str) -> dict:
    with database.read() as session:
        issue = find_issue(session, slug)
        assert issue is not None
        return dict(issue_view(session, issue))


def test_each_day_is_an_issue_and_the_same_paper_is_one_paper(database: Database, tmp_path) -> None:
    reports = take(database, tmp_path, ALPHA, BETA, AGAIN, NOW)
    assert [(r.slug, r.outcome, r.published) for r in reports] == [
        ("2024-09-10", "added", True),
        ("2024-09-11", "added", True),
        ("2024-09-12", "added", False),
    ]
    first = shown(database, "2024-09-10")
    assert (first["title"], first["published_at"]) == (
        "10 September 2024",
        "2024-09-10T00:00:00+00:00",
    )
    assert [e["title"] for e in first["entries"]] == [ALPHA["title"], BETA["title"]]
    assert first["entries"][0]["insights"] == ALPHA["summary"]
    with database.read() as session:
        assert len(session.exec(select(Paper)).all()) == 3
        hits = catalog.search(session, "2409.00001").hits
    assert {hit.issue for hit in hits} == {"2024-09-10", "2024-09-11"}


def test_importing_again_changes_nothing_and_a_changed_day_alone_is_updated(
    database: Database, tmp_path
) -> None:
    take(database, tmp_path, ALPHA, BETA, AGAIN)
    with database.read() as session:
        before = {(p.arxiv, p.id) for p in session.exec(select(Paper))}
    assert {r.outcome for r in take(database, tmp_path, ALPHA, BETA, AGAIN)} == {"unchanged"}
    reports = take(database, tmp_path, BETA, AGAIN, NOW)
    assert [(r.slug, r.outcome) for r in reports] == [
        ("2024-09-10", "updated"), ("2024-09-11", "unchanged"), ("2024-09-12", "added"),
    ]  # fmt: skip
    with database.read() as session:
        assert before < {(p.arxiv, p.id) for p in session.exec(select(Paper))}
        links = session.exec(select(EntryPaper)).all()
        assert len(links) == len(session.exec(select(Entry)).all()) == 3


def test_a_paper_that_no_day_has_any_more_is_gone(database: Database, tmp_path) -> None:
    take(database, tmp_path, ALPHA, BETA)
    take(database, tmp_path, ALPHA)
    with database.read() as session:
        assert [p.title for p in session.exec(select(Paper))] == [ALPHA["title"]]
        assert catalog.search(session, BETA["title"]).confidence is not catalog.Confidence.SURE


def test_two_lists_of_a_day_complete_each_other(database: Database, tmp_path) -> None:
    nameless = {**BETA, "authors": "", "title": "Beta weighs twice"}
    take(database, tmp_path, ALPHA, {**BETA, "summary": ""}, name="one.jsonl")
    take(database, tmp_path, nameless, name="two.jsonl")
    entries = shown(database, "2024-09-10")["entries"]
    assert [(e["title"], e["insights"]) for e in entries] == [
        (ALPHA["title"], ALPHA["summary"]), (BETA["title"], BETA["summary"]),
    ]  # fmt: skip
    assert entries[1]["authors"] == ["Author Beta Weighs Twice"]
    with pytest.raises(DuplicateEditionError, match="no paper in common"):
        take(database, tmp_path, row("2024-09-10", 9, "Strange"), name="three.jsonl")


def test_titles_that_are_alike_with_other_ids_are_other_papers(
    database: Database, tmp_path
) -> None:
    take(database, tmp_path, ALPHA, {**ALPHA, "arxiv": "2409.00007"})
    with database.read() as session:
        assert {p.arxiv for p in session.exec(select(Paper))} == {"2409.00001", "2409.00007"}


def test_an_issue_is_taken_in_whole_or_not_at_all(
    database: Database, tmp_path, monkeypatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(catalog, "index_issue", fail)
    with pytest.raises(RuntimeError):
        take(database, tmp_path, ALPHA, BETA)
    with database.read() as session:
        assert session.exec(select(Issue)).all() == []
        assert session.exec(select(Paper)).all() == []
