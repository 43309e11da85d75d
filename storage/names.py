"""Normal forms under which names, words and addresses are compared."""

from __future__ import annotations

import re
import unicodedata

_DROPPED = re.compile(r"[\W_]+")
# At the end of a word these tell a name from another: DSI++, NeRF--, A*, C#.
_SIGNS = re.compile(r"(?<=[^\W_])(?:\++|\*+|#|--+)(?![^\W_])")
_EMPHASIS = re.compile(r"^\s*(\*+)(.*?)\1", re.DOTALL)

# Letters that NFKD leaves whole although people type them without their stroke.
_STROKES = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h"}
)
# A Greek letter in a name is as often typed by its name: μTransfer, mu transfer.
_CONTROLS = re.compile("[\x00-\x1f\x7f]")
# Marks above and below letters; vowels of scripts that write them as marks are letters and stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]"
)
_LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau "
    "upsilon phi chi psi omega"
)
_SPELLED = _STROKES | str.maketrans(
    dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", _LETTERS.split(" "), strict=True))
)


def fold(text: str) -> str:
    """Take away what does not tell two spellings apart: case, width, diacritics, strokes, control characters.

    Greek letters become their names, so that `μ`, `µ` and `mu` are one.
    """
    plain = _CONTROLS.sub(" ", text)
    if plain.isascii():
        return plain.casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    whole = unicodedata.normalize("NFC", bare)  # Korean syllables come together again
    return whole.casefold().translate(_SPELLED)


def name_key(name: str) -> str:
    """Reduce a title or a nickname to what makes it that name.

    Beyond what `fold` takes away, punctuation and blanks do not count: `Make-A-Scene`, `make a scene` and
    `makeascene` have one key.
    """
    return _DROPPED.sub("", fold(name))


def name_signs(name: str) -> str:
    """Give the signs of a name that its key leaves out and that yet tell it from another: `++` of `DSI++`.

    Two names are one where key and signs are the same.
    """
    if name.isascii() and not any(sign in name for sign in "+*#-"):
        return ""
    plain = _EMPHASIS.sub(r"\2", unicodedata.normalize("NFKC", name))
    return "".join(_SIGNS.findall(plain))


def alias_key(name: str) -> str:
    """Reduce a name to what an editor's word on it is about; unlike `name_key`, with its signs."""
    return name_key(name) + name_signs(name)


def mailbox_key(address: str) -> str:
    """Give the form of an email address under which two spellings are the same mailbox."""
    return unicodedata.normalize("NFC", address.strip()).casefold()
