"""Recognises arXiv ids and DOIs in whatever form they are pasted, several at once too.

arXiv ids: <https://info.arxiv.org/help/arxiv_identifier.html>; DOI: ISO 26324.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_NEW = re.compile(r"(?<![\d.])(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v\d+)?(?!\d)", re.IGNORECASE)
# Half remembered or read aloud; alone, it can be nothing else.
_SPACED = re.compile(r"\s*(\d{2}(?:0[1-9]|1[0-2]))[ _-](\d{5})(?:v\d+)?\s*", re.IGNORECASE)
_ARCHIVES = (
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs "
    "dg-ga funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th patt-sol "
    "physics plasm-ph q-alg q-bio q-fin quant-ph solv-int stat supr-con"
)
_OLD = re.compile(
    rf"(?<![a-z-])({_ARCHIVES.replace(' ', '|')})(?:\.[a-z]{{2}})?/(\d{{7}})(?:v\d+)?(?!\d)",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?<![\d.])10\.\d{4,9}/[^\s\"<>?#]+", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"\b[a-z0-9-]+\.[a-z]{2,}/\S", re.IGNORECASE)
_AROUND = re.compile(
    r"(?:https?://|www\.)\S+|\b(?:arxiv|doi)\b\s*[:.]?|\b[a-z-]+\.(?:org|com)/\S*", re.IGNORECASE
)
_WORDS = re.compile(r"[^\W_]+")
_FILE = re.compile(r"\.(?:html?|pdf|md|php|aspx?)$", re.IGNORECASE)
_CLOSING = ".,;:)]}'\"，。；）】"


@dataclass(frozen=True, slots=True)
class Identifiers:
    """The identifiers found in a text, in order, each once."""

    arxiv: tuple[str, ...]
    dois: tuple[str, ...]
    addresses: tuple[str, ...]  # web addresses, without scheme, query and fragment

    def __bool__(self) -> bool:
        """Tell whether an arXiv id or a DOI was found."""
        return bool(self.arxiv or self.dois)


def identifiers(text: str) -> Identifiers:
    """Find every arXiv id (without its version), DOI (in lower case) and web address."""
    spaced = _SPACED.fullmatch(text)
    if spaced:
        return Identifiers((f"{spaced[1]}.{spaced[2]}",), (), ())
    plain = _ARXIV_DOI.sub(" ", unquote(text))
    dois = [doi.rstrip(_CLOSING).lower() for doi in _DOI.findall(plain)]
    without = _DOI.sub(" ", plain)
    found = [(m.start(), m[1]) for m in _NEW.finditer(without)]
    found += [(m.start(), f"{m[1]}/{m[2]}".lower()) for m in _OLD.finditer(without)]
    addresses = [address_key(a) for a in _ADDRESS.findall(text)]
    return Identifiers(
        tuple(dict.fromkeys(number for _, number in sorted(found))),
        tuple(dict.fromkeys(dois)),
        tuple(dict.fromkeys(a for a in addresses if a)),
    )


def is_identifier(text: str) -> bool:
    """Tell whether a text is or holds an arXiv id, a DOI or an address, so that it is no name."""
    found = identifiers(text)
    return bool(found or found.addresses or _BARE_ADDRESS.search(text))


def without_identifiers(text: str) -> str:
    """Give the words that stand around the identifiers of a text."""
    plain = _AROUND.sub(" ", _ARXIV_DOI.sub(" ", unquote(text)))
    for pattern in (_DOI, _NEW, _OLD):
        plain = pattern.sub(" ", plain)
    return " ".join(plain.split())


def spoken(text: str) -> str:
    """Put the words of its path in the place of an address: many sites write the title there."""
    return " ".join(_ADDRESS.sub(lambda match: _path_words(unquote(match[0])), text).split())


def _path_words(address: str) -> str:
    path, *beyond = re.split(r"[?#]", _FILE.sub("", address.rstrip(_CLOSING + "/")), maxsplit=1)
    parts = [_WORDS.findall(part) for part in path.split("://")[-1].split("/")[1:]]
    longest = max(parts, key=len, default=[])
    if len(longest) > 1:
        return " ".join(longest)
    return "" if beyond or not parts else " ".join(parts[-1])


def address_key(address: str) -> str:
    """Reduce a web address to host and path, so that two ways to paste it are one."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", address.strip(), flags=re.IGNORECASE)
    return re.split(r"[?#]", bare)[0].rstrip(_CLOSING + "/").casefold()
