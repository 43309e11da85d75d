"""Citations by the web: files of the right type under a name, and links to them in the reader's language."""

from __future__ import annotations

import json
import re
from html import unescape

import pybtex.database
import pytest
import rispy
from sqlmodel import select

from storage import catalog
from storage.enums import EntryKind
from storage.names import name_key
from storage.tables import Entry, EntryPaper, Issue, Paper
from web.texts import TEXTS

TYPES = {
    "bib": "application/x-bibtex; charset=utf-8",
    "csl.json": "application/vnd.citationstyles.csl+json",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
PLACES = {
    "/papers/1": "hoffmann2022training", "/issues/2022-04": "2022-04", "/search": "search",
    "/topics/scaling": "scaling",
}  # fmt: skip
ASKED = "?q=chinchilla&lang=en"


@pytest.fixture
def named(visitor):
    """The paper has authors, as an import would have given it."""
    with visitor.database.write() as session:
        session.get_one(Paper, 1).authors = ["Jordan Hoffmann"]
    return visitor


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("suffix", TYPES)
async def test_every_format_comes_as_a_file_of_its_type(named, place, suffix) -> None:
    response = await named.get(f"{place}.{suffix}{ASKED}")
    assert response.status == 200
    assert response.headers["Content-Type"] == TYPES[suffix]
    name = f'attachment; filename="{PLACES[place]}.{suffix}"'
    assert response.headers["Content-Disposition"] == name
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-cache"
    assert "Accept-Language" in response.headers["Vary"]
    text = await response.text()
    assert "Training Compute-Optimal Large Language Models" in text
    again = await named.get(
        f"{place}.{suffix}{ASKED}", headers={"If-None-Match": response.headers["ETag"]}
    )
    assert again.status == 304
    assert (await named.head(f"{place}.{suffix}{ASKED}")).status == 200


@pytest.mark.parametrize("place", PLACES)
async def test_a_paper_is_the_same_wherever_it_is_exported(named, place) -> None:
    bibtex = await named.text(f"{place}.bib{ASKED}")
    (entry,) = pybtex.database.parse_string(bibtex, "bibtex").entries.values()
    assert entry.fields["eprint"] == "2203.15556"
    assert [str(person) for person in entry.persons["author"]] == ["Hoffmann, Jordan", "others"]
    (item,) = json.loads(await named.text(f"{place}.csl.json{ASKED}"))
    assert item["author"][0] == {"family": "Hoffmann", "given": "Jordan"}
    (record,) = rispy.loads(await named.text(f"{place}.ris{ASKED}"))
    assert record["accession_number"] == "arXiv:2203.15556"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "path",
    [
        "/papers/1?",
        "/issues/2022-04?",
        "/topics/scaling?",
        "/search?q=chinchilla&",
        "/search?topic=scaling&",
    ],
)
async def test_pages_offer_every_format_in_the_readers_language(visitor, path, language) -> None:
    html = await visitor.text(f"{path}lang={language}")
    assert f"<span>{TEXTS[language]['cite']}</span>" in html
    links = re.findall(r'<a href="([^"]+)" rel="nofollow" type="([^"]+)">', html)
    assert len(links) == len(TYPES)
    for link, media_type in links:
        response = await visitor.get(unescape(link))
        assert response.status == 200
        assert response.headers["Content-Type"].startswith(media_type)


@pytest.mark.parametrize(
    "path",
    ["/papers/999.bib", "/papers/99999999999.bib", "/issues/none.ris", "/issues/2022-06.bib", "/papers/1.doc",
     "/search.bib", "/search.bib?q=", "/search.md?q=zzzzqqqq", "/issues/2022-03.md", "/papers/1.csl",
     "/search.bib?q=%00", "/search.bib?q=chinchilla&year=1999", "/topics/vision.bib", "/topics/none.bib"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_what_is_not_there_is_a_friendly_404(visitor, path, language) -> None:
    response = await visitor.get(path, headers={"Accept-Language": language})
    assert response.status == 404
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Content-Disposition" not in response.headers
    assert TEXTS[language]["not_found_title"] in await response.text()


async def test_an_answer_is_cited_with_all_that_narrows_it_and_all_its_pages(visitor) -> None:
    with visitor.database.write() as session:
        papers = [Paper(title=f"Gadget {n}", title_key=f"gadget{n}") for n in range(25)]
        session.add_all(papers)
        session.flush()
        april = session.exec(select(Issue).where(Issue.slug == "2022-04", Issue.language == "en"))
        issue = april.one().id
        for place, paper in enumerate(papers, 10):
            entry = Entry(issue_id=issue, kind=EntryKind.PAPER, position=place, title=paper.title)
            session.add(entry)
            session.flush()
            session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id))
        catalog.index_issue(session, issue)
    asked = "lang=en&q=gadget&issue=2022-04"
    html = await visitor.text(f"/search?{asked}&page=2")
    link = f"/search.bib?{asked}"
    assert f'href="{link.replace("&", "&amp;")}"' in html
    bibtex = await visitor.text(link)
    assert len(pybtex.database.parse_string(bibtex, "bibtex").entries) == len(papers)
    assert (await visitor.get(f"{link}&topic=scaling")).status == 404


async def test_a_paper_that_only_a_draft_noted_is_nowhere(visitor) -> None:
    with visitor.database.write() as session:
        paper = Paper(title="Hidden", arxiv="2205.10000", title_key=name_key("Hidden"))
        session.add(paper)
        session.flush()
        draft = session.exec(select(Issue).where(Issue.slug == "2022-06")).one()
        entry = session.exec(
            select(Entry).where(Entry.issue_id == draft.id, Entry.number == 2)
        ).one()
        session.add(EntryPaper(entry_id=entry.id, paper_id=paper.id))
        catalog.index_issue(session, draft.id)
        hidden = paper.id
    assert (await visitor.get(f"/papers/{hidden}.bib")).status == 404
    assert (await visitor.get("/search.bib?q=2205.10000")).status == 404
    assert "Secret June" not in await visitor.text("/papers/1.md")


async def test_a_page_of_an_unknown_title_offers_no_citation(visitor) -> None:
    with visitor.database.write() as session:
        session.get_one(Paper, 1).title = "arXiv 2203.15556"
    for path in (
        "/papers/1",
        "/issues/2022-04",
        "/issues/2022-03",
        "/search?q=zzzzqqqq",
        "/search",
    ):
        assert 'rel="nofollow"' not in await visitor.text(path)
    assert (await visitor.get("/papers/1.bib")).status == 404
    assert (await visitor.get("/issues/2022-04.bib")).status == 404


async def test_nothing_from_outside_gets_through_into_a_file_or_its_headers(named) -> None:
    evil = '<script>"x"</script>\r\nX-Evil: 1} @misc{evil, ER  - '
    with named.database.write() as session:
        session.get_one(Paper, 1).title = evil
        session.get_one(Paper, 1).authors = [evil]
    for suffix in TYPES:
        response = await named.get(f"/papers/1.{suffix}")
        assert response.status == 200
        assert "X-Evil" not in response.headers
    bibtex = await named.text("/papers/1.bib")
    assert len(pybtex.database.parse_string(bibtex, "bibtex").entries) == 1
    assert len(rispy.loads(await named.text("/papers/1.ris"))) == 1


async def test_only_reading_is_allowed(visitor) -> None:
    for place in PLACES:
        assert (await visitor.post(f"{place}.bib{ASKED}")).status == 405
