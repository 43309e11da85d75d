"""Two spellings of one name have one key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.names import fold, mailbox_key, name_key


@pytest.mark.parametrize(
    "spellings",
    [
        ("Make-A-Scene", "make a scene", "makeascene", "Make–A–Scene", "ＭＡＫＥ　Ａ　ＳＣＥＮＥ"),
        ("μTransfer", "µTransfer", "mu transfer", "MuTransfer", "mu-Transfer"),
        ("Atılım Güneş Baydin", "Atilim Gunes Baydin", "ATILIM GÜNEŞ BAYDIN"),
        ("Łukasz", "lukasz"),
        ("Bernhard Schölkopf", "Bernhard Scholkopf"),
        ("ﬁne-tuning", "fine tuning"),
        ("P(IK)", "p ik"),
        ("强化学习", " 强化 学习 "),
    ],
)
def test_spellings_of_a_name_share_its_key(spellings) -> None:
    assert len({name_key(s) for s in spellings}) == 1


@pytest.mark.parametrize(("one", "other"), [("LIA", "LISA"), ("GPT-3", "GPT-4"), ("v2", "v²x")])
def test_different_names_keep_their_keys(one, other) -> None:
    assert name_key(one) != name_key(other)


def test_korean_syllables_stay_whole() -> None:
    assert fold("강화 학습") == "강화 학습"


@given(st.text())
def test_folding_twice_changes_nothing_more(text) -> None:
    assert fold(fold(text)) == fold(text)
    assert "\0" not in fold(text)


def test_a_mailbox_has_one_key() -> None:
    assert mailbox_key(" Ann@Example.ORG ") == "ann@example.org"
