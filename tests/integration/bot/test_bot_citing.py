"""Citing papers in Discord."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlmodel import col, delete, select

from bot.client import create_bot
from storage.tables import Entry, EntryPaper, Issue, Paper

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=60)

FORMATS = ["BibTeX", "CSL-JSON", "RIS", "Markdown"]
ODD = [
    ("2206.00001", "A Very Crowded Field", [f"Ada Shepherdess Number{n}" for n in range(99)], []),
    ("2206.00002", "Fences ``` @everyone", ["Ida *Stone*"], []),
    ("2206.00003", "arXiv 2206.00003", [], []),
]
HIDDEN = [
    ("2209.07777", "A Secret Successor", ["Jordan Hoffmann"], []),
    ("2203.15556", "Training Compute-Optimal Large Language Models", ["Jordan Hoffmann"], []),
]


def labels(parts: Any, result: Any) -> list[str]:
    return [p["label"] for p in parts(result.response.components) if p["type"] == 2]


@pytest.fixture
def odd(archive: Any, publish: Any) -> Any:
    """Give the archive with papers that are hard to cite, and a draft."""
    with archive.write() as session:
        publisher = publish(session)
        publisher.issue("2022-06", "en", "Odd ones", ODD)
        publisher.issue("2022-08", "en", "Not to be told", HIDDEN, published=False)
    return archive


@pytest.fixture
def pair(archive: Any, publish: Any) -> Any:
    """Give the archive where the third entry of April covers two papers."""
    with archive.write() as session:
        other = publish(session).paper("2206.00009", "Unmake a Scene", ["Kai Wood"], [])
        for entry in session.exec(select(Entry).where(col(Entry.title).startswith("Make"))).all():
            session.add(EntryPaper(entry_id=entry.id, paper_id=other, position=2))
    return archive


@pytest.mark.parametrize(
    ("options", "begins", "holds"),
    [
        ({}, "```bibtex\n@misc{hoffmann2022training,\n", "  eprint = {2203.15556},\n"),
        ({"format": "bibtex"}, "```bibtex\n@misc{", "  year = {2022},\n"),
        ({"format": "csl"}, "```json\n[\n", '"number": "arXiv:2203.15556"'),
        ({"format": "ris"}, "```\nTY  - ", "\nAU  - Hoffmann, Jordan\n"),
        ({"format": "markdown"}, "```md\n- [", "](https://arxiv.org/abs/2203.15556) · "),
    ],
)
async def test_each_format_is_given_as_a_block_to_copy(
    server: Any, valid: Any, options: Any, begins: str, holds: str
) -> None:
    result = await server.reader.slash(server.channel, "cite", query="chinchilla", **options)
    said = valid(result)
    assert not result.ephemeral
    assert said.startswith(begins)
    assert holds in said
    assert said.endswith("\n```")
    assert said.count("```") == 2


async def test_csl_can_be_copied_as_json(server: Any, valid: Any) -> None:
    result = await server.reader.slash(server.channel, "cite", query="chinchilla", format="csl")
    (record,) = json.loads(valid(result).removeprefix("```json").removesuffix("```"))
    assert record["id"] == "hoffmann2022training"


async def test_the_last_line_of_ris_keeps_its_blank(server: Any, valid: Any) -> None:
    """A reader of RIS looks for the tag with both blanks around its hyphen."""
    result = await server.reader.slash(server.channel, "cite", query="chinchilla", format="ris")
    assert valid(result).endswith("\nER  - \n```")


async def test_buttons_below_switch_the_format_in_place(
    server: Any, valid: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "cite", query="chinchilla")
    assert labels(parts, result) == ["CSL-JSON", "RIS", "Markdown"]
    for name, begins in (("RIS", "```\nTY"), ("Markdown", "```md\n-"), ("BibTeX", "```bibtex\n@")):
        pressed = await server.reader.click(result.response, label=name)
        assert not pressed.ephemeral
        assert valid(result).startswith(begins)
        assert labels(parts, result) == [other for other in FORMATS if other != name]


async def test_somebody_else_who_switches_gets_a_citation_of_their_own(
    server: Any, valid: Any
) -> None:
    result = await server.reader.slash(server.channel, "cite", query="chinchilla")
    other = await server.admin.click(result.response, label="RIS")
    assert other.ephemeral
    assert "TY  - " in valid(other)
    assert "@misc" in valid(result)
    await server.admin.click(other.response, label="Markdown")
    assert valid(other).startswith("```md\n")


async def test_the_button_of_a_card_works_for_anybody_and_after_a_restart(
    server: Any, archive: Any, valid: Any
) -> None:
    card = await server.reader.slash(server.channel, "paper", query="chinchilla")
    before = valid(card)
    cited = await server.reader.click(card.response, label="Cite")
    fresh = create_bot(archive, base_url="https://news.example.org", newsletter_name=None)
    await server.env.restart_bot(fresh)
    for member in (server.reader, server.admin):
        pressed = await member.click(card.response, label="Cite")
        assert pressed.ephemeral
        assert valid(pressed).startswith("```bibtex\n@misc{hoffmann2022training,")
    assert valid(card) == before
    await server.reader.click(cited.response, label="RIS")
    assert "TY  - " in valid(cited)


async def test_a_citation_that_is_too_long_comes_as_a_file_and_goes_again(
    server: Any, odd: Any, valid: Any, parts: Any
) -> None:
    result = await server.reader.slash(server.channel, "cite", query="A Very Crowded Field")
    assert valid(result) == "The citation in BibTeX is in the attached file."
    (file,) = result.response.attachments
    assert file.filename == "ada2022very.bib"
    whole = (await file.read()).decode()
    assert whole.startswith("@misc{")
    assert "{Ada Shepherdess Number98} and others}" in whole
    assert labels(parts, result) == ["CSL-JSON", "RIS", "Markdown"]
    await server.reader.click(result.response, label="CSL-JSON")
    (file,) = result.response.attachments
    assert file.filename.endswith(".csl.json")
    assert len(json.loads(await file.read())[0]["author"]) >= 99


async def test_a_file_is_taken_away_when_the_next_format_fits(
    server: Any, odd: Any, valid: Any
) -> None:
    with odd.write() as session:
        paper = session.exec(select(Paper).where(Paper.arxiv == "2206.00001")).one()
        paper.authors = paper.authors[:35]
    result = await server.reader.slash(
        server.channel, "cite", query="A Very Crowded Field", format="csl"
    )
    assert len(result.response.attachments) == 1
    await server.reader.click(result.response, label="BibTeX")
    assert valid(result).startswith("```bibtex\n@misc{")
    assert result.response.attachments == []
    await server.reader.click(result.response, label="CSL-JSON")
    assert len(result.response.attachments) == 1


async def test_a_citation_that_would_end_its_block_comes_as_a_file(
    server: Any, odd: Any, valid: Any
) -> None:
    files = 0
    for form in ("bibtex", "csl", "ris", "markdown"):
        result = await server.reader.slash(server.channel, "cite", query="2206.00002", format=form)
        said = valid(result)
        assert not result.response.message.mention_everyone
        if result.response.attachments:
            files += 1
            assert "```" not in said
            assert "Fences ``` @everyone" in (await result.response.attachments[0].read()).decode()
        else:
            assert said.count("```") == 2, form
    assert files == 3  # Markdown escapes backticks


async def test_a_paper_without_a_title_cannot_be_cited_and_says_so(
    server: Any, odd: Any, valid: Any
) -> None:
    result = await server.reader.slash(server.channel, "cite", query="2206.00003")
    assert result.ephemeral
    assert valid(result) == "This paper cannot be cited: its title is not known yet."


async def test_an_entry_without_a_paper_has_no_button_to_cite(
    server: Any, archive: Any, valid: Any, parts: Any
) -> None:
    with archive.write() as session:
        entries = select(Entry.id).where(col(Entry.title).startswith("Make"))
        session.exec(delete(EntryPaper).where(col(EntryPaper.entry_id).in_(entries)))
    latest = await server.reader.slash(server.channel, "latest")
    card = await server.reader.click(latest.response, custom_id="paper:2022-04:en:3")
    assert "Make" in valid(card)
    assert "More like this" in labels(parts, card)
    assert "Cite" not in labels(parts, card)


async def test_a_doubtful_question_offers_a_list_and_the_choice_is_cited(
    server: Any, valid: Any
) -> None:
    result = await server.reader.slash(
        server.channel, "cite", query="language models", format="ris"
    )
    assert "Did you mean" in valid(result)
    fresh = create_bot(
        server.env.bot.database, base_url="https://news.example.org", newsletter_name=None
    )
    await server.env.restart_bot(fresh)
    for member in (server.reader, server.admin):
        chosen = await member.select(result.response, ["2022-04:en:2"])
        assert chosen.ephemeral
        assert "ID  - hoffmann2022training" in valid(chosen)
    assert "Did you mean" in valid(result)


async def test_a_card_of_two_papers_cites_both(server: Any, pair: Any, valid: Any) -> None:
    latest = await server.reader.slash(server.channel, "latest")
    card = await server.reader.click(latest.response, custom_id="paper:2022-04:en:3")
    cited = await server.reader.click(card.response, label="Cite")
    assert valid(cited).count("@misc{") == 2
    await server.reader.click(cited.response, label="RIS")
    assert valid(cited).count("TY  - ") == 2


async def test_one_of_two_papers_that_is_meant_is_cited_alone(
    server: Any, pair: Any, valid: Any
) -> None:
    result = await server.reader.slash(server.channel, "cite", query="2203.13131")
    said = valid(result)
    assert said.count("@misc{") == 1
    assert "2203.13131" in said


async def test_a_draft_is_neither_cited_nor_named_as_the_place(
    server: Any, odd: Any, valid: Any
) -> None:
    hidden = await server.reader.slash(server.channel, "cite", query="2209.07777")
    assert "Secret" not in valid(hidden)
    typed = await server.reader.autocomplete(server.channel, "cite", "query", "A Secret")
    assert not [choice for choice in typed if "Secret" in choice["name"]]
    for form in ("ris", "markdown"):
        known = await server.reader.slash(server.channel, "cite", query="chinchilla", format=form)
        said = valid(known)
        assert "Scaling, tuned" in said
        assert "Not to be told" not in said


async def test_a_paper_that_was_taken_back_is_said_to_be_gone(server: Any, archive: Any) -> None:
    result = await server.reader.slash(server.channel, "cite", query="chinchilla")
    with archive.write() as session:
        for issue in session.exec(select(Issue)).all():
            issue.published_at = None
    pressed = await server.reader.click(result.response, label="RIS")
    assert pressed.ephemeral
    assert "no longer in the archive" in pressed.response.content


async def test_private_shows_the_citation_to_the_asker_alone(
    server: Any, odd: Any, valid: Any
) -> None:
    for query in ("chinchilla", "A Very Crowded Field", "language models", "zzqx"):
        result = await server.reader.slash(server.channel, "cite", query=query, private=True)
        assert result.ephemeral, query
        assert valid(result)


async def test_a_chinese_member_is_answered_in_chinese(
    server: Any, odd: Any, valid: Any, chinese: None
) -> None:
    card = await server.reader.slash(server.channel, "paper", query="chinchilla")
    pressed = await server.reader.click(card.response, label="引用")
    assert "@misc{hoffmann2022training," in valid(pressed)
    long = await server.reader.slash(server.channel, "cite", query="A Very Crowded Field")
    assert valid(long) == "BibTeX 格式的引用见附件。"
    untitled = await server.reader.slash(server.channel, "cite", query="2206.00003")
    assert valid(untitled) == "暂时无法引用这篇论文：它的标题尚不可知。"
