"""A slip of the keyboard is told from another name."""

import pytest

from storage.catalog.slips import slip
from storage.names import name_signs


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("chinchila", "Chinchilla"),
        ("chinchillla", "Chinchilla"),
        ("chinhcilla", "Chinchilla"),
        ("hierachical perceiver", "Hierarchical Perceiver"),
        ("Gradients without Backporpagation", "Gradients without Backpropagation"),
    ],
)
def test_letters_that_changed_places_or_were_doubled_or_left_out_are_a_slip(asked, name) -> None:
    assert slip(asked, name) == next(w for w in asked.lower().split() if w not in name.lower())


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Chinchilla", "Chinchilla"),
        ("Chinchillas", "Chinchilla"),
        ("Chinchill", "Chinchilla"),
        ("chincilla", "Chinchilla"),  # a letter less makes another name as easily
        ("HeroBench", "ZeroBench"),
        ("Hierarchical Receiver", "Hierarchical Perceiver"),
        ("Hierarchical Perceiver 2", "Hierarchical Perceiver"),
        ("Phi-3 Technical Report", "Phi-4 Technical Report"),
        ("Phi-4 Techincal Reprot", "Phi-4 Technical Report"),
        ("Gradients with Backpropagation", "Gradients without Backpropagation"),
        ("Optimized Transformers", "Optimizer Transformers"),
        ("Asymmetric Attention", "Symmetric Attention"),
        ("backpropagation++", "Backpropagation"),
        ("视觉提示", "视觉提示微调"),
        ("", "x"),
    ],
)
def test_anything_else_is_none(asked, name) -> None:
    assert slip(asked, name) is None


@pytest.mark.parametrize(
    ("name", "signs"),
    [
        ("DSI++", "++"), ("DSI++: a title", "++"), ("NeRF--", "--"), ("A* search", "*"), ("C#", "#"),
        ("ＤＳＩ＋＋", "++"), ("text+image", ""), ("state-of-the-art", ""), ("**DSI**", ""), ("*A* b", ""),
        ("a -- b", ""), ("a--b", ""), ("+dsi", ""), ("视觉++", "++"),
    ],
)  # fmt: skip
def test_signs_at_the_end_of_a_word_belong_to_a_name(name, signs) -> None:
    assert name_signs(name) == signs
