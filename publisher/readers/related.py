"""Finds the related works that hide in an entry's prose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.readers.edition import RelatedWork

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABEL = re.compile(r"^(?:related(?: works?| papers?| reading)?|see also|相关(?:工作|论文|研究)?)\s*[:：]\s*(\S.*)$", re.IGNORECASE)  # fmt: skip  # noqa: E501
# "Another interesting recent work … is X." "Other recent … papers … are A or B."
_ANOTHER = re.compile(
    r"\b(?:[Aa]nother|[Oo]ther)\b(?=[^.!?]*\b(?:works?|papers?|stud(?:y|ies)|articles?|approach(?:es)?)\b)"
    r"[^.!?]*?\b(is|are)\s+(?=[A-Z“\"])(.+?)\s*[.!]?$"
)
_ANOTHER_ZH = re.compile(r"(?:另一|其他|另外)[^。]*?(?:工作|论文|研究)是\s*(\S[^。]*?)\s*。?$")
_SIMILAR = re.compile(
    r"\b(?:similar|related|concurrent|parallel)\s+(?:approach|idea|work|method|paper)\s*:\s*(?=[A-Z“\"])(.+?)\s*[.!]?$"
)
_EXAMPLE = re.compile(r"\((?:e\.g\.|see)[,:]?\s+([A-Z][^()]{20,200})\)")
_ARXIV = re.compile(
    r"\s*[(（\[]\s*arxiv\s*[:：]?\s*(\d{4}\.\d{4,5})(?:v\d+)?\s*[)）\]]", re.IGNORECASE
)
_SENTENCE = re.compile(
    r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)(?<!\bal\.)(?<=[.!?])\s+|(?<=[。！？])"
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
FEWEST_WORDS = 3  # fewer are a name or a phrase, not a title
FEWEST_WORDS_IN_BRACKETS = 5


def label(text: str) -> tuple[RelatedWork, ...]:
    """Read a paragraph that begins with `Related:`; empty where it does not."""
    found = _LABEL.match(text)
    if not found:
        return ()
    return tuple(work(part) for part in re.split(r"\s*;\s+", found[1].rstrip(".。 ")))


def in_prose(text: str) -> tuple[RelatedWork, ...]:
    """Find the works that sentences of the text name as related; the sentences stay where they are."""
    found: list[RelatedWork] = []
    for sentence in _SENTENCE.split(text):
        for title in _titles(sentence.strip()):
            named = work(title)
            if len(_WORD.findall(named.title)) >= FEWEST_WORDS and named not in found:
                found.append(named)
    return tuple(found)


def work(text: str) -> RelatedWork:
    """Read one work: a title, perhaps with `(arxiv 2203.08543)` behind it."""
    arxiv = _ARXIV.search(text)
    title = _ARXIV.sub("", text).strip().strip('“”"').rstrip(".")
    return RelatedWork(title, arxiv=arxiv[1] if arxiv else None)


def _titles(sentence: str) -> Iterator[str]:
    another = _ANOTHER.search(sentence)
    if another:
        yield from (
            re.split(r"\s+or\s+(?=[A-Z“])|;\s+", another[2])
            if another[1] == "are"
            else [another[2]]
        )
    for pattern in (_ANOTHER_ZH, _SIMILAR):
        found = pattern.search(sentence)
        if found:
            yield found[1]
    for example in _EXAMPLE.finditer(sentence):
        if _is_title(example[1]):
            yield example[1]


def _is_title(text: str) -> bool:
    """Tell a title in brackets from an example: every longer word begins with a capital."""
    words = _WORD.findall(text)
    return len(words) >= FEWEST_WORDS_IN_BRACKETS and all(
        w[0].isupper() for w in words if len(w) > FEWEST_WORDS + 1
    )
