"""A list of papers by day is read as an edition for each day."""

import json
from datetime import date

import pytest

from publisher.readers.detect import read_editions
from publisher.readers.edition import Edition
from publisher.readers.errors import EditionError

FIRST = {
    "date": "2024-09-10",
    "title": "  A Paper\n of Ours ",
    "arxiv": "https://arxiv.org/abs/2409.00001v2",
    "authors": "Ann Alpha, Bob Beta et al.",
    "summary": "It measures twice.\r\nThen it cuts.",
}
SECOND = {"date": "2024-09-10", "title": "Another", "arxiv": "2409.00002", "authors": ["Cy Gamma"]}
NEXT = {"date": "2024-09-11", "title": "A Third", "summary": "Short."}


def written(tmp_path, *rows, name: str = "daily.jsonl"):
    path = tmp_path / name
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_each_day_is_an_edition_in_the_order_of_the_file(tmp_path) -> None:
    found = read_editions(written(tmp_path, FIRST, SECOND, "", NEXT))
    (one, form, digest), (two, _, other) = list(found.each)
    assert (found.count, found.wrong, form) == (2, (), "jsonl")
    assert digest != other
    assert (one.slug, one.language, one.month, one.day) == (
        "2024-09-10", "en", date(2024, 9, 1), date(2024, 9, 10),
    )  # fmt: skip
    first, second = one.entries
    assert first.title == "A Paper of Ours"
    assert first.papers[0].arxiv == "2409.00001"
    assert (first.authors, first.et_al) == (("Ann Alpha", "Bob Beta"), True)
    assert first.insights == "It measures twice.\nThen it cuts."
    assert (second.title, second.authors, second.insights) == ("Another", ("Cy Gamma",), "")
    assert two.entries[0].papers[0].arxiv is None


def test_days_may_be_mixed_and_languages_are_kept_apart(tmp_path) -> None:
    chinese = {**FIRST, "language": "zh", "summary": "量两次。"}
    found = read_editions(written(tmp_path, FIRST, NEXT, SECOND, chinese))
    read = {(e.slug, e.language): [p.title for p in e.entries] for e, _, _ in found.each}
    assert read == {
        ("2024-09-10", "en"): ["A Paper of Ours", "Another"],
        ("2024-09-10", "zh"): ["A Paper of Ours"],
        ("2024-09-11", "en"): ["A Third"],
    }


def test_the_form_is_told_by_name_or_by_the_first_sign(tmp_path) -> None:
    path = written(tmp_path, FIRST, name="daily.txt")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    ((edition, form, _),) = read_editions(path).each
    assert (edition.slug, form) == ("2024-09-10", "jsonl")
    empty = tmp_path / "empty.ndjson"
    empty.write_text("\n \n")
    with pytest.raises(EditionError, match="no paper stands in it"):
        read_editions(empty)


def test_an_edition_survives_being_kept(tmp_path) -> None:
    ((edition, _, _),) = read_editions(written(tmp_path, FIRST)).each
    kept = json.loads(json.dumps(edition.to_json()))
    assert Edition.from_json(kept) == edition
    del kept["day"]  # as it was kept before days were known
    assert Edition.from_json(kept).day is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "this is not JSON"),
        ("[" * 100_000, "this is not JSON"),
        ('{"a": ' + "9" * 5_000 + "}", "this is not JSON"),
        ("[1]", "a list and no object"),
        ('"text"', "a text and no object"),
        ("null", "null and no object"),
        ({"title": "T"}, 'no "date"'),
        ({"title": "T", "data": "2024-09-10"}, 'but "data"'),
        ({"title": "T", "date": "10.9.2024"}, "'10.9.2024' is no day"),
        ({"title": "T", "date": "2024-02-31"}, "'2024-02-31' is no day"),
        ({"title": "T", "date": 20240910}, "is no day"),
        ({"date": "2024-09-12"}, "no title"),
        ({"date": "2024-09-12", "titel": "T"}, 'but "titel"'),
        ({"date": "2024-09-12", "title": " "}, "no title"),
        ({"date": "2024-09-12", "title": 5}, '"title" is a number'),
        ({"date": "2024-09-12", "title": "T", "arxiv": 2409.0584}, '"arxiv" is a number'),
        ({"date": "2024-09-12", "title": "T", "arxiv": "none"}, "'none' is no arXiv id"),
        ({"date": "2024-09-12", "title": "T", "authors": [1]}, '"authors" is a number'),
        ({"date": "2024-09-12", "title": "T", "authors": {}}, '"authors" is an object'),
        ({"date": "2024-09-12", "title": "T", "summary": ["a"]}, '"summary" is a list'),
        ({"date": "2024-09-12", "title": "T", "summary": "a\u0000b"}, "U+0000"),
        ('{"date": "2024-09-12", "title": "\\ud800"}', "U+D800"),
        ({"date": "2024-09-12", "title": "\u001b[31m"}, "U+001B"),
        ({"date": "2024-09-12", "title": "T", "language": "English"}, "'English'"),
    ],
)
def test_a_wrong_line_is_named_and_leaves_its_day_out(tmp_path, line, says) -> None:
    early = {**NEXT, "date": "2024-09-01"}
    found = read_editions(written(tmp_path, early, FIRST, line, {**NEXT, "date": "2024-09-12"}))
    (error,) = found.wrong
    assert str(error).startswith("daily.jsonl, line 3: ")
    assert says in str(error)
    read = [edition.slug for edition, _, _ in found.each]
    assert read[0] == "2024-09-01"
    assert "2024-09-12" not in read
    assert found.count == len(read)


