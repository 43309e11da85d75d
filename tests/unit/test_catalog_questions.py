"""Questions to measure by: read from a file, and made from titles."""

import json
import random

import pytest

from storage.catalog.made_names import other_name
from storage.catalog.made_questions import halves, misspelled
from storage.catalog.questions import QuestionsError, expected_forms, read_questions

TITLE = "Training Compute-Optimal Large Language Models Today"


def test_questions_are_read_in_order(tmp_path) -> None:
    path = tmp_path / "q.json"
    rows = [
        {"q": "a", "type": "t", "expect": ["2203.15556", "10.1000/X"]},
        {"q": "b", "expect": []},
    ]
    path.write_text("\ufeff" + json.dumps(rows), encoding="utf-8")
    first, second = read_questions(path)
    assert (first.text, first.type, first.expected) == ("a", "t", ("2203.15556", "10.1000/X"))
    assert (second.text, second.type, second.expected) == ("b", "", ())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "line 1"),
        ("[\n{]", "line 2"),
        ("[]", "empty"),
        ('{"q": "a"}', "an object"),
        ("[1]", "row 1"),
        ('[{"q": "a", "expect": []}, {"type": "t", "expect": []}]', 'row 2 lacks "q"'),
        ('[{"q": " ", "expect": []}]', 'row 1 lacks "q"'),
        ('[{"q": "a"}]', '"expect" is missing'),
        ('[{"q": "a", "expect": "2203.15556"}]', '"expect" is a text'),
        ('[{"q": "a", "expect": [1]}]', '"expect" is a list of other things'),
        ('[{"q": "a", "expect": ["chinchilla"]}]', "'chinchilla'"),
        ('[{"q": "a", "type": 1, "expect": []}]', '"type" is a number'),
        ("[" * 100_000, "nested"),
    ],
)
def test_what_is_wrong_with_a_file_is_named_with_its_place(tmp_path, content, says) -> None:
    path = tmp_path / "q.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(QuestionsError) as refused:
        read_questions(path)
    assert "q.json" in str(refused.value)
    assert says in str(refused.value)


def test_a_missing_file_and_another_encoding_are_named(tmp_path) -> None:
    with pytest.raises(QuestionsError, match="cannot be opened"):
        read_questions(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b'[{"q": "caf\xe9"}]')
    with pytest.raises(QuestionsError, match="UTF-8"):
        read_questions(tmp_path / "latin.json")


@pytest.mark.parametrize(
    ("expected", "forms"),
    [
        ("2203.15556v2", ["2203.15556"]),
        ("https://arxiv.org/abs/2203.15556", ["2203.15556"]),
        ("10.48550/arXiv.2203.15556", ["2203.15556"]),
        ("10.1000/XyZ", ["10.1000/xyz"]),
        ("2022-04/3", ["2022-04/3"]),
        ("chinchilla", []),
        ("", []),
    ],
)
def test_ids_dois_and_entries_may_be_expected(expected, forms) -> None:
    assert expected_forms(expected) == forms


def test_a_half_is_contiguous_and_short_titles_give_none() -> None:
    assert halves("One two three") == []
    assert halves("One two three four five") == ["One two", "two three", "three four", "four five"]
    assert all(half in TITLE for half in halves(TITLE))


@pytest.mark.parametrize("seed", range(40))
def test_a_typing_error_changes_one_letter_of_one_word(seed) -> None:
    wrong = misspelled(TITLE, random.Random(seed))
    changed = [(a, b) for a, b in zip(TITLE.split(), (wrong or "").split(), strict=True) if a != b]
    ((right, typed),) = changed
    assert abs(len(right) - len(typed)) <= 1


def test_a_title_of_short_words_gets_no_typing_error() -> None:
    assert misspelled("It is Raw", random.Random(1)) is None


@pytest.mark.parametrize("name", ["DSI", "Tensor Programs V", "Phi-4 Technical Report", TITLE])
def test_other_names_are_nearly_the_same(name) -> None:
    for seed in range(40):
        other = other_name(name, ["Retrieval", "Robots"], random.Random(seed))
        assert other != name
        assert abs(len(other) - len(name)) <= 12
        changed = [(a, b) for a, b in zip(name.split(), other.split(), strict=False) if a != b]
        assert len(changed) <= 1
