"""Copies become issues: in any order, any number of times, without losing an editor's word."""

import itertools
import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from publisher.corrections import read_corrections, write_corrections
from publisher.ingest import DuplicateEditionError, ReadFile, apply_corrections, ingest, lacking
from publisher.readers import markdown, scrape
from publisher.readers.detect import read_edition
from publisher.views import find_issue, issue_view
from storage import catalog
from storage.database import Database
from storage.tables import Entry, Issue, Paper, PaperAlias

TODAY = date(2026, 1, 1)
OWN = """---
newsletter: The Morning Round
slug: 2022-05
language: en
title: "May"
---

Hello.

## News

- One.

## Papers

### 1. Training Compute-Optimal Large Language Models

Authors: Jordan Hoffmann et al.
arXiv: 2203.15556
Also known as: Chinchilla

**Why** It pays to read more.¹

**Key insights**

- Tokens.
- Parameters.

### 2. A Second One

Authors: Ann Other

**Why** Because.

**Key insights** There is one.

## References

1. “Scaling Laws” by Jared Kaplan et al. 2020.
"""


def take(database: Database, *paths: Path, **options) -> list:
    reports = []
    for path in paths:
        edition, form, digest = read_edition(path)
        with database.write() as session:
            reports += ingest(
                session, ReadFile(edition, path.name, form, digest), today=TODAY, **options
            )
    return reports


def own(database: Database, text: str = OWN, name: str = "may.md", **options) -> list:
    read = ReadFile(markdown.read(text, name), name, "markdown", str(hash(text)))
    with database.write() as session:
        return ingest(session, read, today=TODAY, **options)


def correct(database: Database, text: str, name: str = "c.toml") -> list:
    with database.write() as session:
        return apply_corrections(session, read_corrections(text, name), name)


def view(database: Database, slug: str, language: str | None = None) -> dict:
    with database.read() as session:
        found = find_issue(session, slug, language)
        assert found is not None
        return dict(issue_view(session, found))


def without_ids(shown: dict) -> dict:
    for entry in shown["entries"]:
        for paper in entry["papers"]:
            paper.pop("id")
            paper["aliases"].sort()
    return shown


def test_five_texts_are_four_editions_of_three_issues(database: Database, seeds, shared) -> None:
    take(database, *seeds)
    correct(database, (shared / "data" / "seed_corrections.toml").read_text())
    with database.read() as session:
        rows = session.exec(
            select(Issue.slug, Issue.language).order_by(Issue.slug, Issue.language)
        ).all()
        original = find_issue(session, "2022-04", "en")
        translation = find_issue(session, "2022-04", "zh")
        assert translation.translation_of_id == original.id
        assert original.translation_of_id is None
        assert len(session.exec(select(Paper)).all()) == 31
    assert rows == [("2022-03", "en"), ("2022-04", "en"), ("2022-04", "zh"), ("2022-08", "en")]
    for slug, language in rows:
        shown = view(database, slug, language)
        assert len(shown["entries"]) == 10
        assert [e["number"] for e in shown["entries"]] == list(range(1, 11))
        assert all(e["title"] and e["why"] and e["insights"] for e in shown["entries"])
        assert all(p["arxiv"] for e in shown["entries"] for p in e["papers"])


def test_two_copies_complete_each_other(database: Database, seeds) -> None:
    take(database, seeds[0], seeds[4])
    shown = view(database, "2022-04")
    assert shown["title"] == "Trends in AI — April 2022"
    assert len(shown["news"]) == 4
    assert "Delta Tuning" in shown["entries"][1]["related"][0]["title"]
    assert "\n- " in shown["entries"][9]["insights"]
    assert shown["entries"][0]["title"] is None


def test_the_translation_lends_the_titles_it_prints(database: Database, seeds) -> None:
    take(database, seeds[0], seeds[1])
    shown = view(database, "2022-04", "en")
    assert shown["entries"][0]["title"].startswith("Tensor Programs V")
    assert shown["entries"][4]["related"][0]["arxiv"] == "2203.08543"
    assert [p["title"].split(":")[0] for p in shown["entries"][2]["papers"]] == ["Pathways", "PaLM"]


