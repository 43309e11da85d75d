"""Tells names from words: what a name looks like, where it ends, and which look-alikes name nothing."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from storage.catalog.glossary import is_function_word, other_terms
from storage.catalog.tokens import is_han, pieces
from storage.names import name_key

LONGEST_WORDS = 5
LONGEST = 40  # characters
_LETTER = "A-Za-zÀ-ÖØ-öø-ÿΑ-ωµ"
_WORD = re.compile(rf"[{_LETTER}0-9](?:[{_LETTER}0-9_.+*&’'/-]*[{_LETTER}0-9+*])?")
_OPENED = re.compile(r"([“\"‘「《'])([^”\"」》]{2,40}?)[”\"’」》'](?!\w)")
_SHORT_FORM = re.compile(rf"\s*[(（]\s*([{_LETTER}0-9][{_LETTER}0-9.+*-]*)\s*[)）]")
_ARTICLE = re.compile(r"(?:the|a|an)\s+")
_JOINING = frozenset({"of", "to", "the", "via"})
_ODD = re.compile(r"[a-zà-ÿ][A-Z]|[A-Z].*[A-Z]|[A-Za-zΑ-ω].*\d|\d.*[A-Za-z]|[Α-ωµ]|^[A-Z]$")

# Abbreviations of the field that the glossary of questions does not need.
_ABBREVIATIONS = """
llm mllm vlm lvlm lmm lm slm ai agi ml nlp nlu nlg cv rl rlhf rlvr dpo ppo grpo sft peft lora gui ui api gpu tpu cpu
rag qa vqa ocr ner asr tts moe cot kv rope ffn iou gan vae cnn rnn gnn vit dit mdp 2d 3d 4d t2i t2v i2v sota ssm nerf
vla dllm icl mlp sgd mcts mcp snn pde ode auc bleu pca kl nmt iid phd
"""
# People, firms, months and honours stand behind "called" and "named" as well.
_OTHERS = """
january february march april may june july august september october november december monday tuesday wednesday thursday
friday saturday sunday google openai deepmind microsoft nvidia meta facebook amazon apple ibm anthropic huggingface
baidu tencent alibaba bytedance samsung intel stanford mit berkeley oxford cambridge github twitter arxiv neurips icml
iclr cvpr acl emnlp best time person one ceo cto chief head director president professor dr mr ms english chinese python
"""
_NO_NAMES = """
position part survey review perspective overview tutorial report introduction viewpoint commentary correction erratum
chapter volume editorial opinion paper figure table section appendix equation theorem lemma
"""


class _Known(NamedTuple):
    """The lists of words, ready to be looked up; they are made once and never change."""

    abbreviations: frozenset[str]
    no_names: frozenset[str]


@cache
def _known() -> _Known:
    return _Known(
        frozenset(_ABBREVIATIONS.split()), frozenset([*_OTHERS.split(), *_NO_NAMES.split()])
    )


def is_coined(word: str) -> bool:
    """Tell whether a word is written like no ordinary word: SayCan, PaLM, ST-MoE, μTransfer, T5."""
    return any(map(_is_odd, word.split("-"))) and not is_general(word)


def is_general(name: str) -> bool:
    """Tell whether a name is a term or an abbreviation of the field, and so of no paper."""
    parts = pieces(name)
    return bool(other_terms(tuple(parts))) or all(map(_is_general_word, parts))


def is_name(name: str, text: str = "") -> bool:
    """Tell whether something that was called a name can be one.

    Args:
        name: What was read.
        text: The text around it; a capital alone makes no name of a word that the text uses as a word.
    """
    words = name.split()
    if len(name_key(name)) < 2 or len(words) > LONGEST_WORDS or len(name) > LONGEST:  # noqa: PLR2004
        return False
    first = name_key(words[0].removesuffix("’s").removesuffix("'s"))
    if first in _known().no_names or is_general(name):
        return False
    if len(words) > 1:
        return any(is_capital(word) for word in words)
    if is_han(name):
        return True
    return is_coined(name) or (is_capital(name) and not _is_a_word_in(name, text))


def is_capital(word: str) -> bool:
    """Tell whether a word begins like a name."""
    return word[:1].isupper() or word[:1].isdigit() or is_coined(word)


def read_names(text: str, start: int) -> list[str]:
    """Read the name that stands at a place, and the short form that follows it in parentheses.

    Gives nothing where it is not clear where the name ends.
    """
    text = text[start:]
    if opened := _OPENED.match(text):
        return [opened[2].strip(" .,")]
    article = _ARTICLE.match(text)
    words, end = _run(text, article.end() if article else 0)
    if not words:
        return []
    short = _SHORT_FORM.match(text, end) or _later_short_form(text, words, end)
    name = " ".join(words)
    found = [] if article and len(words) == 1 and not is_coined(name) else [name]
    # The *VAR* of a Continuous VAR is somebody else's.
    if short and is_coined(short[1]) and short[1][0].lower() == words[0][0].lower():
        whole = text.startswith(name, article.end() if article else 0) and short.start() == end
        return [*(found if whole else []), short[1]]
    return found


def _run(text: str, place: int) -> tuple[list[str], int]:
    """Read words as long as they look like parts of a name; gives them and where they end."""
    words: list[str] = []
    end = place
    while match := _WORD.match(text, place):
        word = match[0]
        if is_capital(word):
            end = match.end()
        elif not (words and word in _JOINING):
            break
        words.append(word)
        place = match.end() + 1
        if text[match.end() : place] != " ":
            break
    while words and words[-1] in _JOINING:
        words.pop()
    return words, end


def _later_short_form(text: str, words: list[str], end: int) -> re.Match[str] | None:
    """Find a short form a few words on, if it is made of the letters that those words begin with."""
    for match in _SHORT_FORM.finditer(text, end, end + 60):
        between = text[end : match.start()]
        if re.search(r"[.;:。；]", between):
            return None
        initials = iter(w[0].lower() for w in (*words, *re.findall(r"[^\W_]+", between)))
        letters = [c.lower() for c in match[1] if c.isupper()]
        return match if len(letters) > 1 and all(c in initials for c in letters) else None
    return None


def _is_odd(part: str) -> bool:
    return _ODD.search(part) is not None


def _is_general_word(word: str) -> bool:
    bare = word.removesuffix("s")
    return bool(
        {word, bare} & _known().abbreviations
        or is_function_word(word)
        or bool(other_terms((word,)))
    )


def _is_a_word_in(name: str, text: str) -> bool:
    """Tell whether a text uses a name as an ordinary word, in the singular or in the plural."""
    word = re.escape(name.lower().removesuffix("s"))
    return re.search(rf"(?<![\w-]){word}s?(?![\w-])", text) is not None
