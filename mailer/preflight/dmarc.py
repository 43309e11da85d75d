"""Checks the DMARC record of the sender's domain, and whether SPF and DKIM speak for that domain.

The organisation is found by walking up the tree of names, as the newer text of DMARC has it, so that no
list of public suffixes is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mailer.preflight.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.preflight.spf import Ask

_POLICIES: Final = ("none", "quarantine", "reject")
_MOST_NAMES: Final = 8


@dataclass(frozen=True, slots=True)
class Policy:
    """What a sender's domain asks of receivers.

    Attributes:
        owner: The domain whose record counts.
        organisation: The highest domain with a record; all below it belong together.
        tags: The record that counts, by tag.
    """

    owner: str
    organisation: str
    tags: dict[str, str]


def check_dmarc(sender: str, envelope: str, signers: Sequence[str], ask: Ask) -> Iterator[Finding]:
    """Judge the record, and whether the other two speak for the domain in From.

    Args:
        sender: The domain in From.
        envelope: The domain of the envelope sender, which SPF is about.
        signers: The domains that sign; none where the mail server does.
        ask: Gives TXT records.

    Raises:
        NoAnswerError: Nobody said what the domain has.
    """
    place = f"_dmarc.{sender}"
    try:
        policy = find_policy(sender, ask)
    except ValueError as error:
        yield Finding(
            "fail", "dmarc", f"{error}.", "Publish one record with v=DMARC1 first.", place
        )
        return
    if policy is None:
        what = f"{sender} has no DMARC record; Gmail, Yahoo and Outlook.com ask for one."
        remedy = f'Publish a TXT record {place} with "v=DMARC1; p=none; rua=mailto:MAILBOX".'
        yield Finding("fail", "dmarc", what, remedy, place)
        return
    wanted = policy.tags.get("p", "").lower()
    if policy.owner != sender:
        wanted = policy.tags.get("sp", wanted).lower()
    if wanted in _POLICIES:
        what = f"_dmarc.{policy.owner} asks for p={wanted}."
        yield Finding("pass", "dmarc", what, place=place)
    else:
        what = f"_dmarc.{policy.owner} names no policy that receivers know."
        yield Finding("fail", "dmarc", what, "Write p=none, p=quarantine or p=reject.", place)
    yield from _alignment(sender, envelope, signers, policy)


def find_policy(sender: str, ask: Ask) -> Policy | None:
    """Walk from a domain up to the highest with a record.

    Raises:
        ValueError: A record cannot be heeded; says why.
        NoAnswerError: Nobody said what a name has.
    """
    labels = sender.split(".")
    names = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    if len(names) > _MOST_NAMES:
        names = [names[0], *names[1 - _MOST_NAMES :]]
    found: list[tuple[str, dict[str, str]]] = []
    for name in names:
        if (tags := _record(name, ask)) is None:
            continue
        if tags.get("psd", "u").lower() == "y":
            break
        found.append((name, tags))
        if tags.get("psd", "u").lower() == "n":
            break
    if not found:
        return None
    own = found[0] if found[0][0] == sender else found[-1]
    return Policy(own[0], found[-1][0], own[1])


def _record(name: str, ask: Ask) -> dict[str, str] | None:
    records = [it for it in ask(f"_dmarc.{name}") if re.match(r"v\s*=\s*DMARC1\s*(;|$)", it)]
    if len(records) > 1:
        raise ValueError(f"_dmarc.{name} has {len(records)} DMARC records, so receivers heed none")
    if not records:
        return None
    pairs = [part.partition("=") for part in records[0].split(";") if part.strip()]
    if any(not equals for _, equals, _ in pairs):
        raise ValueError(f"_dmarc.{name} has a DMARC record that cannot be read")
    return {tag.strip().lower(): value.strip() for tag, _, value in pairs}


def _alignment(
    sender: str, envelope: str, signers: Sequence[str], policy: Policy
) -> Iterator[Finding]:
    spf = _aligned(sender, envelope, policy, policy.tags.get("aspf", "r"))
    dkim = any(_aligned(sender, it, policy, policy.tags.get("adkim", "r")) for it in signers)
    speaking = [name for name, holds in (("SPF", spf), ("DKIM", dkim)) if holds]
    mute = [name for name, holds in (("SPF", spf), ("DKIM", dkim)) if not holds]
    what = f"{' and '.join(speaking) or 'Nothing'} speaks for {sender}"
    if not mute:
        yield Finding("pass", "dmarc", f"SPF and DKIM both speak for {sender}.")
    elif not speaking and signers:
        what += f": bounces go to {envelope}, {', '.join(signers)} signs."
        remedy = (
            "Set PAPERROUND_BOUNCE_DOMAIN or PAPERROUND_DKIM_DOMAIN to a domain of the sender's."
        )
        yield Finding("fail", "dmarc", what, remedy)
    else:
        unsigned = "" if signers else "; your mail server may sign"
        remedy = "Sign for the sender's domain: forwarded mail keeps its signature, not its SPF."
        if mute == ["SPF"]:
            remedy = "Set PAPERROUND_BOUNCE_DOMAIN to a domain of the sender's."
        yield Finding("warn", "dmarc", f"{what}, {' and '.join(mute)} does not{unsigned}.", remedy)


def _aligned(sender: str, other: str, policy: Policy, mode: str) -> bool:
    if sender == other:
        return True
    above = policy.organisation
    return mode.lower() != "s" and (other == above or other.endswith(f".{above}"))
