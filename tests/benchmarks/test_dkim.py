"""What a DKIM signature costs per message, beside a bare RSA-2048 signature in the same run; run with `make bench`.

Prints the time to fill in one copy of the sample issue unsigned, signed with RSA, and signed with RSA and
Ed25519, and with everything but the signature itself; of a bare signature of each kind over a ready hash; and what
dkimpy takes for the same mail. The rounds
of all are interleaved and the quickest of each counts, so that a busy machine disturbs all alike. Nothing is
asserted but that the signature holds: machines differ.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dkim
import pytest

from mailer.addresses import read_address
from mailer.compiler import IssueCompiler
from mailer.dkim import SIGNED, Signer
from mailer.dkim_keys import SigningKey, make_key
from mailer.sender import MailSender
from paperround.settings import GivenSettings
from paperround.wiring import House
from publisher.ingest import ReadFile, ingest
from publisher.prose import to_html, to_text
from publisher.readers.detect import read_edition
from publisher.views import find_issue, issue_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database

ROUNDS, TIMES = 400, 5
EDITION = Path(__file__).resolve().parents[2] / "editions" / "2022-06.en.md"


@dataclass(frozen=True)
class Copy:
    delivery_id: int = 1
    send_id: int = 1
    recipient_id: int = 1
    address: str = "reader@example.com"
    name: str = "José Reader"


@pytest.fixture(params=["sqlite"])
def database_url(request, tmp_path):
    return f"sqlite:///{tmp_path}/paperround.sqlite3"


@pytest.fixture
def house(database: Database, tmp_path):
    settings = GivenSettings(
        data_dir=tmp_path, sender_address="news@example.org", base_url="https://news.example.org",
        smtp_host="127.0.0.1", postal_address="1 Example Street",
    )  # fmt: skip
    return House(settings, database)


async def writer(house: House, *keys: SigningKey) -> Callable[[], bytes]:
    """Give a function that writes one copy."""
    with house.database.read() as session:
        view = issue_view(session, find_issue(session, "2022-06"))
    signer = Signer(keys) if keys else None
    identity = replace(house.identity(), signer=signer)
    sender = MailSender(house.relay(), IssueCompiler(identity, to_html, to_text), house.tokens)
    await sender.prepare(view)
    copy, address = Copy(), read_address(Copy.address)
    return lambda: sender.message(copy, address)


def quickest(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Give the microseconds of one call of each, of its quickest round."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            started = time.process_time()
            for _ in range(TIMES):
                work()
            best[name] = min(best[name], (time.process_time() - started) * 1e6 / TIMES)
    return best


async def test_what_a_signature_costs(house: House) -> None:
    edition, form, digest = read_edition(EDITION)
    with house.database.write() as session:
        ingest(
            session, ReadFile(edition, EDITION.name, form, digest), today=datetime.now(UTC).date()
        )
    pem = make_key("rsa")
    rsa = SigningKey("example.org", "r", pem)
    ed25519 = SigningKey("example.org", "e", make_key("ed25519"))
    unused = SigningKey("example.org", "r", pem)
    unused.sign = lambda _: bytes(256)
    ready = hashlib.sha256(b"ready").digest()
    unsigned = await writer(house)
    signed = await writer(house, rsa)
    raw = unsigned()
    assert dkim.verify(signed(), dnsfunc=lambda *_, **__: rsa.record.encode())
    took = quickest(
        {
            "unsigned": unsigned,
            "signed": signed,
            "signed with both": await writer(house, rsa, ed25519),
            "all but the signature": await writer(house, unused),
            "bare RSA-2048": lambda: rsa.sign(ready),
            "bare Ed25519": lambda: ed25519.sign(ready),
        }
    )
    started = time.process_time()
    for _ in range(5):
        dkim.sign(raw, b"r", b"example.org", pem, canonicalize=(b"relaxed", b"relaxed"),
                  include_headers=[name.encode() for name in SIGNED])  # fmt: skip
    took["dkimpy signing alone"] = (time.process_time() - started) * 1e6 / 5
    bare = took["bare RSA-2048"]
    alone = (took["signed"] - took["unsigned"]) / bare
    besides = (took["all but the signature"] - took["unsigned"]) / bare
    lines = [
        f"a mail of {len(raw) / 1000:.0f} KB; microseconds of processor time per message",
        *(f"{name:<24}{microseconds:>9,.0f}" for name, microseconds in took.items()),
        f"signing adds {alone:.2f} times a bare RSA-2048 signature; what it does besides, {besides:.2f} times",
    ]
    print("", *lines, sep="\n")  # noqa: T201
