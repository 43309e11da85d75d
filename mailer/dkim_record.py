"""Writes the DNS record of a DKIM key as a zone file has it, and judges what is published (RFC 6376 §3.6.1)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mailer.errors import DkimError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mailer.dkim_keys import SigningKey

TTL_S: Final = 3600
STRING_OCTETS: Final = 255  # RFC 1035 §3.3: a character string of a TXT record
_PUBLISH: Final = "Publish the record of our key."

Verdict = Literal["pass", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at in a record.

    Attributes:
        verdict: `fail` where receivers will not accept our signatures.
        what: What was found.
        remedy: What to do about it; empty where nothing is to be done.
    """

    verdict: Verdict
    what: str
    remedy: str = ""


def zone_lines(key: SigningKey) -> str:
    """Write the record as it stands in a zone file, cut into strings that DNS can hold."""
    value = key.record
    strings = [value[at : at + STRING_OCTETS] for at in range(0, len(value), STRING_OCTETS)]
    written = "\n    ".join(f'"{string}"' for string in strings)
    if len(strings) > 1:
        written = f"(\n    {written} )"
    return f"{key.record_name}. {TTL_S} IN TXT {written}"


def check_records(key: SigningKey, records: Sequence[str]) -> list[Finding]:
    """Judge the TXT records that stand under the key's name, each its strings joined."""
    if not records:
        return [Finding("fail", f"There is no TXT record {key.record_name}.", _PUBLISH)]
    if len(records) > 1:
        return [
            Finding(
                "fail",
                f"There are {len(records)} TXT records {key.record_name}; receivers may take any.",
                "Keep that of our key alone.",
            )
        ]
    try:
        tags = _tags(records[0])
    except DkimError as error:
        return [Finding("fail", str(error), _PUBLISH)]
    return [*_version(tags), *_public_key(tags, key), *_limits(tags)]


def _tags(record: str) -> dict[str, str]:
    """Read a list of tags (RFC 6376 §3.2)."""
    tags: dict[str, str] = {}
    for part in record.strip().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or name.strip() in tags:
            raise DkimError(f"The record cannot be read at {part.strip()[:40]!a}.")
        tags[name.strip()] = "".join(value.split())
    return tags


def _version(tags: Mapping[str, str]) -> Iterator[Finding]:
    version = tags.get("v")
    if version is None:
        yield Finding("warn", "The record does not say v=DKIM1.", "Begin it with v=DKIM1;.")
    elif version != "DKIM1" or next(iter(tags)) != "v":
        yield Finding("fail", "v=DKIM1 does not stand first.", "Begin the record with v=DKIM1;.")
    else:
        yield Finding("pass", "The record is one of DKIM (v=DKIM1).")


def _public_key(tags: Mapping[str, str], key: SigningKey) -> Iterator[Finding]:
    kind = tags.get("k", "rsa")
    if kind == key.kind:
        yield Finding("pass", f"It is for keys of our kind (k={kind}).")
    else:
        yield Finding("fail", f"It is for another kind of key (k={kind}).", f"Write k={key.kind}.")
    ours, theirs = base64.b64encode(key.public).decode(), tags.get("p")
    if theirs is None:
        what = "There is no public key in it (p= is missing)."
        remedy = "Publish the record of our key; in a zone file, put it in quotes, for a bare ; starts a comment."
        yield Finding("fail", what, remedy)
    elif not theirs:
        what = "The key was revoked (p= is empty)."
        yield Finding(
            "fail", what, "Make a new key under a new selector with `paperround dkim keygen`."
        )
    elif _decoded(theirs) == key.public:
        yield Finding("pass", f"It holds our public key ({key.size} bits).")
    elif ours.startswith(theirs):
        what = "Our public key is cut off in it."
        remedy = f"Split it into strings of at most {STRING_OCTETS} characters."
        yield Finding("fail", what, remedy)
    else:
        remedy = "Publish the record of our key, or set the private key that belongs to the one published."
        yield Finding("fail", "It holds another public key than ours.", remedy)


def _limits(tags: Mapping[str, str]) -> Iterator[Finding]:
    if "h" in tags and "sha256" not in tags["h"].split(":"):
        what = f"It does not allow the hash we use (h={tags['h']})."
        yield Finding("fail", what, "Remove h=, or add sha256 to it.")
    if "s" in tags and not {"*", "email"} & set(tags["s"].split(":")):
        yield Finding(
            "fail", f"It is not for mail (s={tags['s']}).", "Remove s=, or write s=email."
        )
    if "y" in tags.get("t", "").split(":"):
        what = "It says that DKIM is only being tested (t=y): receivers may ignore our signatures."
        yield Finding("warn", what, "Remove t=y once all is well.")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None
