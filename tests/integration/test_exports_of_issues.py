"""What is read of the store to be cited: published issues only, each paper once, nothing invented."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pybtex.database
import pytest
import rispy
from markdown_it import MarkdownIt

from publisher.corrections import read_corrections
from publisher.exports import (
    FORMS,
    Format,
    Noted,
    Untitled,
    records_of_hits,
    records_of_issue,
    records_of_papers,
)
from publisher.ingest import ReadFile, apply_corrections, digest_of, ingest
from publisher.readers import markdown
from publisher.readers.edition import Edition, EditionPaper
from publisher.views import issue_view, latest_issues
from storage import catalog
from storage.database import Database  # noqa: TC001 - the fixture's type

EDITION = """---
newsletter: The Round
slug: 2022-05
language: en
title: "May"
---

Hello.

## News

- Chinchilla is news.

## Papers

### 1. Training Compute-Optimal Large Language Models

Authors: Jordan Hoffmann, Sebastian Borgeaud et al.
arXiv: 2203.15556

**Why** It pays to read more.

**Key insights** Tokens.

### 2. Lost

Authors: Ann Other

**Why** Because.

**Key insights** There is one.
"""
LATER = EDITION.replace("2022-05", "2022-07").replace(
    "Jordan Hoffmann, Sebastian Borgeaud et al.", "Jordan Hoffmann et al."
).replace('"May"', '"July"')  # fmt: skip
CORRECTIONS = """
[["2022-05".entry]]
number = 1
doi = "10.1000/XYZ(1)2"
"""


def _without_lost_titles(edition: Edition) -> Edition:
    """Forget the title "Lost", as a copy from the web would have."""
    entries = [
        replace(
            one,
            title=None,
            papers=tuple(EditionPaper(None, it.arxiv) for it in one.papers if it.arxiv),
        )
        if one.title == "Lost"
        else one
        for one in edition.entries
    ]
    return replace(edition, entries=tuple(entries))


def load(database: Database, *editions: str, drafts: tuple[str, ...] = ()) -> None:
    for number, text in enumerate((*editions, *drafts)):
        edition = _without_lost_titles(markdown.read(text, f"{number}.md"))
        read = ReadFile(edition, f"{number}.md", "native", digest_of(text.encode()))
        with database.write() as session:
            ingest(session, read, today=date(2026, 1, 1), draft=text in drafts)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_paper_of_april_comes_out_of_every_format(seeded: Database, language) -> None:
    with seeded.read() as session:
        selection = records_of_issue(session, "2022-04", language)
        issue = latest_issues(session, language)
        view = issue_view(session, next(it for it in issue if it.slug == "2022-04"))
    papers = {
        paper["arxiv"]: paper["title"] for entry in view["entries"] for paper in entry["papers"]
    }
    written = {form: FORMS[form].write(selection.records) for form in Format}
    assert selection.untitled == []
    assert len(papers) > 8
    in_bibtex = pybtex.database.parse_string(written[Format.BIBTEX], "bibtex").entries.values()
    assert {e.fields["eprint"] for e in in_bibtex} == set(papers)
    assert {e.fields["year"] for e in in_bibtex} == {"2022"}
    in_csl = json.loads(written[Format.CSL])
    assert {item["number"].removeprefix("arXiv:"): item["title"] for item in in_csl} == papers
    in_ris = rispy.loads(written[Format.RIS])
    assert {
        item["accession_number"].removeprefix("arXiv:"): item["title"] for item in in_ris
    } == papers
    items = [
        token for token in MarkdownIt().parse(written[Format.MARKDOWN]) if token.type == "inline"
    ]
    for item, title in zip(items, papers.values(), strict=True):
        assert title in "".join(child.content for child in item.children)
    named = [len(record.authors) for record in selection.records]
    assert [len(item.get("authors", [])) for item in in_ris] == [
        n + record.et_al for n, record in zip(named, selection.records, strict=True)
    ]


def test_authors_of_two_papers_together_are_given_to_neither(seeded: Database) -> None:
    with seeded.read() as session:
        hits = catalog.search(session, "PaLM").hits
        (record, *_) = records_of_hits(session, hits).records
    assert record.arxiv == "2204.02311"
    assert (record.authors, record.et_al) == ([], False)


def test_a_paper_is_read_with_what_is_known_of_it(database: Database) -> None:
    load(database, EDITION, LATER)
    with database.write() as session:
        apply_corrections(session, read_corrections(CORRECTIONS, "c"), "c")
    with database.read() as session:
        (record,) = records_of_papers(session, [1]).records
    assert record.authors == ["Jordan Hoffmann", "Sebastian Borgeaud"]
    assert record.et_al
    assert (record.year, record.month, record.arxiv) == (2022, 3, "2203.15556")
    assert record.doi.lower() == "10.1000/xyz(1)2"
    assert record.url == "https://arxiv.org/abs/2203.15556"
    assert record.noted_in == [Noted("May", "2022-05", "en"), Noted("July", "2022-07", "en")]


def test_an_entry_without_a_title_is_told_and_left_out(database: Database) -> None:
    load(database, EDITION)
    with database.read() as session:
        selection = records_of_issue(session, "2022-05")
        hits = catalog.search(session, "ann other").hits
        of_hits = records_of_hits(session, hits)
    assert [record.arxiv for record in selection.records] == ["2203.15556"]
    assert selection.untitled == of_hits.untitled == [Untitled("2022-05", "en", 2)]
    assert of_hits.records == []


def test_an_id_that_stands_in_for_a_title_is_none(database: Database) -> None:
    load(database, EDITION.replace("Authors: Ann Other", "Authors: Ann Other\narXiv: 2203.00001"))
    with database.read() as session:
        selection = records_of_issue(session, "2022-05")
        of_paper = records_of_papers(session, [2])
    assert len(selection.records) == 1
    assert selection.untitled == of_paper.untitled == [Untitled("2022-05", "en", 2)]


def test_a_draft_is_nowhere_unless_asked_for(database: Database) -> None:
    load(database, EDITION, drafts=(LATER.replace("Training Compute-Optimal", "Other").replace("2203.15556", "2205.1"
         "0000"),))  # fmt: skip
    with database.read() as session:
        assert records_of_issue(session, "2022-07") is None
        assert records_of_papers(session, [1, 2, 3]).records[0].noted_in[0].slug == "2022-05"
        assert len(records_of_papers(session, [1, 2, 3]).records) == 1
        hits = catalog.search(session, "2205.10000", drafts=True).hits
        assert records_of_hits(session, hits).records == []
        (shown,) = records_of_hits(session, hits, drafts=True).records
        assert shown.arxiv == "2205.10000"
        assert len(records_of_issue(session, "2022-07", drafts=True).records) == 1


def test_news_is_no_paper_and_nothing_is_given_twice(database: Database) -> None:
    load(database, EDITION, LATER)
    with database.read() as session:
        news = catalog.search(session, "kind:news chinchilla").hits
        assert news
        assert records_of_hits(session, news).untitled == []
        hits = catalog.search(session, "2203.15556").hits
        assert len(hits) == 2
        assert len(records_of_hits(session, hits).records) == 1
        assert len(records_of_papers(session, [1, 1]).records) == 1
        assert records_of_issue(session, "1999-01") is None
