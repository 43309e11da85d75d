"""Normal forms under which names and addresses are compared."""

from __future__ import annotations

import re
import unicodedata

_DROPPED = re.compile(r"[^\w]+")


def name_key(name: str) -> str:
    """Reduce a title or a nickname to what makes it that name.

    Case, width, diacritics, punctuation and blanks do not count: `Make-A-Scene`, `make a scene` and
    `makeascene` have one key. Greek mu and the micro sign are one letter.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _DROPPED.sub("", bare.casefold()).replace("_", "")


def address_key(address: str) -> str:
    """Give the form of an email address under which two spellings are the same mailbox."""
    return unicodedata.normalize("NFC", address.strip()).casefold()