def test_the_order_of_imports_does_not_matter(tmp_path, seeds, shared, sqlite_tables) -> None:
    corrections = (shared / "data" / "seed_corrections.toml").read_text()
    april = [seeds[0], seeds[1], seeds[4], None]
    results = []
    for place, order in enumerate(itertools.permutations(april)):
        shutil.copyfile(sqlite_tables, tmp_path / f"{place}.sqlite3")
        database = Database(f"sqlite:///{tmp_path}/{place}.sqlite3")
        for path in order:
            correct(database, corrections) if path is None else take(database, path)
        results.append(
            [without_ids(view(database, "2022-04", language)) for language in ("en", "zh")]
        )
        database.close()
    assert all(result == results[0] for result in results)


def test_importing_again_changes_nothing(database: Database, seeds) -> None:
    take(database, *seeds)
    before = [view(database, slug) for slug in ("2022-03", "2022-04", "2022-08")]
    reports = take(database, *seeds)
    assert {r.outcome for r in reports} == {"unchanged"}
    assert [view(database, slug) for slug in ("2022-03", "2022-04", "2022-08")] == before


def test_a_changed_file_updates_and_keeps_the_ids(database: Database) -> None:
    assert own(database)[0].outcome == "added"
    before = view(database, "2022-05")
    assert own(database)[0].outcome == "unchanged"
    report = own(database, OWN.replace("Because.", "Because it is."))[0]
    assert report.outcome == "updated"
    assert report.updated == ["2. A Second One"]
    after = view(database, "2022-05")
    assert [p["id"] for e in after["entries"] for p in e["papers"]] == [
        p["id"] for e in before["entries"] for p in e["papers"]
    ]


def test_an_editors_correction_outlives_every_import(database: Database) -> None:
    own(database)
    correct(
        database,
        '[["2022-05".entry]]\nnumber = 2\ntitle = "The Right Title"\narxiv = "2205.00001"\n',
    )
    own(database, OWN.replace("Because.", "Because it is."))
    entry = view(database, "2022-05")["entries"][1]
    assert entry["title"] == "The Right Title"
    assert entry["papers"][0]["arxiv"] == "2205.00001"
    assert entry["why"] == "Because it is."


def test_a_correction_may_come_before_its_issue(database: Database) -> None:
    correct(database, '[["2022-05".entry]]\nnumber = 2\ntitle = "Early"\n')
    own(database)
    assert view(database, "2022-05")["entries"][1]["title"] == "Early"


def test_a_forbidden_name_is_not_an_alias(database: Database) -> None:
    own(database)
    correct(database, '[["2022-05".entry]]\nnumber = 1\nforbidden_aliases = ["Chinchilla"]\n')
    assert view(database, "2022-05")["entries"][0]["papers"][0]["aliases"] == []


def test_the_same_paper_in_two_issues_is_one_paper(database: Database, seeds, shared) -> None:
    take(database, seeds[1])
    correct(database, (shared / "data" / "seed_corrections.toml").read_text())
    own(database)
    with database.read() as session:
        assert len(session.exec(select(Paper).where(Paper.arxiv == "2203.15556")).all()) == 1


def test_papers_known_apart_become_one_when_an_id_says_so(database: Database) -> None:
    own(database)
    june = OWN.replace("2022-05", "2022-06").replace("arXiv: 2203.15556\n", "")
    own(
        database, june.replace("Training Compute-Optimal", "On Training Compute-Optimal"), "june.md"
    )
    correct(database, '[["2022-06".entry]]\nnumber = 1\narxiv = "2203.15556"\n')
    with database.read() as session:
        assert len(session.exec(select(Paper).where(Paper.arxiv == "2203.15556")).all()) == 1
        hits = catalog.search(session, "2203.15556").hits
    assert {hit.issue for hit in hits} == {"2022-05", "2022-06"}


def test_another_file_for_the_same_issue_is_refused_unless_replacing(database: Database) -> None:
    own(database)
    with pytest.raises(DuplicateEditionError, match=r"copy\.md.*may\.md.*--replace"):
        own(database, OWN.replace("May", "Other"), "copy.md")
    assert view(database, "2022-05")["title"] == "May"
    own(database, OWN.replace("May", "Other"), "copy.md", replace=True)
    assert view(database, "2022-05")["title"] == "Other"


