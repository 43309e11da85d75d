"""Guesses the names by which a text calls a paper; a guess helps to find it and is never enough to be sure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from publisher.name_shapes import is_capital, is_coined, is_general, is_name, read_names
from publisher.readers.references import marks

if TYPE_CHECKING:
    from collections.abc import Iterator

_SENTENCE = re.compile(
    r".+?(?:[.!?][”\"')\]*]*[⁰¹²³⁴⁵⁶⁷⁸⁹]*(?=\s+[^a-z\s])|[。！？]|\n|$)", re.DOTALL
)
_EMPHASIS = re.compile(r"\*+|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)|`")
_CALLED = re.compile(
    r"\b(?:(?i:we|they|authors)\s+(?:call|name|term|dub)(?:ed|med|d|bed)?"
    r"(?:\s+(?:it|them|(?:this|the|our|their)(?:\s\w+)?))?"
    r"|called|named|dubbed|termed|christened|nicknamed|under the name(?: of)?|by the name of)\s+(?=\S)"
)
# The authors propose Heron, a …; this work presents a Winged Reader (WR).
_PROPOSED = re.compile(
    r"\b(?:we|they|authors?|paper|work|article|study|team)\b[^.;:,()]{0,40}?"
    r"\b(?:introduces?|presents?|proposes?|releases?)\s+(?=\S)",
    re.IGNORECASE,
)
_APPOSITION = re.compile(r"\s*(?:[(（][^)）]{1,80}[)）])?\s*,\s+(?:an?|the first|which)\b")
_CHINESE_CALLED = re.compile(
    r"(?:命名为|取名为|起名为|称为|称作|称之为|叫做|叫作|名为|名叫|代号为?)[\s：:]*"
)
_CHINESE_IN_GENERAL = re.compile(
    r"(?:通常|一般|往往|常|俗|也|又|统|并)(?:会|可以?)?(?:将其|把它|被)?$"
)
_CHINESE_PROPOSED = re.compile(
    r"(?:提出|推出|介绍|发布|构建|引入)了?(?:一种|一个|一款|名为)?[\s：:]*"
)
_CHINESE_NAME = re.compile(
    r"(?:[“\"「《‘](?P<quoted>[^”\"」》’，。]{2,16})[”\"」》’])"
    r"|(?P<plain>[A-Za-zÀ-ÿΑ-ωµ][A-Za-z0-9À-ÿΑ-ωµ.+*-]*(?:\s[A-Z0-9][A-Za-z0-9.+*-]*){0,3})"
)
_CHINESE_SHORT_FORM = re.compile(
    r"了?(?:一种|一个|一款)[\u4e00-\u9fff]{2,16}\s*[(（]\s*([A-Za-z][A-Za-z0-9.+*-]+)\s*[)）]"
)
# What is called so in general, or by others, is no name of this paper.
_IN_GENERAL = re.compile(
    r"(?:\b(?:he|she|who|i|has|have|had|commonly|often|usually|sometimes|generally|widely|typically|formerly|previously|originally|also)\s+"
    r"|\bso-)$",
    re.IGNORECASE,
)
_NO_WORK = re.compile(
    r"\b(?:process|phenomenon|concept|problem|task|effect|compan(?:y|ies)|start-?up|firm|lab|laboratory|team|group"
    r"|university|institute|country|city|person|man|woman|researcher|scientist|engineer|language|journal"
    r"|conference|workshop|month|book|film|movie|song|region|issue|theorem|property|assumption|organi[sz]ation)"
    r"(?:s|es)?[,—–\s-]*(?:(?:that|which)\s+)?(?:(?:is|are|was|were)\s+)?$",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(?:previous|prior|earlier|existing|well-known|popular|famous|predecessor|competit\w+|rival|older|classic"
    r"|standard|similar to|unlike|compared (?:to|with)|based on|build(?:s|ing)? (?:up)?on|built (?:up)?on"
    r"|inspired by|follow(?:s|ing)?|last year|years? ago)\b(?P<then>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_OWN = re.compile(
    r"\b(?:new|novel|propos\w+|introduc\w+|present\w*|resulting|this|our|we|creat\w+|design\w*|develop\w*|releas\w*"
    r"|build|built|own|further)\b",
    re.IGNORECASE,
)
_CITATION = re.compile(r"\bet al\b|\([A-Z][\w .&,-]+,? (?:19|20)\d\d\)|\[\d+\]")

_COLON = re.compile(r"\s*(?:：|:(?=\s))\s*")
_PARENTHESES = re.compile(r"[(（]\s*([^()（）]{2,31}?)\s*[)）]")
_MARKUP = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mathit)|[${}^\\]|(?<=R)textbf")
_NOT_OF_A_NAME = re.compile(r"[^\w)\]+*]+$")
_REPORT = re.compile(r"\s+(?:Technical|Tech|Findings|System)\s+(?:Report|Overview|Card)$")
_BOTH = re.compile(r"\s+(?:and|&)\s+")
_HEADLINE = re.compile(
    r"\b(?:beyond|towards?|behind|inside|meets?|beats|hinders|needs|matters|vs|versus|when|why|how|what|is|are|can|do"
    r"|does|don[’']t|on|into|without|rethinking|revisiting|understanding|not)\b",
    re.IGNORECASE,
)
_LONGEST_IN_TITLE = 3  # words, without an article


class Guess(NamedTuple):
    """A name, and the words it was read out of."""

    name: str
    words: str


def guesses(title: str | None, text: str) -> list[Guess]:
    """Guess from a title and what is written about it.

    Args:
        title: The entry's title, as far as it is known.
        text: Why and insights.
    """
    whole = f"{title or ''}\n{text}"
    found = [Guess(name, title) for name in _in_title(title)] if title else []
    for match in _SENTENCE.finditer(text):
        sentence = _EMPHASIS.sub("", match[0]).strip()
        # A sentence with a reference speaks of another work.
        if not marks(sentence) and not _CITATION.search(sentence):
            found += [Guess(n, sentence) for n in _in_sentence(sentence) if is_name(n, whole)]
    once: dict[str, Guess] = {}
    for guess in found:
        once.setdefault(guess.name, guess)
    return list(once.values())


def _in_title(title: str) -> Iterator[str]:
    """Read the names before a title's colon and in its parentheses."""
    plain = _MARKUP.sub("", title.replace(r"\times", "x")).strip("\"“”'‘’ ")
    start, *rest = _COLON.split(plain, maxsplit=1)
    if rest:
        bare = _REPORT.sub("", _PARENTHESES.sub(" ", start).strip("\"“”'‘’ "))
        parts = _BOTH.split(bare)
        yield from (
            part for part in (parts if _are_names(parts) else [bare]) if _begins_title(part)
        )
    for match in _PARENTHESES.finditer(start):
        name = _NOT_OF_A_NAME.sub("", match[1])
        last = not start[match.end() :].strip(" -–—")
        if " " not in name and (is_coined(name) or (last and is_capital(name) and is_name(name))):
            yield name


