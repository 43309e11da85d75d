"""How the catalog reads questions and texts: identifiers, filters, words, stems, terms of the field."""

import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.readers.detect import read_edition
from storage.catalog import question
from storage.catalog.document import Document, prose, titles, unpack
from storage.catalog.glossary import glossary, is_function_word, other_terms, segmented
from storage.catalog.identifiers import address_key, identifiers, without_identifiers
from storage.catalog.naming import before_colon, work_title
from storage.catalog.stems import stem
from storage.catalog.tokens import compounds, grams, tokens
from storage.enums import EntryKind
from storage.names import name_key


@pytest.mark.parametrize(
    "pasted",
    [
        "2203.15556",
        "2203.15556v3",
        "arXiv:2203.15556",
        "arxiv 2203.15556",
        "[2203.15556]",
        "https://arxiv.org/abs/2203.15556v2",
        "http://arxiv.org/pdf/2203.15556.pdf",
        "https://ar5iv.labs.arxiv.org/html/2203.15556",
        "https://www.alphaxiv.org/abs/2203.15556?utm=x",
        "https://huggingface.co/papers/2203.15556",
        "https://doi.org/10.48550/arXiv.2203.15556",
        "10.48550/ARXIV.2203.15556",
        "https://example.org/?id=arXiv%3A2203.15556",
    ],
)
def test_an_arxiv_id_is_found_in_every_form(pasted) -> None:
    assert identifiers(pasted).arxiv == ("2203.15556",)
    assert not tokens(without_identifiers(pasted))


def test_old_ids_lose_class_and_version() -> None:
    found = identifiers("math.GT/0309136v2, https://arxiv.org/abs/hep-th/9901001")
    assert found.arxiv == ("math/0309136", "hep-th/9901001")


def test_several_are_found_in_order() -> None:
    found = identifiers("2203.15556 and 10.1038/NATURE14539, then 2204.02311v1.")
    assert found.arxiv == ("2203.15556", "2204.02311")
    assert found.dois == ("10.1038/nature14539",)


@pytest.mark.parametrize(
    "text", ["gpt 3.5", "2213.12345", "1234.567", "12345.67890", "a/1234567", "v1.2203"]
)
def test_other_numbers_are_no_ids(text) -> None:
    assert not identifiers(text)


def test_an_address_is_known_by_host_and_path() -> None:
    assert address_key("HTTPS://www.Example.org/a/?q=1#x") == address_key("example.org/a")


def test_filters_are_taken_out_of_a_question() -> None:
    read = question.read(
        'author:"Jordan Hoffmann" year:2022 issue:2022-04 lang:zh kind:news tokens'
    )
    assert read.text == "tokens"
    assert read.filters == question.Filters(
        ("Jordan Hoffmann",), ("2022",), ("2022-04",), ("zh",), EntryKind.NEWS
    )


def test_beside_a_filter_a_year_alone_is_one_too() -> None:
    read = question.read("author:hoffmann 2022 scaling")
    assert (read.text, read.filters.years) == ("scaling", ("2022",))
    assert question.read("作者：hoffmann 2022年 2023").filters.years == ("2022", "2023")
    assert question.read("kind:paper 1989 2040 2203.15556").filters.years == ()


def test_without_a_filter_a_year_stays_a_word() -> None:
    assert question.read("hoffmann 2022 scaling") == question.Question("hoffmann 2022 scaling")
    assert question.read("kind:of magic 2022").filters.years == ()


def test_filters_in_words_are_preferred_to_options_of_their_kind() -> None:
    options = question.Filters(("Ada",), ("2021",))
    words = question.Filters(years=("2022",))
    assert words.over(options) == question.Filters(("Ada",), ("2022",))


def test_a_document_keeps_its_topics_and_those_of_before_are_still_read() -> None:
    document = Document.of(
        "paper",
        names=[["a"]],
        authors=[["b"]],
        body=["c"],
        years=["2022"],
        topics=["scaling", "vision"],
    )
    assert unpack(document.pack()) == document
    assert "#topicscaling" in document.indexed()[0]
    before = zlib.compress(b"paper\na\nb\nc\n\n2022")
    assert unpack(before) == replace(document, topics=())