def test_a_line_without_a_day_takes_its_neighbours_with_it(tmp_path) -> None:
    days = [{**NEXT, "date": f"2024-09-0{n}"} for n in range(1, 6)]
    rows = [*days[:2], "{", *days[2:]]
    assert [e.slug for e, _, _ in read_editions(written(tmp_path, *rows)).each] == [
        "2024-09-01", "2024-09-04", "2024-09-05",
    ]  # fmt: skip
    assert read_editions(written(tmp_path, *rows, days[0])).count == 0


def test_of_very_many_wrong_lines_the_first_are_named(tmp_path) -> None:
    found = read_editions(written(tmp_path, *["{"] * 30))
    assert len(found.wrong) == 21
    assert "line 20" in str(found.wrong[19])
    assert "10 more lines are wrong" in str(found.wrong[20])


def test_another_encoding_is_named_with_its_line(tmp_path) -> None:
    path = written(tmp_path, FIRST)
    path.write_bytes(path.read_bytes() + '{"title": "caf\u00e9"}\n'.encode("latin-1"))
    (error,) = read_editions(path).wrong
    assert "line 2: the text is not UTF-8 (byte 0xe9)" in str(error)


def test_a_paper_that_stands_twice_in_a_day_is_read_once(tmp_path) -> None:
    untitled = {"date": "2024-09-10", "title": "Plain"}
    rows = [FIRST, untitled, {**FIRST, "title": "As Renamed"}, {**untitled, "title": "plain!"}]
    ((edition, _, _),) = read_editions(written(tmp_path, *rows)).each
    assert [e.title for e in edition.entries] == ["A Paper of Ours", "Plain"]
    assert edition.remarks == (
        "Line 3 has the same paper as line 1 and was left out.",
        "Line 4 has the same paper as line 2 and was left out.",
    )


def test_keys_that_mean_nothing_are_told(tmp_path) -> None:
    ((edition, _, _),) = read_editions(written(tmp_path, {**FIRST, "votes": 3})).each
    assert edition.remarks == ("Keys that mean nothing here: votes.",)


def test_a_list_may_be_larger_than_an_edition_but_not_without_end(tmp_path) -> None:
    path = tmp_path / "large.jsonl"
    line = json.dumps({**FIRST, "summary": "word " * 200_000}) + "\n"
    path.write_text(line + line.replace("00001", "00002") * 6)
    assert path.stat().st_size > 6_000_000
    ((edition, _, _),) = read_editions(path).each
    assert len(edition.entries) == 2
    with path.open("ab") as file:
        file.truncate(100_000_001)
    with pytest.raises(EditionError, match=r"100\.0 MB.*Cut it between two days"):
        read_editions(path)


def test_the_real_list_is_read_whole(shared) -> None:
    found = read_editions(shared / "data" / "daily_ai_papers.jsonl")
    read = [edition for edition, _, _ in found.each]
    assert (found.wrong, len(read)) == ((), 288)
    assert sum(len(edition.entries) for edition in read) == 4_591
    assert [e.slug for e in read] == sorted(e.slug for e in read)
