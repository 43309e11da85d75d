"""The mail of real editions keeps SpamAssassin's points at nought, in both languages, and so does the confirmation."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from mailer.addresses import read_address
from mailer.confirmation import ConfirmationMailer
from mailer.connect import SmtpSettings
from mailer.identity import MailIdentity
from mailer.tokens import Tokens
from paperround.preflight.rendering import rendered
from paperround.preflight.spam import check_spam
from publisher.ingest import ReadFile, ingest
from publisher.readers.detect import read_edition
from publisher.views import issue_view
from storage import schema
from storage.database import Database
from storage.tables import Issue

PROJECT = Path(__file__).resolve().parents[3]
TOKENS = Tokens([b"k" * 32])
IDENTITY = MailIdentity(
    newsletter="The Morning Round", sender_name="The Morning Round", sender_address="news@example.org",
    reply_to="editor@example.org", base_url="https://news.example.org",
    list_id="newsletter.example.org", unsubscribe_address="unsubscribe@example.org",
    postal_address="1 Example Street, Exampleton", message_id_domain="example.org", bounce_domain=None,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _needs_the_program():
    if shutil.which("spamassassin") is None:
        pytest.skip(
            "SpamAssassin SKIPPED: the program is not here; install the package spamassassin"
        )


def points(raw):
    """Give the score, a tenth exact as SpamAssassin tells it, and the sentence that names the rules."""
    (finding,) = check_spam(raw)
    found = re.search(r"gives (-?\d+\.\d) points", finding.what)
    assert found, finding.what
    return float(found[1]), finding.what


async def mail_of(path, folder):
    """Import an edition into a store of its own and write its mail."""
    database = Database(f"sqlite:///{folder}/{path.stem}.sqlite3")
    schema.upgrade(database)
    edition, form, digest = read_edition(path)
    with database.write() as session:
        ingest(
            session, ReadFile(edition, path.name, form, digest), today=datetime.now(UTC).date()
        )
    with database.read() as session:
        view = issue_view(session, session.exec(select(Issue)).one())
    database.close()
    return (await rendered(view, IDENTITY, TOKENS)).mail.raw


async def test_no_sample_edition_gets_a_point(tmp_path):
    paths = sorted((PROJECT / "editions").glob("*.md"))
    assert {path.suffixes[0] for path in paths} == {".en", ".zh"}
    for path in paths:
        score, told = points(await mail_of(path, tmp_path))
        assert score <= 0, f"{path.name}: {told}"


async def test_no_edition_that_once_went_out_gets_a_point(seeds, tmp_path):
    for path in seeds:
        score, told = points(await mail_of(path, tmp_path))
        assert score <= 0, f"{path.name}: {told}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_confirmation_gets_a_point(language):
    mailer = ConfirmationMailer(SmtpSettings("localhost", 25, tls="none"), IDENTITY, TOKENS)
    to = read_address("reader@students.example.org")
    score, told = points(mailer.message(1, to, language, now=datetime.now(UTC)))
    assert score <= 0, told