@pytest.mark.parametrize(
    "title",
    ["Vision and Language: A Survey", "year:soon", "kind:of magic", "language:中文", "author:!!!"],
)
def test_what_only_looks_like_a_filter_is_asked_for(title) -> None:
    read = question.read(title)
    assert read.text == title
    assert not read.filters


def test_what_frames_a_name_is_no_part_of_it() -> None:
    assert "chinchilla" in question.name_forms("what is the Chinchilla paper?")
    assert "chinchilla" in question.name_forms("关于 Chinchilla 的论文")


def test_chinese_is_cut_into_pairs_and_words_stay_whole() -> None:
    assert tokens("μTransfer 的方法, GPT-3") == ["mutransfer", "的方", "方法", "gpt", "3"]
    assert tokens("機器學習") == tokens("机器学习")


def test_halves_of_a_compound_are_also_one_word() -> None:
    assert compounds("pre-training of key–value stores") == ["pretraining", "keyvalue"]


def test_names_are_cut_into_triples_from_their_beginning() -> None:
    assert grams("palm") == ["^pa", "pal", "alm"]
    assert grams("a") == ["^a"]


@pytest.mark.parametrize(
    "family",
    [
        ("calibrated", "calibration", "calibrate"),
        ("retrieval", "retriever", "retrieve"),
        ("animate", "animator", "animation"),
        ("robots", "robotic", "robot"),
        ("pruning", "prune", "pruned"),
        ("studies", "study"),
        ("hopping", "hopped"),
    ],
)
def test_forms_of_a_word_share_its_stem(family) -> None:
    assert len({stem(word) for word in family}) == 1


def test_terms_are_known_in_other_languages_and_forms() -> None:
    assert ("reinforcement", "learning") in other_terms(("强化学习",))
    assert ("强化学习",) in other_terms(("reinforcement", "learning"))
    assert ("gradient",) in other_terms(("gradienten",))
    assert not other_terms(("xyzzy",))


def test_a_run_is_cut_at_the_terms_it_is_made_of() -> None:
    assert segmented("稀疏专家模型的训练") == [("稀疏", True), ("专家模型", True), ("训练", True)]
    assert segmented("甲乙丙") == [("甲乙丙", False)]


def test_every_line_of_the_glossary_can_be_looked_up() -> None:
    known = glossary()
    for terms in known.terms:
        assert len(terms) > 1, terms
        assert all(other_terms(term) for term in terms)
    assert is_function_word("the")


def test_no_term_of_the_glossary_is_the_name_of_one_paper(seeds) -> None:
    """The glossary holds what the field says, not what papers are called."""
    papers = [p for path in seeds for e in read_edition(path)[0].entries for p in e.papers]
    names = [n for p in papers if p.title for n in (p.title, before_colon(p.title)) if n]
    keys = {name_key(name) for name in names}
    assert len(keys) > 30
    assert keys.isdisjoint(name_key("".join(term)) for terms in glossary().terms for term in terms)


def test_a_title_is_read_out_of_a_reference() -> None:
    assert (
        work_title("“BERT: Deep Transformers” by Jacob Devlin et al. 2018")
        == "BERT: Deep Transformers"
    )
    assert (
        work_title("Attention Is All You Need by A. Vaswani, 2017") == "Attention Is All You Need"
    )
    assert before_colon("PaLM: Scaling") == "PaLM"
    assert before_colon(": odd") is None


def test_marks_of_references_are_no_part_of_words() -> None:
    assert prose("see BERT³ and v²")[:3] == ("see", "bert", "and")
    assert titles("P-Tuning v²")[:3] == ("p", "tuning", "v2")


def test_a_paper_without_any_word_in_its_name_is_found_by_none() -> None:
    document = Document.of("paper", names=[[]], body=["c"])
    assert unpack(document.pack()) == document
    assert document.indexed() == (["c", "#paper"], [], [])


words = st.lists(st.text("abc学", min_size=1, max_size=4), max_size=4).map(tuple)


@given(words, st.lists(words, max_size=3).filter(lambda groups: groups != [()]))
def test_a_document_is_kept_whole(body, groups) -> None:
    document = Document.of("paper", names=groups, authors=groups, body=body, cited=groups)
    assert document.length == len(document.body) == len(body)
    assert unpack(document.pack()) == document
    assert document.names == document.authors == [list(group) for group in groups]
