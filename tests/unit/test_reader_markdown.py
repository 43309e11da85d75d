"""The project's own edition format is read whole, and each kind of mistake is named with its remedy."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from publisher.readers import markdown
from publisher.readers.detect import LARGEST_BYTES, read_edition
from publisher.readers.edition import Edition, EditionPaper, EntryLink, Occasion, RelatedWork
from publisher.readers.errors import EditionError

EDITIONS = Path(__file__).resolve().parents[2] / "editions"

WHOLE = """\
---
newsletter: Notes
slug: 2022-05
language: en
title: "Notes: May"
sponsor: Thanks to *them*
translation_of: zh
translation_credit: by Ann
events:
  - title: Webinar
    at: 2022-06-03T16:00+02:00
    url: https://example.org/
---

Hello.

Again.

## News

- One
  goes on
- Two

## Papers

### 3. First title
Authors: Ann Lee, Bo Li et al.
arXiv: https://arxiv.org/abs/2203.15556v2
DOI: https://doi.org/10.1000/ABC
Links: [Code](https://example.org/code), [Page](https://example.org/)
Also known as: First, The One

**Why** because¹.

**Key insights**

Much.

- a
- b

**Related**

- Other work (arXiv 2203.08543)
- [Linked work](https://arxiv.org/abs/2001.08361)

### 5. Two at once
Authors: Cy
Paper: Left one | arXiv: 2203.12533 | Also known as: Left
Paper: Right one

**Why** x

**Key insights** y

## References

[1] Somebody: Something. https://example.org/a.
4. Another
   goes on
"""


def test_every_part_is_read():
    edition = markdown.read(WHOLE, "notes.md")
    first, second = edition.entries
    assert (edition.newsletter, edition.slug, edition.language) == ("Notes", "2022-05", "en")
    assert (edition.title, edition.month) == ("Notes: May", date(2022, 5, 1))
    assert edition.intro == "Hello.\n\nAgain."
    assert edition.news == ("One\ngoes on", "Two")
    assert edition.sponsor == "Thanks to *them*"
    assert (edition.translation_of, edition.translation_credit) == ("zh", "by Ann")
    assert edition.occasions == (
        Occasion("Webinar", "2022-06-03T16:00+02:00", "https://example.org/"),
    )
    assert (first.number, first.title, first.authors, first.et_al) == (
        3, "First title", ("Ann Lee", "Bo Li"), True,
    )  # fmt: skip
    assert first.papers == (
        EditionPaper("First title", "2203.15556", "10.1000/abc", ("First", "The One")),
    )
    assert first.links[0] == EntryLink("Code", "https://example.org/code")
    assert (first.why, first.insights) == ("because¹.", "Much.\n\n- a\n- b")
    assert first.related == (
        RelatedWork("Other work", None, "2203.08543"),
        RelatedWork("Linked work", "https://arxiv.org/abs/2001.08361", "2001.08361"),
    )
    assert [(p.title, p.arxiv, p.aliases) for p in second.papers] == [
        ("Left one", "2203.12533", ("Left",)),
        ("Right one", None, ()),
    ]
    assert [(r.number, r.text, r.url) for r in edition.references] == [
        (1, "Somebody: Something. https://example.org/a.", "https://example.org/a"),
        (4, "Another goes on", None),
    ]
    assert edition.remarks == ()
    assert Edition.from_json(edition.to_json()) == edition


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("---\nnewsletter", "newsletter", 1, "the front matter is missing"),
        ("    url: https://example.org/\n---", "    url: https://example.org/", 1, "not closed"),
        ('title: "Notes: May"', "title: Notes: May", 5, "not YAML"),
        ("slug: 2022-05\n", "", 1, "lacks `slug`"),
        ("sponsor:", "sponser:", 6, "Did you mean `sponsor`"),
        ("slug: 2022-05", "slug: 2022-05\nslug: x", 4, "stands twice"),
        ("slug: 2022-05", "slug: May 2022", 3, "`slug` is 'May 2022'"),
        ("slug: 2022-05", "slug: may", 1, "Add a line `month: 2022-06`"),
        ("slug: 2022-05", f"slug: {'a' * 81}", 3, "Write at most 80 small letters"),
        ("newsletter: Notes", 'newsletter: "No\\ntes"', 2, "Write one line of text"),
        ("slug: 2022-05", "slug: may\nmonth: 2022-13", 4, "`month` is '2022-13'"),
        ("language: en", "language: English", 4, "`language` is 'English'"),
        ("language: en", "language:", 4, "`language` holds no text"),
        ("    at: 2022-06-03T16:00+02:00", "    at: soon", 11, "'soon' is no date"),
        ("    url: https://example.org/", "    url: here", 12, "'here' is no web address"),
        ("  - title: Webinar\n    at", "  - at", 10, "an event has no title"),
        ("## News", "## Newss", 19, "Did you mean `## News`"),
        ("## News", "# News", 19, "has no place here"),
        ("## References", "## News", 57, "stands twice"),
        ("- Two", "Two", 23, "is no item of the news"),
        ("### 3. First", "Text\n\n### 3. First", 27, "above the first paper"),
        ("### 3. First title", "###", 27, "a paper has no title"),
        ("### 5.", "### 2.", 48, "has the number 2, and the one above has 3"),
        ("Authors: Cy\n", "", 48, "has no authors"),
        ("Authors: Ann", "Author: Ann", 28, "Did you mean Authors"),
        ("DOI: https://doi.org/10.1000/ABC", "DOI: 17", 30, "'17' is no DOI"),
        ("arXiv: https://arxiv.org/abs/2203.15556v2", "arXiv: 22.1", 29, "'22.1' is no arXiv id"),
        ("Also known as: First, The One", "Also known as:", 32, "is empty"),
        ("Also known as: First, The One", "DOI: 10.1000/x", 32, "stands twice"),
        ("Links: [Code](https", "Links: [Code](file", 31, "is no web address"),
        ("Links: [Code](https://example.org/code)", "Links: Code", 31, "cannot be read"),
        ("Paper: Right one", "Paper: Right one\narXiv: 2203.00001", 52, "beside lines of `Paper:`"),
        ("| arXiv: 2203.12533", "| Journal: Nature", 50, "cannot stand in a line of `Paper:`"),
        ("**Why** x\n", "", 48, "has no **Why**"),
        ("**Why** x", "**Why**", 53, "**Why** is empty"),
        ("**Why** x", "**Why** x\n\n**Why** z", 55, "stands twice in this paper"),
        ("- Other work", "Other work", 45, "is no item of **Related**"),
        ("4. Another", "1. Another", 60, "the reference 1 stands twice"),
        ("[1] Somebody", "Somebody", 59, "is no reference"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(old, new, line, message):
    assert old in WHOLE
    with pytest.raises(EditionError) as caught:
        markdown.read(WHOLE.replace(old, new, 1), "notes.md")
    assert message in str(caught.value)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"notes.md, line {line}: ")
    assert caught.value.remedy


@pytest.mark.parametrize("end", ["**Key insights** y", "## Papers", "**Why** because¹."])
def test_a_truncated_edition_is_refused(end):
    with pytest.raises(EditionError, match=r"missing|no paper"):
        markdown.read(WHOLE[: WHOLE.index(end)], "notes.md")


def test_a_mark_without_reference_is_a_remark():
    assert markdown.read(WHOLE.replace("because¹", "because⁷"), "x.md").remarks == (
        "Marks without a reference: 7.",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\x89PNG\0\0", "binary file"),
        ("---\nnewsletter: Caf\u00e9".encode("latin-1"), "line 2: the text is not UTF-8"),
        (b"x" * (LARGEST_BYTES + 1), "5.0 MB"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path, content, message):
    file = tmp_path / "x.md"
    file.write_bytes(content)
    with pytest.raises(EditionError, match=message):
        read_edition(file)


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(EditionError, match="this is a folder"):
        read_edition(tmp_path)
    missing = tmp_path / "none.md"
    with pytest.raises(
        EditionError, match=rf"^{re.escape(str(missing))}: there is no such file\. "
    ):
        read_edition(missing)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    file = tmp_path / "x.md"
    file.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    edition, form, digest = read_edition(file)
    assert edition == markdown.read(WHOLE, "x.md")
    assert (form, len(digest)) == ("markdown", 64)


@pytest.mark.parametrize("name", ["2022-05.en.md", "2022-06.en.md", "2022-06.zh.md"])
def test_the_sample_issues_are_whole(name):
    edition, form, _ = read_edition(EDITIONS / name)
    assert form == "markdown"
    assert f"{edition.slug}.{edition.language}.md" == name
    assert (len(edition.entries), len(edition.news)) == (8, 4)
    assert edition.remarks == ()
    assert all(p.arxiv and p.aliases for e in edition.entries for p in e.papers)


def test_the_translated_sample_covers_the_same_papers():
    english, chinese = (read_edition(EDITIONS / f"2022-06.{c}.md")[0] for c in ("en", "zh"))
    assert [[p.arxiv for p in e.papers] for e in english.entries] == [
        [p.arxiv for p in e.papers] for e in chinese.entries
    ]
    assert english.references == chinese.references
    assert chinese.translation_of == "en"


def test_no_sample_repeats_a_sentence_of_the_real_editions(seeds):
    """Ten words in a row in both would be a sentence of somebody else."""
    theirs = {run for seed in seeds for run in runs(seed.read_text("utf-8"))}
    for file in EDITIONS.glob("*.en.md"):
        ours = runs(file.read_text("utf-8"))
        assert not [r for r in ours & theirs if not r.istitle()][:3]


def runs(text: str, length: int = 10) -> set[str]:
    words = text.split()
    return {" ".join(words[i : i + length]) for i in range(len(words) - length)}


def test_a_file_that_breaks_off_in_a_sentence_is_refused_with_its_line() -> None:
    cut = WHOLE[: WHOLE.index("**Key insights** y")] + "**Key insights** the softmax is corrected"
    with pytest.raises(EditionError, match=r"line \d+.*breaks off"):
        markdown.read(cut, "x.md")
    assert markdown.read(cut + " twice.", "x.md").entries