def test_what_two_copies_say_differently_is_reported(database: Database, seeds, tmp_path) -> None:
    changed = tmp_path / "other.txt"
    changed.write_text(seeds[0].read_text().replace("one must choose", "one has to choose"))
    take(database, seeds[0])
    report = take(database, changed)[0]
    assert any("entry 1, insights" in conflict for conflict in report.conflicts)


def test_a_coming_issue_is_a_draft_and_a_past_one_is_published(database: Database) -> None:
    own(database)
    own(database, OWN.replace("2022-05", "2026-01"), "coming.md")
    own(database, OWN.replace("2022-05", "2022-06"), "kept.md", draft=True)
    assert view(database, "2022-05")["published_at"] == "2022-05-01T00:00:00+00:00"
    assert view(database, "2026-01")["published_at"] is None
    assert view(database, "2022-06")["published_at"] is None


def test_every_issue_is_found_at_once(seeded: Database) -> None:
    with seeded.read() as session:
        palm = catalog.search(session, "palm").hits[0]
        chinchilla = catalog.search(session, "chinchilla", language="zh").hits[0]
    assert (palm.arxiv, palm.number) == ("2204.02311", 3)
    assert (chinchilla.arxiv, chinchilla.language) == ("2203.15556", "zh")


def test_names_read_from_the_text_are_marked_as_guessed(database: Database, seeds) -> None:
    take(database, seeds[1])
    with database.read() as session:
        names = {a.name: a.origin.value for a in session.exec(select(PaperAlias))}
    assert names["Chinchilla"] == "guessed"
    assert names["SayCan"] == "guessed"


def test_what_is_missing_is_listed_for_the_editor(database: Database, seeds) -> None:
    take(database, seeds[2])
    with database.read() as session:
        missing = lacking(session, ["2022-03"])
    assert [number for number, _, _ in missing["2022-03"]] == list(range(1, 11))


def test_a_fault_in_the_middle_leaves_nothing(database: Database) -> None:
    read = ReadFile(markdown.read(OWN, "m.md"), "m.md", "markdown", "d")
    with pytest.raises(RuntimeError), database.write() as session:
        ingest(session, read, today=TODAY)
        raise RuntimeError
    with database.read() as session:
        assert session.exec(select(Issue)).all() == []
        assert session.exec(select(Paper)).all() == []


def issue_of(slug: str, *entries: tuple[str, str], extra: str = "") -> str:
    """Write an edition in our own form, with an entry for each (title, author)."""
    head = f"---\nnewsletter: N\nslug: {slug}\nlanguage: en\ntitle: T\n---\n\nHi.\n\n## Papers\n"
    return head + "".join(
        f"\n### {title}\n\nAuthors: {author}\n{extra}\n\n**Why** So.\n\n**Key insights** Thus.\n"
        for title, author in entries
    )


A, B, C = ("Alpha Paper", "Ann Alpha"), ("Beta Paper", "Bob Beta"), ("Gamma Paper", "Cy Gamma")


def test_an_entry_that_is_replaced_leaves_the_paper_to_the_other_issues(database: Database) -> None:
    own(database, issue_of("2022-01", A), "a.md")
    own(database, issue_of("2022-02", A, B), "b.md")
    own(database, issue_of("2022-01", C), "a.md")
    assert [e["papers"][0]["title"] for e in view(database, "2022-01")["entries"]] == [C[0]]
    assert [e["papers"][0]["title"] for e in view(database, "2022-02")["entries"]] == [A[0], B[0]]


def test_another_paper_in_the_same_place_does_not_take_over_the_id(database: Database) -> None:
    own(database, issue_of("2022-01", A, extra="arXiv: 2201.00001"), "a.md")
    own(database, issue_of("2022-01", C), "a.md")
    (paper,) = view(database, "2022-01")["entries"][0]["papers"]
    assert (paper["title"], paper["arxiv"]) == (C[0], None)


def test_entries_and_papers_keep_their_ids_when_they_move(database: Database) -> None:
    def ids() -> dict:
        with database.read() as session:
            return {
                row.title: row.id for kind in (Entry, Paper) for row in session.exec(select(kind))
            }

    own(database, issue_of("2022-01", A, B), "a.md")
    before = ids()
    own(database, issue_of("2022-01", B, C, A), "a.md")
    assert {title: ids()[title] for title in before} == before


