"""Checks that the text part says what the HTML part shows."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from mailer.preflight.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.preflight.opened import OpenedMail

COVERED: Final = 0.9
_EXAMPLES: Final = 5
# A character of Chinese or Japanese counts as a word, because no blank stands between its words.
_CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")


def check_text_part(mail: OpenedMail) -> Iterator[Finding]:
    """Judge how many of the words that a reader sees stand in the text part, each as often."""
    if not (mail.text or "").strip():
        what = "There is no text part; filters distrust that, and some readers see nothing."
        yield Finding("fail", "text-part", what, "Put the template of the text part back.")
        return
    seen, said = words(mail.page.text), words(mail.text or "")
    missing = seen - said
    total = seen.total()
    covered = 1 - missing.total() / total if total else 1.0
    what = f"{covered:.1%} of the {total} words of the HTML stand in the text part."
    if covered < COVERED:
        examples = ", ".join(word for word, _ in missing.most_common(_EXAMPLES))
        remedy = f"Say the same in both templates; missing are: {examples}."
        yield Finding("fail", "text-part", what, remedy, "text part")
    else:
        yield Finding("pass", "text-part", what)


def words(text: str) -> Counter[str]:
    """Count the words of a text, capitals aside."""
    return Counter(_WORD.findall(text.casefold()))
