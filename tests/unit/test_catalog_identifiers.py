"""What is pasted in place of a title: addresses, and ids in every form."""

import pytest

from storage.catalog.identifiers import identifiers, spoken


@pytest.mark.parametrize(
    "pasted",
    [
        "2203.15556",
        "arXiv:2203.15556v3",
        "https://arxiv.org/pdf/2203.15556v1.pdf",
        "https://ar5iv.labs.arxiv.org/html/2203.15556",
        "https://www.alphaxiv.org/abs/2203.15556?x=1",
        "https://huggingface.co/papers/2203.15556",
        "10.48550/arXiv.2203.15556",
        "https://doi.org/10.48550%2FarXiv.2203.15556",
        "2203 15556",
        "2203-15556v2",
    ],
)
def test_an_arxiv_id_is_found_in_every_form(pasted) -> None:
    assert identifiers(pasted).arxiv == ("2203.15556",)


@pytest.mark.parametrize("text", ["2213 15556", "in 2203 15556 papers", "1203 155567", "15556"])
def test_numbers_that_are_no_arxiv_id_are_none(text) -> None:
    assert identifiers(text).arxiv == ()


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("https://papers.example/paper/make-a-scene-scene-based", "make a scene scene based"),
        ("https://s.example/paper/Training-Large-Models/8342b592fe", "Training Large Models"),
        ("https://www.example.com/blog/Block_NeRF.html", "Block NeRF"),
        ("https://example.com/openai/whisper", "whisper"),
        ("https://example.com/a%20b", "a b"),
        ("https://example.com/forum?id=abc", ""),
        ("https://example.com", ""),
        ("https://", "https://"),
        ("see https://example.com/data-mux now", "see data mux now"),
        ("no address / at-all", "no address / at-all"),
    ],
)
def test_an_address_says_the_words_of_its_path(pasted, words) -> None:
    assert spoken(pasted) == words
