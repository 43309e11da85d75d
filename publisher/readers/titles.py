"""Reads headings of entries: number, title, link labels, and which papers a title names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from publisher.readers.edition import Link, PaperName
from publisher.readers.lines import has_emoji, without_emoji
from publisher.readers.marks import without_marks

NUMBERED = re.compile(r"^(?:#+\s*)?(\d{1,2})\s*(?:[.、．)）:：](?!\d))\s*(?=\S)")
ARXIV = re.compile(
    r"\s*[(（\[]?\s*(?:https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/|arxiv[:\s]\s*)"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?\s*[)）\]]?",
    re.IGNORECASE,
)
_MARKDOWN_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
_TWO_PAPERS = re.compile(r"^([^:]{1,40}: .+?) (?:and|&) ([A-Z0-9][\w.+-]+: .+)$")
_NICKNAME = re.compile(r"\s*\(([^()]{2,30})\)(?=\s*(?P<after>:|$)?)")
_COINED = re.compile(r"(?:[a-z].*[A-Z]|[A-Z].*[a-z].*[A-Z])")
_VENUE = re.compile(
    r"AAAI|ACL|COLM|COLT|CoRL|CVPR|ECCV|EMNLP|ICASSP|ICCV|ICLR|ICML|ICRA|IJCAI|Interspeech|IROS|JMLR"
    r"|KDD|NAACL|Nature|NeurIPS|NIPS|RSS|Science|SIGGRAPH|SIGIR|TACL|TMLR|UAI|WSDM|WWW"
)
_SMALL_WORD = re.compile(
    r"an?|and|are|as|at|by|can|do|does|for|from|how|if|in|into|is|its?|need|not|of|on|or|than|that|the"
    r"|their|to|using|via|vs|we|what|when|with|without|you|your",
    re.IGNORECASE,
)
LONGEST_TITLE = 250
_MOSTLY = 0.6


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of an entry, taken apart."""

    number: int | None
    title: str
    papers: list[PaperName]
    links: list[Link] = field(default_factory=list)


def read_heading(line: str) -> Heading:
    """Take a heading apart: `3. Title | Project page | Code`."""
    match = NUMBERED.match(line)
    rest = line[match.end() :] if match else line.lstrip("# ")
    arxiv = ARXIV.search(rest)
    main, *others = re.split(r"\s+[|｜]\s*|[｜]", ARXIV.sub("", rest))
    title = clean_title(main)
    papers = [PaperName(title=bare_title(t)) for t in split_titles(title)]
    if arxiv and len(papers) == 1:
        papers = [PaperName(title=papers[0].title, arxiv=arxiv[1])]
    return Heading(int(match[1]) if match else None, title, papers, [_link(o) for o in others if o])


def clean_title(text: str) -> str:
    """Give a title without pictographs, reference marks and quotation marks around it."""
    title = without_marks(without_emoji(_MARKDOWN_LINK.sub(r"\1", text))).strip()
    if title[:1] in {'"', "“"} and title[-1:] in {'"', "”"}:
        title = title[1:-1].strip()
    return title.rstrip(",;").strip()


def split_titles(title: str) -> list[str]:
    """Part a heading that names two papers: both halves have the form `Name: Title`."""
    match = _TWO_PAPERS.match(title)
    return [match[1], match[2]] if match else [title]


def bare_title(title: str) -> str:
    """Give the title without a nickname that was put into it in parentheses."""
    bare = _NICKNAME.sub(lambda m: "" if _is_nickname(m) else m[0], title)
    return without_emoji(bare).strip() or title


def nicknames(title: str) -> list[str]:
    """Give the nicknames that a heading puts in parentheses: `… (SayCan): …`."""
    return [without_emoji(m[1]) for m in _NICKNAME.finditer(title) if _is_nickname(m)]


def is_title_case(text: str) -> bool:
    """Tell whether most words that could have a capital have one, as in a printed title."""
    words = [w for w in re.findall(r"[^\W\d_][\w'’+-]*", text) if not _SMALL_WORD.fullmatch(w)]
    if not words or text[:1].islower():
        return False
    return sum(any(c.isupper() for c in w) for w in words) / len(words) > _MOSTLY


def may_be_title(text: str) -> bool:
    """Tell whether a paragraph has the outer form of a title: short, and not a sentence."""
    if len(text) > LONGEST_TITLE or text.startswith("- ") or text[-1:] in ".。:：,，;…":
        return False
    return any(c.isalpha() for c in text) and "→" not in text


def _is_nickname(match: re.Match[str]) -> bool:
    name = without_emoji(match[1])
    if not re.fullmatch(r"[^\W_][\w+-]{1,24}", name) or name.isdigit() or _VENUE.fullmatch(name):
        return False
    at_edge = match["after"] is not None and any(c.isupper() for c in name)
    return has_emoji(match[1]) or bool(_COINED.search(name)) or at_edge


def _link(text: str) -> Link:
    written = _MARKDOWN_LINK.search(text)
    if written:
        return Link(without_emoji(written[1]), written[2])
    address = re.search(r"https?://\S+", text)
    label = without_emoji(text.replace(address[0], "") if address else text).strip(" :：()")
    return Link(label or "link", address[0] if address else None)
