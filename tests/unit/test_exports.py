"""What the exports write is what other programs read: every format is read back by a stranger."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pybtex.database
import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pybtex.bibtex.utils import change_case
from pybtex.richtext import Text

from publisher.exports import FORMS, Format, Noted, Record, bibtex, csl, markdown, ris
from publisher.exports.keys import citation_keys
from publisher.exports.lines import one_line
from publisher.exports.names import parse_name

CHINCHILLA = Record(
    paper=10,
    title="Training Compute-Optimal Large Language Models",
    authors=["Jordan Hoffmann", "Sebastian Borgeaud", "Arthur Mensch"],
    et_al=True,
    year=2022,
    month=3,
    arxiv="2203.15556",
    url="https://arxiv.org/abs/2203.15556",
    noted_in=[Noted("April 2022", "2022-04", "en"), Noted("四月", "2022-04", "zh")],
)
OLD = Record(
    paper=11,
    title="Large N Field Theories & a 100% $sure$ #1 {thing}_of ~ some^kind",
    authors=["Juan Maldacena"],
    year=1999,
    month=1,
    arxiv="hep-th/9901001",
    doi="10.1023/a:1026654312961",
    url="https://arxiv.org/abs/hep-th/9901001",
    primary_class="hep-th",
)
BREAKING = "\0\x07\x1b\t\n\r\x0b\x0c\x85\u2028\u2029\u202e\u2066\ufeff\ud800"
MARKS = '{}\\%&$#_^~"@,=*[]()<>|!:;./?+ '
LETTERS = "abcXYZ019éÜßøŁñčşı中文אבعжЯ😀"
odd_texts = st.text(BREAKING + MARKS + LETTERS, max_size=40).filter(one_line)
any_texts = st.text(st.characters(), max_size=40).filter(one_line)
odd_records = st.lists(
    st.builds(
        Record,
        paper=st.integers(1, 10_000),
        title=any_texts,
        authors=st.lists(any_texts, max_size=3),
        et_al=st.booleans(),
        year=st.none() | st.integers(1900, 2100),
        arxiv=st.none() | any_texts,
        doi=st.none() | any_texts,
        url=st.none() | any_texts,
        noted_in=st.lists(st.builds(Noted, any_texts, st.just("x"), st.just("en")), max_size=2),
    ),
    max_size=4,
    unique_by=lambda record: record.paper,
)

# Commands that the reader of the tests leaves as they are.
COMMANDS = {
    r"{\textbraceleft}": "\ue000", r"{\textbraceright}": "\ue001", r"{\textbackslash}": "\ue002",
    r"{\textasciitilde}": "\ue003", r"{\textasciicircum}": "^", r"\$": "$", "{''}": '"',
    r"{\ensuremath{<}}": "<", r"{\ensuremath{>}}": ">",
}  # fmt: skip
BACK = {0xE000: "{", 0xE001: "}", 0xE002: "\\", 0xE003: "~"}


def said(latex: str) -> str:
    """Read LaTeX as text."""
    for command, letter in COMMANDS.items():
        latex = latex.replace(command, letter)
    return str(Text.from_latex(latex)).translate(BACK)


def bibtex_entries(text: str) -> dict[str, pybtex.database.Entry]:
    return dict(pybtex.database.parse_string(text, "bibtex").entries.items())


def full_name(person: pybtex.database.Person) -> str:
    parts = (person.first_names, person.middle_names, person.prelast_names, person.last_names,
             person.lineage_names)  # fmt: skip
    return " ".join(said(word) for part in parts for word in part)


def listed(text: str) -> list[str]:
    """Read a Markdown list as the text of its items; no item holds a second block or bare HTML."""
    items = []
    for token in MarkdownIt("gfm-like").parse(text):
        assert token.type != "html_block"
        if token.type == "inline":
            assert all(child.type != "html_inline" for child in token.children)
            items.append("".join(child.content for child in token.children))
    return items


# BibTeX


def test_bibtex_has_the_fields_of_arxivs_own() -> None:
    assert bibtex.write([CHINCHILLA]) == (
        "@misc{hoffmann2022training,\n"
        "  title = {Training Compute-Optimal Large Language Models},\n"
        "  author = {Hoffmann, Jordan and Borgeaud, Sebastian and Mensch, Arthur and others},\n"
        "  year = {2022},\n"
        "  month = mar,\n"
        "  eprint = {2203.15556},\n"
        "  archivePrefix = {arXiv},\n"
        "  url = {https://arxiv.org/abs/2203.15556}\n"
        "}\n"
    )


def test_bibtex_of_an_old_paper_names_its_class_and_doi() -> None:
    entry = bibtex_entries(bibtex.write([OLD]))["maldacena1999large"]
    assert entry.fields["primaryClass"] == "hep-th"
    assert entry.fields["doi"] == OLD.doi
    assert entry.fields["eprint"] == OLD.arxiv
    assert said(entry.fields["title"]) == OLD.title


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("BERT and GPT-3", "{BERT} and {GPT}-3"),
        ("Block-NeRF: A 3D View", "Block-{NeRF}: A {3D} View"),
        ("Tensor Programs V", "Tensor Programs {V}"),
        ("Do As I Can", "Do As {I} Can"),
        ("Schrödinger's É", "Schr{\\\"o}dinger's {{\\'E}}"),
        ("ÉCOLE", "{{\\'E}COLE}"),
        ("Über ℝ", '{\\"U}ber {ℝ}'),
        ("50% of A & B_1 {x}", "50\\% of A \\& {B}\\_1 {\\textbraceleft}x{\\textbraceright}"),
        ("$y$ #2 ~ ^ \\z", "\\$y\\$ \\#2 {\\textasciitilde} {\\textasciicircum} {\\textbackslash}z"),
        ("α ≤ β – “ok”", ("{\\ensuremath{\\alpha}} {\\ensuremath{\\leq}} {\\ensuremath{\\beta}} {\\textendash} "
                          "{\\textquotedblleft}ok{\\textquotedblright}")),
        ("ƀ ŉ ♭ 𝒪 ɛ", "ƀ ŉ ♭ {𝒪} ɛ"),
        ("Война и мир 论文", "Война и мир 论文"),
        ("two\nlines\r\n\x1b[31mred", "two lines [31mred"),
    ],
)  # fmt: skip
def test_titles_are_escaped_and_their_names_keep_their_capitals(title, written) -> None:
    assert f"  title = {{{written}}},\n" in bibtex.write([replace(CHINCHILLA, title=title)])


@pytest.mark.parametrize(
    "title", ["A BERT for NeRFs in 3D", "Can I use LLMs?", "Élan vital: ÉCOLE"]
)
def test_a_style_that_makes_titles_small_leaves_names_alone(title) -> None:
    entry = next(iter(bibtex_entries(bibtex.write([replace(CHINCHILLA, title=title)])).values()))
    small = said(change_case(entry.fields["title"], "t"))
    for word in re.findall(r"\w+", title):
        if (word.isupper() and len(word) > 1) or word in {"NeRFs", "LLMs", "I"}:
            assert word in small


@given(
    odd_texts.filter(lambda text: ",," not in one_line(text))
)  # LaTeX reads two as a quotation mark
def test_a_title_comes_back_from_bibtex_as_it_went_in(title) -> None:
    record = replace(CHINCHILLA, title=title)
    (entry,) = bibtex_entries(bibtex.write([record])).values()
    assert said(entry.fields["title"]) == one_line(title)
    assert entry.fields["eprint"] == "2203.15556"


@given(odd_records)
def test_nothing_from_outside_ends_a_field_or_an_entry_of_bibtex(records) -> None:
    text = bibtex.write(records)
    entries = bibtex_entries(text)
    keys = citation_keys(records)
    assert list(entries) == [keys[record.paper] for record in records]
    for record in records:
        entry = entries[keys[record.paper]]
        assert entry.type == "misc"
        wanted = {"title": record.title, "year": record.year, "eprint": record.arxiv, "doi": record.doi,
                  "archivePrefix": record.arxiv, "url": record.url}  # fmt: skip
        assert set(entry.fields) == {name for name, value in wanted.items() if value}
        authors = entry.persons.get("author", [])
        assert len(authors) == len(record.authors) + (bool(record.authors) and record.et_al)
    lines = sum(len(entry.fields) + bool(entry.persons) + 2 for entry in entries.values())
    assert len([line for line in text.split("\n") if line]) == lines


# Names


@pytest.mark.parametrize(
    ("author", "family", "given_name", "particle", "suffix"),
    [
        ("Jordan Hoffmann", "Hoffmann", "Jordan", "", ""),
        ("Hoffmann, Jordan", "Hoffmann", "Jordan", "", ""),
        ("Noah D. Goodman", "Goodman", "Noah D.", "", ""),
        ("Aäron van den Oord", "Oord", "Aäron", "van den", ""),
        ("van den Oord, Aäron", "Oord", "Aäron", "van den", ""),
        ("Martin Luther King Jr.", "King", "Martin Luther", "", "Jr."),
        ("King, Jr., Martin Luther", "King", "Martin Luther", "", "Jr."),
        ("King, Martin Luther, Jr.", "King", "Martin Luther", "", "Jr."),
        ("Martin King, Jr.", "King", "Martin", "", "Jr."),
        ("Jascha Sohl-dickstein", "Sohl-dickstein", "Jascha", "", ""),
        ("Qingyao Ai", "Ai", "Qingyao", "", ""),
        ("danah boyd", "boyd", "danah", "", ""),
        ("van Gogh", "Gogh", "", "van", ""),
    ],
)
def test_names_are_read_however_they_are_written(
    author, family, given_name, particle, suffix
) -> None:
    name = parse_name(author)
    assert (name.family, name.given, name.particle, name.suffix) == (
        family,
        given_name,
        particle,
        suffix,
    )
    assert not name.whole


@pytest.mark.parametrize(
    "author",
    ["Gemini Team", "OpenAI", "DeepSeek-AI", "BigScience Workshop", "Meta AI", "ATLAS Collaboration", "王小明",
     "欧阳 修", "山田太郎", "김철수", "Smith and Jones", "others", "01.AI", "a, b, c, d", "Doe,", "{x} {y}"],
)  # fmt: skip
def test_teams_and_names_that_must_not_be_turned_stay_whole(author) -> None:
    assert parse_name(author).whole
    record = replace(CHINCHILLA, authors=[author, "Ann Lee"], et_al=False)
    (entry,) = bibtex_entries(bibtex.write([record])).values()
    assert [full_name(person) for person in entry.persons["author"]] == [author, "Ann Lee"]
    assert json.loads(csl.write([record]))[0]["author"][0] == {"literal": author}
    assert rispy.loads(ris.write([record]))[0]["authors"][0].rstrip(",") == author.rstrip(",")


# Keys


def test_papers_of_one_key_are_told_apart_by_letters() -> None:
    twins = [replace(CHINCHILLA, paper=paper) for paper in (30, 20, 25, 10)]
    assert citation_keys(twins) == {
        10: "hoffmann2022training", 20: "hoffmann2022traininga", 25: "hoffmann2022trainingb",
        30: "hoffmann2022trainingc",
    }  # fmt: skip
    many = [replace(CHINCHILLA, paper=paper) for paper in range(1, 800)]
    assert len(set(citation_keys(many).values())) == len(many)


def test_a_letter_behind_a_key_makes_no_other_key() -> None:
    named = [replace(CHINCHILLA, paper=paper, title=title)
             for paper, title in ((1, "Train"), (2, "Train"), (3, "Traina"), (4, "Train"))]  # fmt: skip
    assert citation_keys(named) == {
        1: "hoffmann2022train", 2: "hoffmann2022trainb", 3: "hoffmann2022traina", 4: "hoffmann2022trainc",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"authors": ["Bernhard Schölkopf"], "title": "The Åland of It"}, "scholkopf2022aland"),
        ({"authors": ["Aäron van den Oord"], "title": "It's Raw!"}, "oord2022its"),
        ({"authors": ["王小明"]}, "arxiv2203.15556"),
        ({"authors": ["王小明"], "arxiv": "math.GT/0309136"}, "arxivmath.gt0309136"),
        ({"authors": ["王小明"], "arxiv": None}, "paper10"),
        ({"authors": ["The Gemini Team"], "title": "论文"}, "gemini2022"),
        ({"authors": []}, "training2022"),
        ({"authors": [], "title": "论文"}, "arxiv2203.15556"),
        ({"year": None}, "hoffmanntraining"),
    ],
)
def test_keys_are_made_of_author_year_and_first_word(changed, key) -> None:
    assert citation_keys([replace(CHINCHILLA, **changed)]) == {10: key}


@given(odd_records, st.randoms())
def test_keys_are_plain_and_do_not_depend_on_the_order(records, random) -> None:
    keys = citation_keys(records)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*", key) for key in keys.values())
    assert len(set(keys.values())) == len(records)
    shuffled = random.sample(records, len(records))
    assert citation_keys(shuffled) == keys


# CSL-JSON


def test_csl_holds_what_the_schema_of_1_0_2_knows() -> None:
    (item,) = json.loads(csl.write([CHINCHILLA]))
    assert item == {
        "id": "hoffmann2022training",
        "type": "article",
        "genre": "preprint",
        "title": CHINCHILLA.title,
        "author": [
            {"family": "Hoffmann", "given": "Jordan"},
            {"family": "Borgeaud", "given": "Sebastian"},
            {"family": "Mensch", "given": "Arthur"},
            {"literal": "others"},
        ],
        "issued": {"date-parts": [[2022, 3]]},
        "publisher": "arXiv",
        "number": "arXiv:2203.15556",
        "URL": "https://arxiv.org/abs/2203.15556",
    }


def test_a_paper_with_a_publishers_doi_is_no_preprint() -> None:
    (item,) = json.loads(csl.write([OLD]))
    assert item["DOI"] == OLD.doi
    assert "genre" not in item
    assert rispy.loads(ris.write([OLD]))[0]["type_of_reference"] == "JOUR"
    arxivs_own = replace(CHINCHILLA, doi="10.48550/arxiv.2203.15556")
    assert json.loads(csl.write([arxivs_own]))[0]["genre"] == "preprint"


@given(odd_records)
def test_csl_is_json_with_each_value_where_it_belongs(records) -> None:
    items = json.loads(csl.write(records).encode())
    assert [item["title"] for item in items] == [one_line(record.title) for record in records]
    for item, record in zip(items, records, strict=True):
        assert set(item) <= {
            "id",
            "type",
            "genre",
            "title",
            "author",
            "issued",
            "publisher",
            "number",
            "DOI",
            "URL",
        }
        assert isinstance(item["id"], str)
        assert item.get("DOI") == (one_line(record.doi) if record.doi else None)
        for name in item.get("author", []):
            assert set(name) <= {"family", "given", "non-dropping-particle", "suffix", "literal"}
            assert all(name.values())


# RIS


def test_ris_is_read_back_with_everything_in_its_field() -> None:
    text = ris.write([CHINCHILLA, OLD])
    assert "\n" not in text.replace("\r\n", "")
    first, second = rispy.loads(text)
    assert first == {
        "type_of_reference": "UNPB",
        "id": "hoffmann2022training",
        "title": CHINCHILLA.title,
        "authors": ["Hoffmann, Jordan", "Borgeaud, Sebastian", "Mensch, Arthur", "et al.,"],
        "year": "2022",
        "date": "2022/03//",
        "publisher": "arXiv",
        "accession_number": "arXiv:2203.15556",
        "urls": ["https://arxiv.org/abs/2203.15556"],
        "notes": ["April 2022", "四月"],
    }
    assert (second["doi"], second["title"]) == (OLD.doi, OLD.title)


@given(odd_records)
def test_no_text_from_outside_begins_a_line_of_ris(records) -> None:
    text = ris.write(records)
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in text.split("\r\n") if line)
    found = rispy.loads(text) if records else []
    assert [item["title"].strip() for item in found] == [one_line(r.title) for r in records]
    assert [len(item.get("authors", [])) for item in found] == [
        len(r.authors) + (bool(r.authors) and r.et_al) for r in records
    ]


# Markdown


def test_markdown_is_a_list_of_links() -> None:
    assert markdown.write([CHINCHILLA]) == (
        "- [Training Compute-Optimal Large Language Models](https://arxiv.org/abs/2203.15556) · "
        "Jordan Hoffmann, Sebastian Borgeaud, Arthur Mensch et al. · 2022 · arXiv:2203.15556 · April 2022 / 四月\n"
    )


@given(odd_texts | any_texts, st.none() | odd_texts)
def test_markdown_says_the_title_and_nothing_else_happens(title, url) -> None:
    (item,) = listed(markdown.write([Record(paper=1, title=title, url=url)]))
    assert item == one_line(title)


@given(odd_records)
def test_every_paper_is_one_item_of_markdown(records) -> None:
    text = markdown.write(records)
    assert text.count("\n") == len(records)
    assert len(listed(text)) == len(records)


@pytest.mark.parametrize(
    "title",
    [
        "https://evil.example",
        "www.evil.example",
        "a@evil.example",
        "mailto:a@evil.example",
        "<b>x</b>",
    ],
)
def test_an_address_in_a_title_becomes_no_link_of_its_own(title) -> None:
    html = MarkdownIt("gfm-like").render(markdown.write([Record(paper=1, title=title)]))
    assert "<a " not in html
    assert "<b>" not in html


# All of them


@pytest.mark.parametrize("form", Format)
def test_every_format_writes_something_for_nothing_and_ends_its_last_line(form) -> None:
    assert FORMS[form].write([]) in {"", "[]\n"}
    assert FORMS[form].write([CHINCHILLA]).endswith("\n")


def test_every_format_has_a_name_a_suffix_and_a_media_type_of_its_own() -> None:
    assert set(FORMS) == set(Format)
    for part in ("name", "suffix", "media_type", "write"):
        assert len({getattr(form, part) for form in FORMS.values()}) == len(Format)
