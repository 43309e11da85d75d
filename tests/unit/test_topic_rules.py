"""The rules that propose topics, and the file that holds them."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import TaxonomyError
from publisher.topics.rules import propose
from publisher.topics.taxonomy import (
    Taxonomy,
    TopicRule,
    read_taxonomy,
    shipped,
    write_taxonomy,
)


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return shipped()


def small(**terms: list[str]) -> Taxonomy:
    return Taxonomy(
        tuple(TopicRule(slug, (("en", slug.title()),), tuple(own)) for slug, own in terms.items())
    )


# Title, text in words of our own, and what it is about.
ENTRIES = [
    ("Bigger Language Models Are Not Always Better",
     ("We fit scaling laws: with a fixed compute budget, a compute-optimal language model is smaller. Every "
     "language model we trained follows the same power law, and larger LLMs follow it too."),
     {"scaling", "language-models"}),
    ("Robots That Tidy Up", "A robot picks up what lies on the floor.", {"robotics"}),
    ("Listening Closely: Speech Recognition for Whispers", "It hears more.", {"audio"}),
    ("Finding Needles with Dense Retrieval", "A retriever that ranks passages.", {"retrieval"}),
    ("Cheap Play", ("Reinforcement learning without rewards? The agent learns a policy by self-play; policy "
     "gradient methods do worse on Atari, and PPO does not finish."), {"reinforcement-learning"}),
    ("Painting with Words: Text-to-Image Generation for Everyone", "A diffusion model.", {"generation"}),
    ("Seeing in 3D: Novel View Synthesis from a Drone", "", {"vision", "robotics"}),
    ("A New Benchmark for Honest Bug Reports", "", {"data", "alignment"}),
    ("Serving Ten Thousand GPUs", "How the cluster is kept busy.", {"systems"}),
    ("大语言模型的缩放定律", "给定计算预算，语言模型应该多大？幂律给出了答案。", {"scaling", "language-models"}),
    ("会抓取的机器人", "机器人学会了抓取没有见过的物体。", {"robotics"}),
    ("语音识别的新方法", "", {"audio"}),
]  # fmt: skip


@pytest.mark.parametrize(("title", "text", "topics"), ENTRIES)
def test_what_an_entry_is_about_is_proposed(taxonomy, title, text, topics) -> None:
    assert set(propose(taxonomy, title, text)) == topics


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", ""),
        (None, "A letter to our readers about the summer."),
        ("Trees in the Park", "They grow."),
        ("A Note", "We mention a robot once."),
    ],
)
def test_what_is_about_nothing_of_it_has_no_topic(taxonomy, title, text) -> None:
    assert propose(taxonomy, title, text) == []


def test_an_entry_without_a_title_is_judged_by_its_text(taxonomy) -> None:
    text = "Robots grasp. A robot with a dexterous hand learns locomotion as other robots do."
    assert propose(taxonomy, None, text) == ["robotics"]


def test_at_most_three_are_proposed_the_likeliest_first() -> None:
    taxonomy = small(one=["apple"], two=["pear"], three=["plum"], four=["fig", "figs of May"])
    assert propose(taxonomy, "Fig, Plum, Pear, Apple", "Figs and figs, and a plum.") == [
        "four", "three", "one",
    ]  # fmt: skip


def test_the_longer_of_two_terms_counts_alone() -> None:
    taxonomy = small(words=["language model"], both=["vision language model"])
    assert propose(taxonomy, "A Vision-Language Model", "") == ["both"]
    assert propose(taxonomy, "A Language Model", "") == ["words"]
    chinese = small(words=["语言模型"], both=["视觉语言模型"])
    assert propose(chinese, "视觉语言模型", "") == ["both"]


def test_capitals_hyphens_plurals_and_width_do_not_matter() -> None:
    taxonomy = small(one=["test-time policy"])
    assert propose(taxonomy, "TEST TIME Policies", "") == ["one"]
    assert propose(taxonomy, "ｔｅｓｔ－ｔｉｍｅ ｐｏｌｉｃｙ", "") == ["one"]
    assert propose(taxonomy, "Test-Time Policing", "") == []


def test_a_star_stands_for_any_ending() -> None:
    taxonomy = small(one=["quanti* net"])
    assert propose(taxonomy, "Quantized Nets", "") == ["one"]
    assert propose(taxonomy, "A Quant Net", "") == []


def test_a_chinese_term_is_found_beside_anything() -> None:
    taxonomy = small(one=["3D 重建"])
    assert propose(taxonomy, "快速的3D重建方法", "") == ["one"]
    assert propose(taxonomy, "快速的 3D 重建 方法", "") == ["one"]
    assert propose(small(one=["機器人"]), "机器人", "") == ["one"]


def test_a_hint_adds_and_decides_nothing_alone() -> None:
    alone = small(one=["~apple"])
    assert propose(alone, "Apple", "apple apple apple") == []
    taxonomy = small(one=["pear", "~apple"])
    assert propose(taxonomy, "Of Trees", "pear pear pear") == []
    assert propose(taxonomy, "Of Trees", "pear pear pear apple apple apple") == ["one"]


def test_a_term_for_titles_counts_in_titles_alone() -> None:
    taxonomy = small(one=["^apple", "pear"])
    assert propose(taxonomy, "Apple", "") == ["one"]
    assert propose(taxonomy, "", "apple apple apple pear pear pear") == []


def test_a_long_text_must_say_it_more_often() -> None:
    taxonomy = small(one=["apple", "pear"])
    said = "apple apple apple pear "
    assert propose(taxonomy, None, said) == ["one"]
    assert propose(taxonomy, None, said + "and much more " * 200) == []


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_is_read(taxonomy, title, text) -> None:
    assert len(propose(taxonomy, title, text)) <= 3


def test_the_shipped_taxonomy_has_english_and_chinese_names(taxonomy) -> None:
    assert {"language-models", "scaling", "vision", "retrieval", "reinforcement-learning", "audio",
            "robotics", "data", "systems"} <= {topic.slug for topic in taxonomy.topics}  # fmt: skip
    assert all({"en", "zh"} <= dict(topic.names).keys() for topic in taxonomy.topics)


def test_what_is_written_is_read_again(taxonomy) -> None:
    assert read_taxonomy(write_taxonomy(taxonomy), "x.toml") == taxonomy


_NAMES = st.text(min_size=1, max_size=30).filter(lambda t: t.isprintable() and t.strip())


@given(st.lists(_NAMES, max_size=5), _NAMES)
def test_any_taxonomy_that_is_read_can_be_written(terms, name) -> None:
    made = Taxonomy((TopicRule("one", (("en", name),), tuple(terms)),))
    text = write_taxonomy(made)
    assert tomllib.loads(text)["topic"][0]["terms"] == terms
    try:
        read = read_taxonomy(text, "x.toml")
    except TaxonomyError:
        return
    assert read == made


WRONG = [
    ("[[topic]\n", "x.toml, line 1: this is not valid TOML"),
    ("", "a list of topics"),
    ("title = 'x'\n[[topic]]\n", "nothing else"),
    ("topic = 3\n", "a list of topics"),
    ("topic = [3]\n", "this is no topic"),
    ("# a line\n[[topic]]\nterms = []\n", "x.toml, line 2: slug is None"),
    ('[[topic]]\nslug = "Big Nets"\n', "slug is 'Big Nets'"),
    ('[[topic]]\nslug = "a"\ncolour = "red"\n', "there is no 'colour' in a topic"),
    ('[[topic]]\nslug = "a"\nterms = []\n', r"\(a\): the topic has no names"),
    ('[[topic]]\nslug = "a"\nnames = { English = "A" }\nterms = []\n', "is no language"),
    ('[[topic]]\nslug = "a"\nnames = { en = "!" }\nterms = []\n', "the name in 'en' is '!'"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\n', "terms is no list"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = [3]\n', "Put it in quotes"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = ["~"]\n', "no letter or digit"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = ["q*"]\n', "found in too much"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = ["*"]\n', "no letter or digit"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = ["qua*ize"]\n', "within a word"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = ["机器*"]\n', "wherever it stands"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = ["net", "Nets"]\n', "are one"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = ["net", "~net"]\n', "are one"),
    ('[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = []\n' * 2, r"line 5 \(a\): the topic 'a' stands twice"),
    (('[[topic]]\nslug = "a"\nnames = { en = "B" }\nterms = []\n'
     '[[topic]]\nslug = "b"\nnames = { en = "C" }\nterms = []\n'), "share the name 'b'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_is_named_with_its_place_and_remedy(text, said) -> None:
    with pytest.raises(TaxonomyError, match=said) as caught:
        read_taxonomy(text, "x.toml")
    assert str(caught.value).startswith("x.toml")


def test_a_term_may_decide_in_titles_and_be_a_hint_in_texts() -> None:
    text = '[[topic]]\nslug = "a"\nnames = { en = "A" }\nterms = ["^net", "~nets"]\n'
    taxonomy = read_taxonomy(text, "x.toml")
    assert propose(taxonomy, "A Net", "") == ["a"]


def test_a_topic_is_found_by_slug_and_by_any_name(taxonomy) -> None:
    assert taxonomy.slug_of("Language Models") == "language-models"
    assert taxonomy.slug_of("语言模型") == "language-models"
    assert taxonomy.slug_of("language_models") == "language-models"
    assert taxonomy.slug_of("gardening") is None
    assert taxonomy.slug_of("!") is None
