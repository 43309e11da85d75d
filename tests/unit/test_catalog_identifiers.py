"""What is pasted in place of a title: addresses, and ids in every form."""

import pytest

from storage.catalog.identifiers import identifiers, spoken, without_identifiers


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
        "２２０３．１５５５６",
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
        ("https://github.com/google-research/kubric", "kubric"),
        ("https://github.com/google-research/kubric/blob/main/README.md", "kubric"),
        ("https://example.com/a-b-c/some-project", "some project"),
        ("https://say-can.github.io/", "say can"),
        ("https://block-nerf.example.com/index.html", "block nerf"),
        ("https://en.wikipedia.org/", ""),
        ("https://www.example.com/status/1508812345678901234", ""),
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


@pytest.mark.parametrize(
    ("pasted", "around"),
    [
        ("2203.15556", "§"),
        ("2203 15556", "§"),
        ("arxiv.org/abs/2203.15556v2", "§"),
        ("not https://arxiv.org/abs/2203.15556?x=1", "not §"),
        ("arXiv:2203.15556 [cs.CL]", "§"),
        ("what is 2203.15556 and 10.1000/182", "what is § and §"),
    ],
)
def test_a_mark_can_stand_where_an_identifier_was(pasted, around) -> None:
    assert without_identifiers(pasted, " § ") == around
