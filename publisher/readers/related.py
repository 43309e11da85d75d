"""Finds the related works that an entry names, under a label or hidden in its prose."""

from __future__ import annotations

import re

from publisher.readers.edition import Work
from publisher.readers.labels import RELATED
from publisher.readers.titles import ARXIV, clean_title, is_title_case

# Finds sentences such as: Another recent work that … is TITLE; a similar approach: TITLE.
_CUE = re.compile(
    r"\b(?:another|other|also|similar|related|concurrent|further|complementary|parallel|see)\b"
    r".{0,160}?\b(?:works?|papers?|articles?|stud(?:y|ies)|approach(?:es)?|preprints?|reading|methods?)\b",
    re.IGNORECASE,
)
_TELLING = re.compile(r"(?::\s+|\b(?:is|are|include|namely|called|titled)\s+)(?=[\"“\[]?[A-Z0-9])")
_CUE_ZH = re.compile(
    r"(?:另一|另外|其他|其它|类似|相关|相似|还有|此外)[^。]{0,60}?(?:工作|论文|研究|文章|方法)"
    r"[^。A-Za-z]{0,6}?(?:是|有|为|包括|:|：)\s*(?P<tail>[\"“《]?[A-Z][^。，]*)"
)
_ASIDE = re.compile(r"\((?:e\.g\.|see(?: also)?|cf\.),?\s+([A-Z][^()]{20,200})\)")
_SENTENCE_END = re.compile(
    r"(?<=[.!?。！？])(?<!e\.g\.)(?<!i\.e\.)(?<!al\.)(?<!vs\.)\s+(?=[A-Z“\"])"
)
_SEVERAL = re.compile(r"\s*;\s+|\s+[|｜]\s+")
_MARKDOWN_LINK = re.compile(r"\[([^\]]+)\]\((\S+?)\)")
_ADDRESS = re.compile(r"\s*[(<]?(https?://[^\s)>]+)[)>]?")
_SHORTEST_TITLE_WORDS = 3
_SHORTEST_ASIDE_WORDS = 5


def labelled_works(paragraph: str) -> list[Work] | None:
    """Read a line such as `Related: TITLE`; None when the paragraph is something else."""
    match = RELATED.match(paragraph)
    if not match:
        return None
    return [w for part in _SEVERAL.split(paragraph[match.end() :]) if (w := read_work(part))]


def works_in_prose(paragraph: str) -> list[Work]:
    """Find the works that a paragraph recommends in a sentence."""
    found: list[Work] = []
    for sentence in _SENTENCE_END.split(paragraph):
        found += _told(sentence) + _told_in_chinese(sentence) + _in_aside(sentence)
    return list({w.title: w for w in found}.values())


def read_work(text: str) -> Work | None:
    """Read one work: a title with an arXiv id or an address, if there is one."""
    written = _MARKDOWN_LINK.search(text)
    url = written[2] if written else None
    arxiv = ARXIV.search(text)
    rest = _MARKDOWN_LINK.sub(r"\1", text)
    address = _ADDRESS.search(rest)
    if address and not url:
        url = address[1].rstrip(".,;")
    title = clean_title(_ADDRESS.sub("", ARXIV.sub("", rest))).strip(" .。《》")
    if not title:
        return None
    return Work(title, url, arxiv[1] if arxiv else None)


def _told(sentence: str) -> list[Work]:
    cue = _CUE.search(sentence)
    if not cue:
        return []
    for telling in _TELLING.finditer(sentence, cue.end()):
        tail = sentence[telling.end() :].rstrip(" .!")
        halves = re.split(r",? or ", tail)
        if is_title_case(halves[0]) and len(halves[0].split()) >= _SHORTEST_TITLE_WORDS:
            titles = halves if all(_begins_title(h) for h in halves) else [tail]
            return [w for t in titles if (w := read_work(t))]
    return []


def _told_in_chinese(sentence: str) -> list[Work]:
    match = _CUE_ZH.search(sentence)
    if not match:
        return []
    parts = re.split(r"\s*(?:或者?|以及|和)\s*", match["tail"])
    works = [w for p in parts if (w := read_work(p))]
    return [w for w in works if len(w.title.split()) >= _SHORTEST_TITLE_WORDS]


def _in_aside(sentence: str) -> list[Work]:
    titles = [m[1] for m in _ASIDE.finditer(sentence)]
    return [
        work
        for t in titles
        if is_title_case(t)
        and len(t.split()) >= _SHORTEST_ASIDE_WORDS
        and "," not in t
        and (work := read_work(t))
    ]


def _begins_title(text: str) -> bool:
    return text[:1].isupper() and len(text.split()) >= _SHORTEST_TITLE_WORDS