def test_an_alias_that_is_taken_out_of_the_file_is_gone(database: Database) -> None:
    own(database, issue_of("2022-01", A, extra="Also known as: Mistaken"), "a.md")
    own(database, issue_of("2022-01", A), "a.md")
    assert view(database, "2022-01")["entries"][0]["papers"][0]["aliases"] == []


def scraped(database: Database, text: str, name: str) -> list:
    read = ReadFile(scrape.read(text, name), name, "scrape", str(hash(text)))
    with database.write() as session:
        return ingest(session, read, today=TODAY)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_halves_of_one_edition_make_it_whole(database: Database, seeds, order) -> None:
    text = seeds[3].read_text("utf-8")
    first, fourth, sixth = (text.index(f"\n{n}. ") for n in (1, 4, 6))
    halves = [("x.txt", text[:sixth]), ("y.txt", text[:first] + text[fourth:])]
    for which in order:
        name, half = halves[which]
        scraped(database, half, name)
    shown = view(database, "2022-08")
    assert [e["number"] for e in shown["entries"]] == list(range(1, 11))
    assert shown["entries"][9]["title"].startswith("ZeroC")


def test_an_entry_without_a_number_follows_the_one_before(database: Database, seeds) -> None:
    text = seeds[3].read_text("utf-8")
    scraped(database, text[: text.index("\n1. ")] + text[text.index("\n4. ") :], "y.txt")
    assert [e["number"] for e in view(database, "2022-08")["entries"]] == [4, 5, 6, 7, 8, 9, 10]


def test_another_newsletter_of_the_month_is_not_mixed_in(database: Database, seeds) -> None:
    take(database, seeds[2])
    with pytest.raises(DuplicateEditionError, match="no paper in common"):
        scraped(
            database,
            "Other Digest — March 2022\n\n1. A Title of Work\n\nBy Zed Zorn et al.\n\n"
            "❓ Why → So.\n\n💡 Key insights → Thus.\n",
            "other.txt",
        )
    assert len(view(database, "2022-03")["entries"]) == 10


def test_a_name_that_a_text_gives_to_another_work_is_not_guessed(seeded: Database) -> None:
    with seeded.read() as session:
        names = {alias.name for alias in session.exec(select(PaperAlias))}
    assert {"SayCan", "Unicorn", "Chinchilla"} <= names
    assert not {"Mostly", "S4"} & names


def test_spellings_that_differ_do_not_turn_back_and_forth(database: Database) -> None:
    spelled = "arXiv: 2206.00001\nAlso known as: BIG-bench, BIG-Bench"
    translated = issue_of(
        "2022-01", ("Alpha paper", "Ann Alpha"), extra=spelled.replace("bench,", "BENCH,")
    )
    files = [
        (issue_of("2022-01", A, extra=spelled), "a.md"),
        (translated.replace("language: en", "language: zh"), "a.zh.md"),
        (issue_of("2022-02", ("ALPHA PAPER", "Ann Alpha"), extra=spelled), "b.md"),
    ]
    for text, name in files:
        own(database, text, name)
    outcomes = [report.outcome for text, name in files for report in own(database, text, name)]
    assert set(outcomes) == {"unchanged"}
    (paper,) = view(database, "2022-02")["entries"][0]["papers"]
    assert (paper["title"], paper["aliases"]) == ("Alpha Paper", ["BIG-bench"])


def test_of_two_papers_in_one_entry_none_gets_the_authors(database: Database, seeds) -> None:
    take(database, seeds[0])
    with database.read() as session:
        assert {tuple(p.authors) for p in session.exec(select(Paper))} == {()}


def test_a_written_corrections_file_that_nobody_filled_in_changes_nothing(
    database: Database, seeds
) -> None:
    take(database, *seeds)
    slugs = ["2022-03", "2022-04", "2022-08"]
    with database.read() as session:
        written = write_corrections(lacking(session, slugs))
    before = [view(database, slug) for slug in slugs]
    correct(database, written)
    assert [view(database, slug) for slug in slugs] == before
    assert len(before[1]["entries"][2]["papers"]) == 2
    with database.read() as session:
        assert {a.origin.value for a in session.exec(select(PaperAlias))} == {"guessed"}
