"""Makes one clean line of a text from outside, so that it cannot end the field it is put into."""

from __future__ import annotations

import re
import unicodedata

# Embeddings, overrides and isolates turn the text after them around, and the byte order mark is no letter.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
# Controls, line and paragraph separators, and halves of surrogate pairs, which UTF-8 cannot write.
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def one_line(text: str) -> str:
    """Give a text without control characters and line breaks, its blanks single and its letters composed."""
    bare = _BREAKING.sub(" ", _TURNING.sub("", text))
    return " ".join(unicodedata.normalize("NFC", bare).split())
