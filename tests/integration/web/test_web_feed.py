"""The feeds are Atom as RFC 4287 asks, hold the whole text, and nothing that runs."""

from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from sqlmodel import select

from storage.tables import Entry, Issue

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize("path", ["/feed.xml", "/feed.en.xml", "/feed.zh.xml"])
async def test_the_feed_is_atom(visitor, path) -> None:
    response = await visitor.get(path)
    root = ET.fromstring(await response.read())
    assert response.content_type == "application/atom+xml"
    assert root.tag == f"{ATOM}feed"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"].startswith("https://news.example.org/feed.")
    assert root.find(f"{ATOM}author/{ATOM}name").text == "The Round"
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 2
    assert len({entry.find(f"{ATOM}id").text for entry in entries}) == 2
    for entry in (root, *entries):
        assert entry.find(f"{ATOM}title").text
        assert datetime.fromisoformat(entry.find(f"{ATOM}updated").text).tzinfo
        assert entry.find(f"{ATOM}id").text.startswith("https://")


async def test_an_entry_holds_the_whole_issue_and_nothing_that_runs(visitor) -> None:
    root = ET.fromstring(await (await visitor.get("/feed.en.xml")).read())
    content = root.find(f"{ATOM}entry/{ATOM}content")
    assert content.get("type") == "html"
    for part in ("Hello.", "News", "Smaller nets.", "#entry-2", "Title unknown"):
        assert part in content.text
    assert "<script" not in content.text
    assert 'href="javascript' not in content.text
    assert 'href="/' not in content.text  # a feed reader has no base to resolve it by


async def test_the_readers_language_chooses_the_edition(visitor) -> None:
    root = ET.fromstring(await (await visitor.get("/feed.zh.xml")).read())
    titles = [entry.find(f"{ATOM}title").text for entry in root.findall(f"{ATOM}entry")]
    assert titles == ["四月", "March"]


async def test_characters_that_xml_cannot_hold_are_left_out(visitor) -> None:
    with visitor.database.write() as session:
        session.exec(
            select(Issue).where(Issue.slug == "2022-03")
        ).first().title = "Ma\x0brch \ufffe\x1b"
        session.exec(select(Entry)).first().why = "a\x08b"
    root = ET.fromstring(await (await visitor.get("/feed.en.xml")).read())
    assert root.findall(f"{ATOM}entry/{ATOM}title")[1].text == "March "
