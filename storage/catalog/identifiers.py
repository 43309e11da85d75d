"""Recognises arXiv ids and DOIs in whatever form they are pasted, several at once too.

arXiv ids: <https://info.arxiv.org/help/arxiv_identifier.html>; DOI: ISO 26324.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    r"(?:https?://|www\.)\S+|\b[a-z0-9.-]+\.(?:org|com|net|co|io)/\S*|\b(?:arxiv|doi)\b\s*[:.]?",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W_]+")
_FILE = re.compile(r"\.(?:html?|pdf|md|php|aspx?)$", re.IGNORECASE)
_CATEGORY = re.compile(rf"\[(?:{_ARCHIVES.replace(' ', '|')})(?:\.[a-z]{{2}})?\]", re.IGNORECASE)
TITLE_WORDS = 4  # in a part of a path, from which it is taken for a title wherever it stands
MIN_CODE = 8  # characters of a word with digits, from which it is taken for a hash
_FORGES = frozenset(("github.com", "gitlab.com", "bitbucket.org"))  # path: owner, project, and more
_USUAL_WORDS = (
    "abstract abs article blog code demo docs download en forum home html index list main "
    "master news page paper papers pdf post posts project projects readme research status "
    "tag tags topic user users watch wiki"
)
_USUAL = frozenset(_USUAL_WORDS.split())
# Hosts of the works of many.
_HOSTS_WORDS = (
    "www m ai blog docs research en de zh fr ja doi dx arxiv export ar5iv alphaxiv "
    "openreview github gitlab huggingface medium substack youtube youtu twitter x reddit "
    "google wikipedia semanticscholar scholar aclanthology acm ieee springer nature "
    "sciencedirect nips neurips papers proceedings paperswithcode openai deepmind meta "
    "microsoft"
)
_HOSTS = frozenset(_HOSTS_WORDS.split())
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
    text = unicodedata.normalize("NFKC", text)
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


def without_identifiers(text: str, mark: str = " ") -> str:
    """Give the words that stand around the identifiers of a text; a mark can stand where these were."""
    whole = unicodedata.normalize("NFKC", text)
    if _SPACED.fullmatch(whole):
        return mark.strip()
    plain = _ARXIV_DOI.sub(" ", unquote(whole))
    for pattern in (_DOI, _NEW, _OLD):
        plain = _AROUND.sub(lambda m: mark if pattern.search(m[0]) else m[0], plain)  # noqa: B023 - used at once
        plain = pattern.sub(mark, plain)
    return " ".join(_CATEGORY.sub(" ", _AROUND.sub(" ", plain)).split())


def spoken(text: str) -> str:
    """Put the words of its path, or of its host, in the place of an address: many sites write the title there."""
    return " ".join(_ADDRESS.sub(lambda match: _address_words(unquote(match[0])), text).split())


def _address_words(address: str) -> str:
    path, *beyond = re.split(r"[?#]", _FILE.sub("", address.rstrip(_CLOSING + "/")), maxsplit=1)
    host, *rest = path.split("://")[-1].split("/")
    parts = [_WORDS.findall(part) for part in rest]
    longest = max(parts, key=len, default=[])
    if len(longest) >= TITLE_WORDS:
        return " ".join(longest)
    if host.lower().removeprefix("www.") in _FORGES:
        parts = parts[1:2]
    telling = [
        part for part in parts if not _is_code(part) and " ".join(part).lower() not in _USUAL
    ]
    if telling and not (beyond and len(telling[-1]) == 1):
        return " ".join(telling[-1])
    return "" if beyond else _host_words(host.lower())


def _is_code(part: Sequence[str]) -> bool:
    """Tell a number or a hash from words."""
    whole = "".join(part)
    coded = len(part) == 1 and len(whole) >= MIN_CODE and any(map(str.isdigit, whole))
    return whole.isdigit() or not part or coded


def _host_words(host: str) -> str:
    """Give the first label of a host, which a project's own page is often called by."""
    labels = host.partition(":")[0].split(".")
    if len(labels) < 3 or labels[0] in _HOSTS or (labels[-2] in _HOSTS and labels[-1] != "io"):  # noqa: PLR2004 - a name before a domain
        return ""
    return " ".join(_WORDS.findall(labels[0]))


def address_key(address: str) -> str:
    """Reduce a web address to host and path, so that two ways to paste it are one."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", address.strip(), flags=re.IGNORECASE)
    return re.split(r"[?#]", bare)[0].rstrip(_CLOSING + "/").casefold()
