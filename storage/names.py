"""Normal forms under which names, words and addresses are compared."""

from __future__ import annotations

import re
import unicodedata

_DROPPED = re.compile(r"[\W_]+")

# Letters that NFKD leaves whole although people type them without their stroke.
_STROKES = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h"}
)
# A Greek letter in a name is as often typed by its name: μTransfer, mu transfer.
_LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau "
    "upsilon phi chi psi omega"
)
_GREEK = str.maketrans(dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", _LETTERS.split(" "), strict=True)))


def fold(text: str) -> str:
    """Take away what does not tell two spellings apart: case, width, diacritics, strokes, control characters.

    Greek letters become their names, so that `μ`, `µ` and `mu` are one.
    """
    decomposed = unicodedata.normalize("NFKD", text)
    kept = (max(c, " ") for c in decomposed if not unicodedata.combining(c))
    whole = unicodedata.normalize("NFC", "".join(kept))  # Korean syllables come together again
    return whole.casefold().translate(_STROKES).translate(_GREEK)


def name_key(name: str) -> str:
    """Reduce a title or a nickname to what makes it that name.

    Beyond what `fold` takes away, punctuation and blanks do not count: `Make-A-Scene`, `make a scene` and
    `makeascene` have one key.
    """
    return _DROPPED.sub("", fold(name))


def address_key(address: str) -> str:
    """Give the form of an email address under which two spellings are the same mailbox."""
    return unicodedata.normalize("NFC", address.strip()).casefold()
