"""Why two papers are related is said in a sentence, in English and in Chinese."""

import pytest

from publisher.related import say
from storage.catalog import Reason, ReasonKind

NAMES = {"scaling": {"en": "Scaling", "zh": "规模扩展"}, "vision": {"en": "Vision"}}


@pytest.mark.parametrize(
    ("kind", "values", "english", "chinese"),
    [
        (ReasonKind.CITES, (), "cited here", "本文引用了它"),
        (ReasonKind.CITED_BY, (), "cites this paper", "它引用了本文"),
        (ReasonKind.SAME_REFERENCES, ("A", "B"), "cites the same: A; B", "引用了同样的文献：A；B"),
        (ReasonKind.AUTHORS, ("Ida Stone",), "also by Ida Stone", "同一作者：Ida Stone"),
        (ReasonKind.TOPICS, ("scaling",), "same topic: Scaling", "同一话题：规模扩展"),
        (ReasonKind.TEXT, ("roses", "thorns"), "both speak of: roses, thorns", "都谈到：roses、thorns"),
    ],
)  # fmt: skip
def test_every_reason_is_a_sentence_in_both_languages(kind, values, english, chinese) -> None:
    reason = Reason(kind, values)
    assert say(reason, "en", NAMES) == english
    assert say(reason, "de", NAMES) == english
    assert say(reason, "zh", NAMES) == chinese
    assert say(reason, "zh-CN", NAMES) == chinese


def test_long_lists_are_cut_and_say_how_many_more() -> None:
    titles = Reason(ReasonKind.SAME_REFERENCES, ("A", "B", "C", "D"))
    names = Reason(ReasonKind.AUTHORS, ("Ida", "Jo", "Kai", "Li", "Mo"))
    assert say(titles, "en") == "cites the same: A; B and 2 more"
    assert say(titles, "zh") == "引用了同样的文献：A；B，另有 2 篇"
    assert say(names, "en") == "also by Ida, Jo, Kai and 2 more"
    assert say(names, "zh") == "同一作者：Ida、Jo、Kai，另有 2 位"


def test_a_topic_without_a_name_in_the_language_is_called_as_in_english_or_by_its_slug() -> None:
    reason = Reason(ReasonKind.TOPICS, ("vision", "unknown-one"))
    assert say(reason, "zh", NAMES) == "同样的话题：Vision、unknown-one"
    assert say(reason, "en") == "same topics: vision, unknown-one"


def test_braces_in_a_title_are_only_braces() -> None:
    assert say(Reason(ReasonKind.SAME_REFERENCES, ("{0} {x}",)), "en") == "cites the same: {0} {x}"
