"""Names are read out of titles and sentences; ordinary words, terms of the field and others' works are not."""

import pytest

from publisher.aliases import guesses


def names(title: str | None = None, text: str = "") -> list[str]:
    return [guess.name for guess in guesses(title, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The resulting family of models is named Heron.", ["Heron"]),
        ("The smallest of them is named Heron-2.5. It reads.", ["Heron-2.5"]),
        ("Their reader — called μFish—is cheap.", ["μFish"]),
        ("They end up with a tool dubbed **Big Heron**, which is quick.", ["Big Heron"]),
        ("It is a new net termed FISHNET++ by its makers.", ["FISHNET++"]),
        ("They call it “Stick to the Roots” and it works.", ["Stick to the Roots"]),
        ("We call the model Heron.", ["Heron"]),
        ("It went out under the name SayFish in spring.", ["SayFish"]),
        ("It rests on a new trick called Tree of Herons (ToH), which", ["Tree of Herons", "ToH"]),
        ("It adds a rule called Slow Water Filter (SWF) to the net.", ["Slow Water Filter", "SWF"]),
        ("A survey called the Feathers, Beaks and Wings index (FBWs) counts.", ["FBWs"]),
        ("Trained on a new set called PileUp.", ["PileUp"]),
        ("Unlike older readers, this work builds one called Heron.", ["Heron"]),
        ("The authors propose Heron, a small reader.", ["Heron"]),
        ("This paper introduces HERON-XL (with code), the first reader of its size.", ["HERON-XL"]),
        (
            "This work presents a Winged Book Reader (WBR), which skips.",
            ["Winged Book Reader", "WBR"],
        ),
        ("See the model named Heron in London.", ["Heron"]),
    ],
)
def test_a_sentence_that_names_something_gives_its_name(text, expected) -> None:
    assert names(text=text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "A new method called sparse routing is slow.",
        "This is commonly called Attention.",
        "The so-called Transformer is old.",
        "We use what is often named Dropout.",
        "The phenomenon is called Grokking.",
        "A company called Waterbird builds it.",
        "The researcher, named Alice, left.",
        "It was named Best Paper in April.",
        "The month is named April.",
        "It is a model called Google's best.",
        "The tests are for Named Entity Recognition and Linking.",
        "It was called on for help, and called off again.",
        "She called Jeff.",
        "The model is named after Heron of Alexandria.",
        "It is a language model called LLM.",
        "They start from an earlier reader called Heron.",
        "It is compared with a rival called Heron.",
        "A network called FishNet (Lee et al., 2021) came first.",
        "Somebody's state space is named S4.¹ It has tricks.",
        "They describe a net called the Preference, and others.",
        "They summarise with notes called “Stickers”; the stickers are short.",
        "We propose Reinforcement Learning (RL), a way to learn.",
        "OpenAI introduces Codex, a model.",
    ],
)
def test_what_is_no_name_of_this_paper_is_not_guessed(text) -> None:
    assert names(text=text) == []


def test_a_short_form_of_somebody_else_is_not_taken() -> None:
    assert "FN" not in names(text="This paper introduces a Continuous Fish Net (FN).")


def test_a_word_of_the_text_is_no_name_only_because_it_is_written_large() -> None:
    text = "It rests on a trick called Anchors."
    assert names("Fishing without a Net", text) == ["Anchors"]
    assert names("Fishing with an anchor", text) == []


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("FishNet: Catching Words", ["FishNet"]),
        ("Heron: Catching Words", ["Heron"]),
        ("FishNet 2: Catching More", ["FishNet 2"]),
        ("Fish Programs V: Tuning", ["Fish Programs V"]),
        ("FishNet-7 Technical Report: What We Learned", ["FishNet-7"]),
        ("Heron and FishNet: Two Readers", ["Heron", "FishNet"]),
        ("Winged Reading (WiRe): Books in One Pass", ["WiRe"]),
        ("Towards Grand Fishing (Heron🦄)", ["Heron"]),
        ("The Large Fish Benchmark (LFB)", ["LFB"]),
        ("Fish$^2$Net: Squared", ["Fish2Net"]),
        ("渔网（FishNet）：一种新方法", ["FishNet"]),
        ("FishNet：一种新方法", ["FishNet"]),
        ("Beyond FishNet: What Comes Next", []),
        ("Fish and Chips: A Meal", []),
        ("Do FishNets Dream: A Question", []),
        ("FishNet vs. BirdNet: Who Wins", []),
        ("Large Language Models: A Survey", []),
        ("Position: Fish Cannot Fly", []),
        ("Part I: The Water", []),
        ("Anchors Without Ships: A Study", []),
        ("Swimming Lessons for Vision-Language Models (VLMs)", []),
        ("Readers (Mostly) Know What They Read", []),
        ("Tracking Fish: Any Point (TAP) in the Water", []),
        ("Six Fishes at 16:9", []),
    ],
)
def test_a_title_gives_the_name_before_its_colon_and_in_its_parentheses(title, expected) -> None:
    assert names(title) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("这一系列模型被命名为 Heron。", ["Heron"]),
        ("一个名为SayFish的方法很快。", ["SayFish"]),
        ("这种称为 μFish 的读法很便宜。", ["μFish"]),
        ("该模型叫做“苍鹭”，能读整本书。", ["苍鹭"]),
        ("作者提出了 FishNet，一种新的网络。", ["FishNet"]),
        ("本文提出了一种潜在图像渔网（LIF），它很小。", ["LIF"]),
        ("通常称为 Transformer 的模型很大。", []),
        ("这也被称为 Dropout。", []),
        ("这种方法称为注意力机制。", []),
        ("本文提出了一种新的 LLM 训练方法。", []),
        ("基于名为 S4 的模型¹，作者改进了它。", []),
    ],
)
def test_chinese_sentences_name_things_too(text, expected) -> None:
    assert names(text=text) == expected


def test_a_guess_says_where_it_was_read() -> None:
    (guess,) = guesses("Reading", "It is quick. The reader is called Heron. It is small.")
    assert guess == ("Heron", "The reader is called Heron.")