def _begins_title(part: str) -> bool:
    """Tell a name before a colon from the first half of a headline."""
    words = part.removeprefix("The ").split()
    if (
        not is_name(part)
        or not is_capital(words[0])
        or _HEADLINE.search(part)
        or len(words) > _LONGEST_IN_TITLE
    ):
        return False
    if len(words) == 1:
        return True
    numbered = words[-1].isdigit() or (len(words[-1]) == 1 and words[-1].isupper())
    return all(map(is_capital, words)) and (numbered or any(map(_is_known_by, words)))


def _are_names(parts: list[str]) -> bool:
    """Tell two names that share a title from a name with an *and* in it."""
    single = all(" " not in part and is_capital(part) for part in parts)
    return len(parts) > 1 and single and any(map(_is_known_by, parts))


def _is_known_by(word: str) -> bool:
    return is_coined(word) and not is_general(word)


def _in_sentence(sentence: str) -> Iterator[str]:
    for match in _CALLED.finditer(sentence):
        if not _of_another(sentence[: match.start()]):
            yield from read_names(sentence, match.end())
    for match in _PROPOSED.finditer(sentence):
        yield from _proposed(sentence, match.end())
    for match in _CHINESE_CALLED.finditer(sentence):
        name = _CHINESE_NAME.match(sentence, match.end())
        if name and not _CHINESE_IN_GENERAL.search(sentence[: match.start()]):
            yield (name["quoted"] or name["plain"]).strip(" .")
    for match in _CHINESE_PROPOSED.finditer(sentence):
        name = _CHINESE_NAME.match(sentence, match.end())
        if name and name["plain"] and is_coined(name["plain"].split()[0]):
            yield name["plain"].strip(" .")
        if short := _CHINESE_SHORT_FORM.match(sentence, match.start() + 2):
            yield short[1]


def _proposed(sentence: str, start: int) -> Iterator[str]:
    names = read_names(sentence, start)
    if len(names) > 1:
        yield from names
    elif names:
        place = sentence.find(names[0], start) + len(names[0])
        if _APPOSITION.match(sentence, place) and not sentence[start:].startswith(("a ", "an ")):
            yield names[0]


def _of_another(before: str) -> bool:
    """Tell whether what is called so is a general thing, or the work of others."""
    if _IN_GENERAL.search(before) or _NO_WORK.search(before):
        return True
    of_others = _OF_OTHERS.search(before)
    return of_others is not None and not _OWN.search(of_others["then"])
