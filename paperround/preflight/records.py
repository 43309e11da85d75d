"""Asks what DNS says of the sender's domain, or what a given zone file would make it say."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Final

from mailer.dkim_record import check_records
from mailer.errors import NoAnswerError
from mailer.preflight import Finding
from mailer.preflight.dmarc import check_dmarc
from mailer.preflight.links import is_local
from mailer.preflight.spf import check_spf
from paperround.dns_text import check_server, knows_the_world, texts_in_dns, texts_in_zone
from paperround.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.dkim_keys import SigningKey
    from mailer.preflight.spf import Ask

_EXAMPLES: Final = frozenset({"example.com", "example.net", "example.org"})  # RFC 2606 §3
_ENDINGS: Final = ("example", "invalid", "test", "localhost")  # RFC 2606 §2
_REMEDY: Final = "Check again later, name a server with --server, or give the zone with --zone."


def asking_dns(server: str | None, port: int, patience_s: float) -> Ask:
    """Make what asks DNS, each name once; after one silence it does not wait again.

    Args:
        server: IP address of the server; those of this machine by default.
        port: Its port.
        patience_s: Seconds to wait for an answer.

    Raises:
        UserError: The server is no address.
    """
    check_server(server)
    silent: list[str] = []
    knows = cache(partial(knows_the_world, patience_s=patience_s))

    @cache
    def ask(name: str) -> Sequence[str]:
        if silent:
            raise NoAnswerError(f"DNS gave no answer for {silent[0]} before")
        try:
            texts = texts_in_dns(name, server, port, patience_s=patience_s)
        except UserError as error:
            if "Timeout" in str(error):
                silent.append(name)
            raise NoAnswerError(f"DNS gave no answer for {name}") from error
        if not texts and server is None and not knows(name.rpartition(".")[2]):
            raise NoAnswerError(f"DNS does not know .{name.rpartition('.')[2]} here")
        return texts

    return ask


def reading_zone(text: str, origin: str) -> Ask:
    """Make what looks names up in the text of a zone file.

    Args:
        text: The text.
        origin: The domain that it is about; of other names it says nothing.
    """

    def ask(name: str) -> Sequence[str]:
        if name != origin and not name.endswith(f".{origin}"):
            raise NoAnswerError(f"{name} is not in the zone of {origin}")
        return texts_in_zone(text, name, origin)

    return ask


def check_records_of(
    sender: str, envelope: str, keys: Sequence[SigningKey], ask: Ask
) -> Iterator[Finding]:
    """Judge SPF, DKIM and DMARC of a sender; what nobody answers is no failure.

    Args:
        sender: The domain in From.
        envelope: The domain of the envelope sender.
        keys: The keys that sign.
        ask: Gives TXT records.
    """
    try:
        yield from check_spf(envelope, ask)
    except NoAnswerError as error:
        yield Finding("warn", "spf", f"{error}; SPF is not known.", _REMEDY, envelope)
    for key in keys:
        yield from _of_key(key, ask)
    if not keys:
        yield Finding("skip", "dkim", "No key of ours is set; your mail server may sign.")
    try:
        yield from check_dmarc(sender, envelope, [key.domain for key in keys], ask)
    except NoAnswerError as error:
        yield Finding("warn", "dmarc", f"{error}; DMARC is not known.", _REMEDY, f"_dmarc.{sender}")


def is_for_examples(domain: str) -> bool:
    """Tell whether a domain is kept for examples and tests, so that DNS says nothing of use."""
    labels = domain.lower().split(".")
    return ".".join(labels[-2:]) in _EXAMPLES or labels[-1] in _ENDINGS or is_local(domain)


def _of_key(key: SigningKey, ask: Ask) -> Iterator[Finding]:
    try:
        records = ask(key.record_name)
    except NoAnswerError as error:
        yield Finding("warn", "dkim", f"{error}; DKIM is not known.", _REMEDY, key.record_name)
        return
    for it in check_records(key, records):
        remedy = it.remedy and f"{it.remedy} `paperround dkim check` shows the record."
        yield Finding(it.verdict, "dkim", it.what, remedy, key.record_name)
